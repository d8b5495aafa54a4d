//! Sections 5 and 6 where they meet: while our own backpressure pauses reading, pongs cannot be seen.

use std::time::Duration;

use rosterline_core::{Closed, Config, ConnId, Detail, Frame, Input, Policy, State};

use crate::rig::{Rig, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);

fn paused() -> Rig {
    paused_by(config())
}

fn paused_by(mut config: Config) -> Rig {
    config.buffer.capacity = 4;
    config.buffer.policy = Policy::Pause;
    let mut rig = Rig::live(config);
    rig.text_unread(CONN, &frame((0..4).map(|n| joined(&format!("p{n}"), n))));
    assert!(!rig.session.wants_read());
    rig
}

#[test]
fn a_pause_does_not_condemn_the_peer_and_pings_still_go_out() {
    let mut rig = paused();
    rig.silent = true;
    let mut pings = 0;
    for _ in 0..59 {
        rig.pass_unread(seconds(1));
        if rig.take_ping().is_some() {
            pings += 1;
        }
    }
    assert!(pings >= 1);
    rig.drain();
    rig.pass(seconds(9));
    assert_eq!((rig.state(), rig.session.stats().dials), (State::Live, 1));
}

#[test]
fn after_the_pause_the_deadline_counts_on_from_where_it_stood() {
    // After 12 s it is known that nobody slept, after 20 s it could be thought.
    for length in [12, 20] {
        let mut rig = paused();
        rig.silent = true;
        while rig.take_ping().is_none() {
            rig.pass_unread(seconds(1));
        }
        rig.pass_unread(seconds(length));
        rig.drain();
        rig.input(Input::Timeout);
        rig.pass(seconds(9));
        assert_eq!(rig.state(), State::Live, "{length}");
        rig.pass(seconds(2));
        assert_eq!(rig.dropped(), 1, "a peer that is gone is still found");
    }
}

/// A ping goes out, reading pauses four seconds later, and goes on after eight more.
fn paused_behind_a_ping() -> (Rig, [u8; 8]) {
    let mut config: Config = config();
    config.buffer.capacity = 4;
    // Else the frame that fills the buffer would answer for the ping.
    config.heartbeat.strict = true;
    let mut rig = Rig::live(config);
    rig.silent = true;
    let payload = loop {
        let deadline = rig.session.poll_timeout().expect("a beat is next");
        rig.pass(deadline.at.since(rig.now));
        if let Some(payload) = rig.take_ping() {
            break payload;
        }
    };
    rig.pass_unread(seconds(4));
    rig.text_unread(CONN, &frame((0..4).map(|n| joined(&format!("p{n}"), n))));
    assert!(!rig.session.wants_read());
    rig.pass_unread(seconds(8));
    rig.drain();
    rig.input(Input::Timeout);
    (rig, payload)
}

#[test]
fn a_ping_from_before_the_pause_has_the_rest_of_its_time_after_it() {
    let (mut rig, _) = paused_behind_a_ping();
    assert_eq!(rig.state(), State::Live, "12 s after the ping, 4 of which count");
    rig.pass(seconds(6) - Duration::from_millis(1));
    assert_eq!(rig.state(), State::Live);
    rig.pass(Duration::from_millis(1));
    assert_eq!(rig.state(), State::Waiting);
}

#[test]
fn a_pong_that_had_to_wait_for_the_end_of_a_pause_measures_nothing() {
    let (mut rig, payload) = paused_behind_a_ping();
    rig.input(Input::Frame { conn: CONN, frame: Frame::Pong(&payload) });
    let stats = rig.session.stats();
    assert_eq!((stats.stray_pongs, stats.round_trip.last), (0, None));
    rig.pass(seconds(9));
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn a_pong_that_waited_in_the_socket_proves_life_but_measures_nothing() {
    let mut rig = paused();
    rig.silent = true;
    let payload = loop {
        rig.pass_unread(seconds(1));
        if let Some(payload) = rig.take_ping() {
            break payload;
        }
    };
    rig.pass_unread(seconds(25));
    rig.drain();
    rig.input(Input::Frame { conn: CONN, frame: Frame::Pong(&payload) });
    assert_eq!(rig.session.stats().stray_pongs, 0);
    assert_eq!(rig.session.stats().round_trip.last, None);
    rig.pass(seconds(9));
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn pongs_that_waited_in_the_socket_prove_life_one_after_the_other_in_strict_mode_too() {
    let mut config = config();
    (config.heartbeat.strict, config.heartbeat.interval) = (true, seconds(5));
    let mut rig = paused_by(config);
    rig.silent = true;
    let mut pings = Vec::new();
    for _ in 0..50 {
        rig.pass_unread(seconds(1));
        pings.extend(rig.take_ping());
    }
    rig.drain();
    for ping in &pings {
        rig.input(Input::Frame { conn: CONN, frame: Frame::Pong(ping) });
    }
    assert!(pings.len() > 8 && rig.take_ping().is_none(), "{} pings, and no burst of others", pings.len());
    assert_eq!((rig.state(), rig.dropped()), (State::Live, 0));
}

#[test]
fn a_pause_ends_after_sixty_seconds_and_the_oldest_are_dropped_until_there_is_room() {
    let mut rig = paused();
    rig.pass_unread(seconds(60));
    assert!(rig.session.wants_read());
    rig.text_unread(CONN, &frame([joined("late", 70)]));
    assert_eq!(rig.session.stats().dropped, 1);
    rig.drain();
    assert!(rig.details().contains(&&Detail::PauseEnded));
    assert_eq!((rig.gaps().len(), rig.gaps()[0].dropped), (1, 1));
    rig.text_unread(CONN, &frame((0..4).map(|n| joined(&format!("q{n}"), 80 + n))));
    assert!(!rig.session.wants_read(), "with room again, it pauses again");
}

/// Loses the connection while nobody reads, and opens another one.
fn reopened_unread() -> (Rig, ConnId) {
    let mut rig = paused();
    rig.session
        .handle(Input::Closed { conn: CONN, how: Closed::Frame { code: Some(1001), reason: "" } }, rig.now);
    rig.drain_actions();
    rig.pass_unread(seconds(1));
    let conn = rig.take_open().expect("dials");
    rig.session.handle(Input::Opened { conn }, rig.now);
    rig.drain_actions();
    (rig, conn)
}

#[test]
fn the_servers_answers_are_read_even_if_the_application_reads_nothing() {
    let (mut rig, conn) = reopened_unread();
    for answer in [r#"{"status":"connected"}"#, r#"{"status":"subscribed"}"#] {
        assert!(rig.session.wants_read(), "before {answer}");
        rig.text_unread(conn, answer);
    }
    assert!(!rig.session.wants_read(), "live, and paused as before");
    rig.pass_unread(seconds(50));
    assert_eq!(rig.session.stats().dials, 2, "it has not been given up");
    rig.drain();
    assert_eq!((rig.state(), rig.session.stats().delivered), (State::Live, 4));
}

#[test]
fn a_flood_before_the_answers_is_read_up_to_a_bound() {
    let (mut rig, conn) = reopened_unread();
    let mut frames = 0;
    while rig.session.wants_read() {
        rig.text_unread(conn, &frame([joined(&format!("flood{frames}"), frames % 3000)]));
        frames += 1;
        assert!(frames < 100, "it reads without end");
    }
    assert_eq!(rig.session.stats().buffered, 8, "twice the capacity");
    assert_eq!(rig.session.stats().dropped, 0);
}

#[test]
fn a_buffer_without_a_bound_in_bytes_can_be_paused_too() {
    let mut config = config();
    config.buffer.capacity = 1;
    config.buffer.bytes = usize::MAX;
    let mut rig = Rig::live(config);
    rig.text_unread(CONN, &frame([joined("a", 1)]));
    rig.session.handle(Input::Closed { conn: CONN, how: Closed::Frame { code: None, reason: "" } }, rig.now);
    rig.pass_unread(seconds(1));
    let conn = rig.take_open().expect("dials");
    rig.session.handle(Input::Opened { conn }, rig.now);
    assert!(rig.session.wants_read(), "the answers");
}
