//! What a source says about one session of one participant, whatever its shape was.

use crate::{Id, Place, Reason, Source, Timestamp, Word};

/// Something that makes statements: a snapshot, a detail event, an answer of the REST API.
pub(crate) trait Report {
    /// Reads it, and calls `each` with every statement in it, or with what is wrong in its place. What is wrong in one
    /// place costs its neighbours nothing.
    fn read(&self, each: &mut dyn FnMut(Result<Statement, Wrong>));
}

/// What is wrong with a part of a report, and where.
pub(crate) type Wrong = (Reason, Place);

/// What is said about one session (docs/notifications.md, section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) conversation: Id,
    pub(crate) participant: Id,
    /// The communication. A media topic names none: a participant has only one there.
    pub(crate) session: Option<Id>,
    pub(crate) channel: Option<Word>,
    pub(crate) purpose: Option<Word>,
    pub(crate) user: Option<Id>,
    pub(crate) queue: Option<Id>,
    /// When it began to ring.
    pub(crate) offered: Option<Timestamp>,
    /// That it was connected. Without it the source knows of no connection.
    pub(crate) joined: Option<Moment>,
    /// That it is over.
    pub(crate) left: Option<Moment>,
    /// Why it is over, in the snapshots' spelling.
    pub(crate) reason: Option<Word>,
    pub(crate) account: Account,
}

/// When something happened, as far as a source says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At this time.
    At(Timestamp),
    /// It is so now, and nobody says since when: the time of reception stands in.
    Now,
    /// Some time ago, nobody says when.
    Earlier,
}

/// What kind of report a statement stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// A snapshot, from a topic.
    Snapshot,
    /// A detail event.
    Detail,
    /// A conversation, from the REST API: a snapshot that was asked for.
    Conversation,
    /// An answer of the analytics.
    Analytics,
}

impl Account {
    /// What the application is told about it.
    pub(crate) const fn source(self) -> Source {
        match self {
            Self::Snapshot => Source::Snapshot,
            Self::Detail => Source::Detail,
            Self::Conversation | Self::Analytics => Source::Backfill,
        }
    }

    /// Whether it is a snapshot, whose times win over those of detail events (section 3).
    pub(crate) const fn is_snapshot(self) -> bool {
        match self {
            Self::Snapshot | Self::Conversation => true,
            Self::Detail | Self::Analytics => false,
        }
    }
}
