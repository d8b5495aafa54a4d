//! Deadlines: the clock decides what is due, a sleep only wakes.

mod world;

use std::time::Duration;

use rosterline_core::{Anchor, Detail, Event, Instant, Status, Subscription};
use world::{Bench, config};

const SECOND: Duration = Duration::from_secs(1);
const LONGEST_BEAT: Duration = Duration::from_secs(30);

#[test]
fn a_new_session_is_due_at_once_and_waits_for_no_sleep() {
    let mut bench = Bench::new(config());
    assert_eq!(bench.world.dials(), 0, "nothing happens before the first poll");
    assert!(!bench.poll());
    assert_eq!(bench.world.dials(), 1);
}

#[test]
fn a_deadline_that_passes_while_the_driver_works_is_served_though_the_sleep_says_pending() {
    let (mut bench, peer) = Bench::live(config());
    let due = bench.world.sleeping()[0];
    // So close that the looks at the clock within one poll carry it over the deadline.
    bench.world.pass(due.since(bench.world.time()) - Duration::from_nanos(2));
    bench.world.drift(Duration::from_nanos(1));
    assert!(!bench.poll());
    assert_eq!(peer.pings().len(), 1, "no sleep has fired");
}

#[test]
fn a_deadline_in_the_past_is_served_by_any_wake_up() {
    let (mut bench, peer) = Bench::live(config());
    bench.world.pass(LONGEST_BEAT);
    bench.drive();
    assert_eq!(peer.pings().len(), 1, "no sleep has fired");
}

#[test]
fn a_fired_sleep_is_thrown_away_and_the_next_deadline_has_its_own() {
    let (mut bench, peer) = Bench::live(config());
    for beat in 1..=3 {
        bench.pass(LONGEST_BEAT);
        assert_eq!(peer.pings().len(), beat);
        peer.pong();
        bench.drive();
        assert_eq!(bench.world.sleeping().len(), 1);
        assert!(bench.world.sleeping()[0] > bench.world.time());
    }
}

#[test]
fn a_deadline_that_moves_earlier_gets_an_earlier_sleep() {
    let (mut bench, _peer) = Bench::live(config());
    let before = bench.world.sleeping();
    assert!(before[0] > bench.world.time() + 4 * SECOND, "the next ping is far: {before:?}");
    bench.handle.close();
    assert!(bench.driving.woken(), "a command wakes the driver");
    bench.drive();
    assert_eq!(bench.world.sleeping(), [bench.world.time() + 3 * SECOND], "the answer to our close frame");
}

#[test]
fn a_deadline_that_moves_later_needs_no_new_sleep_and_the_old_one_does_nothing_but_wake() {
    let (mut bench, peer) = Bench::live(config());
    bench.pass(LONGEST_BEAT);
    // The pong is awaited; its deadline goes when it comes.
    let (made, armed) = (bench.world.sleeps_made(), bench.world.sleeping());
    peer.pong();
    bench.drive();
    assert_eq!((bench.world.sleeps_made(), bench.world.sleeping()), (made, armed));
    bench.pass(10 * SECOND);
    assert_eq!(peer.pings().len(), 1);
    assert!(!peer.is_gone());
    assert!(bench.world.sleeping()[0] > bench.world.time());
}

#[test]
fn a_session_that_is_over_leaves_no_sleep_behind() {
    let (mut bench, peer) = Bench::live(config());
    bench.handle.close();
    bench.drive();
    peer.close(1000, "");
    bench.drive();
    bench.take_all();
    assert!(bench.drive());
    assert_eq!(bench.world.sleeping(), [] as [Instant; 0]);
    assert!(bench.poll(), "and can be polled again");
}

fn moves(events: &[Event]) -> Vec<i64> {
    let by = |event: &Event| {
        let Event::Status(Status { detail: Detail::ClockMoved { by_ms }, .. }) = event else { return None };
        Some(*by_ms)
    };
    events.iter().filter_map(by).collect()
}

#[test]
fn a_time_of_day_that_is_set_is_told_with_the_next_wake_up() {
    let (mut bench, peer) = Bench::live(config());
    bench.world.set_wall(-3_600_000);
    peer.join(1);
    bench.drive();
    let events = bench.take_all();
    assert_eq!(moves(&events), [-3_600_000]);
    assert!(matches!(events[..], [Event::Status(_), Event::Presence(_)]), "before anything else: {events:?}");
    peer.join(2);
    bench.drive();
    assert_eq!(moves(&bench.take_all()), [] as [i64; 0], "once");
    assert_eq!(bench.handle.anchor().at, bench.world.time());
}

#[test]
fn a_command_after_a_sleep_finds_the_time_of_day_right() {
    let (mut bench, _peer) = Bench::live(config());
    bench.world.set_wall(8 * 3_600_000);
    bench.handle.subscribe(Subscription::all());
    assert_eq!(moves(&bench.take_all()), [8 * 3_600_000], "before the driver has run");
    bench.world.set_wall(0);
    bench.handle.close();
    let events = bench.take_all();
    assert_eq!(moves(&events), [-8 * 3_600_000]);
    assert!(events.len() > 1, "then it closes: {events:?}");
}

#[test]
fn who_is_held_up_between_the_two_clocks_learns_nothing() {
    let (mut bench, peer) = Bench::live(config());
    bench.world.drift(Anchor::TOLERANCE);
    peer.join(1);
    bench.poll();
    bench.world.drift(Duration::ZERO);
    assert_eq!(bench.handle.anchor().at, Instant::ZERO);
    // The clocks have not moved apart; only who reads them was slow.
    bench.drive();
    assert_eq!(moves(&bench.take_all()), [] as [i64; 0]);
}
