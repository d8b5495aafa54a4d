//! What the service says about a channel, and what it says that means nothing; what ends a channel, and how others stay.

use rosterline_core::{Cause, Detail, Event, Input, Move, Service, State, Step, Topic};

use crate::moves::{CLOSING, begin_move};
use crate::rig::{QUEUE, Rig, config, seconds, snapshot, without_repair};

/// A notice of the service about some channel.
fn no_longer_subscribed(channel: &str) -> String {
    format!(
        r#"{{"topicName":"v2.system.no_longer_subscribed.{channel}","eventBody":{{"channelId":"{channel}","reason":"deleted"}}}}"#
    )
}

/// The words that were passed on.
fn noticed(rig: &Rig) -> Vec<String> {
    let words = rig.statuses().filter_map(|status| {
        if let Detail::Notice { status, message } = &status.detail {
            Some(format!("{status}: {message}"))
        } else {
            None
        }
    });
    words.collect()
}

/// As many topics of users.
fn users(count: usize) -> Vec<Topic> {
    (0..count).map(|n| Topic::user(&format!("u{n}")).expect("valid")).collect()
}

#[test]
fn what_means_nothing_to_the_channel_is_counted_and_passed_on() {
    let (mut rig, conn) = Rig::live(config());
    rig.text(conn, r#"{"result":"400","status":"bad_request","message":"what?"}"#);
    assert_eq!((rig.session.stats().notices, noticed(&rig)), (1, vec!["bad_request: what?".to_string()]));
    rig.text(
        conn,
        r#"{"topicName":"v2.system.weather","eventBody":{"message":"fine, as streaming-0-CANARY1"}}"#,
    );
    assert_eq!(rig.session.stats().notices, 2);
    assert_eq!(noticed(&rig)[1], "system: fine, as <secret>");
    rig.text(conn, &no_longer_subscribed("another"));
    assert_eq!((rig.session.stats().notices, rig.state()), (3, State::Live));
    assert!(!rig.is_closing(conn));
}

#[test]
fn an_answer_that_there_is_no_such_channel_leads_to_another() {
    let (mut rig, conn) = Rig::live(config());
    rig.text(conn, r#"{"result":"404","status":"not_found","message":"no channel"}"#);
    assert!(rig.is_closing(conn) && noticed(&rig).is_empty());
    rig.pass(seconds(1));
    assert_eq!(rig.next_path().as_deref(), Some("/api/v2/notifications/channels"));
}

#[test]
fn what_a_retired_connection_says_of_itself_is_only_counted() {
    let (mut rig, old) = Rig::live(config());
    let new = begin_move(&mut rig, old);
    rig.pong(new);
    let before = rig.told.len();
    rig.text(old, r#"{"result":"404","status":"not_found","message":"no channel"}"#);
    rig.text(old, r#"{"topicName":"v2.system.weather","eventBody":{"message":"fine"}}"#);
    assert_eq!((rig.session.stats().notices, rig.told.len()), (2, before));
}

#[test]
fn a_part_of_a_snapshot_that_makes_no_sense_is_received_and_rejected() {
    let (mut rig, conn) = Rig::live(config());
    rig.text(conn, &snapshot("c", "noon", None));
    let stats = rig.session.stats();
    assert_eq!((stats.received, stats.rejected), (1, 1));
    assert!(matches!(rig.told.last(), Some(Event::Rejected(_))));
}

#[test]
fn one_of_two_channels_that_breaks_is_made_again_and_the_other_stays() {
    let mut many = without_repair();
    if let Service::Notifications(service) = &mut many.service {
        service.topics = users(1500);
    }
    let mut rig = Rig::new(many);
    rig.grant(86_399);
    (0..2).for_each(|_| rig.give_channel(86_400));
    let [(first, _), (second, _)] = [(); 2].map(|()| rig.take_open().expect("it dials"));
    for conn in [first, second] {
        rig.input(Input::Opened { conn });
        rig.permit();
    }
    assert_eq!(rig.state(), State::Live);
    rig.closed(second, 1006);
    assert_eq!(rig.state(), State::Waiting, "of all channels the worst counts");
    rig.pass(seconds(1));
    let (again, url) = rig.take_open().expect("it dials");
    assert!(url.ends_with("CANARY2"), "{url}");
    rig.input(Input::Opened { conn: again });
    rig.permit();
    assert_eq!((rig.state(), rig.gaps().len()), (State::Live, 1));
    // Closed while one of them is lost, it drains the other.
    rig.closed(again, 1006);
    rig.session.close(rig.now);
    rig.drain();
    assert_eq!(rig.state(), State::Draining);
    rig.closed(first, 1000);
    assert!(rig.session.is_ended());
}

#[test]
fn revoked_tokens_are_no_quarrel_about_a_channel() {
    let (mut rig, mut conn) = Rig::live(without_repair());
    for _ in 0..5 {
        rig.text(conn, r#"{"topicName":"v2.system.token_revoked","eventBody":{}}"#);
        rig.pass(seconds(1));
        conn = rig.go_live();
    }
    assert_eq!(rig.session.stats().tokens, 6);
}

#[test]
fn the_names_of_the_last_eight_channels_are_never_passed_on() {
    let (mut rig, mut conn) = Rig::live(without_repair());
    for round in 1..=8 {
        rig.pass(seconds(300));
        rig.text(conn, &no_longer_subscribed(&format!("streaming-0-CANARY{round}")));
        rig.pass(seconds(1));
        conn = rig.go_live();
    }
    rig.text(
        conn,
        r#"{"result":"500","status":"late","message":"streaming-0-CANARY1, streaming-0-CANARY8"}"#,
    );
    assert_eq!(noticed(&rig), ["late: <secret>, <secret>"]);
}

#[test]
fn a_move_waits_for_the_budget_of_dials_like_every_other_attempt() {
    let mut slow = config();
    (slow.reconnect.dial_burst, slow.reconnect.dial_refill) = (1, seconds(20));
    let (mut rig, conn) = Rig::live(slow);
    rig.text(conn, CLOSING);
    assert!(rig.statuses().any(|status| status.detail == Detail::Moving { why: Move::Closing }));
    for _ in 0..20 {
        assert_eq!(rig.next_path(), None);
        rig.pass(seconds(1));
    }
    assert_eq!(rig.next_path().as_deref(), Some("/api/v2/notifications/channels"));
}

/// When each of three channels that are lost at once is tried again, in nanoseconds.
fn waits(seed: u64) -> Vec<u64> {
    let mut many = config();
    (many.seed, many.reconnect.jitter) = (seed, true);
    if let Service::Notifications(service) = &mut many.service {
        service.topics = users(2500);
    }
    let mut rig = Rig::new(many);
    rig.grant(86_399);
    (0..3).for_each(|_| rig.give_channel(86_400));
    let lost = rig.now;
    while let Some((conn, _)) = rig.take_open() {
        rig.closed(conn, 1006);
    }
    let mut waits = Vec::new();
    while waits.len() < 3 {
        let due = rig.session.poll_timeout().expect("it tries again");
        rig.now = due.at;
        rig.input(Input::Timeout);
        while rig.take_open().is_some() {
            waits.push(rig.now.since(lost).as_nanos() as u64);
        }
    }
    waits
}

#[test]
fn channels_that_are_lost_together_do_not_come_back_together() {
    for seed in 0..4 {
        let mut waits = waits(seed);
        waits.dedup();
        assert_eq!(waits.len(), 3, "seed {seed}: {waits:?}");
    }
}

#[test]
fn the_waits_of_a_seed_are_always_the_same() {
    assert_eq!(waits(7), [462_355_664, 737_301_447, 1_020_525_831]);
}

#[test]
fn the_topic_of_a_queue_is_refused_with_what_is_missing() {
    let mut rig = Rig::new(config());
    rig.go_open();
    let topic = Topic::queue(QUEUE).expect("valid");
    rig.answer("/subscriptions", 200, &format!(r#"{{"entities":[{{"id":"{topic}","state":"Rejected"}}]}}"#));
    assert!(matches!(rig.told.last(), Some(Event::Ended(Cause::Refused { step: Step::Subscribe, .. }))));
}
