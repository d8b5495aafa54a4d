//! What the book tells about a report.

use alloc::boxed::Box;

use crate::wire::Stamp;
use crate::{Leg, Offer, Place, Presence, PresenceKind, Reason, Timestamp, Word};

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

/// The word for what nobody has said.
const UNKNOWN: Word = Word::constant("unknown");

pub(super) fn presence(
    key: &Key,
    seat: &Seat,
    (kind, at, reason): (PresenceKind, Timestamp, Option<Word>),
    said: &Statement,
    stamp: Stamp,
) -> Presence {
    Presence {
        at,
        kind,
        interaction: key.conversation.clone(),
        participant: key.participant.clone(),
        channel: seat.channel.clone().unwrap_or(UNKNOWN),
        reason,
        leg: Some(Box::new(leg(key, seat, said))),
        arrived: stamp.arrived,
        received: stamp.received,
    }
}

pub(super) fn offer(key: &Key, seat: &Seat, said: &Statement, stamp: Stamp) -> Offer {
    let to = match said.left {
        Some(Moment::At(at)) => Some(at),
        Some(Moment::Now | Moment::Earlier) | None => None,
    };
    Offer {
        interaction: key.conversation.clone(),
        participant: key.participant.clone(),
        channel: seat.channel.clone().unwrap_or(UNKNOWN),
        from: seat.offered,
        to,
        reason: said.reason.clone(),
        leg: Box::new(leg(key, seat, said)),
        received: stamp.received,
    }
}

fn leg(key: &Key, seat: &Seat, said: &Statement) -> Leg {
    Leg {
        session: key.session.clone(),
        purpose: seat.purpose.clone().unwrap_or(UNKNOWN),
        user: seat.user.clone(),
        queue: seat.queue.clone(),
        source: said.account.source(),
    }
}
