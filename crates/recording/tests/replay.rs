//! What was recorded comes back: byte for byte if names are kept, else up to names.

mod common;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use common::{Desk, Run, bare, config, replay};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use rosterline_core::{
    Backfill, Closed, Config, ConnId, Endpoint, Event, Frame, GapId, Input, Policy, Reply, Service, Stats,
    Subscription,
};
use rosterline_recording::{Redaction, Taken};

#[derive(Clone, Debug)]
enum Step {
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Pong(Vec<u8>),
    Answer,
    Take(usize),
    Pass(u64),
    Flushed,
    Subscribe(String),
    Recovered(u64),
    Consumed(u64),
    Lost,
    Close,
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop_oneof![Just("9b2c1f0e-1111-4222-8333-444455556666"), Just("9b2c1f0e-1111-4222-8333-444455556667")]
            .prop_map(String::from),
        4 => "[a-c]",
        1 => Just(String::new()),
        1 => Just("9B2C1F0E-1111-4222-8333-444455556666".to_string()),
        1 => Just("n".repeat(8193)),
        1 => "\\PC{0,30}",
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => name().prop_map(|name| serde_json::to_string(&name).expect("JSON")),
        1 => Just("\"\\ud800\"".to_string()),
        1 => Just("\"a\\u0062\\n\\/\"".to_string()),
        1 => Just("null".to_string()),
        1 => Just("-4915112345.678e5".to_string()),
        1 => Just("{\"anna\":[\"bob\",{\"+49 151 2345\":true}],\"events\":[{\"type\":\"x\"}]}".to_string()),
    ]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..20u32).prop_map(|second| format!("\"2024-05-01T12:00:{second:02}.5Z\"")),
        1 => Just("\"2024-05-01T12:00:07+02:00\"".to_string()),
        1 => Just("\"2024-05-01 12:00:07\"".to_string()),
        1 => Just("\"2024-05-01T12:00:0\\u0037Z\"".to_string()),
        1 => Just("1714564800".to_string()),
    ]
}

fn event() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        4 => Just("\"ParticipantJoined\""),
        4 => Just("\"ParticipantLeft\""),
        1 => Just("\"Hold\""),
        1 => Just("\"Participant\\u004aoined\""),
        1 => Just("7"),
    ];
    let fields =
        (time(), kind, value(), value(), prop_oneof![Just("\"voice\""), Just("\"chat\""), Just("null")]);
    let whole = (fields, prop::option::of(Just(",\"reason\":\"transfer\"")), prop::option::of(value()))
        .prop_map(|((time, kind, who, room, channel), reason, extra)| {
            let extra = extra.map_or(String::new(), |value| format!(" , \"extra field\":{value}"));
            format!(
                "{{\"timestamp\":{time},\"type\":{kind},\"participant\":{who},\"interaction\":{room},\
                 \"channel\":{channel}{}{extra}}}",
                reason.unwrap_or_default()
            )
        });
    prop_oneof![10 => whole, 1 => value(), 1 => Just("{\"type\":\"Hold\",\"type\":\"Hold\"}".to_string())]
}

fn message() -> impl Strategy<Value = String> {
    let events = prop::collection::vec(event(), 0..4).prop_map(|events| events.join(", ")).boxed();
    prop_oneof![
        8 => events.clone().prop_map(|events| format!("{{\"events\":[{events}]}}")),
        1 => (events, value()).prop_map(|(events, value)| {
            format!("{{ \"session\" : {value}, \"events\":[{events}],\"message\":{value},\"status\":{value}}}")
        }),
        1 => Just("{\"events\":null}".to_string()),
        1 => Just("{\"status\":\"maintenance\",\"message\":\"Anna goes home\"}".to_string()),
        1 => "\\PC{0,20}",
        1 => Just("x".repeat((1 << 16) + 1)),
        1 => Just("[".repeat(50_000)),
        1 => Just(format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000))),
    ]
}

fn packed(text: &str, zlib: bool) -> Vec<u8> {
    let level = Compression::default();
    if zlib {
        let mut out = ZlibEncoder::new(Vec::new(), level);
        out.write_all(text.as_bytes()).expect("memory");
        return out.finish().expect("memory");
    }
    let mut out = GzEncoder::new(Vec::new(), level);
    out.write_all(text.as_bytes()).expect("memory");
    out.finish().expect("memory")
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => message().prop_map(Step::Text),
        3 => message().prop_map(|text| Step::Binary(text.into_bytes())),
        2 => (message(), any::<bool>()).prop_map(|(text, zlib)| Step::Binary(packed(&text, zlib))),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Step::Binary),
        1 => Just(Step::Binary(packed(&"0".repeat(2 << 20), false))),
        1 => Just(Step::Binary(packed("{}", false)[..10].to_vec())),
        1 => Just(Step::Ping),
        1 => prop::collection::vec(any::<u8>(), 0..10).prop_map(Step::Pong),
        3 => Just(Step::Answer),
        6 => (0..9usize).prop_map(Step::Take),
        3 => (1..40_000u64).prop_map(Step::Pass),
        1 => Just(Step::Flushed),
        1 => name().prop_map(Step::Subscribe),
        1 => (1..4u64).prop_map(Step::Recovered),
        1 => (0..2_000u64).prop_map(Step::Consumed),
        1 => Just(Step::Lost),
        1 => Just(Step::Close),
    ]
}

fn run(config: Config, redaction: Redaction, steps: &[Step]) -> Run {
    let mut desk = Desk::new(config, redaction);
    for step in steps {
        let conn = desk.conn;
        match step {
            Step::Text(text) => desk.text(text),
            Step::Binary(bytes) => desk.binary(bytes),
            Step::Ping => desk.handle(Input::Frame { conn, frame: Frame::Ping }),
            Step::Pong(payload) => desk.handle(Input::Frame { conn, frame: Frame::Pong(payload) }),
            Step::Answer => {
                let payload = desk.door.ping.unwrap_or_default();
                desk.handle(Input::Frame { conn, frame: Frame::Pong(&payload) });
            }
            Step::Take(most) => desk.take(*most),
            Step::Pass(millis) => {
                desk.now = desk.now + Duration::from_millis(*millis);
                desk.handle(Input::Timeout);
            }
            Step::Flushed => desk.handle(Input::Flushed { conn }),
            Step::Subscribe(name) => {
                let wanted = Subscription::interaction(name).unwrap_or(Subscription::all());
                desk.door.subscribe(wanted, desk.now);
            }
            Step::Recovered(gap) => {
                let events = desk.taken.iter().rev().take(3).filter_map(|taken| {
                    let Event::Presence(presence) = &taken.event else { return None };
                    Some(presence.clone())
                });
                let events = events.collect();
                desk.door.recovered(GapId(*gap), events, desk.now);
            }
            Step::Consumed(millis) => {
                desk.handle(Input::Consumed { took: Duration::from_millis(*millis) });
            }
            Step::Lost => desk.handle(Input::Closed {
                conn,
                how: Closed::Frame { code: Some(1012), reason: "Anna pulled the plug" },
            }),
            Step::Close => desk.door.close(desk.now),
        }
    }
    desk.end()
}

fn setting() -> impl Strategy<Value = Config> {
    let policy = prop_oneof![
        Just(Policy::Pause),
        Just(Policy::DropOldest),
        Just(Policy::DropNewest),
        Just(Policy::End)
    ];
    (policy, 1..8usize, any::<bool>(), prop_oneof![Just(0usize), Just(4), Just(1000)]).prop_map(
        |(policy, capacity, raw_deflate, duplicates)| {
            let mut config = config();
            config.buffer.policy = policy;
            config.buffer.capacity = capacity;
            config.limits.raw_deflate = raw_deflate;
            config.limits.duplicates = duplicates;
            config.limits.bad_frames = 4;
            config
        },
    )
}

/// All that was counted, but for the bytes: a pseudonym can be longer.
fn counted(stats: &Stats) -> String {
    format!("{:?}", Stats { bytes: 0, ..stats.clone() })
}

#[test]
fn a_message_that_grows_by_its_pseudonyms_is_not_too_large_for_the_replay() {
    let event = r#"{"timestamp":"2024-05-01T12:00:00Z","type":"ParticipantJoined","participant":"a","interaction":"b","channel":"c"}"#;
    let names = vec!["\"x\""; 8_000].join(",");
    let steps = [Step::Text(format!("{{\"events\":[{event},{names}]}}")), Step::Take(100)];
    let run = run(config(), Redaction::Pseudonyms, &steps);
    let (taken, replay) = replay(&run.text);
    assert!(run.text.lines().any(|line| line.len() > config().limits.frame));
    assert_eq!(taken.expect("no mismatch").len(), run.taken.len());
    assert_eq!((replay.stats().received, replay.stats().rejected), (8_001, 8_000));
}

#[test]
fn what_the_rest_api_told_of_a_gap_comes_back() {
    const WHO: &str = "+4915112345678";
    for redaction in [Redaction::Plain, Redaction::Pseudonyms] {
        let mut config = config();
        if let Service::Stream { backfill, .. } = &mut config.service {
            let api_url = Endpoint::new("https://api.example.com").expect("valid");
            *backfill = Some(Backfill { api_url, settle: Duration::ZERO });
        }
        let mut desk = Desk::new(config, redaction);
        desk.text(&format!(r#"{{"events":[{{"timestamp":"2024-05-01T12:00:00Z","type":"ParticipantJoined","participant":"{WHO}","interaction":"call","channel":"voice"}}]}}"#));
        let how = Closed::Frame { code: Some(1012), reason: "" };
        desk.handle(Input::Closed { conn: desk.conn, how });
        desk.now = desk.now + Duration::from_secs(40);
        desk.handle(Input::Timeout);
        desk.conn = ConnId(2);
        desk.accept();
        desk.take(usize::MAX);
        desk.handle(Input::Timeout);
        let body = format!(
            r#"{{"conversations":[{{"conversationId":"call","participants":[{{"participantId":"{WHO}","participantName":"Anna","sessions":[{{"sessionId":"s","mediaType":"voice","segments":[{{"segmentStart":"2024-05-01T12:00:00Z","segmentEnd":"2024-05-01T12:00:09Z","segmentType":"interact"}}]}}]}}]}}]}}"#
        );
        let reply = Reply { status: 200, body: body.as_bytes(), ..Reply::default() };
        let request = desk.door.asked.expect("it asks");
        desk.handle(Input::Replied { request, result: Ok(reply) });
        let run = desk.end();
        assert_eq!((run.stats.delivered, run.stats.gaps_repaired), (2, 1), "{}", run.text);
        let (taken, replay) = replay(&run.text);
        let taken = taken.expect("no mismatch");
        assert_eq!(
            taken.iter().map(bare).collect::<Vec<_>>(),
            run.taken.iter().map(bare).collect::<Vec<_>>()
        );
        assert_eq!(counted(&replay.stats()), counted(&run.stats));
        if redaction == Redaction::Pseudonyms {
            assert!(!run.text.contains(WHO) && !run.text.contains("Anna"), "{}", run.text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48)
    ))]

    #[test]
    fn a_plain_recording_gives_the_same_run_again(config in setting(), steps in prop::collection::vec(step(), 0..40)) {
        let run = run(config, Redaction::Plain, &steps);
        let (taken, replay) = replay(&run.text);
        prop_assert_eq!(taken.expect("no mismatch"), run.taken);
        prop_assert_eq!(format!("{:?}", replay.stats()), format!("{:?}", run.stats));
        prop_assert_eq!(replay.ending().map(ToString::to_string), Some("it is whole".to_string()));
    }

    #[test]
    fn pseudonyms_change_names_and_nothing_else(config in setting(), steps in prop::collection::vec(step(), 0..40)) {
        let run = run(config, Redaction::Pseudonyms, &steps);
        let (taken, replay) = replay(&run.text);
        let taken = taken.expect("no mismatch");
        let [found, expected] = [&taken, &run.taken].map(|all| all.iter().map(bare).collect::<Vec<_>>());
        prop_assert_eq!(found, expected);
        prop_assert_eq!(counted(&replay.stats()), counted(&run.stats));
        let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
        for (old, new) in run.taken.iter().zip(&taken) {
            let (Event::Presence(old), Event::Presence(new)) = (&old.event, &new.event) else { continue };
            for (old, new) in [(&old.participant, &new.participant), (&old.interaction, &new.interaction)] {
                prop_assert_ne!(old, new);
                prop_assert_eq!(old.uuid().is_some(), new.uuid().is_some());
                prop_assert_eq!(there.entry(old.clone()).or_insert_with(|| new.clone()), new);
                prop_assert_eq!(back.entry(new.clone()).or_insert_with(|| old.clone()), old);
            }
        }
        let again: Result<Vec<Taken>, _> = common::open(&run.text).collect();
        prop_assert_eq!(again.expect("no mismatch"), taken);
    }
}
