//! Deadlines: the clock decides what is due, a sleep only wakes.

mod world;

use std::time::Duration;

use rosterline_core::Instant;
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
