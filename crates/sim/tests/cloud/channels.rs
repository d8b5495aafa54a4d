//! Channels: how many, whose, how long, and what happens to those that are too many (section 1).

use std::time::Duration;

use rosterline_sim::{Answer, CloudConfig};

use crate::{Desk, code, config, json, quiet, responded};

const DAY: u64 = 24 * 3600;
const CHANNELS: &str = "/api/v2/notifications/channels";

#[test]
fn a_channel_is_created_whatever_the_body_is() {
    let mut desk = quiet();
    for body in ["{}", "null", ""] {
        let response = desk.ask("POST", CHANNELS, body);
        let channel = json(&response);
        let id = channel["id"].as_str().expect("an id");
        assert_eq!(channel["connectUri"], format!("ws://127.0.0.1:1/channels/{id}"));
        assert_eq!(channel["expires"], "2024-05-02T12:00:00.000Z");
        assert_eq!(response.header("content-type"), Some("application/json"));
    }
}

#[test]
fn addresses_of_a_server_with_tls_are_wss() {
    let mut desk = Desk::new(CloudConfig { tls: true, ..config() });
    let channel = json(&desk.ask("POST", CHANNELS, "{}"));
    assert!(channel["connectUri"].as_str().is_some_and(|uri| uri.starts_with("wss://")));
}

#[test]
fn with_the_21st_channel_goes_the_one_without_a_connection_that_was_used_the_longest_time_ago() {
    let mut desk = quiet();
    let mut channels = Vec::new();
    for _ in 0..20 {
        channels.push(desk.channel());
        desk.seconds(1);
    }
    // The first has a connection, the second was used since; so the third is the one.
    desk.open(&channels[0]);
    desk.subscribe(&channels[1], &["v2.users.u.presence".into()]);
    desk.seconds(1);
    desk.channel();
    let gone: Vec<bool> = channels[..4].to_vec().iter().map(|id| !desk.exists(id)).collect();
    assert_eq!(gone, [false, false, true, false]);
}

#[test]
fn with_20_connections_the_oldest_is_told_and_closed() {
    let mut desk = quiet();
    let channels: Vec<String> = (0..20).map(|_| desk.channel()).collect();
    let mut conns = Vec::new();
    for id in &channels {
        conns.push(desk.open(id));
        desk.seconds(1);
    }
    desk.channel();
    let frames = desk.frames(conns[0]);
    let topic = format!("v2.system.no_longer_subscribed.{}", channels[0]);
    assert_eq!(frames.last().map(|frame| frame["topicName"].clone()), Some(topic.into()));
    assert!(!desk.exists(&channels[0]) && desk.exists(&channels[1]));
}

#[test]
fn each_client_has_20_channels_of_its_own_and_no_other_sees_them() {
    let mut desk = quiet();
    let first = desk.channel();
    // other:secret
    desk.token = desk.log_in("b3RoZXI6c2VjcmV0");
    assert!(!desk.exists(&first));
    assert_eq!(desk.subscribe(&first, &[]).status, 404);
    for _ in 0..21 {
        desk.channel();
    }
    assert_eq!(desk.get(CHANNELS)["entities"].as_array().map(Vec::len), Some(20));
    desk.token = desk.log_in("aWQ6c2VjcmV0");
    assert!(desk.exists(&first), "with a new token of the same client it is there");
    assert_eq!(desk.get(CHANNELS)["entities"].as_array().map(Vec::len), Some(0));
    let all = desk.get(&format!("{CHANNELS}?includechannels=oauthclient"));
    assert_eq!(crate::ids(&all["entities"]), [first]);
}

#[test]
fn a_channel_lives_for_a_day_from_the_last_time_that_it_was_subscribed() {
    let mut desk = quiet();
    let channel = desk.channel();
    let path = format!("{CHANNELS}/{channel}/subscriptions");
    desk.seconds(DAY / 2);
    desk.subscribe(&channel, &["v2.users.u.presence".into()]);
    desk.seconds(DAY / 2 + 60);
    desk.token = desk.log_in("aWQ6c2VjcmV0");
    assert!(desk.exists(&channel), "subscribed half a day ago");
    // Neither to look nor to be rid of topics is to subscribe.
    desk.ask("GET", &path, "");
    assert_eq!(desk.ask("DELETE", &path, "").status, 200);
    desk.seconds(DAY / 2 - 60);
    desk.token = desk.log_in("aWQ6c2VjcmV0");
    assert!(!desk.exists(&channel));
    assert_eq!(code(&desk.ask("GET", &path, "")), (404, "not.found".into()));
}

#[test]
fn whoever_listens_to_a_channel_that_expires_is_told_and_closed() {
    let mut desk =
        Desk::new(CloudConfig { scenario: None, channel_life: Duration::from_secs(10), ..config() });
    let channel = desk.channel();
    let conn = desk.open(&channel);
    desk.seconds(11);
    let told = desk.frames(conn);
    assert!(told.iter().any(|frame| frame["eventBody"]["systemTopicType"] == "no_longer_subscribed"));
    assert!(!desk.exists(&channel));
}

#[test]
fn a_head_has_no_body_and_there_is_no_other_word_about_a_single_channel() {
    let mut desk = quiet();
    let channel = desk.channel();
    for (id, status) in [(&*channel, 200), ("streaming-0-none", 404)] {
        let answer = desk.ask("HEAD", &format!("{CHANNELS}/{id}"), "");
        assert_eq!((answer.status, &*answer.body), (status, ""));
    }
    let refused = desk.ask("DELETE", &format!("{CHANNELS}/{channel}"), "");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("HEAD")));
}

#[test]
fn without_a_good_token_nothing_is_told() {
    let mut desk = quiet();
    let channel = desk.channel();
    let token = std::mem::take(&mut desk.token);
    assert_eq!(code(&desk.ask("POST", CHANNELS, "{}")), (401, "bad.credentials".into()));
    desk.token = token;
    desk.seconds(86_399);
    assert!(!desk.exists(&channel), "the token is over");
    let request = rosterline_sim::Request { method: "POST", path: CHANNELS, headers: &[], body: b"" };
    let refused = responded(desk.cloud.request(&request, desk.now));
    assert_eq!(code(&refused), (401, "authentication.required".into()));
}

#[test]
fn the_handshake_of_a_channel_that_is_gone_is_a_404() {
    let mut desk = quiet();
    let Answer::Respond { response, .. } = desk.handshake("streaming-0-none") else { panic!("upgraded") };
    assert_eq!(response.status, 404);
    assert_eq!(desk.cloud.open("/channels/streaming-0-none", desk.now), None);
}

#[test]
fn more_than_300_requests_in_a_minute_are_refused_until_it_is_over() {
    let mut desk = quiet();
    for nth in 1..=300 {
        let answer = desk.ask("GET", "/api/v2/users", "");
        assert_eq!((answer.status, answer.header("inin-ratelimit-count")), (200, Some(&*nth.to_string())));
        assert_eq!(answer.header("inin-ratelimit-allowed"), Some("300"));
    }
    desk.pass(Duration::from_millis(500));
    let refused = desk.ask("GET", "/api/v2/users", "");
    assert_eq!(code(&refused), (429, "too.many.requests.retry.after".into()));
    // 59.5 s are left: whoever waits for what is told comes late enough.
    assert_eq!(
        (refused.header("retry-after"), refused.header("inin-ratelimit-reset")),
        (Some("60"), Some("60"))
    );
    desk.seconds(60);
    assert_eq!(desk.ask("GET", "/api/v2/users", "").status, 200);
}

#[test]
fn every_answer_has_a_correlation_id_of_its_own() {
    let mut desk = quiet();
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let answer = desk.ask("GET", "/api/v2/conversations", "");
        ids.insert(answer.header("inin-correlation-id").expect("an id").to_owned());
    }
    assert_eq!(ids.len(), 100);
}
