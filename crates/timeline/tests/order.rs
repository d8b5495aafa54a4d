//! The order in which events come and how often they come cannot matter: every order and every repetition of few events.
//! What holds for long histories is in `laws.rs`.

mod common;

use common::{ROOM, With, joined, left, room};
use rosterline_core::{Id, Presence, Timestamp};
use rosterline_timeline::{Limits, Timeline, Timelines};

/// Events that get in each other's way: ties of time, other writings, conflicts, channels, times that cannot be.
fn pool() -> Vec<Presence> {
    vec![
        joined("12:00:00", "alice"),
        joined("12:00:00.000", "alice").received("11:00:00"),
        left("12:00:00", "alice"),
        left("12:00:05", "alice"),
        left("12:00:05", "alice").because("transfer"),
        left("12:00:05", "alice").because("peer"),
        joined("12:00:05", "bob"),
        joined("12:00:03", "alice").on("chat"),
        left("12:00:05", "bob"),
        joined("12:10:00", "carol").received("12:00:00"),
        left("12:00:05", "alice").received("2044-05-01T12:00:00Z").because("peer"),
        joined("12:00:00", "alice").in_session("s1", "user").user("u2"),
        left("12:00:05", "alice").in_session("s1", "agent").user("u1").queue("q1"),
        joined("12:00:00", "alice").in_session("s2", "acd"),
    ]
}

/// Every order of the events, and with each every choice of those that come twice.
fn every_order_and_duplicate(events: &[Presence]) {
    let expected = common::of(events).get(&Id::new(ROOM)).expect("it has events");
    let mut seen = 0;
    grow(&Timelines::new(Limits::default()), &mut (0..events.len()).collect(), 0, events, &mut |timelines| {
        let timeline = room(timelines);
        // A timestamp equals another in a different writing: only the letters tell.
        assert!(timeline == expected && digits(&timeline) == digits(&expected), "{timeline}\n{expected}");
        assert_eq!(timelines.open(), usize::from(!timeline.complete));
        seen += 1;
    });
    let orders: usize = (1..=events.len()).product();
    assert_eq!(seen, orders << events.len());
}

/// From `timelines`, which know the first `known` of the order, on to all orders of the rest. Each event comes once, and in another branch
/// again at the very end of what is known: between what came after it and what is still to come.
fn grow(
    timelines: &Timelines,
    order: &mut Vec<usize>,
    known: usize,
    events: &[Presence],
    see: &mut impl FnMut(&Timelines),
) {
    if known == order.len() {
        return see(timelines);
    }
    for other in known..order.len() {
        order.swap(known, other);
        let mut once = timelines.clone();
        once.apply(&events[order[known]]);
        grow(&once, order, known + 1, events, see);
        once.apply(&events[order[known]]);
        once.apply(&events[order[0]]);
        grow(&once, order, known + 1, events, see);
        order.swap(known, other);
    }
}

/// How the times are written.
fn digits(timeline: &Timeline) -> Vec<u8> {
    let stays = timeline.presence.iter().flat_map(|stay| [stay.from, stay.to]).flatten();
    let times = timeline.entries.iter().map(|entry| entry.timestamp).chain(stays);
    let times = times.chain(timeline.anomalies.iter().map(|odd| odd.at)).chain(timeline.last_updated);
    times.map(Timestamp::fraction_digits).collect()
}

fn chosen(places: &[usize]) -> Vec<Presence> {
    places.iter().map(|&at| pool()[at].clone()).collect()
}

#[test]
fn every_order_of_every_three_events() {
    let count = pool().len();
    for a in 0..count {
        for b in a + 1..count {
            for c in b + 1..count {
                every_order_and_duplicate(&chosen(&[a, b, c]));
            }
        }
    }
}

/// Three sets of the pool; with `ROSTERLINE_EXHAUSTIVE` in the environment all with none or all of the communications, which
/// takes minutes.
#[test]
fn every_order_of_seven_events() {
    let count = pool().len();
    let legs = |set: u32| (set >> (count - 3)).count_ones();
    let all = (0..1u32 << count).filter(|&set| set.count_ones() == 7 && [0, 3].contains(&legs(set)));
    let some = [0b100_0011_1111, 0b011_0110_1101, 0b11_1000_0100_1101];
    let sets: Vec<u32> =
        if std::env::var_os("ROSTERLINE_EXHAUSTIVE").is_some() { all.collect() } else { some.into() };
    for set in sets {
        let places: Vec<usize> = (0..count).filter(|at| set >> at & 1 == 1).collect();
        every_order_and_duplicate(&chosen(&places));
    }
}

#[test]
fn many_participants_and_words_are_found_again() {
    let participants: Vec<String> = (0..300).map(|n| format!("agent {n}")).collect();
    let mut events = Vec::new();
    for (n, who) in participants.iter().enumerate() {
        let minute = format!("12:{:02}:{:02}", n / 60, n % 60);
        events.push(joined(&minute, who).because(&format!("reason {n}")));
        events.push(left("13:00:00", who).on("voice"));
    }
    let mut timelines = common::of(&events);
    assert!(
        events.iter().rev().all(|event| timelines.apply(event) == rosterline_timeline::Applied::Duplicate)
    );
    let timeline = room(&timelines);
    assert!(timeline.complete && timeline.anomalies.is_empty());
    assert_eq!(timeline.presence.len(), participants.len());
}
