//! Loads of recordings: which lines are part of them, and when they come.

use std::io::Cursor;
use std::time::Duration;

use rosterline_recording::{Dialect, Reader};
use rosterline_tune::{Load, NoLoad, Settings, Trial};

const HEADER: &str = r#"{"kind":"recording","schema":"1.0","version":"0.1.0","dialect":"DIALECT","redaction":"pseudonyms","began_ns":1000,"began_unix_ms":1714564800123,"session_ns":5000,"config":{"stream_url":"wss://events.example.com/stream","auth":"external","interaction":null,"channels":[],"heartbeat":{"interval":30000000000,"pong_timeout":10000000000,"write_timeout":5000000000,"strict":false},"buffer":{"capacity":1024,"bytes":67108864,"policy":"pause","pause_max":60000000000,"drop_warning":5,"drop_window":10000000000,"lag":500000000,"adaptive":false},"reconnect":{"base":1000000000,"max":30000000000,"jitter":true,"max_attempts":5,"healthy_after":60000000000,"dial_burst":30,"dial_refill":30000000000},"limits":{"frame":65536,"inflated":1048576,"ratio":200,"raw_deflate":false,"bad_frames":50,"duplicates":65536,"future":300000000000},"timeouts":{"token":10000000000,"dial":15000000000,"authenticate":10000000000,"subscribe":10000000000,"request":15000000000,"close":3000000000,"drain":5000000000},"deliver_unknown":false,"allow_insecure":false,"seed":7}}"#;

fn load(dialect: &str, lines: &[String]) -> Result<Load, NoLoad> {
    let text = format!("{}\n{}\n", HEADER.replace("DIALECT", dialect), lines.join("\n"));
    Load::of_recording(Reader::open(Cursor::new(text)).expect("a recording"))
}

fn text(millis: u64, text: &str) -> String {
    serde_json::json!({"kind": "text", "t": millis * 1_000_000, "conn": 1, "text": text}).to_string()
}

fn joined(who: &str) -> String {
    format!(
        "{{\"events\":[{{\"timestamp\":\"2024-05-01T12:00:00.123Z\",\"type\":\"ParticipantJoined\",\"participant\":\"{who}\",\
         \"interaction\":\"call\",\"channel\":\"voice\"}}]}}"
    )
}

#[test]
fn frames_with_events_are_the_load_and_answers_are_not() {
    let lines = [
        text(100, "{\"status\":\"connected\"}"),
        text(200, "{\"status\":\"subscribed\"}"),
        // The second event of this one cannot be understood.
        text(500, &joined("a").replace("]}", ",7]}")),
        r#"{"kind":"ping","t":600000000,"conn":1}"#.to_owned(),
        r#"{"kind":"unreadable","t":700000000,"conn":1,"reason":"bad-json","bytes":15,"binary":false}"#.to_owned(),
        text(800, "no JSON"),
        text(900, "{\"events\":[{\"type\":\"ParticipantMuted\"}]}"),
        serde_json::json!({"kind": "packed", "t": 2_500_000_000_u64, "conn": 2, "packing": "gzip", "text": joined("b")})
            .to_string(),
        // The same again, and a time that went back.
        text(2000, &joined("b")),
    ];
    let load = load("stream", &lines).expect("a load");
    assert_eq!((load.dialect, load.frames(), load.offered(), load.left_out), (Dialect::Stream, 4, 2, 1));
    assert_eq!(load.length(), Duration::from_secs(2));
    let times: Vec<u128> = load.frames_in_order().map(|(at, _)| at.as_millis()).collect();
    assert_eq!(times, [0, 400, 2000, 2000]);
    assert!(load.remark.as_deref().is_some_and(|it| it.contains("no last line")), "{:?}", load.remark);
    assert_eq!((load.most_within(Duration::from_secs(1)), load.profile(2)), (1, vec![1, 1]));
    assert_eq!(load.busiest(Duration::from_millis(100)).frames(), 1);
    assert_eq!(load.busiest(Duration::from_secs(9)).frames(), 4);
}

#[test]
fn in_the_other_dialect_snapshots_are_the_load() {
    let snapshot = |state: &str, end: &str| {
        format!(
            "{{\"topicName\":\"v2.routing.queues.q.conversations\",\"version\":\"2\",\"eventBody\":{{\"id\":\"c\",\"participants\":[{{\
             \"id\":\"p\",\"purpose\":\"agent\",\"calls\":[{{\"id\":\"s\",\"state\":\"{state}\",\
             \"connectedTime\":\"2024-05-01T12:00:01.000Z\"{end}}}]}}]}},\"metadata\":{{}}}}"
        )
    };
    let over = ",\"disconnectedTime\":\"2024-05-01T12:00:05.000Z\",\"disconnectType\":\"peer\"";
    let lines = [
        text(100, "{\"topicName\":\"channel.metadata\",\"eventBody\":{\"message\":\"WebSocket Heartbeat\"}}"),
        text(1000, &snapshot("connected", "")),
        text(1500, &snapshot("connected", "")),
        text(2000, "{\"topicName\":\"v2.system.socket_closing\",\"eventBody\":{\"message\":\"soon\"}}"),
        text(5000, &snapshot("disconnected", over)),
    ];
    let load = load("notifications", &lines).expect("a load");
    assert_eq!((load.dialect, load.frames(), load.offered()), (Dialect::Notifications, 3, 2));
    let settings = Settings::default();
    let consumer = rosterline_tune::Consumer::steady(Duration::from_millis(1));
    let measured = Trial { settings, consumer, scale: 10.0, seed: 1 }.run(&load);
    assert_eq!((measured.delivered, measured.lost), (2, 0));
}

#[test]
fn a_recording_without_events_is_no_load() {
    let empty = load("stream", &[text(100, "{\"status\":\"connected\"}")]).expect_err("nothing in it");
    assert!(empty.to_string().contains("no frame with events"), "{empty}");
    let far =
        load("stream", &[text(100, &joined("a")), text(400 * 86_400_000, &joined("b"))]).expect_err("a year");
    assert!(far.to_string().contains("more than a year"), "{far}");
    let muted =
        load("stream", &[text(100, "{\"events\":[{\"type\":\"ParticipantMuted\"}]}")]).expect_err("no join");
    assert!(muted.to_string().contains("none of its frames brings a join or a leave"), "{muted}");
}

#[test]
fn a_single_frame_is_a_load_too() {
    let load = load("stream", &[text(100, &joined("a"))]).expect("a load");
    assert_eq!((load.frames(), load.offered(), load.length()), (1, 1, Duration::ZERO));
    let plan = rosterline_tune::Plan { draws: 1, ..rosterline_tune::Plan::default() };
    let sweep = plan.run(&load, 2, &|_| {});
    let found = sweep.recommend(&load);
    let checks = sweep.confirm(&found, &load, None);
    assert!(checks.iter().all(|it| it.holds), "{checks:?}");
    let source = "one frame";
    let report = rosterline_tune::Report {
        source,
        load: &load,
        sweep: &sweep,
        found: &found,
        checks: &checks,
        real: &[],
    };
    assert!(rosterline_tune::page(&report).ends_with("</html>\n"));
}
