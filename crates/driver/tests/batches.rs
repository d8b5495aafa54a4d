//! How long the application takes over a batch (section 6).

mod world;

use std::time::Duration;

use rosterline_core::{Detail, Event, Status};
use world::{Bench, config};

fn lags(events: &[Event]) -> Vec<Duration> {
    let lag = |event: &Event| {
        let Event::Status(Status { detail: Detail::Lagging { took }, .. }) = event else { return None };
        Some(*took)
    };
    events.iter().filter_map(lag).collect()
}

#[test]
fn the_time_from_the_first_event_to_the_poll_that_finds_nothing_counts() {
    let (mut bench, peer) = Bench::live(config());
    (0..4).for_each(|number| peer.join(number));
    bench.drive();
    for _ in 0..4 {
        assert!(matches!(bench.take(), std::task::Poll::Ready(Some(Ok(Event::Presence(_))))));
        bench.world.pass(Duration::from_millis(126));
    }
    assert_eq!(lags(&bench.take_all()), [Duration::from_millis(504)]);
}

#[test]
fn waiting_for_events_is_not_working_on_them() {
    let (mut bench, peer) = Bench::live(config());
    for number in 0..3 {
        peer.join(number);
        bench.drive();
        let events = bench.take_all();
        assert_eq!((events.len(), lags(&events)), (1, vec![]));
        bench.world.pass(Duration::from_secs(5));
    }
}

#[test]
fn an_application_that_never_gets_to_the_end_is_reported_on_all_the_same() {
    let (mut bench, peer) = Bench::live(config());
    (0..100).for_each(|number| peer.join(number));
    bench.drive();
    for _ in 0..10 {
        assert!(bench.take().is_ready());
        bench.world.pass(Duration::from_millis(100));
    }
    // Once for each episode, and at the first poll after the limit.
    assert_eq!(lags(&bench.take_all()), [Duration::from_millis(600)]);
}

#[test]
fn when_an_event_was_taken_is_known_and_a_poll_that_finds_nothing_takes_none() {
    let taken_at = |bench: &Bench| bench.events.as_ref().and_then(rosterline_driver::Events::taken_at);
    let (mut bench, peer) = Bench::live(config());
    bench.world.pass(Duration::from_secs(2));
    peer.join(1);
    bench.drive();
    assert!(taken_at(&bench).is_none_or(|at| at < bench.world.time()), "it waits");
    assert!(bench.take().is_ready());
    let taken = bench.world.time();
    assert_eq!(taken_at(&bench), Some(taken));
    bench.world.pass(Duration::from_millis(100));
    assert!(bench.take().is_pending());
    assert_eq!(taken_at(&bench), Some(taken));
    bench.handle.close();
    bench.pass(Duration::from_secs(4));
    while bench.take() != std::task::Poll::Ready(None) {}
    assert_eq!(taken_at(&bench), Some(bench.world.time()), "the end counts as one");
}
