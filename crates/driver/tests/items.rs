//! Events with the timelines that they make.

mod world;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use rosterline_core::{Event, Id};
use rosterline_driver::{Error, Item, Items};
use rosterline_timeline::{Limits, Timelines};
use world::{Bench, Peer, World, config};

fn event(kind: &str, participant: &str, second: u32) -> String {
    format!(
        r#"{{"timestamp":"2024-05-01T12:00:{second:02}Z","type":"Participant{kind}","participant":"{participant}","interaction":"i","channel":"voice"}}"#
    )
}

fn live(limits: Limits) -> (Bench, Peer, Items<World>) {
    let (mut bench, peer) = Bench::live(config());
    let events = bench.events.take().expect("nobody has taken them");
    (bench, peer, events.with_timelines(Timelines::new(limits)))
}

fn take(bench: &Bench, items: &mut Items<World>) -> Poll<Option<Result<Item, Error>>> {
    let waker = Waker::from(Arc::clone(&bench.taking));
    Pin::new(items).poll_next(&mut Context::from_waker(&waker))
}

/// What there is, in short: `+` a join, `-` a leave, `complete` or `open` a timeline with its number of entries.
fn take_all(bench: &Bench, items: &mut Items<World>) -> Vec<String> {
    let mut taken = Vec::new();
    loop {
        taken.push(match take(bench, items) {
            Poll::Ready(Some(Ok(Item::Event(Event::Presence(it))))) => {
                format!("{} {}", it.participant, it.kind.name())
            }
            Poll::Ready(Some(Ok(Item::Timeline(it)))) => {
                format!("{} {}", if it.complete { "complete" } else { "open" }, it.entries.len())
            }
            Poll::Ready(Some(Ok(_))) => continue,
            Poll::Ready(Some(Err(error))) => format!("error: {error}"),
            Poll::Ready(None) | Poll::Pending => return taken,
        });
    }
}

#[test]
fn a_timeline_follows_the_event_that_completes_it_and_each_that_amends_it() {
    let (mut bench, peer, mut items) = live(Limits::default());
    let frame = [event("Joined", "a", 1), event("Left", "a", 3), event("Joined", "b", 2)].join(",");
    peer.say(format!(r#"{{"events":[{frame}]}}"#));
    bench.drive();
    let expected =
        ["a ParticipantJoined", "a ParticipantLeft", "complete 2", "b ParticipantJoined", "open 3"];
    assert_eq!(take_all(&bench, &mut items), expected);
    assert!(items.timelines().is_open(&Id::new("i")));
    peer.say(format!(r#"{{"events":[{}]}}"#, event("Left", "b", 4)));
    bench.drive();
    assert_eq!(take_all(&bench, &mut items), ["b ParticipantLeft", "complete 4"]);
}

#[test]
fn what_is_open_is_handed_out_before_the_end_and_the_end_comes_once() {
    let (mut bench, peer, mut items) = live(Limits::default());
    peer.say(format!(r#"{{"events":[{}]}}"#, event("Joined", "a", 1)));
    bench.drive();
    bench.driver = None;
    let expected =
        ["a ParticipantJoined", "open 1", "error: the driver was dropped before the session had ended"];
    assert_eq!(take_all(&bench, &mut items), expected);
    assert_eq!(take(&bench, &mut items), Poll::Ready(None));
}

#[test]
fn a_session_that_is_closed_ends_without_an_error() {
    let (mut bench, peer, mut items) = live(Limits::default());
    bench.handle.close();
    bench.drive();
    peer.close(1000, "");
    bench.drive();
    assert_eq!(take_all(&bench, &mut items), [] as [&str; 0]);
    assert_eq!(take(&bench, &mut items), Poll::Ready(None));
}

#[test]
fn time_passes_for_timelines_though_no_event_comes() {
    let mut limits = Limits::default();
    (limits.lateness, limits.retention) = (Duration::from_secs(60), Duration::from_secs(60));
    let (mut bench, peer, mut items) = live(limits);
    let frame = [event("Joined", "a", 1), event("Left", "a", 3)].join(",");
    peer.say(format!(r#"{{"events":[{frame}]}}"#));
    bench.drive();
    assert_eq!(take_all(&bench, &mut items).len(), 3);
    for _ in 0..3 {
        bench.taking.woken();
        bench.world.pass(Duration::from_secs(60));
        bench.world.ring();
        if !items.timelines().is_empty() {
            assert!(bench.taking.woken(), "a timer of its own wakes it");
        }
        take_all(&bench, &mut items);
    }
    assert!(items.timelines().is_empty(), "it has left memory");
}
