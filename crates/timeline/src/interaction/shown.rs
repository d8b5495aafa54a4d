//! What is asked of the events of one interaction, and never changes them.

use rosterline_core::{Id, Word};

use super::Interaction;
use crate::leg::Communication;
use crate::offers::Offers;
use crate::packed::{Moment, Packed};
use crate::words::Words;

impl Interaction {
    /// The offers that nobody answered, if there are any.
    pub(crate) fn offers(&self) -> Option<&Offers> {
        self.aside.as_ref().map(|aside| &aside.offers).filter(|offers| !offers.is_empty())
    }

    pub(crate) const fn id(&self) -> &Id {
        &self.id
    }

    /// Whether anything happened, and everyone who joined has left.
    pub(crate) fn is_settled(&self) -> bool {
        self.has_begun() && self.present == 0
    }

    /// Whether anything happened whose time can be: also that nobody answered.
    pub(crate) fn has_begun(&self) -> bool {
        !self.entries.is_empty() || self.offers().is_some()
    }

    /// From the first event to the last, as far as gaps are concerned: without an end on the side where somebody's
    /// join is unknown or somebody is still there, or if nothing is known at all.
    pub(crate) fn span(&self) -> (Moment, Moment) {
        let first = self.entries.first().filter(|_| self.open_starts == 0);
        let last = self.entries.last().filter(|_| self.present == 0);
        (first.map_or(Moment::DAWN, |first| first.moment()), last.map_or(Moment::DUSK, |last| last.moment()))
    }

    /// The events that take effect, in order.
    pub(crate) fn entries(&self) -> &[Packed] {
        &self.entries
    }

    /// The events whose time cannot be, in order. They are kept, and move nothing.
    pub(crate) fn quarantined(&self) -> &[Packed] {
        self.aside.as_ref().map_or(&[], |aside| &aside.strange)
    }

    /// The time of the newest event that takes effect; before every event if there is none.
    pub(crate) fn newest(&self) -> Moment {
        self.entries.last().map_or(Moment::DAWN, |last| last.moment())
    }

    /// The versions that lost a conflict, each with the event that stands.
    pub(crate) fn conflicts<'a>(&'a self, words: &'a Words) -> impl Iterator<Item = (Packed, Packed)> + 'a {
        self.losers().iter().filter_map(|&loser| Some((loser, self.at(self.find(loser, words).ok()?))))
    }

    pub(crate) fn seat_count(&self) -> usize {
        self.seats.len()
    }

    /// Whether an event that takes effect belongs to the seat.
    pub(crate) fn is_used(&self, seat: u32) -> bool {
        self.seats.get(seat).first.is_some()
    }

    pub(crate) fn seat_participant(&self, seat: u32) -> &Id {
        &self.seats.get(seat).participant
    }

    /// What is known of the seat's communication.
    pub(crate) fn seat_communication(&self, seat: u32) -> Option<&Communication> {
        self.seats.get(seat).communication()
    }

    /// How much is known of all communications.
    pub(crate) fn communication_facts(&self) -> u64 {
        (0..self.seats.len() as u32).map(|seat| self.seats.get(seat).facts()).sum()
    }

    pub(crate) fn communication(&self, event: Packed) -> Option<&Communication> {
        self.seat_communication(event.seat())
    }

    pub(crate) fn session(&self, event: Packed) -> Option<&Id> {
        self.seats.get(event.seat()).session()
    }

    pub(crate) fn participant(&self, event: Packed) -> &Id {
        self.seat_participant(event.seat())
    }

    pub(crate) fn channel<'a>(&'a self, event: Packed, words: &'a Words) -> &'a Word {
        self.text(self.seats.get(event.seat()).channel, words)
    }

    pub(crate) fn reason<'a>(&'a self, event: Packed, words: &'a Words) -> Option<&'a Word> {
        event.reason().map(|word| self.text(word, words))
    }
}
