//! What the book tells about a report.

use alloc::boxed::Box;

use crate::wire::Stamp;
use crate::{Id, Leg, Place, Presence, PresenceKind, Reason, Timestamp, Word};

use super::book::Key;
use super::seat::Seat;
use super::statement::{Moment, Statement};

/// What is to be told about a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// A join or a leave that was not known.
    New(Presence),
    /// A join or a leave that was.
    Known,
    /// Somebody did not answer. Once for each session.
    Missed(Offer),
    /// A part that could not be understood. Its neighbours are unharmed.
    Rejected {
        /// What is wrong.
        reason: Reason,
        /// Where.
        place: Place,
    },
}

/// A session that ended before it was connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) conversation: Id,
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) channel: Word,
    pub(crate) purpose: Word,
    pub(crate) user: Option<Id>,
    pub(crate) queue: Option<Id>,
    /// Since when it rang, if that is known.
    pub(crate) at: Option<Timestamp>,
    /// Until when, if that is known.
    pub(crate) ended: Option<Timestamp>,
    /// Why it ended, in the snapshots' spelling.
    pub(crate) reason: Option<Word>,
}

/// The word for what nobody has said.
const UNKNOWN: Word = Word::constant("unknown");

pub(super) fn presence(
    key: &Key,
    seat: &Seat,
    kind: PresenceKind,
    at: Timestamp,
    said: &Statement,
    stamp: Stamp,
) -> Presence {
    Presence {
        at,
        kind,
        interaction: key.conversation.clone(),
        participant: key.participant.clone(),
        channel: seat.channel.clone().unwrap_or(UNKNOWN),
        reason: said.reason.clone().filter(|_| kind == PresenceKind::Left),
        leg: Some(Box::new(Leg {
            session: key.session.clone(),
            purpose: seat.purpose.clone().unwrap_or(UNKNOWN),
            user: seat.user.clone(),
            queue: seat.queue.clone(),
            source: said.account.source(),
        })),
        arrived: stamp.arrived,
        received: stamp.received,
    }
}

pub(super) fn offer(key: Key, seat: &Seat, said: &Statement) -> Offer {
    let ended = match said.left {
        Some(Moment::At(at)) => Some(at),
        Some(Moment::Now | Moment::Earlier) | None => None,
    };
    Offer {
        conversation: key.conversation,
        participant: key.participant,
        session: key.session,
        channel: seat.channel.clone().unwrap_or(UNKNOWN),
        purpose: seat.purpose.clone().unwrap_or(UNKNOWN),
        user: seat.user.clone(),
        queue: seat.queue.clone(),
        at: seat.offered,
        ended,
        reason: said.reason.clone(),
    }
}
