//! What is counted and measured, and what cannot be known.

mod common;

use std::time::Duration;

use common::{With, joined, left, of, room};
use rosterline_core::Presence;
use rosterline_timeline::Figures;

fn figures(events: &[Presence]) -> Figures {
    room(&of(events)).figures
}

/// A customer, who is put through from one agent to the next.
fn call() -> Vec<Presence> {
    vec![
        joined("12:00:00", "customer"),
        joined("12:00:12.5", "first"),
        left("12:02:00", "first").because("transfer"),
        joined("12:02:00", "second"),
        left("12:05:00", "customer").because("peer"),
        left("12:05:01", "second"),
    ]
}

#[test]
fn a_call_with_a_hand_off() {
    let expected = Figures {
        participants: 3,
        most_at_once: 3,
        first_answer: Some(Duration::from_millis(12_500)),
        talk: Duration::from_millis(287_500),
        transfers: 1,
    };
    assert_eq!(figures(&call()), expected);
}

#[test]
fn nobody_answered() {
    let alone = figures(&[joined("12:00:00", "customer"), left("12:01:00", "customer").because("peer")]);
    assert_eq!((alone.first_answer, alone.talk, alone.most_at_once), (None, Duration::ZERO, 1));
    let missed = figures(&[joined("12:00:00", "a"), left("12:01:00", "a"), joined("12:01:00.1", "b")]);
    assert_eq!((missed.first_answer, missed.participants, missed.most_at_once), (None, 2, 1));
}

#[test]
fn one_who_is_on_two_channels_is_one() {
    let events = [
        joined("12:00:00", "alice"),
        joined("12:00:05", "alice").on("chat"),
        left("12:00:10", "alice"),
        joined("12:00:20", "bob"),
        left("12:00:30", "alice").on("chat"),
    ];
    let figures = figures(&events);
    assert_eq!((figures.participants, figures.most_at_once), (2, 2));
    assert_eq!(
        (figures.first_answer, figures.talk),
        (Some(Duration::from_secs(20)), Duration::from_secs(10))
    );
}

#[test]
fn who_talks_still_talks_up_to_the_newest_event() {
    let open = figures(&[joined("12:00:00", "a"), joined("12:00:10", "b"), joined("12:00:40", "c")]);
    assert_eq!((open.talk, open.most_at_once), (Duration::from_secs(30), 3));
}

#[test]
fn with_an_unknown_join_nobody_can_tell_when_it_was_answered() {
    let mut events = call();
    events.remove(1);
    let figures = figures(&events);
    assert_eq!((figures.first_answer, figures.participants, figures.transfers), (None, 3, 1));
    assert_eq!(figures.talk, Duration::from_secs(180), "what is known for sure");
}

#[test]
fn a_transfer_is_told_by_its_reason() {
    let with =
        |reason: &str| figures(&[joined("12:00:00", "a"), left("12:01:00", "a").because(reason)]).transfers;
    for (reason, count) in
        [("transfer", 1), ("transfer.dnd", 1), ("TRANSFER", 1), ("transferred", 0), ("peer", 0), ("", 0)]
    {
        assert_eq!(with(reason), count, "{reason}");
    }
    let twice = [
        joined("12:00:00", "a"),
        left("12:01:00", "a").because("transfer"),
        left("12:02:00", "a").because("transfer"),
    ];
    assert_eq!(figures(&twice).transfers, 1, "a leave that ends no stay is no transfer");
}
