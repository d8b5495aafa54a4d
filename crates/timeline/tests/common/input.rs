//! Whatever can be put into timelines, and random histories of it.

use proptest::prelude::*;
use rosterline_core::{Gap, GapId, Id, Leg, Offer, Presence, Source, Word};
use rosterline_timeline::Timelines;

use super::{With, gap, joined, left, overflow, time};

#[derive(Clone, Debug)]
pub(crate) enum Input {
    Event(Presence),
    Offer(Offer),
    Gap(Gap),
    Repair(u64),
}

impl Input {
    pub(crate) fn feed(&self, timelines: &mut Timelines) {
        match self {
            Self::Event(event) => {
                timelines.apply(event);
            }
            Self::Offer(offer) => {
                timelines.unanswered(offer);
            }
            Self::Gap(gap) => timelines.gap(gap),
            Self::Repair(id) => timelines.repaired(GapId(*id)),
        }
    }
}

/// An event of three interactions, three participants and two channels within a quarter of a minute: they meet often. Some are
/// received as if their time could not be.
pub(crate) fn event() -> impl Strategy<Value = Presence> {
    let who = prop::sample::select(vec!["alice", "bob", "0195b2b0-0000-7000-8000-000000000001"]);
    let why = prop::sample::select(vec![None, None, None, Some("transfer"), Some("peer")]);
    (
        any::<bool>(),
        0..12u32,
        0..4usize,
        who,
        why,
        prop::sample::select(vec!["voice", "chat"]),
        0..12u8,
        0..3u8,
        leg(),
    )
        .prop_map(|(join, second, digits, who, why, channel, seen, room, leg)| {
            let fraction = ["", ".0", ".00", ".000"][digits];
            let clock = format!("12:00:{second:02}{fraction}");
            let event = if join { joined(&clock, who) } else { left(&clock, who) };
            let event = event.on(channel).of(["c1", "c1", "c2"][usize::from(room)]);
            let event = why.map_or(event.clone(), |why| event.because(why));
            let event = Presence { leg, ..event };
            match seen {
                0 => event.received("11:50:00"),
                1 => event.received("2044-05-01T12:00:00Z"),
                _ => event,
            }
        })
}

/// Somebody of those did not answer, or somebody else; what is said of it differs.
fn offer() -> impl Strategy<Value = Offer> {
    let rang = prop::option::of(0..4u32);
    (event(), leg().prop_filter_map("an offer has a communication", |leg| leg), rang).prop_map(
        |(event, leg, rang)| Offer {
            from: rang.map(|second| time(&format!("12:00:{second:02}"))),
            to: event.reason.is_some().then_some(event.at),
            interaction: event.interaction,
            participant: event.participant,
            channel: event.channel,
            reason: event.reason,
            leg,
            received: event.received,
        },
    )
}

/// None, as a rule; else one of few communications, of which not all say the same.
fn leg() -> impl Strategy<Value = Option<Box<Leg>>> {
    let word = prop::sample::select(vec!["agent", "user", "customer", "acd", ""]);
    let source = prop::sample::select(vec![Source::Snapshot, Source::Detail, Source::Backfill]);
    let id = |ids: [&'static str; 2]| prop::option::of(prop::sample::select(ids.to_vec()));
    let leg = (prop::sample::select(vec!["s1", "s2"]), word, id(["u1", "u2"]), id(["q1", "q2"]), source);
    prop::option::weighted(
        0.5,
        leg.prop_map(|(session, purpose, user, queue, source)| {
            Box::new(Leg {
                session: Id::new(session),
                purpose: Word::from(purpose),
                user: user.map(Id::new),
                queue: queue.map(Id::new),
                source,
            })
        }),
    )
}

/// An event of the `stream` dialect, which knows no communications.
pub(crate) fn plain_event() -> impl Strategy<Value = Presence> {
    event().prop_map(|event| Presence { leg: None, ..event })
}

/// Events, offers, gaps over them, and repairs of some of the gaps.
pub(crate) fn history() -> impl Strategy<Value = Vec<Input>> {
    let gaps = prop::collection::vec((0..14u32, 0..6u32, 0..4u8, any::<bool>()), 0..4).prop_map(|gaps| {
        let mut inputs = Vec::new();
        for (id, (from, length, scope, repaired)) in (1..).zip(gaps) {
            let (from, to) = (format!("12:00:{from:02}"), format!("12:00:{:02}", from + length));
            inputs.push(Input::Gap(match scope {
                0 => overflow(id, &from, &to, &["c1"]),
                1 => overflow(id, &from, &to, &["c2", "c3"]),
                2 => Gap { dropped: 2, ..gap(id, &from, &to) },
                _ => gap(id, &from, &to),
            }));
            if repaired {
                inputs.push(Input::Repair(id));
            }
        }
        inputs
    });
    let told = prop_oneof![8 => event().prop_map(Input::Event), 1 => offer().prop_map(Input::Offer)];
    (prop::collection::vec(told, 1..24), gaps).prop_map(|(told, gaps)| told.into_iter().chain(gaps).collect())
}

/// A history, and the same in another order with some of it repeated.
pub(crate) fn history_and_another() -> impl Strategy<Value = (Vec<Input>, Vec<Input>)> {
    history().prop_flat_map(|inputs| {
        let again = prop::sample::subsequence(inputs.clone(), 0..=inputs.len());
        let other = again.prop_map({
            let inputs = inputs.clone();
            move |again| inputs.iter().cloned().chain(again).collect::<Vec<_>>()
        });
        (Just(inputs), other.prop_shuffle())
    })
}
