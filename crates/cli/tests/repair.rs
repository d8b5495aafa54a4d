//! The `stream` dialect with `--repair on`: what a storm took away comes back by the REST API.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Done, SECRET, run, start, tool};
use rosterline_mock::{Faults, MockServer, Options, Pace, Scenario};
use serde_json::Value;

/// One join or leave: interaction, participant, which, and when.
type Fact = (String, String, String, String);

async fn storm(seed: u64) -> MockServer {
    let options = Options::new().scenario(Scenario::All).pace(Pace::percent(300)).faults(Faults::Storm);
    start(options.seed(seed).interactions(24)).await
}

async fn watch(server: &MockServer, arguments: &[&str]) -> Done {
    let mut command = tool(&["watch", "--output", "ndjson", "--show", "events,gaps,status"]);
    command.args(["--api-url", &server.api_url(), "--backoff-base", "20ms", "--backoff-max", "100ms"]);
    command.args(["--max-attempts", "unlimited", "--heartbeat", "1s", "--pong-timeout", "1s"]);
    command.args(["--exit-after", "idle:3s"]).args(arguments);
    command.env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    run(command).await
}

fn told(done: &Done) -> BTreeSet<Fact> {
    let text = |line: &Value, field: &str| line[field].as_str().expect("a text").to_owned();
    let fact = |line: &Value| {
        let who = (text(line, "interaction"), text(line, "participant"));
        (who.0, who.1, text(line, "action"), text(line, "at"))
    };
    done.of("event").iter().map(fact).collect()
}

/// Whether the last word about each gap is that it was repaired.
fn all_repaired(done: &Done) -> bool {
    let last: BTreeMap<String, bool> =
        done.of("gap").iter().map(|gap| (gap["id"].to_string(), gap["repaired"] == true)).collect();
    !last.is_empty() && last.into_values().all(|repaired| repaired)
}

fn truth(server: &MockServer) -> BTreeSet<Fact> {
    let sent = server.sent();
    let facts = sent.iter().map(|told| &told.fact).filter(|fact| fact.presence().is_some());
    let fact = |it: &rosterline_mock::Fact| {
        (it.interaction.to_string(), it.participant.to_string(), it.kind.to_string(), it.at.to_string())
    };
    facts.map(fact).collect()
}

#[tokio::test]
async fn after_a_storm_everything_that_happened_is_told() {
    let server = storm(3).await;
    let done = watch(&server, &["--repair", "on", "--settle", "300ms"]).await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(all_repaired(&done), "{:?}", done.of("gap"));
    let (told, truth) = (told(&done), truth(&server));
    assert!(truth.len() > 60, "{} facts prove nothing", truth.len());
    assert_eq!(truth.difference(&told).collect::<Vec<_>>(), Vec::<&Fact>::new());
    assert_eq!(told.difference(&truth).collect::<Vec<_>>(), Vec::<&Fact>::new());
}

#[tokio::test]
async fn without_it_the_gaps_stay_open() {
    let server = storm(3).await;
    let done = watch(&server, &[]).await;
    assert!(
        !done.of("gap").is_empty() && done.of("gap").iter().all(|gap| gap["repaired"] == false),
        "{done:?}"
    );
}

#[tokio::test]
async fn where_the_api_is_has_to_be_known() {
    let flags =
        ["watch", "--repair", "on", "--stream-url", "ws://127.0.0.1:9/", "--login-url", "http://127.0.0.1:9"];
    let mut command = tool(&flags);
    command.env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    let done = run(command).await;
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("api-url") && done.stderr.contains("--repair on"), "{}", done.stderr);
}
