//! Whatever a session says, given to timelines.

use rosterline_core::Event;

use crate::{Applied, Timelines};

impl Timelines {
    /// Takes an item of a session's stream, if it is about timelines: joins and leaves, unanswered offers, gaps and repairs.
    /// What an event or an offer did; `None` for all others.
    pub fn tell(&mut self, event: &Event) -> Option<Applied> {
        match event {
            Event::Presence(presence) => Some(self.apply(presence)),
            Event::Unanswered(offer) => Some(self.unanswered(offer)),
            Event::Gap(gap) => {
                self.gap(gap);
                None
            }
            Event::Repaired(repair) => {
                self.repaired(repair.gap.id);
                None
            }
            Event::Unknown(_) | Event::Status(_) | Event::Rejected(_) | Event::Ended(_) | _ => None,
        }
    }
}
