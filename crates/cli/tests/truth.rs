//! The tool on the `notifications` dialect, held against what really happened: in a storm, and killed again and again.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{PATIENCE, SECRET, finish, run, signal, start, tool};
use rosterline_core::{PresenceKind, Rng, Timestamp};
use rosterline_mock::{MockServer, Options, Pace, Scenario};
use rosterline_sim::{CloudConfig, CloudEnd, CloudPlan, Faults};
use serde_json::Value;

/// Sources may differ by so much about one fact (docs/notifications.md, section 3).
const TOLERANCE_MS: i64 = 2000;

/// One join or leave: conversation, participant, session, and which.
type Fact = (String, String, String, &'static str);

async fn busy(faults: Faults, seed: u64, conversations: Option<u64>) -> MockServer {
    let cloud = CloudConfig { lag: Duration::from_millis(500), requests: 10_000, ..CloudConfig::default() };
    let options = Options::new().scenario(Scenario::All).pace(Pace::percent(200)).faults(faults).seed(seed);
    let options = options.notifications(cloud);
    start(match conversations {
        Some(count) => options.interactions(count),
        None => options,
    })
    .await
}

fn watch(server: &MockServer, arguments: &[&str]) -> Command {
    let (url, queues) = (server.api_url(), server.queues().join(","));
    let mut command = tool(&["watch", "--dialect", "notifications", "--settle", "1s", "--output", "ndjson"]);
    command.args(["--api-url", &url, "--queue", &queues, "--backoff-base", "20ms", "--backoff-max", "100ms"]);
    command.args(arguments).env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    command
}

/// What happened, and when.
fn truth(server: &MockServer) -> BTreeMap<Fact, Timestamp> {
    let facts = server.control().cloud(|cloud, _| cloud.facts().to_vec());
    let row = |fact: &rosterline_sim::CloudFact| {
        let key = (fact.conversation.to_string(), fact.participant.to_string(), fact.session.to_string());
        ((key.0, key.1, key.2, fact.kind.name()), Timestamp::from(fact.at))
    };
    facts.iter().map(row).collect()
}

fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_else(|| panic!("{field}: {line}"))
}

fn time(line: &Value, field: &str) -> Timestamp {
    Timestamp::parse(text(line, field)).unwrap_or_else(|| panic!("{field}: {line}"))
}

/// The fact that an `event` line tells.
fn told(line: &Value) -> Fact {
    let kinds = [PresenceKind::Joined, PresenceKind::Left].map(PresenceKind::name);
    let kind = kinds.into_iter().find(|kind| *kind == text(line, "action")).expect("a kind");
    let part = |field: &str| text(line, field).to_owned();
    (part("interaction"), part("participant"), part("session"), kind)
}

/// The lines of one kind; the last of a process that was killed may be torn.
fn lines(output: &str, kind: &str) -> Vec<Value> {
    let all = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    all.filter(|line| line["kind"] == kind).collect()
}

/// The gaps that are open at the end of a run: the last word about each counts.
fn open_gaps(output: &str) -> Vec<Value> {
    let all = lines(output, "gap").into_iter().map(|gap| (gap["id"].to_string(), gap));
    let last: BTreeMap<String, Value> = all.collect();
    last.into_values().filter(|gap| gap["repaired"] != true).collect()
}

/// Every event tells something that happened, when it happened.
fn assert_true(events: &[Value], truth: &BTreeMap<Fact, Timestamp>) {
    for event in events {
        let at = truth.get(&told(event)).unwrap_or_else(|| panic!("it never happened: {event}"));
        let differs = (time(event, "at").unix_millis().0 - at.unix_millis().0).abs();
        assert!(differs <= TOLERANCE_MS, "it happened at {at}: {event}");
    }
}

/// Everything that happened is told, or lies in a gap.
fn assert_whole(told: &BTreeSet<Fact>, gaps: &[Value], truth: &BTreeMap<Fact, Timestamp>) {
    for (fact, at) in truth {
        let excused = gaps.iter().any(|gap| time(gap, "from") <= *at && *at <= time(gap, "to"));
        assert!(
            told.contains(fact) || excused,
            "{fact:?} at {at} was lost without a word; open gaps: {gaps:?}"
        );
    }
}

fn assert_discreet(output: &str) {
    let mut words = output.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    assert!(!words.any(|word| word.starts_with("streaming-")), "the id of a channel: {output}");
    // "tester:CANARY-0badc0de" in base64, without its last characters.
    assert!(!output.contains(SECRET) && !output.contains("dGVzdGVyOkNBTkFSWS0wYmFkYzBk"), "{output}");
}

/// A storm in which channels are evicted, but not so often that the session has to give up.
fn seed_of_a_storm() -> u64 {
    let evictions = |seed: &u64| {
        let plan = CloudPlan::preset(Faults::Storm, *seed);
        plan.endings.iter().filter(|rule| rule.fault.end == CloudEnd::Evict).count()
    };
    (1..).find(|seed| (1..=3).contains(&evictions(seed))).expect("there are many")
}

#[tokio::test]
async fn in_a_storm_each_fact_is_told_once_or_lies_in_an_open_gap() {
    let server = busy(Faults::Storm, seed_of_a_storm(), Some(60)).await;
    let control = server.control();
    let shown = ["--show", "events,gaps,status,rejected", "-vvv", "--max-attempts", "unlimited"];
    let watching = run(watch(&server, &[&shown[..], &["--exit-after", "idle:8s"]].concat()));
    let calming = async {
        control.until(|_| control.exhausted()).await;
        // What was lost meanwhile is to be found, and not to be lost again.
        control.cloud(|cloud, _| cloud.calm());
    };
    let (done, ()) = tokio::join!(watching, calming);
    assert_eq!(done.code, 0, "{done:?}");
    let (truth, events) = (truth(&server), done.of("event"));
    assert_true(&events, &truth);
    let once: BTreeSet<Fact> = events.iter().map(told).collect();
    assert_eq!(once.len(), events.len(), "something was told twice: {}", done.stdout);
    assert!(truth.len() > 200 && once.len() * 10 > truth.len() * 9, "{} of {}", once.len(), truth.len());
    assert_whole(&once, &open_gaps(&done.stdout), &truth);
    assert!(
        !done.of("gap").is_empty() && done.summary()["reconnects"].as_u64() > Some(3),
        "that was no storm"
    );
    assert!(!done.stderr.is_empty());
    assert_discreet(&format!("{}{}", done.stdout, done.stderr));
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("truth-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Waits until there is a checkpoint: before that a run knows of nothing that it could go on from.
async fn first_checkpoint(file: &Path) {
    let is_there = async {
        while fs::metadata(file).map_or(0, |file| file.len()) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, is_there).await.expect("a checkpoint");
}

#[tokio::test]
async fn killed_twenty_times_all_runs_together_tell_all_that_happened() {
    let (server, folder) = (busy(Faults::None, 11, None).await, folder("killed"));
    let (checkpoint, output) = (folder.join("watch.json"), folder.join("out.ndjson"));
    let path = checkpoint.to_str().expect("UTF-8");
    let mut rng = Rng::stream(17, "kill");
    for round in 0..20 {
        let out = File::options().create(true).append(true).open(&output).expect("a file");
        let mut command = watch(&server, &["--checkpoint", path, "--show", "events,gaps"]);
        let child = command.stdout(Stdio::from(out)).spawn().expect("the tool starts");
        if round == 0 {
            first_checkpoint(&checkpoint).await;
        }
        tokio::time::sleep(Duration::from_millis(50 + rng.up_to(1700))).await;
        signal(child.id(), "KILL");
        let done = finish(child).await;
        assert_eq!((done.code, done.stderr.as_str()), (-1, ""), "round {round}: {done:?}");
        let stored = fs::read(&checkpoint).expect("it is there");
        let stored: Value = serde_json::from_slice(&stored).expect("it is whole");
        assert!(stored["complete_until"].is_string(), "{stored}");
        // Whole conversations come and go while nobody looks.
        tokio::time::sleep(Duration::from_millis(rng.up_to(800))).await;
        // Whoever is cut off in the middle of a line does not spoil the next one's first.
        let ended = fs::read(&output).expect("it is there").last().is_none_or(|last| *last == b'\n');
        if !ended {
            fs::write(&output, [&fs::read(&output).expect("it is there")[..], b"\n"].concat())
                .expect("written");
        }
    }
    let control = server.control();
    let before = control.counts().connections;
    let watching =
        run(watch(&server, &["--checkpoint", path, "--show", "events,gaps", "--exit-after", "idle:8s"]));
    let quieting = async {
        control.until(|counts| counts.connections > before).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        control.cloud(|cloud, _| cloud.quiet());
    };
    let (last, ()) = tokio::join!(watching, quieting);
    assert_eq!(last.code, 0, "{last:?}");
    let shown = fs::read_to_string(&output).expect("UTF-8") + &last.stdout;
    let (truth, events) = (truth(&server), lines(&shown, "event"));
    assert_true(&events, &truth);
    assert_whole(&events.iter().map(told).collect(), &open_gaps(&last.stdout), &truth);
    let told_last: BTreeSet<Fact> = last.of("event").iter().map(told).collect();
    assert_eq!(told_last.len(), last.of("event").len(), "one run tells nothing twice");
    assert_discreet(&shown);
}
