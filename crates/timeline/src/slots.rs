//! Where the interactions are held: found by identifier, left by the least recently touched.

use alloc::vec::Vec;
use core::mem::replace;

use hashbrown::HashTable;
use rosterline_core::Id;

use crate::eviction::Queue;
use crate::interaction::Interaction;
use crate::intern::{hash, make_room};

/// The interactions held, each in a slot with a number.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    /// Slots by the hash of their interaction. Its order never shows.
    index: HashTable<u32>,
    /// The queues are empty until the first eviction: most owners never see one.
    evicting: bool,
    /// Every complete slot stands here, and slots that were complete once.
    complete: Queue,
    /// Every slot that is not complete stands here, and slots that were not once.
    incomplete: Queue,
    /// Counts the events that were taken: the order of touches.
    touches: u64,
    open: usize,
}

/// An interaction, and what is to be told of it.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) set: Interaction,
    /// It was told to be complete at some time.
    pub(crate) reported: bool,
    pub(crate) tells_completed: bool,
    pub(crate) tells_amended: bool,
    complete: bool,
    in_complete: bool,
    in_incomplete: bool,
    touched: u64,
}

impl Slots {
    pub(crate) fn find(&self, interaction: &Id) -> Option<u32> {
        let is = |&at: &u32| self.slots[at as usize].set.id() == interaction;
        self.index.find(hash(interaction), is).copied()
    }

    /// Adds an interaction that is not there yet.
    pub(crate) fn add(&mut self, interaction: Id) -> u32 {
        let at = self.slots.len() as u32;
        let more = self.slots.len() / 8 + 16;
        make_room(&mut self.slots, more);
        self.slots.push(Slot::new(interaction, self.touches));
        self.open += 1;
        self.enter(at);
        at
    }

    /// Puts an interaction that is not there yet into the slot of the complete one that was touched least recently, or
    /// if none is complete, of the least recently touched of all. Gives the number and what was there.
    pub(crate) fn replace_oldest(&mut self, interaction: Id) -> (u32, Interaction) {
        if !replace(&mut self.evicting, true) {
            for at in 0..self.slots.len() as u32 {
                self.queue(at);
            }
        }
        let at = self.oldest();
        let slot = &mut self.slots[at as usize];
        // Its places in the queues belong to the slot, not to who is in it.
        let (in_complete, in_incomplete) = (slot.in_complete, slot.in_incomplete);
        let new = Slot { in_complete, in_incomplete, ..Slot::new(interaction, self.touches) };
        let old = replace(slot, new);
        self.open += usize::from(old.complete);
        if let Ok(entry) = self.index.find_entry(hash(old.set.id()), |&other| other == at) {
            entry.remove();
        }
        self.enter(at);
        (at, old.set)
    }

    /// The slot, noted as the one that was touched last.
    pub(crate) fn touch(&mut self, at: u32) -> &mut Slot {
        self.touches += 1;
        let slot = &mut self.slots[at as usize];
        slot.touched = self.touches;
        slot
    }

    pub(crate) fn set_complete(&mut self, at: u32, complete: bool) {
        let was = replace(&mut self.slots[at as usize].complete, complete);
        if was == complete {
            return;
        }
        if complete {
            self.open -= 1;
        } else {
            self.open += 1;
        }
        self.queue(at);
    }

    pub(crate) fn get(&self, at: u32) -> &Slot {
        &self.slots[at as usize]
    }

    pub(crate) fn get_mut(&mut self, at: u32) -> &mut Slot {
        &mut self.slots[at as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Slots that are not complete.
    pub(crate) const fn open(&self) -> usize {
        self.open
    }

    /// Makes a slot with a new interaction known.
    fn enter(&mut self, at: u32) {
        self.queue(at);
        let slots = &self.slots;
        let hash_of = |&at: &u32| hash(slots[at as usize].set.id());
        self.index.insert_unique(hash_of(&at), at, hash_of);
    }

    /// Puts a slot into the queue that it belongs to, unless it stands there.
    fn queue(&mut self, at: u32) {
        if !self.evicting {
            return;
        }
        let slot = &mut self.slots[at as usize];
        let (queue, is_in) = if slot.complete {
            (&mut self.complete, &mut slot.in_complete)
        } else {
            (&mut self.incomplete, &mut slot.in_incomplete)
        };
        if !replace(is_in, true) {
            queue.push(slot.touched, at);
        }
    }

    /// The complete slot that was touched least recently, or else the one that is not. It leaves its queue.
    fn oldest(&mut self) -> u32 {
        while let Some((touched, at)) = self.complete.pop() {
            let slot = &mut self.slots[at as usize];
            slot.in_complete = false;
            if slot.complete && slot.touched == touched {
                return at;
            }
            if slot.complete {
                self.queue(at);
            }
        }
        loop {
            let (touched, at) = self.incomplete.pop().expect("a slot stands in one queue at least");
            let slot = &mut self.slots[at as usize];
            slot.in_incomplete = false;
            if slot.touched == touched {
                return at;
            }
            self.queue(at);
        }
    }
}

impl Slot {
    /// Touched last, until the event that it is made for touches it.
    const fn new(interaction: Id, touches: u64) -> Self {
        Self {
            set: Interaction::new(interaction),
            reported: false,
            tells_completed: false,
            tells_amended: false,
            complete: false,
            in_complete: false,
            in_incomplete: false,
            touched: touches + 1,
        }
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.complete
    }
}
