//! Section 5: the heartbeat.

use std::time::Duration;

use rosterline_core::{Cause, Config, ConnId, Detail, Frame, Input, State, Step};

use crate::rig::{Rig, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);

fn silent(config: Config) -> Rig {
    let mut rig = Rig::live(config);
    rig.silent = true;
    rig
}

fn pong(rig: &mut Rig, payload: &[u8]) {
    rig.input(Input::Frame { conn: CONN, frame: Frame::Pong(payload) });
}

/// Lets time pass until a ping goes out, at most `most`.
fn until_ping(rig: &mut Rig, most: u64) -> [u8; 8] {
    let end = rig.now + seconds(most);
    while let Some(deadline) = rig.session.poll_timeout().filter(|deadline| deadline.at <= end) {
        rig.pass(deadline.at.since(rig.now));
        if let Some(payload) = rig.take_ping() {
            return payload;
        }
    }
    panic!("no ping within {most} s")
}

#[test]
fn a_ping_goes_out_every_thirty_seconds_and_a_pong_keeps_the_connection() {
    let mut rig = silent(config());
    let mut payload = until_ping(&mut rig, 30);
    for _ in 0..10 {
        rig.pass(Duration::from_millis(40));
        pong(&mut rig, &payload);
        rig.pass(seconds(30) - Duration::from_millis(41));
        assert!(rig.take_ping().is_none());
        rig.pass(Duration::from_millis(1));
        let next = rig.take_ping().expect("30 s after the last one");
        assert_ne!(next, payload, "each ping is told from the others");
        payload = next;
    }
    assert_eq!(rig.state(), State::Live);
    assert_eq!(rig.session.stats().dials, 1);
}

#[test]
fn the_round_trip_is_that_of_the_ping() {
    let mut rig = silent(config());
    let payload = until_ping(&mut rig, 30);
    rig.pass(Duration::from_millis(80));
    pong(&mut rig, &payload);
    let trip = rig.session.stats().round_trip;
    assert_eq!(trip.last, Some(Duration::from_millis(80)));
    assert_eq!((trip.smoothed, trip.histogram.count()), (trip.last, 1));
    assert!(rig.session.stats().last_pong.is_some());
}

#[test]
fn without_a_pong_the_peer_is_gone_after_ten_seconds_and_dropped_without_a_word() {
    let mut rig = silent(config());
    until_ping(&mut rig, 30);
    rig.pass(seconds(10) - Duration::from_millis(1));
    assert_eq!(rig.state(), State::Live);
    rig.pass(Duration::from_millis(1));
    assert!(matches!(rig.details().last(), Some(Detail::Retry { cause: Cause::Timeout(Step::Pong), .. })));
    assert_eq!((rig.dropped(), rig.close_codes().len()), (1, 0));
}

#[test]
fn silence_is_found_within_interval_and_timeout() {
    let mut rig = silent(config());
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.pass(seconds(40));
    let lost = |detail: &&Detail| matches!(detail, Detail::Retry { cause: Cause::Timeout(Step::Pong), .. });
    assert!(rig.details().iter().any(lost));
}

#[test]
fn a_pong_that_answers_nothing_does_not_save_the_peer() {
    let mut rig = silent(config());
    let payload = until_ping(&mut rig, 30);
    pong(&mut rig, &payload);
    until_ping(&mut rig, 31);
    pong(&mut rig, &payload);
    pong(&mut rig, b"");
    rig.pass(seconds(10));
    assert_eq!(rig.state(), State::Waiting);
    assert_eq!(rig.session.stats().stray_pongs, 2);
}

#[test]
fn data_and_pings_prove_life_too_but_not_in_strict_mode() {
    for strict in [false, true] {
        for frame in [Frame::Ping, Frame::Text(r#"{"events":[]}"#), Frame::Binary(b"{}")] {
            let mut config = config();
            config.heartbeat.strict = strict;
            let mut rig = silent(config);
            until_ping(&mut rig, 30);
            rig.pass(seconds(5));
            rig.input(Input::Frame { conn: CONN, frame });
            rig.pass(seconds(5));
            let expected = if strict { State::Waiting } else { State::Live };
            assert_eq!(rig.state(), expected, "strict: {strict}, {frame:?}");
        }
    }
}

#[test]
fn a_ping_that_cannot_be_written_in_five_seconds_condemns_the_connection() {
    let mut rig = silent(config());
    rig.stuck = true;
    for _ in 0..30 {
        rig.pass(seconds(1));
        if rig.take_ping().is_some() {
            break;
        }
    }
    rig.pass(seconds(4));
    rig.text(CONN, r#"{"events":[]}"#);
    rig.pass(seconds(1));
    assert!(matches!(rig.details().last(), Some(Detail::Retry { cause: Cause::Timeout(Step::Ping), .. })));
}

#[test]
fn pings_that_follow_each_other_faster_do_not_put_that_off() {
    let mut config = config();
    config.heartbeat.interval = seconds(1);
    let mut rig = silent(config);
    rig.stuck = true;
    for _ in 0..7 {
        rig.pass(seconds(1));
        rig.text(CONN, r#"{"events":[]}"#);
    }
    let lost = |detail: &&Detail| matches!(detail, Detail::Retry { cause: Cause::Timeout(Step::Ping), .. });
    assert!(rig.details().iter().any(lost));
}

#[test]
fn who_sleeps_asks_once_before_condemning() {
    let mut rig = silent(config());
    rig.now = rig.now + seconds(3600);
    rig.input(Input::Timeout);
    assert_eq!(rig.state(), State::Live);
    let first = rig.take_ping().expect("one ping");
    assert!(rig.take_ping().is_none(), "and not one for each that was missed");
    rig.now = rig.now + seconds(3600);
    rig.input(Input::Timeout);
    assert_eq!(rig.state(), State::Live, "the pong may wait in the socket");
    assert!(rig.take_ping().is_some());
    pong(&mut rig, &first);
    rig.pass(seconds(20));
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn beats_of_a_fleet_are_spread() {
    let first_ping = |seed| {
        let mut rig = silent(Config { seed, ..config() });
        until_ping(&mut rig, 30);
        rig.now
    };
    assert_ne!(first_ping(1), first_ping(2));
}

#[test]
fn a_nap_between_two_pings_is_asked_about_at_once() {
    let mut rig = silent(config());
    until_ping(&mut rig, 30);
    rig.now = rig.now + seconds(25);
    rig.input(Input::Timeout);
    assert_eq!(rig.state(), State::Live);
    assert!(rig.take_ping().is_some(), "though the next one is due in 5 s only");
}

#[test]
fn every_connection_is_asked_and_answers_for_itself() {
    let mut config = config();
    (config.heartbeat.interval, config.heartbeat.pong_timeout) = (seconds(4), seconds(3));
    let mut rig = silent(config);
    rig.cut(CONN);
    rig.pass(seconds(1));
    let conn = rig.go_live();
    for _ in 0..3 {
        let payload = until_ping(&mut rig, 4);
        rig.pass(seconds(2));
        rig.input(Input::Frame { conn, frame: Frame::Pong(&payload) });
    }
    let stats = rig.session.stats();
    assert_eq!((stats.round_trip.histogram.count(), stats.stray_pongs), (3, 0));
    until_ping(&mut rig, 4);
    rig.pass(seconds(3));
    assert!(matches!(rig.details().last(), Some(Detail::Retry { cause: Cause::Timeout(Step::Pong), .. })));
}

#[test]
fn what_was_due_goes_before_what_arrives() {
    let mut rig = silent(config());
    let payload = until_ping(&mut rig, 30);
    rig.now = rig.now + seconds(10);
    pong(&mut rig, &payload);
    assert_eq!(rig.state(), State::Waiting, "it came in the moment in which it was overdue");
    assert_eq!(rig.session.stats().stale, 1);
}

#[test]
fn pings_that_follow_each_other_do_not_put_off_the_deadline_of_the_first() {
    let mut config = config();
    config.heartbeat.interval = seconds(2);
    let mut rig = silent(config);
    until_ping(&mut rig, 2);
    rig.pass(seconds(9));
    assert_eq!(rig.state(), State::Live);
    rig.pass(seconds(1));
    assert_eq!(rig.state(), State::Waiting);
}

#[test]
fn in_strict_mode_each_ping_has_to_be_answered() {
    for (strict, state) in [(true, State::Waiting), (false, State::Live)] {
        let mut config = config();
        (config.heartbeat.interval, config.heartbeat.strict) = (seconds(6), strict);
        let mut rig = silent(config);
        let first = until_ping(&mut rig, 6);
        until_ping(&mut rig, 6);
        pong(&mut rig, &first);
        // Ten seconds after the second ping, and before the third one is overdue.
        rig.pass(seconds(10));
        assert_eq!(rig.state(), state, "strict: {strict}");
    }
}

#[test]
fn who_asked_once_and_slept_again_condemns() {
    let mut rig = silent(config());
    for state in [State::Live, State::Live, State::Waiting] {
        rig.now = rig.now + seconds(3600);
        rig.input(Input::Timeout);
        assert_eq!(rig.state(), state, "after {:?}", rig.now);
    }
    assert_eq!(rig.dropped(), 1);
}

#[test]
fn of_more_than_32_pings_without_a_pong_the_oldest_is_forgotten() {
    let mut rig = silent(config());
    let mut pings = Vec::new();
    while pings.len() < 33 {
        pings.push(until_ping(&mut rig, 30));
        rig.text(CONN, "{}");
    }
    pong(&mut rig, &pings[0]);
    assert_eq!(rig.session.stats().stray_pongs, 1);
    pong(&mut rig, &pings[1]);
    assert_eq!(rig.session.stats().round_trip.histogram.count(), 1);
}

#[test]
fn what_an_old_connection_has_written_is_no_ping_of_the_new_one() {
    let mut rig = silent(config());
    rig.cut(CONN);
    rig.pass(seconds(1));
    let conn = rig.go_live();
    rig.stuck = true;
    until_ping(&mut rig, 30);
    rig.pass(seconds(4));
    rig.input(Input::Flushed { conn: CONN });
    rig.text(conn, "{}");
    rig.pass(seconds(1));
    assert!(matches!(rig.details().last(), Some(Detail::Retry { cause: Cause::Timeout(Step::Ping), .. })));
}
