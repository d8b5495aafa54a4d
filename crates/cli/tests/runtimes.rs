//! `--runtime`: the same results on each, over TLS, with a login and a lost connection.

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Done, run, start, tool, watch};
use rosterline_mock::{End, FaultPlan, Options, Pace, Scenario, When};
use serde_json::Value;

const RUNTIMES: [&str; 3] = ["tokio", "async-std", "smol"];

/// The events of a run without the times, which each run has of its own.
fn events(done: &Done) -> BTreeSet<String> {
    let fields = ["interaction", "participant", "action", "channel", "reason"];
    let short = |event: &Value| fields.map(|field| event[field].to_string()).join(" ");
    done.of("event").iter().map(short).collect()
}

#[tokio::test]
async fn the_results_are_the_same_on_every_runtime() {
    let mut results = Vec::new();
    for runtime in RUNTIMES {
        let options = Options::new()
            .seed(7)
            .scenario(Scenario::Transfer)
            .interactions(6)
            .pace(Pace::percent(1000))
            .tls(true);
        let server = start(options).await;
        let authority = std::env::temp_dir().join(format!("rosterline-{}-{runtime}.pem", std::process::id()));
        std::fs::write(&authority, server.ca_pem().expect("it has TLS")).expect("a temporary file");
        let file = authority.to_string_lossy();
        let flags = ["--runtime", runtime, "--ca-file", &*file, "--exit-after", "idle:2s", "--fail-on-gap"];
        let done = run(watch(&server, &flags)).await;
        let _ = std::fs::remove_file(&authority);
        assert_eq!(done.code, 0, "{runtime}: {done:?}");
        let summary = done.summary();
        let counts = ["received", "delivered", "duplicate", "dropped", "interactions"]
            .map(|name| summary[name].clone());
        let complete = done.of("timeline").iter().filter(|line| line["complete"] == true).count();
        results.push((events(&done), counts, complete));
        server.stop().await;
    }
    assert!(results[0].0.len() > 12 && results[0].2 >= 6, "{results:?}");
    assert!(results.iter().all(|result| *result == results[0]), "{results:#?}");
}

#[tokio::test]
async fn a_lost_connection_is_made_again_on_every_runtime() {
    for runtime in RUNTIMES {
        let plan = FaultPlan::new().ending(When::Nth(0), Duration::from_millis(300), End::Cut);
        let server = start(Options::new().plan(plan)).await;
        let done = run(watch(&server, &["--runtime", runtime, "--exit-after", "2s", "--fail-on-gap"])).await;
        assert_eq!(done.code, 6, "{runtime}: {done:?}");
        assert_eq!(done.summary()["reconnects"], 1, "{runtime}: {done:?}");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_runtime_that_does_not_exist_is_a_usage_error() {
    let done = run(tool(&["watch", "--runtime", "glommio", "--api-url", "http://127.0.0.1:9"])).await;
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("tokio, async-std, smol"), "{}", done.stderr);
}
