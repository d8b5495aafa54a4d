//! The changes that wait to be told.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::mem::replace;

use rosterline_core::Id;

use crate::slot::Slot;
use crate::slots::Slots;
use crate::{Change, Timeline, What};

/// Changes, in the order in which they happened. Of each kind at most one waits for an interaction: the slot knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct News(VecDeque<Pending>);

#[derive(Clone, Debug)]
enum Pending {
    Completed(Id),
    Amended(Id),
    Final(Id),
    Evicted(Box<Timeline>),
}

impl News {
    pub(crate) fn completed(&mut self, slot: &mut Slot) {
        slot.reported = true;
        if !replace(&mut slot.tells.completed, true) {
            self.0.push_back(Pending::Completed(slot.set.id().clone()));
        }
    }

    pub(crate) fn amended(&mut self, slot: &mut Slot) {
        if !replace(&mut slot.tells.amended, true) {
            self.0.push_back(Pending::Amended(slot.set.id().clone()));
        }
    }

    pub(crate) fn is_final(&mut self, slot: &mut Slot) {
        if !replace(&mut slot.tells.is_final, true) {
            self.0.push_back(Pending::Final(slot.set.id().clone()));
        }
    }

    pub(crate) fn evicted(&mut self, last: Timeline) {
        self.0.push_back(Pending::Evicted(Box::new(last)));
    }

    /// The next change. What it tells of can be told anew from here on.
    pub(crate) fn poll(&mut self, slots: &mut Slots) -> Option<Change> {
        let (interaction, what) = match self.0.pop_front()? {
            Pending::Completed(id) => (id, What::Completed),
            Pending::Amended(id) => (id, What::Amended),
            Pending::Final(id) => (id, What::Final),
            Pending::Evicted(timeline) => (timeline.interaction_id.clone(), What::Evicted(timeline)),
        };
        if let Some(at) = slots.find(&interaction) {
            let tells = &mut slots.get_mut(at).tells;
            match what {
                What::Completed => tells.completed = false,
                What::Amended => tells.amended = false,
                What::Final => tells.is_final = false,
                What::Evicted(_) => {}
            }
        }
        Some(Change { interaction, what })
    }
}
