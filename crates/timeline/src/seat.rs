//! A participant on a channel, within one interaction.

use alloc::boxed::Box;

use rosterline_core::{Id, Leg, PresenceKind};

use crate::intern::{self, Named};
use crate::leg::{Communication, Told};

/// A participant on a channel, in one communication if the events name it: joins and leaves alternate here. Its first and
/// its last event decide what it adds to the completeness of the interaction, whatever lies between.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) participant: Id,
    /// The number of the channel's word.
    pub(crate) channel: u32,
    pub(crate) first: Option<PresenceKind>,
    pub(crate) last: Option<PresenceKind>,
    /// Boxed: the `stream` dialect has none.
    leg: Option<Box<Told>>,
}

impl Seat {
    pub(crate) fn new(participant: Id, channel: u32, session: Option<&Id>) -> Self {
        let leg = session.map(|session| Box::new(Told::of(session.clone())));
        Self { participant, channel, first: None, last: None, leg }
    }

    /// Whether its last event is a join.
    pub(crate) fn is_present(&self) -> bool {
        self.last == Some(PresenceKind::Joined)
    }

    /// Whether its first event is a leave.
    pub(crate) fn has_open_start(&self) -> bool {
        self.first == Some(PresenceKind::Left)
    }

    pub(crate) fn session(&self) -> Option<&Id> {
        self.communication().map(|leg| &leg.session)
    }

    pub(crate) fn communication(&self) -> Option<&Communication> {
        self.leg.as_deref().map(Told::stands)
    }

    /// How much is known of its communication.
    pub(crate) fn facts(&self) -> u64 {
        self.leg.as_ref().map_or(0, |told| told.facts())
    }

    /// Whether it can hear of its communication again.
    pub(crate) fn has_room(&self) -> bool {
        self.leg.as_ref().is_none_or(|told| told.has_room())
    }

    /// Takes what a leg of its communication says; whether that was news.
    pub(crate) fn hear(&mut self, leg: &Leg) -> bool {
        self.leg.as_mut().is_some_and(|told| told.hear(leg))
    }

    pub(crate) fn hash(participant: &Id, channel: u32, session: Option<&Id>) -> u64 {
        intern::hash((participant, channel, session))
    }
}

impl Named for Seat {
    fn name_hash(&self) -> u64 {
        Self::hash(&self.participant, self.channel, self.session())
    }
}
