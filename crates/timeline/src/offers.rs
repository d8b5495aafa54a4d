//! Who was asked and did not answer: a set like that of the events, and much smaller.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use rosterline_core::{Offer, Timestamp};

use crate::delta::Element;
use crate::{Communication, Unanswered};

/// The unanswered offers of one interaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offers {
    /// Every statement once, in order: of two about the same communication the first stands.
    told: Vec<Unanswered>,
}

impl Offers {
    /// Takes one; whether it was new.
    pub(crate) fn take(&mut self, offer: &Offer) -> bool {
        let told = Unanswered::of(offer);
        match self.told.binary_search_by(|known| known.order(&told)) {
            Ok(_) => false,
            Err(at) => {
                self.told.insert(at, told);
                true
            }
        }
    }

    /// How many statements there are.
    pub(crate) fn len(&self) -> usize {
        self.told.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// One for each communication but for those that were `answered` after all.
    pub(crate) fn stand(&self, answered: impl Fn(&Unanswered) -> bool) -> Vec<Unanswered> {
        let mut seen = BTreeSet::new();
        let told = self.told.iter().filter(|told| !answered(told) && seen.insert(told.seat()));
        told.cloned().collect()
    }
}

impl Unanswered {
    fn of(offer: &Offer) -> Self {
        let Offer { interaction: _, participant, channel, from, to, reason, leg, received: _ } = offer;
        Self {
            participant: participant.clone(),
            channel: channel.clone(),
            leg: Box::new(Communication::of(leg)),
            from: from.map(Timestamp::utc),
            to: to.map(Timestamp::utc),
            reason: reason.clone(),
        }
    }
}
