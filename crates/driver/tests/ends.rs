//! The three parts end in any order, and none hangs by it.

mod world;

use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use rosterline_core::{Event, Subscription};
use rosterline_driver::{Error, Handle, Outgoing};
use std::pin::Pin;
use world::{Bench, World, config};

#[test]
fn close_says_goodbye_hands_out_the_rest_and_ends() {
    let (mut bench, peer) = Bench::live(config());
    peer.join(1);
    bench.drive();
    bench.handle.close();
    bench.drive();
    assert_eq!(peer.sent().last(), Some(&Outgoing::Close(1000)));
    peer.join(2);
    peer.close(1000, "");
    bench.drive();
    let events = bench.take_all();
    let joined = events.iter().filter(|event| matches!(event, Event::Presence(_))).count();
    assert_eq!(joined, 2, "{events:?}");
    assert_eq!(bench.take(), Poll::Ready(None));
    assert!(bench.driving.woken(), "taking the last event lets the driver end");
    assert!(bench.drive());
    assert!(peer.is_gone());
}

#[test]
fn whoever_does_not_want_the_events_any_more_ends_the_session() {
    let (mut bench, peer) = Bench::live(config());
    bench.events = None;
    assert!(bench.driving.woken());
    bench.drive();
    assert_eq!(peer.sent().last(), Some(&Outgoing::Close(1000)));
    peer.close(1000, "");
    bench.drive();
    assert!(bench.pass(Duration::from_secs(5)));
}

#[test]
fn without_a_driver_the_events_end_after_what_is_buffered() {
    let (mut bench, peer) = Bench::live(config());
    peer.join(1);
    bench.drive();
    bench.driver = None;
    assert!(peer.is_gone());
    assert!(matches!(bench.take(), Poll::Ready(Some(Ok(Event::Presence(_))))));
    assert_eq!(bench.take(), Poll::Ready(Some(Err(Error::Abandoned))));
    assert_eq!(bench.take(), Poll::Ready(None));
}

#[test]
fn without_a_driver_nobody_waits_for_events() {
    let (mut bench, _peer) = Bench::live(config());
    assert!(bench.take().is_pending());
    bench.driver = None;
    assert!(bench.taking.woken());
    assert_eq!(bench.take(), Poll::Ready(Some(Err(Error::Abandoned))));
    assert_eq!(bench.take(), Poll::Ready(None));
}

#[test]
fn after_the_end_a_handle_does_nothing() {
    let (mut bench, _peer) = Bench::live(config());
    let handle = bench.handle.clone();
    bench.driver = None;
    handle.subscribe(Subscription::all());
    handle.close();
    assert_eq!(bench.take(), Poll::Ready(Some(Err(Error::Abandoned))));
    assert_eq!(handle.stats().dials, 1, "what was counted can still be read");
}

/// A task whose wake-up uses the handle, as a callback might.
struct Caller(Handle<World>);

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        let stats = self.0.stats();
        self.0.subscribe(Subscription::all());
        self.0.close();
        assert!(stats.dials <= 1);
    }
}

#[test]
fn the_handle_can_be_used_from_within_a_wake_up() {
    let (done, end) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut bench, peer) = Bench::live(config());
        let waker = Waker::from(Arc::new(Caller(bench.handle.clone())));
        let events = bench.events.as_mut().expect("there are events");
        assert!(
            futures_core::Stream::poll_next(Pin::new(events), &mut Context::from_waker(&waker)).is_pending()
        );
        peer.join(1);
        bench.drive();
        done.send(peer.sent().last().cloned()).expect("somebody waits");
    });
    let sent = end.recv_timeout(Duration::from_secs(60)).expect("no deadlock");
    assert_eq!(sent, Some(Outgoing::Close(1000)));
}
