//! The output's contract, line by line.

mod common;

use common::{Running, at, call, run, server, subscribed, watch};
use rosterline_sim::Fact;
use serde_json::Value;

/// Runs `watch` while the server tells some events: a whole call, an open one, a duplicate, a type without
/// meaning, and an event that cannot be understood.
async fn told(arguments: &[&str]) -> common::Done {
    let server = server().await;
    let tool = Running::start(watch(&server, &[arguments, &["--exit-after", "5events"]].concat()));
    let control = server.control();
    subscribed(&server).await;
    control.emit(call("call-1"));
    control.emit(vec![call("call-1").remove(0), Fact::other("Hold", at(9), "call-1", "agent", "voice")]);
    control.send_text(r#"{"events":[{"timestamp":"yesterday","type":"ParticipantJoined","participant":"x","interaction":"y","channel":"voice"}]}"#);
    control.emit(vec![Fact::joined(at(2), "call-2", "customer", "chat")]);
    tool.finish().await
}

fn keys(line: &Value) -> Vec<&str> {
    line.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn ndjson_tells_events_timelines_and_numbers() {
    let done = told(&["--output", "ndjson"]).await;
    assert_eq!(done.code, 0, "{done:?}");
    let summary = done.summary();
    let counted =
        ["received", "delivered", "filtered", "duplicate", "rejected"].map(|name| summary[name].as_u64());
    assert_eq!(counted, [8, 5, 1, 1, 1].map(Some));
    assert_eq!(summary["interactions"], 2);
    let first = done.stdout.lines().find(|line| line.contains("\"event\"")).expect("an event");
    assert!(first.starts_with(r#"{"kind":"event","at":"2024-05-01T12:00:00.123Z","received":""#), "{first}");
    let rest =
        r#","interaction":"call-1","participant":"customer","action":"ParticipantJoined","channel":"voice"}"#;
    assert!(first.ends_with(rest), "{first}");
    let reasons: Vec<_> = done.of("event").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons[2], "transfer");
    let states: Vec<_> = done.of("status").iter().map(|status| status["state"].clone()).collect();
    assert_eq!(states, ["connecting", "authenticating", "subscribing", "live", "draining", "ended"]);
    let rejected = done.stdout.lines().find(|line| line.contains("\"rejected\"")).expect("a rejected one");
    assert_eq!(
        rejected,
        r#"{"kind":"rejected","reason":"bad-timestamp","where":"events[0].timestamp","count":1}"#
    );
}

#[tokio::test]
async fn a_timeline_comes_when_it_is_complete_and_at_the_end_if_it_is_open() {
    let done = told(&["--show", "timelines"]).await;
    let timelines = done.of("timeline");
    let about: Vec<_> = timelines.iter().map(|line| (&line["interaction_id"], &line["complete"])).collect();
    assert_eq!(about, [(&Value::from("call-1"), &Value::from(true)), (&"call-2".into(), &false.into())]);
    let (complete, open) = (&timelines[0], &timelines[1]);
    assert_eq!(complete["entries"].as_array().map(Vec::len), Some(4));
    assert_eq!(complete["presence"][0]["participant"], "customer");
    assert_eq!(open["anomalies"][0]["type"], "still-open");
    for name in
        ["interaction_id", "revision", "complete", "entries", "presence", "anomalies", "gaps", "last_updated"]
    {
        assert!(keys(complete).contains(&name), "{name}");
    }
    assert_eq!(done.lines().len(), 3);
}

#[tokio::test]
async fn live_timelines_come_at_every_change() {
    let done = told(&["--show", "timelines=live"]).await;
    let revisions: Vec<_> = done
        .of("timeline")
        .iter()
        .filter(|line| line["interaction_id"] == "call-1")
        .map(|line| line["revision"].as_u64().expect("a number"))
        .collect();
    assert!(revisions.len() >= 4 && revisions.is_sorted(), "{revisions:?}");
}

#[tokio::test]
async fn json_is_one_array_of_the_same_objects() {
    let done = told(&["--output", "json"]).await;
    let all: Vec<Value> = serde_json::from_str(&done.stdout).expect("one array");
    assert_eq!(all.last().expect("a summary")["kind"], "summary");
    assert_eq!(all.iter().filter(|line| line["kind"] == "event").count(), 5);
}

#[tokio::test]
async fn csv_is_a_table_of_events() {
    let done = told(&["--output", "csv"]).await;
    let rows: Vec<_> = done.stdout.split_terminator("\r\n").collect();
    assert_eq!(rows[0], "at,received,interaction,participant,action,channel,reason");
    assert_eq!(rows.len(), 6);
    assert!(rows[3].ends_with(",call-1,agent,ParticipantLeft,voice,transfer"), "{rows:?}");
    assert!(done.stderr.contains("8 received = 5 delivered"), "{}", done.stderr);
}

#[tokio::test]
async fn text_is_for_people_and_draws_complete_calls() {
    let done = told(&["--output", "text", "--color", "never"]).await;
    assert!(done.stdout.contains("● call-1  complete, 0:41"), "{}", done.stdout);
    assert!(done.stdout.contains("the numbers add up") && !done.stdout.contains('\x1b'), "{}", done.stdout);
}

#[tokio::test]
async fn raw_events_are_shown_when_asked_for() {
    let server = server().await;
    let tool = Running::start(watch(&server, &["--show", "raw", "--exit-after", "1events"]));
    let control = server.control();
    subscribed(&server).await;
    control.send_text("{\"events\":[{\"type\":\"Hold\",\n\"deep\":{\"a\":[1]}}]}");
    let done = tool.finish().await;
    let raw = done.of("raw");
    assert_eq!((raw.len(), &raw[0]["type"]), (1, &Value::from("Hold")), "{done:?}");
    assert_eq!(raw[0]["event"]["deep"]["a"][0], 1);
    assert_eq!(done.summary()["delivered"], 1);
}

#[tokio::test]
async fn nothing_but_the_summary() {
    let done = told(&["--show", "none"]).await;
    assert_eq!(done.lines().len(), 1);
    done.summary();
}

#[tokio::test]
async fn text_from_the_server_steers_no_terminal() {
    for format in ["text", "ndjson"] {
        let server = server().await;
        let tool = Running::start(watch(&server, &["--output", format, "--exit-after", "1events"]));
        let control = server.control();
        subscribed(&server).await;
        let evil = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{2028}";
        control.emit(vec![Fact::joined(at(0), evil, evil, evil).because(evil)]);
        let done = tool.finish().await;
        let bad = |c: char| c != '\n' && (c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c));
        assert!(!done.stdout.contains(bad), "{:?}", done.stdout);
        if format == "ndjson" {
            assert_eq!(done.of("event")[0]["participant"], evil, "to the letter all the same");
        }
    }
}

#[tokio::test]
async fn help_shows_examples_first() {
    let done = run(common::tool(&["--help"])).await;
    assert!(done.code == 0 && done.stdout.starts_with("Examples:"), "{done:?}");
}
