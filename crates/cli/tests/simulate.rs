//! `simulate`: worlds by seed, the same hash every time, recordings that replay, and what broke as a command.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{run, tool};
use serde_json::Value;

fn regressions() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sim/regressions")
}

#[tokio::test]
async fn the_same_seeds_give_the_same_hash_and_a_table_of_what_occurred() {
    let once = run(tool(&["simulate", "--seeds", "4", "--hours", "0.05", "--json"])).await;
    let again = run(tool(&["simulate", "--seeds", "0..4", "--hours", "0.05", "--json"])).await;
    assert_eq!((once.code, &once.stdout), (0, &again.stdout), "{once:?}");
    let outcome: Value = serde_json::from_str(&once.stdout).expect("one object");
    assert_eq!((&outcome["kind"], &outcome["seeds"]), (&"simulation".into(), &4.into()));
    assert!(outcome["occurred"]["state"]["subscribing -> live"].as_u64() >= Some(4), "{outcome}");
    assert_eq!(outcome["failures"], Value::Array(Vec::new()));
    let text = run(tool(&["simulate", "--seeds", "4", "--hours", "0.05"])).await;
    let hash = outcome["hash"].as_str().expect("a hash");
    assert!(text.stdout.ends_with(&format!("every invariant held; hash {hash}\n")), "{}", text.stdout);
}

#[tokio::test]
async fn a_world_is_recorded_and_its_recording_replays() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("simulate-seed.ndjson");
    let name = file.to_str().expect("UTF-8");
    let part = "interactions=3 ms=120000";
    let flags = ["simulate", "--seeds", "5..6", "--keep", part, "--record", name];
    let done = run(tool(&flags)).await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(!fs::read_to_string(&file).expect("a recording").contains("CANARY"), "no secret is recorded");
    let replayed = run(tool(&["replay", name, "--output", "ndjson"])).await;
    assert_eq!(replayed.code, 0, "{replayed:?}");
    assert!(replayed.stdout.contains(r#""kind":"summary""#), "{}", replayed.stdout);
}

#[tokio::test]
async fn what_once_broke_replays_as_it_is_now() {
    let entries = fs::read_dir(regressions()).expect("the regressions");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ndjson"));
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let done = run(tool(&["replay", file.to_str().expect("UTF-8"), "--show", "none"])).await;
        assert_eq!(done.code, 0, "{}: {done:?}", file.display());
    }
}

#[tokio::test]
async fn nonsense_is_a_usage_error_that_names_the_setting() {
    let wrong = [
        (&["--seeds", "0"][..], "seeds (flag): \"0\" has no seed in it"),
        (&["--hours", "0"], "hours (flag): \"0\" is not within 0.001 and 8784 hours"),
        (&["--seeds", "1..2", "--keep", "strike=1"], "`strike=1` is no part of a world"),
        (&["--seeds", "3", "--record", "x.ndjson"], "record (flag): is for one seed"),
    ];
    for (flags, message) in wrong {
        let done = run(tool(&[&["simulate"], flags].concat())).await;
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.stderr.contains(message), "{flags:?}: {}", done.stderr);
    }
}
