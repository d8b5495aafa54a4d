//! Reading: with a budget, paused and resumed, and never at the cost of writing.

mod world;

use std::time::Duration;

use rosterline_core::{Event, Policy};
use world::{Bench, config};

fn small_buffer() -> rosterline_core::Config {
    let mut config = config();
    config.buffer.capacity = 8;
    config
}

#[test]
fn a_flood_does_not_keep_other_tasks_from_their_turn() {
    let (mut bench, peer) = Bench::live(config());
    (0..200).for_each(|number| peer.join(number));
    bench.driving.woken();
    assert!(!bench.poll());
    assert!((100..200).contains(&peer.unread()), "a part was read: {} left", peer.unread());
    assert!(bench.driving.woken(), "it asks for its next turn");
    bench.drive();
    assert_eq!(peer.unread(), 0);
    assert_eq!(bench.take_all().len(), 200);
}

#[test]
fn with_a_full_buffer_the_socket_is_left_alone_and_heartbeats_go_on() {
    let (mut bench, peer) = Bench::live(small_buffer());
    (0..20).for_each(|number| peer.join(number));
    bench.drive();
    assert_eq!(peer.unread(), 12);
    let reads = peer.reads();
    bench.pass(Duration::from_secs(30));
    assert_eq!(peer.pings().len(), 1);
    assert_eq!((peer.reads(), peer.unread()), (reads, 12), "and nothing was read meanwhile");
}

#[test]
fn reading_goes_on_once_the_application_has_taken_enough() {
    let (mut bench, peer) = Bench::live(small_buffer());
    (0..20).for_each(|number| peer.join(number));
    bench.drive();
    for _ in 0..3 {
        assert!(bench.take().is_ready());
        assert!(!bench.driving.woken(), "above the low-water mark there is nothing to do");
    }
    assert!(bench.take().is_ready());
    assert!(bench.driving.woken(), "at the low-water mark the driver goes on");
    bench.drive();
    assert_eq!(peer.unread(), 8);
    let taken: Vec<Event> = std::iter::from_fn(|| {
        let taken = bench.take_all();
        bench.drive();
        (!taken.is_empty()).then_some(taken)
    })
    .flatten()
    .collect();
    assert_eq!(taken.len(), 16, "nothing was lost");
    assert_eq!(bench.handle.stats().dropped, 0);
}

#[test]
fn whoever_waits_for_events_is_woken_by_the_first() {
    let (mut bench, peer) = Bench::live(config());
    assert!(bench.take().is_pending());
    bench.taking.woken();
    bench.drive();
    assert!(!bench.taking.woken(), "not by nothing");
    peer.join(1);
    assert!(bench.driving.woken());
    bench.drive();
    assert!(bench.taking.woken());
    assert_eq!(bench.take_all().len(), 1);
}

#[test]
fn the_answer_to_a_ping_leaves_even_if_it_was_the_last_that_is_read() {
    let (mut bench, peer) = Bench::live(small_buffer());
    let flushes = peer.flushes();
    peer.ping();
    (0..20).for_each(|number| peer.join(number));
    bench.drive();
    assert_eq!(peer.unread(), 12, "reading is paused");
    assert!(peer.flushes() > flushes, "the socket's answer was flushed");
}

#[test]
fn a_policy_that_drops_never_stops_reading() {
    let mut config = small_buffer();
    config.buffer.policy = Policy::DropOldest;
    let (mut bench, peer) = Bench::live(config);
    (0..200).for_each(|number| peer.join(number));
    bench.drive();
    assert_eq!(peer.unread(), 0);
    let stats = bench.handle.stats();
    assert_eq!((stats.received, stats.buffered, stats.dropped), (200, 8, 192));
}
