//! A participant on a channel, within one interaction.

use rosterline_core::{Id, PresenceKind};

use crate::intern::{self, Named};

/// A participant on a channel: joins and leaves alternate here. Its first and its last event decide what it adds to
/// the completeness of the interaction, whatever lies between.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) participant: Id,
    /// The number of the channel's word.
    pub(crate) channel: u32,
    pub(crate) first: Option<PresenceKind>,
    pub(crate) last: Option<PresenceKind>,
}

impl Seat {
    pub(crate) const fn new(participant: Id, channel: u32) -> Self {
        Self { participant, channel, first: None, last: None }
    }

    /// Whether its last event is a join.
    pub(crate) fn is_present(&self) -> bool {
        self.last == Some(PresenceKind::Joined)
    }

    /// Whether its first event is a leave.
    pub(crate) fn has_open_start(&self) -> bool {
        self.first == Some(PresenceKind::Left)
    }

    pub(crate) fn hash(participant: &Id, channel: u32) -> u64 {
        intern::hash((participant, channel))
    }
}

impl Named for Seat {
    fn name_hash(&self) -> u64 {
        Self::hash(&self.participant, self.channel)
    }
}
