//! The time of day that is set, and the machine that sleeps: section 7, and fault 54.

use std::time::Duration;

use rosterline_core::{ConnId, Detail, Event, GapCause, Input, UnixMillis};

use crate::rig::{Rig, START, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);
const MINUTE: i64 = 60_000;

impl Rig {
    /// The time of day is off by so much from here on.
    fn set(&mut self, off_ms: i64) {
        let right = START + i64::try_from(self.now.0 / 1_000_000).expect("it is short");
        self.input(Input::Wall { wall: UnixMillis(right + off_ms) });
    }

    /// The only gap, from and to.
    fn span(&self) -> (String, String) {
        let gaps = self.gaps();
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert_eq!(gaps[0].cause, GapCause::Reconnect);
        (gaps[0].from.utc().to_string(), gaps[0].to.to_string())
    }

    fn moves(&self) -> Vec<i64> {
        let by = |detail: &Detail| {
            if let Detail::ClockMoved { by_ms } = detail { Some(*by_ms) } else { None }
        };
        self.details().into_iter().filter_map(by).collect()
    }
}

#[test]
fn deadlines_and_order_are_those_of_the_monotonic_clock() {
    for off in [-24 * 60 * MINUTE, -61 * MINUTE, -1, 0, 1, 9_999] {
        let (mut steady, mut set) = (Rig::live(config()), Rig::live(config()));
        set.set(off);
        for rig in [&mut steady, &mut set] {
            rig.text(CONN, &frame([joined("a", 0), joined("b", 0), joined("a", 0)]));
            assert_eq!(rig.participants(), ["a", "b"]);
        }
        for _ in 0..100 {
            let (left, right) = (steady.session.poll_timeout(), set.session.poll_timeout());
            assert_eq!(left, right, "with a time of day that is off by {off} ms");
            let next = left.expect("it has not ended").at.since(steady.now);
            steady.pass(next);
            set.pass(next);
        }
        assert_eq!(set.session.stats().dials, 1);
    }
}

#[test]
fn times_of_day_are_by_the_new_one_and_a_second_is_worth_telling() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(1));
    rig.set(999);
    assert_eq!(rig.moves(), [] as [i64; 0]);
    rig.text(CONN, &frame([joined("a", 0)]));
    let Some(Event::Presence(presence)) = rig.told.last() else { panic!("{:?}", rig.told) };
    assert_eq!(presence.received, UnixMillis(START + 1_999));
    rig.set(-1);
    rig.set(-1);
    rig.set(-1_001);
    assert_eq!(rig.moves(), [-1_000, -1_000]);
    assert_eq!(rig.statuses().last().map(|status| status.at), Some(UnixMillis(START - 1)));
    assert_eq!(rig.session.anchor().wall_at(rig.now + seconds(1)), UnixMillis(START + 999));
}

#[test]
fn who_slept_unknowingly_asks_at_once_and_the_gap_covers_the_sleep() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(2));
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.silent = true;
    rig.set(480 * MINUTE);
    assert_eq!(rig.moves(), [480 * MINUTE]);
    assert!(rig.take_ping().is_some(), "the peer may have gone in the meantime");
    rig.set(481 * MINUTE);
    assert!(rig.take_ping().is_none(), "one question is enough");
    rig.pass(seconds(10));
    assert_eq!(rig.dropped(), 1, "nobody has answered");
    rig.silent = false;
    rig.pass_until_attempt();
    rig.go_live();
    let (from, to) = rig.span();
    assert_eq!((from.as_str(), &to[..16]), ("2024-05-01T12:00:01Z", "2024-05-01T20:01"));
}

#[test]
fn what_was_due_during_a_sleep_is_late_by_the_new_time_of_day() {
    let mut rig = Rig::live(config());
    rig.silent = true;
    rig.pass(seconds(31));
    rig.now = rig.now + seconds(10);
    rig.set(60 * MINUTE);
    let at = rig.statuses().iter().rev().map(|status| status.at.0 - START).take(2).collect::<Vec<_>>();
    assert_eq!(at, [60 * MINUTE + 41_000; 2], "{:?}", rig.statuses());
    assert_eq!(rig.state(), rosterline_core::State::Waiting, "it was given up, too");
}

#[test]
fn a_correction_that_could_be_no_sleep_asks_nobody() {
    let mut rig = Rig::live(config());
    let answers = |rig: &Rig| rig.session.stats().round_trip.histogram.count();
    rig.set(10_000);
    rig.set(-60 * MINUTE);
    assert_eq!(answers(&rig), 0);
    rig.set(-60 * MINUTE + 10_001);
    assert_eq!(answers(&rig), 1);
}

#[test]
fn a_clock_that_is_behind_shortens_no_gap() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(20));
    rig.text(CONN, &frame([joined("a", 18)]));
    rig.pass(seconds(1));
    rig.text(CONN, &frame([joined("b", 18)]));
    rig.set(-10 * MINUTE);
    rig.pass(seconds(2));
    rig.text(CONN, &frame([joined("c", 21)]));
    rig.pass(seconds(8));
    rig.cut(CONN);
    rig.pass(seconds(5));
    rig.go_live();
    // By our own clock, it is 11:50:36 now; of two events of one time, the first to come tells more.
    assert_eq!(rig.span(), ("2024-05-01T12:00:18Z".into(), "2024-05-01T12:00:34.000Z".into()));
}

#[test]
fn a_sleep_and_a_clock_that_is_set_back_after_it_shorten_no_gap() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("a", 0)]));
    rig.cut(CONN);
    rig.set(8 * MINUTE);
    rig.set(-2 * MINUTE);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(rig.span(), ("2024-05-01T12:00:00Z".into(), "2024-05-01T12:08:01.000Z".into()));
    rig.text(ConnId(2), &frame([joined("b", 1)]));
    rig.cut(ConnId(2));
    rig.pass(seconds(2));
    rig.go_live();
    assert_eq!(rig.gaps()[1].to.to_string(), "2024-05-01T12:00:03.000Z", "the next event knows better");
}

#[test]
fn a_clock_that_is_wrong_for_a_while_lengthens_no_gap() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("a", 0)]));
    rig.set(-60 * MINUTE);
    rig.pass(seconds(1));
    rig.set(-30 * MINUTE);
    rig.set(0);
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(rig.span(), ("2024-05-01T12:00:00Z".into(), "2024-05-01T12:00:02.000Z".into()));
}

#[test]
fn with_no_event_seen_a_gap_begins_at_the_first_confirmation_by_the_earlier_of_both_clocks() {
    let mut rig = Rig::live(config());
    rig.set(60 * MINUTE);
    rig.set(50 * MINUTE);
    rig.cut(CONN);
    rig.set(40 * MINUTE);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(rig.span(), ("2024-05-01T11:40:00.000Z".into(), "2024-05-01T12:40:01.000Z".into()));
}

#[test]
fn after_the_last_item_nothing_is_told_of_it() {
    let mut rig = Rig::live(config());
    rig.session.close(rig.now);
    rig.drain();
    rig.set(-5 * MINUTE);
    assert_eq!(rig.moves(), [-5 * MINUTE], "it still waits for the answer to its close frame");
    rig.silent = true;
    rig.set(60 * MINUTE);
    assert!(rig.take_ping().is_none(), "nothing is said after goodbye");
    rig.pass(Duration::from_secs(10));
    assert!(rig.ended().is_some());
    let told = rig.told.len();
    rig.set(120 * MINUTE);
    assert_eq!(rig.told.len(), told);
}

#[test]
fn before_the_first_connection_there_is_nobody_to_ask() {
    let mut rig = Rig::new(config());
    rig.silent = true;
    rig.set(60 * MINUTE);
    assert!(rig.take_ping().is_none());
    rig.go_live();
    assert_eq!(rig.moves(), [60 * MINUTE]);
}
