//! `tune`: what it is told, what it says, and that what it recommends can be pasted and holds.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Done, run, tool};
use serde_json::Value;

/// A synthetic load and sweeps that are soon done.
const SMALL: &[&str] = &[
    "tune",
    "--synthetic",
    "--rate",
    "150",
    "--duration",
    "4s",
    "--take",
    "1ms",
    "--stall",
    "200ms",
    "--stall-every",
    "1s",
    "--loads",
    "0.5,1,8",
    "--heartbeats",
    "10s,20s",
    "--pong-timeouts",
    "5s",
    "--backoff-bases",
    "1s,5s",
    "--backoff-maxes",
    "15s",
    "--draws",
    "2",
];

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tune-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

async fn small(more: &[&str]) -> Done {
    run(tool(&[SMALL, more].concat())).await
}

/// The last line, and that `kind` stands first in all.
fn summary(done: &Done) -> Value {
    let last = done.lines().pop().unwrap_or_else(|| panic!("no output: {done:?}"));
    assert_eq!((&last["kind"], done.of("summary").len()), (&"summary".into(), 1));
    last
}

#[tokio::test]
async fn the_same_options_give_the_same_bytes() {
    let folder = folder("same");
    let pages = ["once.html", "again.html"].map(|name| folder.join(name));
    let mut outputs = Vec::new();
    for page in &pages {
        let done = small(&["--html", page.to_str().expect("UTF-8")]).await;
        assert_eq!(done.code, 0, "{done:?}");
        outputs.push(done.stdout);
    }
    assert_eq!(outputs[0], outputs[1]);
    let [once, again] = pages.map(|page| fs::read_to_string(page).expect("a page"));
    assert!(once == again && once.starts_with("<!doctype html>") && once.ends_with("</html>\n"));
    let other = small(&["--seed", "2"]).await;
    assert_ne!(other.stdout, outputs[0], "another seed is another load");
}

#[tokio::test]
async fn every_measurement_is_a_line_and_the_summary_counts_them() {
    let done = small(&[]).await;
    assert_eq!(done.code, 0, "{done:?}");
    let summary = summary(&done);
    let count = |kind: &str| done.of(kind).len() as u64;
    assert_eq!(summary["trials"], count("trial") + count("silence") + count("outage"));
    assert_eq!((&summary["checks"], &summary["failed"]), (&count("check").into(), &0.into()));
    let load = done.of("load").remove(0);
    assert_eq!((&load["dialect"], &load["events"]), (&"stream".into(), &summary["events"]));
    for trial in done.of("trial") {
        let number = |name: &str| trial[name].as_u64().unwrap_or_else(|| panic!("{name}: {trial}"));
        assert_eq!(number("offered"), number("delivered") + number("lost"), "{trial}");
        assert!(trial["policy"] != "pause" || number("dropped") == 0, "{trial}");
    }
    assert_eq!((count("knee"), count("recommendation")), (1, 1));
    let reasons: Vec<String> = done.of("reason").iter().map(|it| it["setting"].to_string()).collect();
    assert_eq!(reasons, ["\"buffer\"", "\"policy\"", "\"heartbeat\"", "\"backoff\"", "\"max-attempts\""]);
}

#[tokio::test]
async fn what_is_recommended_can_be_pasted_and_a_rerun_confirms_it() {
    let first = small(&[]).await;
    let found = first.of("recommendation").remove(0);
    let flags = found["flags"].as_str().expect("text");
    let pasted: Vec<&str> = flags.split(' ').collect();
    let again = small(&pasted).await;
    assert_eq!(again.code, 0, "{again:?}");
    let is_current = |it: &Value| it["sweep"] == "current";
    let current: Vec<Value> = again.of("trial").into_iter().filter(is_current).collect();
    assert_eq!(
        (current.len(), &current[1]["buffer"], &current[1]["policy"]),
        (2, &found["buffer"], &found["policy"])
    );
    for trial in &current {
        assert_eq!((&trial["lost"], &trial["paused_ms"]), (&0.into(), &0.0.into()), "{trial}");
    }
    let silence = again.of("silence").into_iter().find(is_current).expect("one of them");
    let bound = found["heartbeat_ms"].as_f64().expect("ms") + found["pong_timeout_ms"].as_f64().expect("ms");
    assert!(
        silence["detected_ms"]["max"].as_f64().expect("ms") <= bound && silence["false_alarms"] == 0,
        "{silence}"
    );
    assert_eq!(again.of("recommendation")[0]["flags"], found["flags"], "nothing better is found then");

    let config = folder("config").join("config.toml");
    fs::write(&config, found["toml"].as_str().expect("text")).expect("written");
    let shown = run(tool(&["config", "show", "--config", config.to_str().expect("UTF-8")])).await;
    assert_eq!(shown.code, 0, "{shown:?}");
    for line in found["toml"].as_str().expect("text").lines() {
        let (name, value) = line.split_once(" = ").expect("a setting");
        let value = value.trim_matches('"');
        let said = shown.stdout.lines().find(|it| it.starts_with(&format!("{name} ="))).expect(name);
        assert!(said.contains(value), "{said} is not {value}");
    }
}

#[tokio::test]
async fn recordings_of_both_dialects_are_loads() {
    let folder = folder("recordings");
    for dialect in ["stream", "notifications"] {
        let file = folder.join(format!("{dialect}.ndjson"));
        let name = file.to_str().expect("UTF-8");
        let demo = ["demo", "--dialect", dialect, "--duration", "4s", "--show", "none", "--record", name];
        let told = run(tool(&demo)).await;
        assert_eq!(told.code, 0, "{told:?}");
        let delivered = told.lines().pop().expect("a summary")["delivered"].as_u64().expect("a number");
        let flags = ["tune", name, "--scale", "20", "--take", "1ms", "--draws", "1", "--loads", "1,2"];
        let done = run(tool(&flags)).await;
        assert!([0, 7].contains(&done.code), "{done:?}");
        summary(&done);
        let load = done.of("load").remove(0);
        assert_eq!(load["dialect"], dialect);
        let events = load["events"].as_u64().expect("a number");
        assert!(events > 0 && events <= delivered + 3, "{events} of {delivered}");
        assert!(load["source"].as_str().expect("text").contains(".ndjson"));
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_with_what_to_do() {
    let folder = folder("wrong");
    let junk = folder.join("junk.ndjson");
    fs::write(&junk, "{}\n").expect("written");
    let junk = junk.to_str().expect("UTF-8");
    let table: &[(&[&str], &str)] = &[
        (&["tune"], "file: is not given; name a recording"),
        (&["tune", "--synthetic", junk], "exclude each other"),
        (&["tune", "/no/such/file"], "cannot tune by /no/such/file"),
        (&["tune", junk], "does not begin with the first line of a recording"),
        (&["tune", "x.har"], "is a HAR file; give what --record wrote"),
        (&["tune", "--synthetic", "--rate", "0"], "rate (flag): \"0\" is no number within 0.001 and 1000000"),
        (&["tune", "--synthetic", "--frame-events", "0"], "a frame has not between 1 and 100 events"),
        (&["tune", "--synthetic", "--take", "5"], "take (flag): \"5\" is no duration"),
        (&["tune", "--synthetic", "--buffers", "64,0"], "buffers (flag): \"0\" is no whole number from 1"),
        (&["tune", "--synthetic", "--heartbeats", "1ms"], "heartbeats (flag): must be 10 ms to 24 h each"),
        (&["tune", "--synthetic", "--backoff-base", "40s"], "backoff-max (default): must be no shorter than"),
        (&["tune", "--synthetic", "--stall", "10s"], "stall (flag): must be shorter than stall-every"),
        (&["tune", "--synthetic", "--draws", "0"], "draws (flag): must be 1 to 1000"),
        (&["tune", "--synthetic", "--goal", "cheap"], "is neither complete nor fresh"),
        (&["tune", "--synthetic", "--output", "csv"], "there are text, ndjson and json"),
        (&["tune", "--synthetic", "--html", "/no/such/folder/x.html"], "html (flag):"),
    ];
    for (flags, words) in table {
        let done = run(tool(flags)).await;
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{flags:?}: {done:?}");
        assert!(done.stderr.contains(words), "{flags:?}: {}", done.stderr);
    }
}

#[tokio::test]
async fn text_and_json_say_the_same() {
    let text = small(&["--output", "text"]).await;
    let json = small(&["--output", "json"]).await;
    assert_eq!((text.code, json.code), (0, 0), "{text:?} {json:?}");
    let all: Vec<Value> = serde_json::from_str(&json.stdout).expect("a list");
    let found = all.iter().find(|it| it["kind"] == "recommendation").expect("it is there");
    assert!(text.stdout.contains(found["flags"].as_str().expect("text")), "{}", text.stdout);
    assert!(text.stdout.ends_with(found["toml"].as_str().expect("text")));
    assert!(text.stdout.contains("< knee") && !text.stdout.contains('\u{1b}'));
}

#[tokio::test]
async fn in_real_time_it_is_as_in_virtual_time() {
    let done = small(&["--real", "--real-for", "2s", "--headroom", "1"]).await;
    let real: Vec<Value> = done.of("check").into_iter().filter(|it| it["time"] == "real").collect();
    assert_eq!(real.len(), 4, "{done:?}");
    // How long things take is the machine's matter; that nothing is lost is ours.
    let lost = &real[0];
    assert_eq!(
        (&lost["what"], &lost["holds"], &lost["measured"]),
        (&"events lost".into(), &true.into(), &lost["expected"])
    );
    assert!([0, 7].contains(&done.code), "{done:?}");
}
