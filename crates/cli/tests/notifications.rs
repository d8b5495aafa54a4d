//! The `notifications` dialect, as the tool speaks it: what it writes, and that its recordings give the same run again.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{Done, SECRET, run, tool};
use rosterline_mock::{MockServer, Options};
use rosterline_sim::{CloudConfig, Faults, Scenario};
use serde_json::Value;

/// A service on which everything happens, and everything goes wrong.
async fn storm(seed: u64) -> MockServer {
    let options = Options::new().scenario(Scenario::All).faults(Faults::Storm).seed(seed);
    let options = options.credentials("tester", SECRET).notifications(CloudConfig::default());
    MockServer::start(options).await.expect("a free port")
}

fn watch(server: &MockServer, arguments: &[&str]) -> Command {
    let (url, queues) = (server.api_url(), server.queues().join(","));
    let mut command =
        tool(&["watch", "--dialect", "notifications", "--settle", "0s", "--backoff-base", "20ms"]);
    command.args(["--api-url", &url, "--queue", &queues, "--max-attempts", "unlimited"]).args(arguments);
    command.env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    command
}

fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("notifications-{name}.ndjson"));
    let _ = fs::remove_file(&file);
    file
}

const ALL: [&str; 4] = ["--show", "events,timelines,gaps,status,rejected,raw", "--output", "ndjson"];

/// What a service gives as the id of a channel.
fn holds_a_channel(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|word| word.starts_with("streaming-"))
}

async fn recorded(server: &MockServer, file: &str, flags: &[&str]) -> Done {
    let record = ["--record", file, "--exit-after", "60events", "--exit-after", "30s"];
    let done = run(watch(server, &[&ALL[..], &record, flags].concat())).await;
    assert_eq!(done.code, 0, "{done:?}");
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(!holds_a_channel(&said) && !said.contains(SECRET), "{said}");
    done
}

#[tokio::test]
async fn a_plain_recording_gives_the_same_bytes_again() {
    for seed in [3, 4] {
        let (server, file) = (storm(seed).await, file(&format!("plain-{seed}")));
        let path = file.to_str().expect("UTF-8");
        let details = if seed == 3 { "off" } else { "on" };
        let watched = recorded(&server, path, &["--record-plain", "--details", details]).await;
        assert!(!watched.of("event").is_empty() && !watched.of("timeline").is_empty(), "{watched:?}");
        let again = run(tool(&[&["replay", path][..], &ALL[..]].concat())).await;
        assert_eq!((again.code, again.stderr.as_str()), (0, ""), "seed {seed}");
        assert_eq!(again.stdout, watched.stdout, "seed {seed}");
        let recording = fs::read_to_string(&file).expect("a recording");
        assert!(!holds_a_channel(&recording) && !recording.contains(SECRET), "{recording}");
    }
}

#[tokio::test]
async fn a_usual_recording_holds_no_name_and_gives_the_same_run_again() {
    for seed in [5, 6] {
        let (server, file) = (storm(seed).await, file(&format!("names-{seed}")));
        let path = file.to_str().expect("UTF-8");
        let watched = recorded(&server, path, &["--details", if seed == 5 { "off" } else { "on" }]).await;
        let recording = fs::read_to_string(&file).expect("a recording");
        assert!(!holds_a_channel(&recording) && !recording.contains(SECRET), "{recording}");
        let text = |value: &Value| value.as_str().map(str::to_string);
        let fields = ["interaction", "participant", "user", "queue", "session"];
        let events = watched.of("event");
        let names: BTreeSet<String> =
            events.iter().flat_map(|event| fields.iter().filter_map(|field| text(&event[*field]))).collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names.iter().chain(&server.users()).chain(&server.queues()) {
            assert!(!recording.contains(name.as_str()), "{name}");
        }
        let again = run(tool(&[&["replay", path][..], &ALL[..]].concat())).await;
        assert_eq!(again.code, 0, "seed {seed}: {}", again.stderr);
        assert_eq!(again.summary(), watched.summary(), "seed {seed}");
        let bare = |done: &Done| -> Vec<String> {
            let events = done.of("event").into_iter();
            events
                .map(|it| {
                    format!(
                        "{} {} {} {} {}",
                        it["at"], it["action"], it["channel"], it["purpose"], it["source"]
                    )
                })
                .collect()
        };
        assert_eq!(bare(&again), bare(&watched), "seed {seed}");
    }
}

#[tokio::test]
async fn events_say_who_it_is_in_every_output() {
    let server = storm(7).await;
    let json = run(watch(&server, &["--exit-after", "20events", "--output", "ndjson"])).await;
    for event in json.of("event") {
        for field in ["purpose", "session", "source"] {
            assert!(event[field].as_str().is_some_and(|text| !text.is_empty()), "{event}");
        }
    }
    assert!(json.of("event").iter().any(|event| event["user"].is_string() && event["queue"].is_string()));
    let stays = json.of("timeline");
    assert!(stays.iter().all(|line| line["presence"][0]["session"].is_string()), "{stays:?}");
    let csv = run(watch(&server, &["--exit-after", "20events", "--output", "csv"])).await;
    assert!(csv.stdout.starts_with(
        "at,received,interaction,participant,action,channel,reason,purpose,user,queue,session,source\r\n"
    ));
    assert!(csv.stdout.lines().skip(1).all(|line| line.split(',').count() == 12), "{csv:?}");
    let text = run(watch(&server, &["--exit-after", "20events", "--output", "text"])).await;
    assert!(text.stdout.contains("  customer, ") && text.stdout.contains(", session "), "{text:?}");
}
