//! `--checkpoint`: whenever the process is killed, the next one goes on from what it had written out.

mod common;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use common::{PATIENCE, Running, SECRET, finish, run, server, signal, start, subscribed, watch};
use rosterline_core::Rng;
use rosterline_mock::{MockServer, Options};
use rosterline_sim::{Fact, Pace, Scenario};
use serde_json::Value;

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("checkpoint-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn path(file: &Path) -> &str {
    file.to_str().expect("UTF-8")
}

/// What makes an event another one.
fn identity(event: &Value) -> String {
    let fields = ["at", "action", "interaction", "participant", "channel"];
    fields
        .map(|field| event[field].as_str().unwrap_or_else(|| panic!("{field} in {event}")).to_string())
        .join(" ")
}

/// The events that stand in the output so far; its last line may be torn.
fn shown(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["kind"] == "event").map(|line| identity(&line)).collect()
}

/// The checkpoint, once there is one: whole, and nothing in it but what was written out.
fn look(checkpoint: &Path, output: &str) -> Option<Value> {
    let stored = fs::read(checkpoint).ok()?;
    let stored: Value = serde_json::from_slice(&stored).expect("it is whole");
    let shown = shown(output);
    for event in stored["events"].as_array().expect("a list") {
        assert!(shown.contains(&identity(event)), "{event} was remembered before it was written out");
    }
    Some(stored)
}

async fn busy() -> MockServer {
    start(Options::new().scenario(Scenario::All).pace(Pace::LIVELY).seed(11)).await
}

#[tokio::test]
async fn killed_at_any_moment_it_goes_on() {
    let (server, folder) = (busy().await, folder("killed"));
    let (checkpoint, output) = (folder.join("watch.json"), folder.join("out.ndjson"));
    let mut rng = Rng::stream(5, "kill");
    let mut written = 0;
    for round in 0..20 {
        let out = File::options().create(true).append(true).open(&output).expect("a file");
        let mut command = watch(&server, &["--checkpoint", path(&checkpoint), "--show", "events,gaps"]);
        let child = command.stdout(Stdio::from(out)).spawn().expect("the tool starts");
        tokio::time::sleep(Duration::from_millis(100 + rng.up_to(1400))).await;
        signal(child.id(), "KILL");
        let done = finish(child).await;
        assert_eq!((done.code, done.stderr.contains("error")), (-1, false), "round {round}: {done:?}");
        let shown = fs::read_to_string(&output).expect("UTF-8");
        written += u32::from(look(&checkpoint, &shown).is_some());
    }
    assert!(written > 0, "no round came as far as a checkpoint");
    let shown = fs::read_to_string(&output).expect("UTF-8");
    let before = look(&checkpoint, &shown).expect("it is there");
    let done = run(watch(&server, &["--checkpoint", path(&checkpoint), "--exit-after", "20events"])).await;
    assert_eq!(done.code, 0, "{done:?}");
    done.summary();
    // What happened while nobody looked is one gap, from where the last one was sure of everything.
    let gaps = done.of("gap");
    let from = gaps.first().expect("a gap")["from"].as_str().expect("a time");
    assert!(before["complete_until"].as_str().is_some_and(|until| from <= until), "{before} {gaps:?}");
    #[cfg(unix)]
    {
        let mode = fs::metadata(&checkpoint).expect("it is there").permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600, "for its owner only");
    }
    let parts = fs::read_dir(&folder).expect("a folder").count();
    assert!(parts <= 2 + 20, "no more than one torn file for each kill");
}

/// A reader who does not read holds up the output, and so what is remembered.
#[tokio::test]
async fn nothing_is_remembered_before_it_is_written_out() {
    let (server, folder) = (server().await, folder("unread"));
    let checkpoint = folder.join("watch.json");
    let arguments = ["--checkpoint", path(&checkpoint), "--show", "events", "--output", "ndjson"];
    let child = watch(&server, &arguments).spawn().expect("the tool starts");
    subscribed(&server).await;
    server.control().emit(common::call("first"));
    let is_there = async {
        while look_at_size(&checkpoint) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, is_there).await.expect("a checkpoint");
    // More than a pipe and all buffers hold, over more than the second between two checkpoints.
    for batch in 0..15 {
        (0..200).for_each(|number| server.control().emit(common::call(&format!("call {batch} {number}"))));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    signal(child.id(), "KILL");
    let done = finish(child).await;
    look(&checkpoint, &done.stdout).expect("it is there");
}

fn look_at_size(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |file| file.len())
}

/// Somebody is there when the process ends, and leaves while the next one looks: the timeline is whole.
#[tokio::test]
async fn a_timeline_goes_on_in_the_next_run() {
    let (server, folder) = (server().await, folder("timeline"));
    let checkpoint = folder.join("watch.json");
    let (call, control) = (common::call("call-1"), server.control());
    for (events, known) in [(&call[..2], 2), (&call[2..], 4)] {
        let arguments = ["--checkpoint", path(&checkpoint), "--exit-after", "2events"];
        let mut running = Running::start(watch(&server, &arguments));
        running.until("\"state\":\"live\"").await;
        control.emit(events.to_vec());
        let done = running.finish().await;
        assert_eq!((done.code, done.of("event").len()), (0, 2), "nothing is told twice: {done:?}");
        let timeline = done.of("timeline").pop().expect("a timeline");
        assert_eq!(timeline["entries"].as_array().expect("a list").len(), known, "{done:?}");
    }
    let stored: Value = serde_json::from_slice(&fs::read(&checkpoint).expect("a file")).expect("JSON");
    assert_eq!(stored["events"].as_array().expect("a list").len(), 4, "it is over, but only just: {stored}");
}

/// Nobody repairs the gap of a restart in this dialect: the next one begins where the last run ended, not at the first gap.
#[tokio::test]
async fn each_restart_is_a_gap_of_its_own() {
    let (server, folder) = (server().await, folder("gaps"));
    let checkpoint = folder.join("watch.json");
    let mut ended = String::new();
    for round in 1..4 {
        let arguments = ["--checkpoint", path(&checkpoint), "--exit-after", "2events"];
        let mut running = Running::start(watch(&server, &arguments));
        running.until("\"state\":\"live\"").await;
        let name = format!("call-{round}");
        server.control().emit(vec![
            Fact::joined(common::at(10 * round), &name, "customer", "voice"),
            Fact::left(common::at(10 * round + 5), &name, "customer", "voice"),
        ]);
        let done = running.finish().await;
        assert_eq!((done.code, done.of("event").len()), (0, 2), "{done:?}");
        let from =
            done.of("gap").first().map_or(String::new(), |gap| gap["from"].as_str().expect("a time").into());
        assert_eq!(from, ended, "{done:?}");
        let last = done.of("event").pop().expect("two");
        ended = last["at"].as_str().expect("a time").into();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_is_gone_costs_the_checkpoint_and_nothing_else() {
    let (server, folder) = (server().await, folder("gone"));
    let checkpoint = folder.join("watch.json");
    let arguments = ["--checkpoint", path(&checkpoint), "--exit-after", "8events"];
    let mut running = Running::start(watch(&server, &arguments));
    running.until("\"state\":\"live\"").await;
    fs::remove_dir_all(&folder).expect("it was there");
    for name in ["call-1", "call-2"] {
        server.control().emit(common::call(name));
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }
    let done = running.finish().await;
    assert_eq!((done.code, &done.summary()["delivered"]), (1, &Value::from(8)), "{done:?}");
    assert_eq!(done.stderr.matches("the checkpoint is not up to date").count(), 1, "{done:?}");
}

#[tokio::test]
async fn a_damaged_file_is_named_with_what_to_do() {
    let (server, folder) = (server().await, folder("damaged"));
    let checkpoint = folder.join("watch.json");
    for damage in [
        "",
        "{\"version\":1,",
        "{\"version\":2,\"dialect\":\"stream\",\"complete_until\":null,\"events\":[]}",
    ] {
        fs::write(&checkpoint, damage).expect("written");
        let done = run(watch(&server, &["--checkpoint", path(&checkpoint)])).await;
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains("watch.json") && done.stderr.contains("remove it"), "{done:?}");
        assert_eq!(fs::read_to_string(&checkpoint).expect("UTF-8"), damage, "it is left as it is");
    }
    let other = "{\"version\":1,\"dialect\":\"notifications\",\"complete_until\":null,\"events\":[]}";
    fs::write(&checkpoint, other).expect("written");
    let done = run(watch(&server, &["--checkpoint", path(&checkpoint)])).await;
    assert!(done.code == 2 && done.stderr.contains("notifications dialect"), "{done:?}");
    assert!(!done.stderr.contains(SECRET));
}
