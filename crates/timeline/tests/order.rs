//! The order in which events come, how often they come, and where gaps and repairs stand among them cannot matter.

mod common;

use common::{With, gap, grew, joined, left, overflow, room, shown};
use proptest::prelude::*;
use rosterline_core::{Gap, GapId, Id, Presence};
use rosterline_timeline::{Limits, Timelines};

/// Events that get in each other's way: ties of time, other writings, conflicts, channels, the future.
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
        left("12:00:09", "bob"),
        joined("12:10:00", "carol").received("12:00:00"),
    ]
}

/// What one sees of the incremental state must be what the fold from scratch says, at every step.
fn check(timelines: &Timelines) {
    let mut open = 0;
    for timeline in timelines.iter() {
        assert_eq!(timelines.is_open(&timeline.interaction_id), !timeline.complete, "{timeline:#?}");
        open += usize::from(!timeline.complete);
    }
    assert_eq!(timelines.open(), open);
}

/// Applies an event. If it was no news, not a byte may change, unless the revision tells.
fn apply(timelines: &mut Timelines, event: &Presence) {
    let before = timelines.get(&event.interaction);
    let applied = timelines.apply(event);
    let after = timelines.get(&event.interaction).expect("it has an event");
    if let Some(before) = before {
        let told = after.revision > before.revision;
        assert!(after.revision >= before.revision && (told || !grew(applied)), "{applied:?} {before:#?}");
        assert!(told || format!("{before:?}") == format!("{after:?}"), "{before:#?} {after:#?}");
    }
}

/// Calls `see` with every order of `items`.
fn permutations<T: Clone>(items: &mut Vec<T>, from: usize, see: &mut impl FnMut(&[T])) {
    if from == items.len() {
        return see(items);
    }
    for other in from..items.len() {
        items.swap(from, other);
        permutations(items, from + 1, see);
        items.swap(from, other);
    }
}

fn every_order_and_duplicate(events: Vec<Presence>) {
    let expected = shown(&common::of(&events));
    let count = events.len();
    permutations(&mut events.clone(), 0, &mut |order| {
        for twice in 0..1u32 << count {
            let mut timelines = Timelines::new(Limits::default());
            for (at, event) in order.iter().enumerate() {
                timelines.apply(event);
                if twice >> at & 1 == 1 {
                    timelines.apply(event);
                    timelines.apply(&order[0]);
                }
            }
            assert_eq!(shown(&timelines), expected, "{order:#?}");
            check(&timelines);
        }
    });
}

#[test]
fn every_order_of_every_three_events() {
    let pool = pool();
    for a in 0..pool.len() {
        for b in a + 1..pool.len() {
            for c in b + 1..pool.len() {
                every_order_and_duplicate(vec![pool[a].clone(), pool[b].clone(), pool[c].clone()]);
            }
        }
    }
}

#[test]
fn every_order_of_five_events() {
    for chosen in [[0, 2, 3, 4, 5], [0, 1, 6, 8, 9], [0, 3, 6, 7, 8]] {
        every_order_and_duplicate(chosen.into_iter().map(|at| pool()[at].clone()).collect());
    }
}

#[derive(Clone, Debug)]
enum Input {
    Event(Presence),
    Gap(Gap),
    Repair(u64),
}

fn feed(timelines: &mut Timelines, input: &Input) {
    match input {
        Input::Event(event) => apply(timelines, event),
        Input::Gap(gap) => timelines.gap(gap),
        Input::Repair(id) => timelines.repaired(GapId(*id)),
    }
    check(timelines);
}

fn an_event() -> impl Strategy<Value = Presence> {
    let who = prop::sample::select(vec!["alice", "bob", "0195b2b0-0000-7000-8000-000000000001"]);
    let why = prop::sample::select(vec![None, None, None, Some("transfer"), Some("peer")]);
    (
        any::<bool>(),
        0..12u32,
        0..4usize,
        who,
        why,
        prop::sample::select(vec!["voice", "chat"]),
        0..8u8,
        0..3u8,
    )
        .prop_map(|(join, second, digits, who, why, channel, early, room)| {
            let fraction = ["", ".0", ".00", ".000"][digits];
            let clock = format!("12:00:{second:02}{fraction}");
            let event = if join { joined(&clock, who) } else { left(&clock, who) };
            let event = event.on(channel).of(["c1", "c1", "c2"][usize::from(room)]);
            let event = why.map_or(event.clone(), |why| event.because(why));
            if early == 0 { event.received("11:50:00") } else { event }
        })
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let gaps = prop::collection::vec((0..14u32, 0..6u32, 0..4u8, any::<bool>()), 0..4).prop_map(|gaps| {
        let mut inputs = Vec::new();
        for (id, (from, length, scope, repaired)) in (1..).zip(gaps) {
            let (from, to) = (format!("12:00:{from:02}"), format!("12:00:{:02}", from + length));
            inputs.push(Input::Gap(match scope {
                0 => overflow(id, &from, &to, &["c1"]),
                1 => overflow(id, &from, &to, &["c2", "c3"]),
                _ => gap(id, &from, &to),
            }));
            if repaired {
                inputs.push(Input::Repair(id));
            }
        }
        inputs
    });
    (prop::collection::vec(an_event().prop_map(Input::Event), 1..24), gaps)
        .prop_map(|(events, gaps)| events.into_iter().chain(gaps).collect())
}

proptest! {
    #[test]
    fn no_order_and_no_repetition_changes_a_byte(
        (inputs, shuffled, again) in inputs().prop_flat_map(|inputs| {
            let shuffled = Just(inputs.clone()).prop_shuffle();
            let again = prop::sample::subsequence(inputs.clone(), 0..=inputs.len()).prop_shuffle();
            (Just(inputs), shuffled, again)
        })
    ) {
        let (mut one, mut other) = (Timelines::new(Limits::default()), Timelines::new(Limits::default()));
        for input in &inputs {
            feed(&mut one, input);
        }
        for (at, input) in shuffled.iter().enumerate() {
            feed(&mut other, input);
            if let Some(input) = again.get(at) {
                feed(&mut other, input);
            }
        }
        prop_assert_eq!(shown(&one), shown(&other));
    }

    #[test]
    fn a_timeline_is_the_same_as_if_its_interaction_were_alone(inputs in inputs()) {
        let (mut all, mut alone) = (Timelines::new(Limits::default()), Timelines::new(Limits::default()));
        for input in &inputs {
            feed(&mut all, input);
            match input {
                Input::Event(event) if event.interaction != Id::new("c1") => {}
                Input::Event(_) | Input::Gap(_) | Input::Repair(_) => feed(&mut alone, input),
            }
        }
        prop_assert_eq!(all.get(&Id::new("c1")), alone.get(&Id::new("c1")));
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
