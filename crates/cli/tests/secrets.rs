//! No secret in any output.

mod common;

use common::{Running, SECRET, call, run, server, subscribed, tool, watch};

/// The secret as it is, and as it travels in the `Authorization` header.
fn tells(text: &str) -> bool {
    // "tester:CANARY-0badc0de" in base64, without its last characters, which depend on padding.
    text.contains(SECRET) || text.contains("dGVzdGVyOkNBTkFSWS0wYmFkYzBk")
}

#[tokio::test]
async fn not_at_the_highest_verbosity() {
    let server = server().await;
    let mut tool =
        Running::start(watch(&server, &["-vvv", "--show", "events,timelines,gaps,status,rejected,raw"]));
    subscribed(&server).await;
    server.control().emit(call("call-1"));
    tool.until("\"timeline\"").await;
    server.control().close_all(1008, "policy");
    tool.until("\"waiting\"").await;
    tool.until("\"live\"").await;
    server.control().send_text(SECRET);
    tool.until("\"rejected\"").await;
    tool.signal("TERM");
    let done = tool.finish().await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(!done.stderr.is_empty());
    for line in done.stdout.lines().chain(done.stderr.lines()) {
        assert!(!tells(line), "{line}");
    }
}

#[tokio::test]
async fn not_if_the_server_gives_it_back() {
    let server = server().await;
    let mut tool = Running::start(watch(&server, &[]));
    tool.until("\"live\"").await;
    server.control().send_text(format!(r#"{{"status":"notice","message":"{SECRET}"}}"#));
    server.control().close_all(1012, SECRET);
    tool.until("\"waiting\"").await;
    tool.signal("TERM");
    let done = tool.finish().await;
    assert!(!tells(&done.stdout) && !tells(&done.stderr), "{done:?}");
}

#[tokio::test]
async fn not_in_the_settings_that_are_shown() {
    let mut command = tool(&["config", "show", "--origin", "--proxy", "http://me:CANARY-0badc0de@proxy:1"]);
    command.env("GENESYS_CLIENT_SECRET", SECRET).env("GENESYSCLOUD_ACCESS_TOKEN", SECRET);
    let done = run(command).await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("client-secret = \"<secret>\""), "{}", done.stdout);
    assert!(done.stdout.contains("environment GENESYS_CLIENT_SECRET"), "{}", done.stdout);
    assert!(!tells(&done.stdout) && !tells(&done.stderr));
}
