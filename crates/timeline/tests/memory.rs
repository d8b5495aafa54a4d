//! What timelines allocate: nothing for an event that brings nothing new, and a bounded amount whatever comes.

mod common;

use std::time::Duration;

use allocation_counter::measure;
use common::{With as _, gap, joined, left, overflow};
use rosterline_core::{GapId, Id, Presence, PresenceKind, Timestamp, UnixMillis, Word};
use rosterline_timeline::{Applied, Limits, Timelines};

/// 2024-05-01T12:00:00Z.
const START: i64 = 1_714_564_800_000;
const ROOM: &str = "123e4567-e89b-42d3-a456-426614174000";
const WHO: [&str; 3] =
    ["0195b2b0-0000-7000-8000-000000000001", "0195b2b0-0000-7000-8000-000000000002", "carol"];
const WHY: [Option<&str>; 3] = [None, Some("transfer"), Some("a reason that is longer than 24 bytes")];

/// Event number `n` of an interaction in which three participants come and go.
fn event(n: u64) -> Presence {
    let at = Timestamp::from(UnixMillis(START).after(Duration::from_millis(n * 10)));
    Presence {
        at,
        interaction: Id::new(ROOM),
        kind: if n / 3 % 2 == 0 { PresenceKind::Joined } else { PresenceKind::Left },
        participant: Id::new(WHO[(n % 3) as usize]),
        reason: WHY[(n / 2 % 3) as usize].map(Word::from),
        received: at.unix_millis(),
        ..joined("12:00:00", "nobody")
    }
}

/// Events `from..to`, each of which may have been overtaken by seven others.
fn nearly_ordered(from: u64, to: u64) -> Vec<Presence> {
    (from..to).map(|n| event(n ^ 7)).collect()
}

#[test]
fn events_of_known_participants_cost_no_allocation_of_their_own() {
    let mut limits = Limits::default();
    limits.events_per_interaction = 20_000;
    let mut timelines = Timelines::new(limits);
    let (warm, more) = (nearly_ordered(0, 1000), nearly_ordered(1000, 11_000));
    let mut feed = |events: &[Presence], expected: Applied| {
        for event in events {
            assert_eq!(timelines.apply(event), expected);
            while timelines.poll_change().is_some() {}
        }
    };
    feed(&warm, Applied::New);
    let grown = measure(|| feed(&more, Applied::New));
    assert!(grown.count_total <= 40, "only the list of events grows, by a share of itself: {grown:?}");
    let again = measure(|| feed(&more, Applied::Duplicate));
    assert_eq!(again.count_total, 0, "{again:?}");
}

/// What is said of a communication is kept once, however often it is told.
#[test]
fn what_is_known_of_a_communication_costs_no_allocation_when_it_is_told_again() {
    let told =
        |n: u64| event(n).in_session(["s1", "s2"][(n % 2) as usize], "agent").user(WHO[0]).queue(WHO[1]);
    let events: Vec<Presence> = (0..600).map(told).collect();
    let mut timelines = Timelines::new(Limits::default());
    let mut feed = |expected: Applied| {
        for event in &events {
            assert_eq!(timelines.apply(event), expected);
            while timelines.poll_change().is_some() {}
        }
    };
    feed(Applied::New);
    let again = measure(|| feed(Applied::Duplicate));
    assert_eq!(again.count_total, 0, "{again:?}");
}

#[test]
fn a_snapshot_allocates_for_its_own_parts_only() {
    for events in [10, 100, 1000] {
        let mut timelines = Timelines::new(Limits::default());
        for event in nearly_ordered(0, events) {
            timelines.apply(&event);
        }
        let mut shown = None;
        let cost = measure(|| shown = timelines.get(&Id::new(ROOM)));
        let copy = measure(|| drop(shown.clone()));
        let (parts, bytes) = (copy.count_max, copy.bytes_max);
        assert_eq!(cost.count_current.unsigned_abs(), parts, "{events}: nothing else is kept: {cost:?}");
        assert!(cost.count_total <= parts + 40, "{events}: lists grow by doubling: {cost:?}, {copy:?}");
        assert!(cost.bytes_max <= 3 * bytes + 1024, "{events}: {cost:?}, {copy:?}");
    }
}

/// The list of events, the one of participants, and what the whole engine grows by now and then: the words are everybody's.
#[test]
fn a_usual_interaction_is_two_blocks_of_memory() {
    let mut timelines = Timelines::new(Limits::default());
    let mut feed = |from: u64, to: u64| {
        for n in from..to {
            let interaction = format!("{n:08x}-e89b-42d3-a456-426614174000");
            timelines.apply(&event(n % 2).of(&interaction).because("transfer"));
            while timelines.poll_change().is_some() {}
        }
    };
    feed(0, 1000);
    let grown = measure(|| feed(1000, 2000));
    assert!(grown.count_current <= 2 * 1000 + 10, "{grown:?}");
}

#[test]
fn a_long_interaction_has_little_room_to_spare() {
    /// Just more than a power of two.
    const EVENTS: u64 = 8200;
    let mut timelines = Timelines::new(Limits::default());
    let held = measure(|| {
        for n in 0..EVENTS {
            timelines.apply(&event(n));
        }
        while timelines.poll_change().is_some() {}
    });
    let events = EVENTS as i64 * 16;
    assert!(held.bytes_current <= events * 5 / 4 + 4096, "a quarter and no more: {held:?}");
}

/// Each interaction with words that nobody has used before, short ones and long ones.
#[test]
fn words_without_end_stay_within_the_limits() {
    let mut limits = Limits::default();
    (limits.interactions, limits.evicted) = (10, 0);
    for length in [20, 2000] {
        let mut timelines = Timelines::new(limits.clone());
        let cost = measure(|| {
            for n in 0..20_000 {
                let word = format!("{n:0length$}");
                timelines
                    .apply(&joined("12:00:00", "alice").on(&word).because(&word).of(&word[length - 8..]));
                while timelines.poll_change().is_some() {}
            }
        });
        assert!(cost.bytes_max <= 128 << 10, "{length}: {cost:?}");
    }
}

/// Nobody lets time pass, so nothing ever turns final: what is pushed out leaves no trace for all that.
#[test]
fn an_owner_who_never_advances_stays_within_the_limits() {
    let mut limits = Limits::default();
    (limits.interactions, limits.evicted) = (10, 0);
    let mut timelines = Timelines::new(limits);
    let cost = measure(|| {
        for n in 0..20_000 {
            let interaction = n.to_string();
            timelines.apply(&joined("12:00:00", "alice").of(&interaction));
            timelines.apply(&left("12:00:01", "alice").of(&interaction));
            while timelines.poll_change().is_some() {}
        }
    });
    assert!(cost.bytes_max <= 32 << 10, "{cost:?}");
}

/// A sender without sense: every interaction is new, every hundredth has more events than fit, some of them far in the future,
/// told twice and with two reasons; and there is a gap now and then.
fn offer(timelines: &mut Timelines, n: u64) {
    let interaction = Id::new(&format!("{n:08x}-e89b-42d3-a456-426614174000"));
    let participant = Id::new(&format!("agent {n} of none"));
    let events = if n % 100 == 0 { 20 } else { 1 };
    for event in (0..events).map(event) {
        let event = Presence { interaction: interaction.clone(), participant: participant.clone(), ..event };
        timelines.apply(&event);
        if n % 200 == 0 {
            timelines.apply(&event);
            timelines.apply(&event.clone().because("another reason, which is a long one"));
            timelines.apply(&event.received("11:00:00"));
        }
    }
    if n % 1000 == 0 {
        timelines.gap(&gap(n, "12:00:00", "12:00:01"));
        timelines.gap(&overflow(n + 1, "12:00:00", "12:00:01", &[&interaction.to_string(), "nowhere"]));
        timelines.repaired(GapId(n + 2));
    }
    while timelines.poll_change().is_some() {}
}

#[test]
fn a_million_interactions_stay_within_the_limits() {
    /// 500 interactions of at most 8 events with their words, conflicts and tables, 500 identifiers of evicted ones, 4 gaps:
    /// at most 2 KB each.
    const BOUND: u64 = 500 * 2048;
    let mut limits = Limits::default();
    limits.interactions = 500;
    limits.events_per_interaction = 8;
    limits.conflicts_per_interaction = 4;
    limits.gaps = 4;
    limits.evicted = 500;
    let mut timelines = Timelines::new(limits);
    let cost = measure(|| (0..1_000_000).for_each(|n| offer(&mut timelines, n)));
    assert_eq!(timelines.len(), 500);
    assert!(timelines.too_late() > 100_000, "what did not fit is counted: {}", timelines.too_late());
    assert!(cost.bytes_max <= BOUND, "{cost:?}");
}
