//! One interaction in its place, and what is known of it besides its events.

use core::time::Duration;

use rosterline_core::{Id, Instant};

use crate::interaction::Interaction;
use crate::packed::Moment;

/// What slots queue for. A slot stands at most once in each, perhaps with a key that is too low by now: it is
/// corrected when its turn comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// Eviction, by touches: every complete slot.
    Complete,
    /// Eviction when none is complete, by touches: every other slot.
    Incomplete,
    /// By time: every complete slot whose window is not closed.
    Closing,
    /// By time: every slot that is final, until its retention is over.
    Leaving,
}

/// An interaction, and what is to be told of it.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) set: Interaction,
    /// It was told to be complete at some time.
    pub(crate) reported: bool,
    pub(crate) tells: Tells,
    pub(crate) complete: bool,
    /// It was found final, and nothing has changed that since.
    pub(crate) closed: bool,
    pub(crate) vacant: bool,
    /// In which [`Line`]s it stands.
    pub(crate) stands: [bool; 4],
    pub(crate) touched: u64,
    /// When its newest event time was heard of.
    pub(crate) heard: Instant,
    /// Up to when no more was expected; before every event as long as more was.
    pub(crate) watermark: Moment,
}

/// The kinds of change that wait to be polled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tells {
    pub(crate) completed: bool,
    pub(crate) amended: bool,
    pub(crate) is_final: bool,
}

impl Slot {
    /// Touched last, until the event that it is made for touches it.
    pub(crate) const fn new(interaction: Id, touches: u64, now: Instant) -> Self {
        Self {
            set: Interaction::new(interaction),
            reported: false,
            tells: Tells { completed: false, amended: false, is_final: false },
            complete: false,
            closed: false,
            vacant: false,
            stands: [false; 4],
            touched: touches + 1,
            heard: now,
            watermark: Moment::DAWN,
        }
    }

    /// Where the slot belongs in a line.
    pub(crate) fn key(&self, line: Line, lateness: Duration, retention: Duration) -> u64 {
        match line {
            Line::Complete | Line::Incomplete => self.touched,
            Line::Closing => (self.heard + lateness).0,
            Line::Leaving => (self.heard + lateness + retention).0,
        }
    }
}
