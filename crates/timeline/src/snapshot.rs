//! One timeline as it stands: owned, comparable, and with the feature `serde` the tool's `timeline` line.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rosterline_core::{GapCause, GapId, Id, PresenceKind, Timestamp, Word};

#[cfg(feature = "serde")]
use crate::json;
use crate::{Communication, Figures};

/// The timeline of one interaction: everything in it is derived from the set of events and gaps, and from nothing else.
///
/// All times are event times in UTC, with as many fraction digits as the event was written with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Timeline {
    /// Which interaction.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub interaction_id: Id,
    /// How much is known: it counts the events, the other versions and writings of them, the gaps that can concern
    /// the interaction, and their repairs. Grows with every change; the same set has the same revision.
    pub revision: u64,
    /// Whether everyone who joined has left, and no open gap touches the interaction.
    pub complete: bool,
    /// The events, in the order of time, join before leave, participant, channel, communication.
    pub entries: Vec<Entry>,
    /// Who was there from when to when, in the order of the start.
    pub presence: Vec<Interval>,
    /// Who was asked and did not answer, in the order of time; only in the `notifications` dialect.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub unanswered: Vec<Unanswered>,
    /// What does not fit together, in the order of time.
    pub anomalies: Vec<Anomaly>,
    /// The gaps that touch the interaction, in the order of their numbers.
    pub gaps: Vec<GapMark>,
    /// The newest event time, not counting events in quarantine. `None` if there are no others.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::maybe"))]
    pub last_updated: Option<Timestamp>,
    /// What can be counted and measured.
    pub figures: Figures,
}

/// One event of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Entry {
    /// When it happened.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub timestamp: Timestamp,
    /// Join or leave.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::action"))]
    pub action: PresenceKind,
    /// Who.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub participant: Id,
    /// On which medium.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub channel: Word,
    /// Why, if the server said so.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "json::maybe", skip_serializing_if = "Option::is_none")
    )]
    pub reason: Option<Word>,
    /// In which communication; only in the `notifications` dialect.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub leg: Option<Box<Communication>>,
}

/// One stay of one participant on one channel. In the `notifications` dialect each communication has its own, so a
/// participant who has two at once is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Interval {
    /// Who.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub participant: Id,
    /// On which medium.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub channel: Word,
    /// The join; `None` if only the leave is known.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::maybe"))]
    pub from: Option<Timestamp>,
    /// The leave; `None` if the participant is still there.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::maybe"))]
    pub to: Option<Timestamp>,
    /// Whether an open gap touches the stay, so that it may have had an interruption or another end.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    pub uncertain: bool,
    /// The communication; only in the `notifications` dialect.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub leg: Option<Box<Communication>>,
}

/// A communication that rang and ended before anybody answered. It is no presence: nobody joined and nobody left. It
/// vanishes when an event of the communication arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Unanswered {
    /// Who.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub participant: Id,
    /// On which medium.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub channel: Word,
    /// Since when it rang, if that is known.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::maybe"))]
    pub from: Option<Timestamp>,
    /// Until when, if that is known.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::maybe"))]
    pub to: Option<Timestamp>,
    /// Why it ended, if the service said so.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "json::maybe", skip_serializing_if = "Option::is_none")
    )]
    pub reason: Option<Word>,
    /// The communication.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub leg: Box<Communication>,
}

/// Something in the events of one participant that does not fit together. It vanishes when the missing event arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Anomaly {
    /// What does not fit.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub kind: AnomalyKind,
    /// Whose events.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub participant: Id,
    /// On which medium.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub channel: Word,
    /// In which communication; only in the `notifications` dialect.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "json::maybe", skip_serializing_if = "Option::is_none")
    )]
    pub session: Option<Id>,
    /// The time of the event that does not fit; for [`AnomalyKind::StillOpen`] the start of the stay.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub at: Timestamp,
}

/// Whose it is: a participant on a channel, in one communication if there are such.
type Seat<'a> = (&'a Id, &'a Word, Option<&'a Id>);

impl Entry {
    /// The communication that it is of; only in the `notifications` dialect.
    #[must_use]
    pub fn session(&self) -> Option<&Id> {
        self.leg.as_ref().map(|leg| &leg.session)
    }

    pub(crate) fn seat(&self) -> Seat<'_> {
        (&self.participant, &self.channel, self.session())
    }
}

impl Interval {
    /// The communication that it is of; only in the `notifications` dialect.
    #[must_use]
    pub fn session(&self) -> Option<&Id> {
        self.leg.as_ref().map(|leg| &leg.session)
    }

    pub(crate) fn seat(&self) -> Seat<'_> {
        (&self.participant, &self.channel, self.session())
    }
}

impl Unanswered {
    pub(crate) fn seat(&self) -> Seat<'_> {
        (&self.participant, &self.channel, Some(&self.leg.session))
    }
}

impl Anomaly {
    pub(crate) fn seat(&self) -> Seat<'_> {
        (&self.participant, &self.channel, self.session.as_ref())
    }
}

/// What does not fit. The order is the one in which anomalies of the same time are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "type", rename_all = "kebab-case"))]
pub enum AnomalyKind {
    /// A leave without a join before it: the stay has an open start.
    LeftWithoutJoin,
    /// A join of somebody who is there already: the stay keeps its first start.
    JoinedTwice,
    /// A leave right after a leave: the first one ended the stay.
    LeftTwice,
    /// The same event was told with another reason as well.
    Conflict {
        /// Join or leave.
        #[cfg_attr(feature = "serde", serde(serialize_with = "json::action"))]
        action: PresenceKind,
        /// The reason of the version that does not stand; `None` if it had none.
        #[cfg_attr(feature = "serde", serde(serialize_with = "json::maybe"))]
        other: Option<Word>,
    },
    /// The event lies too far ahead of the time it was received. It is kept, and moves nothing.
    FutureTime {
        /// Join or leave.
        #[cfg_attr(feature = "serde", serde(serialize_with = "json::action"))]
        action: PresenceKind,
    },
    /// The event came behind the [watermark](crate::Timelines::watermark), when its timeline had been final; it has its place
    /// all the same. Or it lies too far behind the time it was received, as what unset clocks tell; then it is kept, and
    /// moves nothing.
    Late {
        /// Join or leave.
        #[cfg_attr(feature = "serde", serde(serialize_with = "json::action"))]
        action: PresenceKind,
        /// Whether it moves nothing.
        quarantined: bool,
    },
    /// Somebody is still there in the last state of the timeline.
    StillOpen,
}

impl AnomalyKind {
    /// The name in the tool's output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LeftWithoutJoin => "left-without-join",
            Self::JoinedTwice => "joined-twice",
            Self::LeftTwice => "left-twice",
            Self::Conflict { .. } => "conflict",
            Self::FutureTime { .. } => "future-time",
            Self::Late { .. } => "late",
            Self::StillOpen => "still-open",
        }
    }
}

/// A gap as it lies in a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GapMark {
    /// Its number.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::gap_id"))]
    pub id: GapId,
    /// How it came about.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::cause"))]
    pub cause: GapCause,
    /// Where it starts.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub from: Timestamp,
    /// Where it ends.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub to: Timestamp,
    /// Events known to be lost; 0 where nobody can know.
    pub dropped: u64,
    /// Whether a recovery source has told what was missed. Only an open gap keeps a timeline from being complete.
    pub repaired: bool,
}
