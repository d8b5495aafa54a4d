//! The laws of the timeline, over random histories. docs/timeline.md says which bug makes which of them fail.

mod common;

use common::input::{Input, event, history, history_and_another, plain_event};
use common::{ROOM, With, check, grew, joined, left, model, shown, time, written};
use proptest::prelude::*;
use rosterline_core::wire::{Body, Decoded, Decoder, Stamp};
use rosterline_core::{Id, Instant, Presence, PresenceKind, Word};
use rosterline_timeline::{
    Anomaly, AnomalyKind, Communication, Delta, Entry, Interval, Limits, Parts, Stage, Timeline, Timelines,
};

fn fed(inputs: &[Input]) -> Timelines {
    let mut timelines = Timelines::new(Limits::default());
    inputs.iter().for_each(|input| input.feed(&mut timelines));
    timelines
}

/// Applies an event. If it was no news, not a byte may change, unless the revision tells.
fn apply(timelines: &mut Timelines, event: &Presence) {
    let before = timelines.get(&event.interaction);
    let applied = timelines.apply(event);
    let after = timelines.get(&event.interaction).expect("it has an event");
    if let Some(before) = before {
        let told = after.revision > before.revision;
        assert!(after.revision >= before.revision && (told || !grew(applied)), "{applied:?}\n{before}");
        assert!(told || format!("{before:?}") == format!("{after:?}"), "{before}\n{after}");
    }
}

proptest! {
    /// Incremental equals the fold from scratch: after every input, to the letter.
    #[test]
    fn the_engine_agrees_with_the_model(inputs in history()) {
        let mut timelines = Timelines::new(Limits::default());
        for (at, input) in inputs.iter().enumerate() {
            input.feed(&mut timelines);
            check(&timelines);
            prop_assert_eq!(shown(&timelines), written(model::timelines(&inputs[..=at])));
        }
    }

    #[test]
    fn no_order_and_no_repetition_changes_a_byte((inputs, other) in history_and_another()) {
        let mut timelines = Timelines::new(Limits::default());
        for input in &other {
            match input {
                Input::Event(event) => apply(&mut timelines, event),
                Input::Offer(_) | Input::Gap(_) | Input::Repair(_) => input.feed(&mut timelines),
            }
            check(&timelines);
        }
        prop_assert_eq!(shown(&timelines), shown(&fed(&inputs)));
    }

    /// In which frames the events came, and how often somebody looked in between.
    #[test]
    fn no_batching_changes_a_byte(
        events in prop::collection::vec(plain_event(), 1..24), sizes in prop::collection::vec(1..7usize, 24),
    ) {
        let (mut timelines, mut decoder) = (Timelines::new(Limits::default()), Decoder::new());
        let mut rest = events.as_slice();
        for size in sizes {
            let (frame, others) = rest.split_at(size.min(rest.len()));
            rest = others;
            let json: Vec<String> = frame.iter().map(json).collect();
            let (text, limits) = (format!(r#"{{"events":[{}]}}"#, json.join(",")), Default::default());
            let stamp = Stamp { arrived: Instant::ZERO, received: time("12:00:00").unix_millis() };
            prop_assert!(decoder.decode(Body::Text(&text), stamp, &limits, false).is_ok());
            for decoded in decoder.drain() {
                let Decoded::Presence(presence) = decoded else { panic!("{decoded:?}") };
                timelines.apply(&presence);
            }
            while timelines.poll_change().is_some() {}
            check(&timelines);
        }
        let in_range = events.iter().cloned().map(|event| event.received("12:00:00"));
        let one_by_one: Vec<Input> = in_range.map(Input::Event).collect();
        prop_assert_eq!(shown(&timelines), shown(&fed(&one_by_one)));
    }

    /// Merging is receiving: a and b, b and a, with a third in any grouping, and with itself.
    #[test]
    fn merging_is_commutative_associative_and_idempotent(
        a in history(), b in prop::collection::vec(event().prop_map(Input::Event), 0..12),
        c in prop::collection::vec(event().prop_map(Input::Event), 0..12),
    ) {
        let merged = |parts: &[&[Input]]| shown(&fed(&parts.concat()));
        prop_assert_eq!(merged(&[&a, &b]), merged(&[&b, &a]));
        prop_assert_eq!(merged(&[&a, &b, &c]), merged(&[&b, &c, &a]));
        prop_assert_eq!(merged(&[&a, &b, &a, &a]), merged(&[&a, &b]));
    }

    /// From revision 0, delta after delta, each state to the letter; and a revision tells of every change.
    #[test]
    fn the_deltas_give_every_state(inputs in history()) {
        let (mut timelines, mut follower) = (Timelines::new(Limits::default()), Timeline::empty(Id::new(ROOM)));
        for input in &inputs {
            input.feed(&mut timelines);
            let Some(now) = timelines.get(&Id::new(ROOM)) else { continue };
            let delta = now.since(&follower);
            let changed = format!("{now:?}") != format!("{follower:?}");
            prop_assert_eq!(changed, delta.revision > delta.from_revision);
            prop_assert!(is_about_one_seat(&delta), "{:?}", delta);
            prop_assert_eq!(follower.patch(&delta), Ok(()));
            prop_assert_eq!(format!("{follower:?}"), format!("{now:?}"));
        }
    }

    #[test]
    fn anomalies_vanish_when_the_missing_events_arrive(
        (events, some) in whole_calls().prop_flat_map(|events| {
            let some = prop::sample::subsequence(events.clone(), 0..=events.len()).prop_shuffle();
            (Just(events), some)
        })
    ) {
        let mut timelines = common::of(&some);
        events.iter().for_each(|event| { timelines.apply(event); });
        for timeline in timelines.iter() {
            prop_assert!(timeline.anomalies.is_empty() && timeline.complete, "{}", timeline);
        }
        prop_assert_eq!(shown(&timelines), shown(&common::of(&events)));
    }

    /// Between two calls of `advance` the order cannot matter, and repetition never does. What is late was told after
    /// its timeline was final, and every stage is the same.
    #[test]
    fn no_order_between_two_moments_changes_a_byte(
        epochs in prop::collection::vec((prop::collection::vec(event(), 0..8), 0..600u64), 1..6)
            .prop_flat_map(|epochs| {
                let shuffled: Vec<_> = epochs
                    .iter()
                    .map(|(events, _)| {
                        let twice: Vec<Presence> = events.iter().chain(events.iter().take(3)).cloned().collect();
                        Just(twice).prop_shuffle()
                    })
                    .collect();
                (Just(epochs), shuffled)
            })
    ) {
        let ((epochs, shuffled), mut now) = (epochs, 0);
        let (mut one, mut other) = (Timelines::new(Limits::default()), Timelines::new(Limits::default()));
        for ((events, seconds), shuffled) in epochs.iter().zip(&shuffled) {
            let (marks, known) = (watermarks(&one), effective(&one));
            events.iter().for_each(|event| apply(&mut one, event));
            shuffled.iter().for_each(|event| apply(&mut other, event));
            for timeline in one.iter() {
                check_late(&timeline, &marks, &known)?;
            }
            prop_assert_eq!(shown(&one), shown(&other));
            now += seconds * 1_000_000_000;
            one.advance(Instant(now));
            other.advance(Instant(now));
            for timeline in one.iter() {
                let id = &timeline.interaction_id;
                prop_assert_eq!((one.stage(id), one.watermark(id)), (other.stage(id), other.watermark(id)));
                prop_assert_eq!(one.stage(id) == Some(Stage::Open), !timeline.complete);
            }
        }
    }

    #[test]
    fn a_timeline_is_the_same_as_if_its_interaction_were_alone(inputs in history()) {
        let of_room = |input: &&Input| match input {
            Input::Event(event) => event.interaction == Id::new(ROOM),
            Input::Offer(offer) => offer.interaction == Id::new(ROOM),
            Input::Gap(_) | Input::Repair(_) => true,
        };
        let alone: Vec<Input> = inputs.iter().filter(of_room).cloned().collect();
        prop_assert_eq!(fed(&inputs).get(&Id::new(ROOM)), fed(&alone).get(&Id::new(ROOM)));
    }

    /// Who was there at a moment is what joins and leaves up to it say.
    #[test]
    fn as_of_any_moment_the_past_decides(inputs in history(), second in 0..14u32) {
        let moment = time(&format!("12:00:{second:02}"));
        for timeline in fed(&inputs).iter() {
            let there: Vec<_> = timeline.present_at(moment).map(seat).collect();
            for stay in timeline.presence.iter().filter(|stay| stay.from.is_some()) {
                let seat = seat(stay);
                let mut here = false;
                let past = timeline.entries.iter().filter(|entry| entry.timestamp <= moment);
                let past = past.filter(|entry| takes_effect(&timeline, entry));
                for entry in past.filter(|entry| (&entry.participant, &entry.channel, entry.session()) == seat) {
                    here = entry.action == PresenceKind::Joined;
                }
                let unknown_start = timeline.presence.iter().any(|other| {
                    other.from.is_none() && self::seat(other) == seat && other.covers(moment)
                });
                prop_assert_eq!(there.contains(&seat), here || unknown_start, "{} at {}", timeline, moment);
            }
        }
    }
}

/// Whose stay it is.
fn seat(stay: &Interval) -> (&Id, &Word, Option<&Id>) {
    (&stay.participant, &stay.channel, stay.session())
}

/// Whether no entry but one has changed; or only those of one communication, of which there is news.
fn is_about_one_seat(delta: &Delta) -> bool {
    let Parts { entries: old, .. } = &delta.retract;
    let mut seats = old
        .iter()
        .chain(&delta.add.entries)
        .map(|entry| (&entry.participant, &entry.channel, entry.session()));
    let first = seats.next();
    let same = seats.all(|seat| Some(seat) == first);
    same && (old.len() <= 1 || first.is_some_and(|(_, _, session)| session.is_some()))
}

/// The anomalies that are of this entry.
fn odd_of<'a>(timeline: &'a Timeline, entry: &'a Entry) -> impl Iterator<Item = &'a AnomalyKind> {
    let of_it = move |odd: &&Anomaly| {
        (odd.at, &odd.participant, &odd.channel, odd.session.as_ref())
            == (entry.timestamp, &entry.participant, &entry.channel, entry.session())
    };
    timeline.anomalies.iter().filter(of_it).map(|odd| &odd.kind)
}

/// Whether the entry is not in quarantine.
fn takes_effect(timeline: &Timeline, entry: &Entry) -> bool {
    odd_of(timeline, entry).all(|kind| match kind {
        AnomalyKind::FutureTime { action } | AnomalyKind::Late { action, quarantined: true } => {
            *action != entry.action
        }
        AnomalyKind::Late { quarantined: false, .. }
        | AnomalyKind::LeftWithoutJoin
        | AnomalyKind::JoinedTwice
        | AnomalyKind::LeftTwice
        | AnomalyKind::Conflict { .. }
        | AnomalyKind::StillOpen => true,
    })
}

/// The event as a server writes it.
fn json(event: &Presence) -> String {
    let Presence { at, kind, interaction, participant, channel, .. } = event;
    let reason =
        event.reason.as_ref().map_or(String::new(), |reason| format!(r#","reason":"{}""#, &**reason));
    format!(
        r#"{{"timestamp":"{at}","type":"{}","interaction":"{interaction}","participant":"{participant}","channel":"{}"{reason}}}"#,
        kind.name(),
        &**channel
    )
}

/// Calls in which everyone who joins leaves, nobody twice at once.
fn whole_calls() -> impl Strategy<Value = Vec<Presence>> {
    let stay = (0..4usize, 0..3usize, 0..5u32, 1..5u32);
    prop::collection::vec(stay, 1..8).prop_map(|stays| {
        let mut events = Vec::new();
        for (n, (who, room, from, length)) in (0..).zip(stays) {
            let (who, room) = (["alice", "bob", "carol", "dave"][who], ["c1", "c2", "c3"][room]);
            let clock = |second| format!("12:{n:02}:{second:02}");
            events.push(joined(&clock(from), who).of(room));
            events.push(left(&clock(from + length), who).of(room));
        }
        events
    })
}

type Watermarks = Vec<(Id, Option<rosterline_core::Timestamp>)>;

fn watermarks(timelines: &Timelines) -> Watermarks {
    let ids = timelines.iter().map(|timeline| timeline.interaction_id);
    ids.map(|id| (id.clone(), timelines.watermark(&id))).collect()
}

/// The events that take effect, of all interactions.
fn effective(timelines: &Timelines) -> Vec<(Id, Entry)> {
    let of = |timeline: Timeline| {
        let entries = timeline.entries.iter().filter(|entry| takes_effect(&timeline, entry));
        entries.map(|entry| (timeline.interaction_id.clone(), told(entry))).collect::<Vec<_>>()
    };
    timelines.iter().flat_map(of).collect()
}

/// What makes an entry the same: neither the reason, nor what is known of its communication.
fn told(entry: &Entry) -> Entry {
    let mut same = Entry { reason: None, ..entry.clone() };
    if let Some(leg) = &mut same.leg {
        let session = leg.session.clone();
        **leg = Communication { session, purpose: None, user: None, queue: None };
    }
    same
}

/// An entry that takes effect since now is late exactly if it lies at or before the watermark.
fn check_late(timeline: &Timeline, marks: &Watermarks, known: &[(Id, Entry)]) -> Result<(), TestCaseError> {
    let id = &timeline.interaction_id;
    let mark = marks.iter().find(|(other, _)| other == id).and_then(|(_, mark)| *mark);
    for entry in timeline.entries.iter().filter(|entry| takes_effect(timeline, entry)) {
        let is_new = !known.contains(&(id.clone(), told(entry)));
        let late = AnomalyKind::Late { action: entry.action, quarantined: false };
        let late = odd_of(timeline, entry).any(|kind| *kind == late);
        let behind = mark.is_some_and(|mark| entry.timestamp <= mark);
        prop_assert!(!is_new || late == behind, "{} {:?}", timeline, mark);
    }
    Ok(())
}
