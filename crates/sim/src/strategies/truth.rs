//! Who comes and goes: single events, whole interactions, and several of them at once.

use std::time::Duration;

use proptest::prelude::*;
use rosterline_core::{Id, Instant, Presence, PresenceKind, Timestamp, UnixMillis, Word};

use crate::{Clock, Fact};

/// Few enough that events meet, and a UUID among them, which is held in another way than other text. Proptest
/// makes a case simpler by going towards the first.
const INTERACTIONS: [&str; 3] = ["c1", "c2", "0195b2b0-0000-7000-8000-0000000000c3"];
const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "0195b2b0-0000-7000-8000-00000000000d"];
const CHANNELS: [&str; 3] = ["voice", "chat", "video"];
const REASONS: [Option<&str>; 5] = [None, None, None, Some("transfer"), Some("client")];

/// Events lie on a raster of their own, in ms: what happens to connections is timed in whole [`TICK`]s, and an event
/// lies in the middle of one. So it is never in doubt which came first.
const TICK: i64 = 10;
const MIDDLE: i64 = TICK / 2;

/// Any join or leave within a minute. Several of them may contradict each other, as what comes from a
/// network can; [`truth`] does not.
pub fn presence() -> impl Strategy<Value = Presence> {
    (any::<bool>(), 0..6_000i64, 0..INTERACTIONS.len(), 0..PEOPLE.len(), reason()).prop_map(
        |(left, tick, interaction, who, reason)| {
            let kind = if left { PresenceKind::Left } else { PresenceKind::Joined };
            event(tick, kind, interaction, who, reason)
        },
    )
}

/// One interaction from its first event to its last, in order of time: everyone who joins leaves, some more than
/// once.
pub fn interaction() -> impl Strategy<Value = Vec<Presence>> {
    prop::collection::vec(a_move(1), 1..12).prop_map(|moves| Script { moves, goes_on: [false; 3] }.events())
}

/// Up to three interactions at once, in order of time. Several people can come and go at the same moment, but nobody joins
/// twice or leaves without having joined; at the end everyone has left, or the interaction goes on.
pub fn truth() -> impl Strategy<Value = Vec<Presence>> {
    (prop::collection::vec(a_move(INTERACTIONS.len()), 1..24), goes_on())
        .prop_map(|(moves, goes_on)| Script { moves, goes_on }.events())
}

/// What happens, as moves. Any of them can be left out and the rest still makes sense: by that, proptest finds short
/// histories.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) moves: Vec<Move>,
    /// For each interaction, whether it has no end yet.
    pub(super) goes_on: [bool; 3],
}

/// Somebody comes if absent, and goes if present.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    interaction: usize,
    who: usize,
    /// So many ticks after the move before.
    pause: i64,
    /// At the same moment as the move before instead, unless it is of the same person.
    at_once: bool,
    reason: Option<&'static str>,
}

pub(super) fn any_move() -> impl Strategy<Value = Move> {
    a_move(INTERACTIONS.len())
}

pub(super) fn goes_on() -> impl Strategy<Value = [bool; 3]> {
    prop::array::uniform3(prop::bool::weighted(0.2))
}

/// A move in one of the first so many interactions. Mostly they follow each other quickly; a pause of half a minute
/// is long enough for a heartbeat.
fn a_move(interactions: usize) -> impl Strategy<Value = Move> {
    let pause = prop_oneof![8 => 1..50i64, 2 => 50..4_000i64];
    let at_once = prop::bool::weighted(0.15);
    (0..interactions, 0..PEOPLE.len(), pause, at_once, reason()).prop_map(
        |(interaction, who, pause, at_once, reason)| Move { interaction, who, pause, at_once, reason },
    )
}

fn reason() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(&REASONS[..])
}

impl Script {
    /// The events: one for each move, then the leaves of the interactions that end, one after the other.
    pub(super) fn events(&self) -> Vec<Presence> {
        self.events_with_origins().into_iter().map(|(_, event)| event).collect()
    }

    /// The events, each with the move that it comes from: what is to become of an event is said there, so that it stays
    /// with it when other moves are left out.
    pub(super) fn events_with_origins(&self) -> Vec<(Origin, Presence)> {
        let (mut tick, mut events) = (0, Vec::new());
        // Who is where, by which move; and who comes or goes at this moment.
        let mut present: Vec<(usize, usize, usize)> = Vec::new();
        let mut moving: Vec<(usize, usize)> = Vec::new();
        for (number, Move { interaction, who, pause, at_once, reason }) in
            self.moves.iter().copied().enumerate()
        {
            if !at_once || moving.is_empty() || moving.contains(&(interaction, who)) {
                tick += pause;
                moving.clear();
            }
            moving.push((interaction, who));
            let here = present.iter().position(|seat| (seat.0, seat.1) == (interaction, who));
            let kind = if here.is_some() { PresenceKind::Left } else { PresenceKind::Joined };
            match here {
                Some(here) => drop(present.remove(here)),
                None => present.push((interaction, who, number)),
            }
            events.push((Origin::Move(number), event(tick, kind, interaction, who, reason)));
        }
        for (interaction, who, number) in present.into_iter().filter(|seat| !self.goes_on[seat.0]) {
            tick += 1;
            events.push((Origin::End(number), event(tick, PresenceKind::Left, interaction, who, None)));
        }
        events
    }
}

/// Where an event of a [`Script`] comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    /// From this move.
    Move(usize),
    /// It is the end of the stay that this move began.
    End(usize),
}

fn event(
    tick: i64,
    kind: PresenceKind,
    interaction: usize,
    who: usize,
    reason: Option<&'static str>,
) -> Presence {
    let at = UnixMillis(Clock::DAWN.0 + tick * TICK + MIDDLE);
    Presence {
        at: at.into(),
        kind,
        interaction: Id::new(INTERACTIONS[interaction]),
        participant: Id::new(PEOPLE[who]),
        channel: Word::from(CHANNELS[interaction]),
        reason: reason.map(Word::from),
        leg: None,
        arrived: Instant::ZERO,
        received: at.after(Duration::from_millis(40)),
    }
}

/// The end of the tick that an event lies in: nothing else happens until then.
pub(super) fn end_of_tick(at: Timestamp) -> UnixMillis {
    UnixMillis((at.unix_millis().0.div_euclid(TICK) + 1) * TICK)
}

/// The event as a server tells it.
pub(super) fn fact(event: &Presence) -> Fact {
    Fact {
        at: event.at,
        kind: event.kind.name().into(),
        interaction: event.interaction.clone(),
        participant: event.participant.clone(),
        channel: event.channel.clone(),
        reason: event.reason.clone(),
    }
}

/// Whether two events tell the same, whenever and from wherever they came.
pub(super) fn is_same(one: &Presence, other: &Presence) -> bool {
    (one.at, one.kind, &one.interaction, &one.participant)
        == (other.at, other.kind, &other.interaction, &other.participant)
        && (&one.channel, &one.reason) == (&other.channel, &other.reason)
}
