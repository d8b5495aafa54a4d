//! Holes in what was received: never silent, always bounded, closed only by a repair.

use alloc::collections::BTreeSet;

use crate::{Id, Timestamp};

/// The number of a gap, unique within its session, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GapId(pub u64);

/// A span of event time in which events may be missing (docs/stream.md, sections 6 and 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its number.
    pub id: GapId,
    /// How it came about.
    pub cause: GapCause,
    /// Where it starts: nothing up to here is missing.
    pub from: Timestamp,
    /// Where it ends. Never before [`from`](Self::from).
    pub to: Timestamp,
    /// Events known to be lost; 0 where nobody can know.
    pub dropped: u64,
    /// The interactions that it can concern.
    pub scope: Scope,
}

/// Why events may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapCause {
    /// The connection was lost and made again.
    Reconnect,
    /// The process was not running.
    Restart,
    /// The connection was lost, and the session ended before there was another.
    Ended,
    /// The buffer was full and its policy dropped events.
    Overflow,
    /// The session was closed and the application did not take the rest in time.
    Shutdown,
}

impl GapCause {
    /// The name in the tool's output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reconnect => "reconnect",
            Self::Restart => "restart",
            Self::Ended => "ended",
            Self::Overflow => "overflow",
            Self::Shutdown => "shutdown",
        }
    }
}

/// Which interactions a gap can concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Any: nobody knows what was missed.
    All,
    /// Only these: the events were seen before they were dropped.
    Only(BTreeSet<Id>),
}

impl Scope {
    /// A larger set is widened to [`Scope::All`], so that a gap stays small (24 KiB of identifiers).
    pub const MOST: usize = 1024;

    /// Whether the gap can concern `interaction`.
    #[must_use]
    pub fn covers(&self, interaction: &Id) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(interaction),
        }
    }

    /// Adds one interaction.
    pub fn add(&mut self, interaction: &Id) {
        if let Self::Only(ids) = self {
            if !ids.contains(interaction) {
                ids.insert(interaction.clone());
            }
            if ids.len() > Self::MOST {
                *self = Self::All;
            }
        }
    }
}

/// The end of a gap: a recovery source has told what was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The gap that is closed, as it was reported.
    pub gap: Gap,
    /// Events that the source brought and that were not known before.
    pub recovered: u64,
}
