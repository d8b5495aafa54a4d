//! Frames of a connection, and its end (sections 4, 5 and 8).

use std::collections::BTreeSet;
use std::time::Duration;

use rosterline_sim::{CloudConfig, CloudEnd, CloudFault, CloudPlan, Input, Output, Rule, Scenario, When};
use serde_json::{Value, json};

use crate::{Desk, config, of, quiet};

#[test]
fn a_heartbeat_comes_every_30_seconds_and_has_nothing_but_its_name() {
    let mut desk = quiet();
    let channel = desk.channel();
    let conn = desk.open(&channel);
    desk.seconds(91);
    let beat = json!({ "topicName": "channel.metadata", "eventBody": { "message": "WebSocket Heartbeat" } });
    assert_eq!(desk.frames(conn), vec![beat; 3]);
}

#[test]
fn a_ping_is_answered_and_anything_else_is_not_minded() {
    let mut desk = quiet();
    let channel = desk.channel();
    let conn = desk.open(&channel);
    for junk in ["", "10:04:17", "{}", "[1]", r#"{"message":7}"#, r#"{"message":"subscribe","topics":[7]}"#] {
        desk.say(conn, junk);
    }
    desk.cloud.handle(conn, Input::Binary, desk.now);
    assert_eq!(desk.outputs(conn), []);
    desk.say(conn, r#"{"message":"ping"}"#);
    let pong = json!({ "topicName": "channel.metadata", "eventBody": { "message": "pong" } });
    assert_eq!(desk.frames(conn), [pong]);
}

#[test]
fn the_second_connection_to_a_channel_ends_the_first() {
    let mut desk = quiet();
    let channel = desk.channel();
    let first = desk.open(&channel);
    let second = desk.open(&channel);
    let told = desk.outputs(first);
    let [Output::Send(rosterline_sim::Frame::Text(frame)), Output::Close(1000, _)] = &told[..] else {
        panic!("{told:?}")
    };
    let frame: Value = serde_json::from_str(frame).expect("JSON");
    assert_eq!(frame["topicName"], format!("v2.system.no_longer_subscribed.{channel}"));
    assert_eq!(frame["eventBody"]["reason"], "another_channel_subscribed");
    // The end of the first leaves the second alone.
    desk.cloud.handle(first, Input::Closed, desk.now);
    desk.say(second, r#"{"message":"ping"}"#);
    assert_eq!(desk.frames(second).len(), 1);
    let third = desk.open(&channel);
    assert!(matches!(desk.outputs(second).last(), Some(Output::Close(1000, _))));
    assert_eq!(desk.outputs(third), []);
}

#[test]
fn a_takeover_leaves_the_channel_to_another_and_an_eviction_leaves_none() {
    for (end, is_left) in [(CloudEnd::Takeover, true), (CloudEnd::Evict, false)] {
        let mut desk = quiet();
        let channel = desk.channel();
        let conn = desk.open(&channel);
        desk.cloud.end(conn, end);
        assert!(matches!(desk.outputs(conn).last(), Some(Output::Close(..))));
        assert_eq!(desk.exists(&channel), is_left, "{end:?}");
    }
}

#[test]
fn with_a_revoked_token_go_all_the_channels_that_it_made() {
    let mut desk = quiet();
    let (one, two) = (desk.channel(), desk.channel());
    let conns = [desk.open(&one), desk.open(&two)];
    desk.cloud.end(conns[0], CloudEnd::Revoke);
    for conn in conns {
        let told = desk.frames(conn);
        assert_eq!(told[0]["eventBody"]["systemTopicType"], "token_revoked");
        assert_eq!(told[0]["eventBody"]["reason"], "user_tokens_revoked");
    }
    assert_eq!(desk.ask("GET", "/api/v2/users", "").status, 401);
    desk.token = desk.log_in("aWQ6c2VjcmV0");
    assert!(!desk.exists(&one) && !desk.exists(&two));
}

#[test]
fn an_announced_end_comes_when_it_was_announced_for() {
    let mut desk = quiet();
    let channel = desk.channel();
    let conn = desk.open(&channel);
    desk.cloud.end(conn, CloudEnd::Announced(Duration::from_secs(20)));
    let told = desk.frames(conn);
    assert_eq!(told[0]["topicName"], "v2.system.socket_closing");
    desk.seconds(19);
    assert_eq!(desk.outputs(conn), []);
    desk.seconds(1);
    assert_eq!(desk.outputs(conn), [Output::Close(1001, String::new())]);
    assert!(desk.exists(&channel), "a channel outlives its connection");
}

#[test]
fn a_connection_that_stalls_says_nothing_more() {
    let mut desk = quiet();
    let channel = desk.channel();
    let conn = desk.open(&channel);
    desk.cloud.end(conn, CloudEnd::Stall);
    assert_eq!(desk.outputs(conn), [Output::Stall]);
    desk.say(conn, r#"{"message":"ping"}"#);
    desk.seconds(90);
    assert_eq!(desk.outputs(conn), []);
}

#[test]
fn what_happens_while_nobody_is_connected_is_never_told() {
    let mut desk = Desk::new(of(Scenario::Inbound));
    let channel = desk.channel();
    desk.subscribe(&channel, &desk.queue_topics());
    desk.seconds(30);
    let conn = desk.open(&channel);
    assert_eq!(desk.frames(conn), Vec::<Value>::new());
    desk.seconds(10);
    assert!(!desk.frames(conn).is_empty());
}

#[test]
fn a_frame_has_a_topic_a_version_and_a_correlation_id_that_no_other_has() {
    let mut desk = Desk::new(of(Scenario::Transfer));
    let conn = desk.listen(&desk.queue_topics());
    desk.seconds(20);
    let frames = desk.frames(conn);
    let mut ids = BTreeSet::new();
    for frame in &frames {
        assert_eq!((&frame["version"], frame["eventBody"].is_object()), (&json!("2"), true));
        ids.insert(frame["metadata"]["CorrelationId"].as_str().expect("an id").to_owned());
    }
    assert!(frames.len() > 20);
    assert_eq!(ids.len(), frames.len());
}

#[test]
fn a_duplicate_differs_by_its_correlation_id_alone() {
    let plan = CloudPlan {
        frames: vec![Rule { when: When::Always, fault: CloudFault::Duplicate }],
        ..CloudPlan::new()
    };
    let mut desk = Desk::new(CloudConfig { plan, ..config() });
    let conn = desk.listen(&desk.queue_topics());
    desk.seconds(3);
    let frames = desk.frames(conn);
    assert!(!frames.is_empty() && frames.len() % 2 == 0);
    for pair in frames.chunks(2) {
        assert_eq!(pair[0]["eventBody"], pair[1]["eventBody"]);
        assert_ne!(pair[0]["metadata"], pair[1]["metadata"]);
    }
}

#[test]
fn a_name_under_two_topics_is_told_once_and_as_the_name_itself() {
    let mut desk = Desk::new(of(Scenario::Inbound));
    let queue = desk.cloud.queues()[0].clone();
    let whole = format!("v2.routing.queues.{queue}.conversations");
    let combined = format!("v2.routing.queues.{queue}?conversations&users");
    let (once, twice) =
        (desk.listen(std::slice::from_ref(&whole)), desk.listen(&[whole.clone(), combined.clone()]));
    let under = desk.listen(&[combined]);
    desk.seconds(30);
    let [once, twice, under] = [once, twice, under].map(|conn| desk.frames(conn));
    assert!(!once.is_empty());
    assert_eq!((twice.len(), under.len()), (once.len(), once.len()));
    assert!(
        under.iter().all(|frame| frame["topicName"] == *whole || frame["topicName"] == "channel.metadata")
    );
}

#[test]
fn a_client_that_takes_nothing_is_let_go() {
    let mut settings = of(Scenario::All);
    settings.limits.queued_frames = 10;
    let mut desk = Desk::new(settings);
    let conn = desk.listen(&desk.queue_topics());
    desk.seconds(60);
    assert!(matches!(&desk.outputs(conn)[..], [Output::Close(1013, _)]));
}
