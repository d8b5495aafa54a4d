//! What can be put into timelines, out of bytes.

use std::collections::BTreeSet;

use rosterline_core::{
    Gap, GapCause, GapId, Id, Instant, Leg, Offer, Presence, PresenceKind, Scope, Timestamp, Word,
};

use crate::source::Source;

/// An input, as the model knows it.
#[derive(Clone, Debug)]
pub(super) enum Input {
    Event(Presence),
    Offer(Offer),
    Gap(Gap),
    Repair(u64),
}

const ROOMS: [&str; 4] = ["c1", "c2", "9b2c1f0e-1111-4222-8333-444455556666", "c4"];
const PEOPLE: [&str; 4] = ["anna", "bob", "", "0195b2b0-0000-7000-8000-000000000001"];
const CHANNELS: [&str; 4] = ["voice", "chat", "a channel whose name is stored somewhere else", ""];
const REASONS: [Option<&str>; 4] = [None, Some("transfer"), Some("peer"), Some("")];
/// 2024-05-01T12:00:00Z.
const NOON: i64 = 1_714_564_800;

impl Input {
    /// Three bytes are an event, behind one that says which; with some, an offer, a gap or a repair. `None` at the end.
    pub(super) fn read(source: &mut Source<'_>) -> Option<Self> {
        Some(match source.byte()? & 15 {
            13 => Self::Offer(offer(source)),
            14 => Self::Gap(gap(source)),
            15 => Self::Repair(u64::from(source.below(16))),
            what => Self::Event(event(source, what)),
        })
    }
}

/// An event within half a minute; some are received as if their time could not be.
fn event(source: &mut Source<'_>, what: u8) -> Presence {
    let (who, when) = (source.byte().unwrap_or(0), source.byte().unwrap_or(0));
    let at = time(when);
    let received = match what >> 1 {
        6 => NOON + 4000 * 86_400,
        5 => NOON - 3600,
        _ => NOON,
    };
    Presence {
        at,
        kind: if what & 1 == 0 { PresenceKind::Joined } else { PresenceKind::Left },
        interaction: Id::new(ROOMS[usize::from(who & 3)]),
        participant: Id::new(PEOPLE[usize::from(who >> 2 & 3)]),
        channel: Word::from(CHANNELS[usize::from(who >> 4 & 3)]),
        reason: REASONS[usize::from(who >> 6)].map(Word::from),
        leg: None,
        arrived: Instant::ZERO,
        received: Timestamp::from_unix(received, 0).unix_millis(),
    }
}

/// An event whose participant did not answer. Who it is says what is known of its times.
fn offer(source: &mut Source<'_>) -> Offer {
    let event = event(source, 0);
    let knows = source.byte().unwrap_or(0);
    let session = if knows & 1 == 0 { "s1" } else { "s2" };
    Offer {
        from: (knows & 2 == 0).then_some(event.at),
        to: (knows & 4 == 0).then(|| time(knows)),
        interaction: event.interaction,
        participant: event.participant,
        channel: event.channel,
        reason: event.reason,
        leg: Box::new(Leg {
            session: Id::new(session),
            purpose: Word::from(""),
            user: None,
            queue: None,
            source: rosterline_core::Source::Snapshot,
        }),
        received: event.received,
    }
}

/// Sixteen seconds and halves of them, each with four numbers of fraction digits; two lie where no calendar reaches.
fn time(when: u8) -> Timestamp {
    let (second, nanos) = (NOON + i64::from(when & 15), u32::from(when >> 4 & 1) * 500_000_000);
    match when {
        0xfe => Timestamp::parse("0000-01-01T00:00:00+23:59").expect("RFC 3339"),
        0xff => Timestamp::parse("9999-12-31T23:59:59.999999999-23:59").expect("RFC 3339"),
        _ => Timestamp::from_unix(second, nanos).with_digits([0, 1, 3, 9][usize::from(when >> 5 & 3)]),
    }
}

/// A gap. Its number says everything else of it but its place: a number names one gap.
fn gap(source: &mut Source<'_>) -> Gap {
    let id = source.below(16);
    let rooms = |rooms: &[usize]| {
        Scope::Only(rooms.iter().map(|room| Id::new(ROOMS[*room])).collect::<BTreeSet<_>>())
    };
    let from = time(id.wrapping_mul(7) & 31);
    let to = from.max(time(id.wrapping_mul(13) & 31));
    let (cause, dropped, scope) = match id & 3 {
        0 => (GapCause::Reconnect, 0, Scope::All),
        1 => (GapCause::Overflow, 1, rooms(&[0])),
        2 => (GapCause::Overflow, 3, rooms(&[1, 2])),
        _ => (GapCause::Ended, 0, rooms(&[0, 3])),
    };
    Gap { id: GapId(u64::from(id)), cause, from, to, dropped, scope }
}
