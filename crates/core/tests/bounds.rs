//! The bounds of what can be set, asked for and named: what lies at one is taken, what lies beyond is not.

use std::time::Duration;

use rosterline_core::config::Limits;
use rosterline_core::wire::Body;
use rosterline_core::{
    Auth, Config, Endpoint, Id, Instant, Reason, Scope, Service, Subscription, Topic, notification_refused,
};

/// A setting that is refused, by its name.
fn wrong(config: &Config) -> Option<&'static str> {
    config.check().err().map(|misuse| misuse.what)
}

/// The `notifications` dialect with so many topics.
fn with_topics(api_url: &str, topics: usize) -> Config {
    let topic = |n| Topic::user(&format!("{n}")).expect("valid");
    let url = Endpoint::new(api_url).expect("valid");
    Config::notifications(url, Auth::External, (0..topics).map(topic).collect())
}

#[test]
fn there_are_1_to_20_000_topics() {
    for (topics, expected) in [(0, Some("topics")), (1, None), (20_000, None), (20_001, Some("topics"))] {
        assert_eq!(wrong(&with_topics("https://api.example.com", topics)), expected, "{topics}");
    }
}

#[test]
fn a_token_does_not_travel_in_clear_unless_that_is_allowed() {
    let mut config = with_topics("http://api.example.com", 1);
    assert_eq!(wrong(&config), Some("api_url"));
    config.allow_insecure = true;
    assert_eq!(wrong(&config), None);
    let Service::Notifications(service) = &mut config.service else { panic!("it is of that dialect") };
    service.stream_url = Some(Endpoint::new("ws://streaming.example.com").expect("valid"));
    assert_eq!(wrong(&config), None);
    config.allow_insecure = false;
    let Service::Notifications(service) = &mut config.service else { panic!("it is of that dialect") };
    service.api_url = Endpoint::new("https://api.example.com").expect("valid");
    assert_eq!(wrong(&config), Some("stream_url"));
}

#[test]
fn a_buffer_has_at_least_64_kib() {
    let url = Endpoint::new("wss://example.com/stream").expect("valid");
    let mut config = Config::new(url, Auth::External, Subscription::all());
    for (bytes, expected) in [(65_535, Some("buffer.bytes")), (65_536, None)] {
        config.buffer.bytes = bytes;
        assert_eq!(wrong(&config), expected, "{bytes}");
    }
}

#[test]
fn a_notification_is_opened_up_to_the_largest_frame() {
    let text = r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#;
    for (frame, expected) in [(text.len() - 1, Some(Reason::TooLarge)), (text.len(), None)] {
        let limits = Limits { frame, ..Limits::default() };
        for body in [Body::Text(text), Body::Binary(text.as_bytes())] {
            assert_eq!(notification_refused(body, &limits), expected, "{body:?}");
        }
    }
    assert_eq!(notification_refused(Body::Text("hello"), &Limits::default()), Some(Reason::BadJson));
}

#[test]
fn a_topic_that_cannot_be_is_refused_under_the_name_of_what_was_given() {
    let long = "x".repeat(200);
    let wrong = |topic: Result<Topic, rosterline_core::Misuse>| topic.expect_err("too long").what;
    assert_eq!(wrong(Topic::new(&long)), "topic");
    assert_eq!(wrong(Topic::queue(&long)), "queue");
    assert_eq!(wrong(Topic::user(&long)), "user");
    assert_eq!(Topic::conversation(&long).expect_err("too long").what, "conversation");
}

#[test]
fn a_gap_names_1024_interactions_and_is_of_all_with_one_more() {
    let ids: Vec<Id> = (0..=Scope::MOST).map(|n| Id::new(&n.to_string())).collect();
    let mut scope = Scope::Only(ids[..Scope::MOST - 1].iter().cloned().collect());
    for _ in 0..2 {
        scope.add(&ids[Scope::MOST - 1]);
        assert!(scope.covers(&ids[0]) && !scope.covers(&ids[Scope::MOST]), "{scope:?}");
    }
    scope.add(&ids[Scope::MOST]);
    assert_eq!(scope, Scope::All);
}

#[test]
fn an_instant_goes_back_as_far_as_its_epoch() {
    let second = Duration::from_secs(1);
    let at = Instant::ZERO + second + second;
    assert_eq!((at - second, at - second * 3), (Instant::ZERO + second, Instant::ZERO));
}
