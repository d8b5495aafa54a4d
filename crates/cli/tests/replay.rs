//! `--record` and `replay`: the same output again, to the byte, and no secret on the way.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Done, Running, SECRET, at, call, run, server, subscribed, tool, watch};
use rosterline_mock::MockServer;
use rosterline_sim::Fact;
use serde_json::Value;

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("replay-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn committed(name: &str) -> String {
    format!("{}/../recording/tests/recordings/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A run with everything in it: a call, a duplicate, an event that cannot be read, one without meaning, a message that
/// is no JSON, and a lost connection.
async fn eventful(server: &MockServer, flags: &[&str]) -> Done {
    let mut tool = Running::start(watch(server, flags));
    let control = server.control();
    subscribed(server).await;
    control.emit(call("call-1"));
    control.emit(vec![call("call-1").remove(0), Fact::other("Hold", at(9), "call-1", "agent", "voice")]);
    control.send_text(r#"{"events":[{"timestamp":"yesterday","type":"ParticipantJoined","participant":"x","interaction":"y","channel":"voice"}]}"#);
    control.send_text(format!("no JSON, but {SECRET}"));
    control.send_text(format!(r#"{{"status":"notice","message":"you are {SECRET}"}}"#));
    tool.until("\"notice\"").await;
    control.close_all(1012, "customer support restarts");
    tool.until("\"waiting\"").await;
    tool.until("\"live\"").await;
    control.emit(vec![Fact::joined(at(50), "call-2", "customer", "chat")]);
    tool.until("call-2").await;
    tool.signal("TERM");
    let done = tool.finish().await;
    assert_eq!(done.code, 0, "{done:?}");
    done
}

#[tokio::test]
async fn a_replay_writes_the_same_bytes_on_every_runtime() {
    for runtime in ["tokio", "async-std", "smol"] {
        let file = folder(runtime).join("run.ndjson");
        let flags = [
            "--runtime",
            runtime,
            "--output",
            "ndjson",
            "--show",
            "events,timelines,gaps,status,rejected,raw",
        ];
        let server = server().await;
        let recorded = [&flags[..], &["--record", text(&file), "--record-plain"]].concat();
        let watched = eventful(&server, &recorded).await;
        let again = run(tool(&[&["replay", text(&file)], &flags[2..]].concat())).await;
        assert_eq!(again.code, 0, "{again:?}");
        assert!(again.stdout.contains("reconnect") && again.stdout.contains("\"seconds\""), "{again:?}");
        assert_eq!(again.stdout, watched.stdout, "{runtime}");
        assert_eq!(again.stderr, "");
    }
}

#[tokio::test]
async fn no_secret_is_recorded_and_no_name_unless_asked_for() {
    for plain in [false, true] {
        let file = folder(if plain { "plain" } else { "names" }).join("run.ndjson");
        let server = server().await;
        let mut flags = vec!["--record", text(&file)];
        if plain {
            flags.push("--record-plain");
        }
        let watched = eventful(&server, &flags).await;
        let recording = fs::read_to_string(&file).expect("a recording");
        // "tester:CANARY-0badc0de" in base64, without its last characters, which depend on padding.
        for secret in [SECRET, "dGVzdGVyOkNBTkFSWS0wYmFkYzBk", "43414e4152592d"] {
            assert!(!recording.contains(secret), "{recording}");
        }
        assert!(recording.contains("STANDS-FOR-TOKEN"));
        for name in ["call-1", "call-2", "customer", "agent"] {
            assert_eq!(recording.contains(name), plain, "{name}: {recording}");
        }
        let again = run(tool(&["replay", text(&file)])).await;
        assert_eq!(again.summary(), watched.summary(), "the numbers are the same, whatever the names");
        assert_eq!(again.stdout, run(tool(&["replay", text(&file)])).await.stdout);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        }
    }
}

#[tokio::test]
async fn recordings_of_earlier_releases_give_what_they_gave() {
    for name in ["plain", "storm"] {
        let (file, golden) = (committed(&format!("{name}.ndjson")), committed(&format!("{name}.golden")));
        let done = run(tool(&["replay", &file, "--assert", &golden])).await;
        assert_eq!((done.code, &*done.stdout, &*done.stderr), (0, "", ""), "{name}");
    }
}

#[tokio::test]
async fn an_assertion_that_fails_shows_where() {
    let folder = folder("assert");
    let golden = fs::read_to_string(committed("plain.golden")).expect("a golden output");
    let other = folder.join("golden");
    fs::write(&other, golden.replacen("\"subscribing\"", "\"sleeping\"", 1)).expect("written");
    let done = run(tool(&["replay", &committed("plain.ndjson"), "--assert", text(&other)])).await;
    assert_eq!(done.code, 7, "{done:?}");
    let number = 1 + golden.lines().position(|line| line.contains("\"subscribing\"")).expect("a line");
    assert!(
        done.stdout.contains(&format!("@@ golden line {number}, replay line {number} @@\n")),
        "{}",
        done.stdout
    );
    let changed: Vec<_> = done.stdout.lines().filter(|line| line.starts_with(['-', '+'])).skip(2).collect();
    assert!(changed.len() == 2 && changed[0].contains("sleeping") && changed[1].contains("subscribing"));
    assert!(done.stderr.starts_with("error: the output is not what "), "{}", done.stderr);
    let missing =
        run(tool(&["replay", &committed("plain.ndjson"), "--assert", text(&folder.join("no"))])).await;
    assert_eq!(missing.code, 2, "{missing:?}");
}

#[tokio::test]
async fn a_session_that_would_do_something_else_is_a_mismatch() {
    let recording = fs::read_to_string(committed("plain.ndjson")).expect("a recording");
    let file = folder("mismatch").join("run.ndjson");
    let position = recording.lines().position(|line| line.contains("\"status live")).expect("a line");
    let changed = recording.replacen("\"status live", "\"status asleep", 1);
    fs::write(&file, changed).expect("written");
    let done = run(tool(&["replay", text(&file)])).await;
    assert_eq!(done.code, 7, "{done:?}");
    assert!(done.stderr.contains(&format!("error: mismatch at line {}: ", position + 1)), "{}", done.stderr);
    done.summary();
}

#[tokio::test]
async fn a_torn_recording_is_replayed_as_far_as_it_goes() {
    let recording = fs::read_to_string(committed("plain.ndjson")).expect("a recording");
    let file = folder("torn").join("run.ndjson");
    fs::write(&file, &recording[..recording.len() / 2]).expect("written");
    let done = run(tool(&["replay", text(&file)])).await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("is torn"), "{}", done.stderr);
    done.summary();
    fs::write(&file, recording.replacen("\"1.0\"", "\"2.0\"", 1)).expect("written");
    let newer = run(tool(&["replay", text(&file)])).await;
    assert!(newer.code == 2 && newer.stderr.contains("use a newer release"), "{newer:?}");
    let none = run(tool(&["replay", &committed("plain.golden")])).await;
    assert!(none.code == 2 && none.stderr.contains("first line of a recording"), "{none:?}");
}

#[tokio::test]
async fn exports_hold_what_the_replay_has_seen() {
    let folder = folder("exports");
    let path = |name: &str| text(&folder.join(name)).to_string();
    let list =
        ["html", "svg", "perfetto", "json", "csv"].map(|form| format!("{form}={}", path(form))).join(",");
    let file = committed("plain.ndjson");
    let done = run(tool(&["replay", &file, "--show", "none", "--export", &list])).await;
    assert_eq!(done.code, 0, "{done:?}");
    let read = |name: &str| fs::read_to_string(path(name)).expect("a file");
    let interactions = done.summary()["interactions"].as_u64().expect("a number") as usize;
    assert!(interactions > 0);
    assert_eq!(read("html").matches("<section ").count(), interactions);
    assert_eq!(read("svg").matches("class=\"rosterline\"").count(), interactions);
    let json: Vec<Value> = serde_json::from_str(&read("json")).expect("one array");
    assert_eq!(json.last(), Some(&done.summary()));
    let events = json.iter().filter(|line| line["kind"] == "event").count();
    assert_eq!(read("csv").lines().count(), events + 1);
    let trace: Value = serde_json::from_str(&read("perfetto")).expect("JSON");
    let processes =
        trace["traceEvents"].as_array().expect("a list").iter().filter(|it| it["name"] == "process_name");
    assert_eq!(processes.count(), interactions);
    for wrong in ["html", "pdf=x", &format!("svg={}/no/x", path("a"))] {
        let done = run(tool(&["replay", &file, "--export", wrong])).await;
        assert!(done.code == 2 && done.stderr.starts_with("error: export (flag): "), "{done:?}");
    }
}

#[tokio::test]
async fn a_replay_can_take_its_time() {
    let file = committed("plain.ndjson");
    let fast = run(tool(&["replay", &file, "--speed", "max"])).await;
    let seconds = fast.summary()["seconds"].as_f64().expect("a number");
    let start = std::time::Instant::now();
    let slow = run(tool(&["replay", &file, "--speed", "4x"])).await;
    assert_eq!(slow.stdout, fast.stdout);
    assert!(start.elapsed().as_secs_f64() >= seconds / 4.0, "{seconds}");
    let tool = tool(&["replay", &file, "--speed", "0.01x"]);
    let mut tool = Running::start(tool);
    tool.until("\"connecting\"").await;
    tool.signal("INT");
    let stopped = tool.finish().await;
    assert_eq!(stopped.code, 0, "{stopped:?}");
    stopped.summary();
}

#[tokio::test]
async fn messages_that_a_browser_saved_are_replayed() {
    let message = |kind: &str, time: f64, data: &str| serde_json::json!({"type": kind, "time": time, "opcode": 1, "data": data});
    let event = |second: u32, action: &str| {
        format!(
            r#"{{"events":[{{"timestamp":"2024-05-01T12:00:0{second}Z","type":"{action}","participant":"anna","interaction":"call","channel":"voice"}}]}}"#
        )
    };
    let messages = [
        message("send", 1714564800.0, r#"{"token":"of nobody's business"}"#),
        message("receive", 1714564800.1, r#"{"status":"connected"}"#),
        message("receive", 1714564801.25, &event(1, "ParticipantJoined")),
        message("receive", 1714568400.5, &event(9, "ParticipantLeft")),
    ];
    let har = serde_json::json!({"log": {"version": "1.2", "entries": [
        {"request": {"url": "https://example.com/"}},
        {"request": {"url": "wss://example.com/stream"}, "_webSocketMessages": messages},
    ]}});
    let file = folder("har").join("browser.har");
    fs::write(&file, har.to_string()).expect("written");
    let done = run(tool(&["replay", text(&file)])).await;
    assert_eq!(done.code, 0, "{done:?}");
    let events = done.of("event");
    assert_eq!(events.len(), 2, "{done:?}");
    assert_eq!(events[0]["received"], "2024-05-01T12:00:01.250Z");
    assert_eq!(done.of("timeline")[0]["complete"], true);
    let states: Vec<_> = done.of("status").iter().map(|status| status["state"].clone()).collect();
    assert_eq!(states, ["connecting", "authenticating", "subscribing", "live", "draining", "ended"]);
    fs::write(&file, "{\"log\":{\"entries\":[]}}").expect("written");
    assert_eq!(run(tool(&["replay", text(&file)])).await.code, 2);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_costs_the_recording_and_nothing_else() {
    let server = server().await;
    let flags = ["--record", "/dev/full", "--exit-after", "4events"];
    let tool = Running::start(watch(&server, &flags));
    subscribed(&server).await;
    server.control().emit(call("call-1"));
    let done = tool.finish().await;
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(done.summary()["delivered"], 4);
    assert_eq!(done.stderr.matches("the recording ends here").count(), 1, "{done:?}");
}

#[tokio::test]
async fn a_recording_that_cannot_be_made_is_told_at_the_start() {
    for (flags, told) in [
        (&["demo", "--record", "/no/such/folder/run"][..], "record (flag): cannot write"),
        (&["demo", "--record-plain"], "record-plain (flag): says how to record, and not where"),
    ] {
        let done = run(tool(flags)).await;
        assert!(done.code == 2 && done.stderr.contains(told) && done.stdout.is_empty(), "{done:?}");
    }
}
