//! Where the interactions are held: found by identifier, closed by time, left by the least recently touched.

use alloc::vec::Vec;
use core::mem::replace;
use core::time::Duration;

use hashbrown::HashTable;
use rosterline_core::{Id, Instant};

use crate::Limits;
use crate::eviction::Queue;
use crate::interaction::Interaction;
use crate::intern::{hash, make_room};
use crate::slot::{Line, Slot};

/// The interactions held, each in a slot with a number.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    slots: Vec<Slot>,
    /// Slots that nobody is in.
    vacant: Vec<u32>,
    /// Slots by the hash of their interaction. Its order never shows.
    index: HashTable<u32>,
    /// The queues of the eviction are empty until the first one: most owners never see one.
    evicting: bool,
    queues: [Queue; 4],
    lateness: Duration,
    retention: Duration,
    /// Counts the events that were taken: the order of touches.
    touches: u64,
    open: usize,
}

/// What time has brought to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// It is final from now on.
    Final(u32),
    /// Its retention is over.
    Leave(u32),
}

impl Slots {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            slots: Vec::new(),
            vacant: Vec::new(),
            index: HashTable::new(),
            evicting: false,
            queues: Default::default(),
            lateness: limits.lateness,
            retention: limits.retention,
            touches: 0,
            open: 0,
        }
    }

    pub(crate) fn find(&self, interaction: &Id) -> Option<u32> {
        let is = |&at: &u32| self.slots[at as usize].set.id() == interaction;
        self.index.find(hash(interaction), is).copied()
    }

    /// Adds an interaction that is not there yet.
    pub(crate) fn add(&mut self, interaction: Id, now: Instant) -> u32 {
        let new = Slot::new(interaction, self.touches, now);
        let at = match self.vacant.pop() {
            Some(at) => {
                let _ = self.move_in(at, new);
                at
            }
            None => {
                // By quarters from 32 on there is room for 102,785, which is little more than the 100,000 of the limits.
                make_room(&mut self.slots, 32);
                self.slots.push(new);
                (self.slots.len() - 1) as u32
            }
        };
        self.open += 1;
        self.enter(at);
        at
    }

    /// Puts an interaction that is not there yet into the slot of the complete one that was touched least recently, or
    /// if none is complete, of the least recently touched of all. Gives the number and what was there.
    pub(crate) fn replace_oldest(&mut self, interaction: Id, now: Instant) -> (u32, Interaction) {
        if !replace(&mut self.evicting, true) {
            for at in 0..self.slots.len() as u32 {
                self.queue(at);
            }
        }
        let at = self.oldest();
        let old = self.leave(at, Slot::new(interaction, self.touches, now));
        self.open += 1;
        self.enter(at);
        (at, old)
    }

    /// Takes an interaction out. Gives what was there.
    pub(crate) fn remove(&mut self, at: u32) -> Interaction {
        let nobody = Slot { vacant: true, ..Slot::new(Id::new(""), self.touches, Instant::ZERO) };
        self.vacant.push(at);
        self.leave(at, nobody)
    }

    /// The slot, noted as the one that was touched last.
    pub(crate) fn touch(&mut self, at: u32) -> &mut Slot {
        self.touches += 1;
        let slot = &mut self.slots[at as usize];
        slot.touched = self.touches;
        slot
    }

    pub(crate) fn set_complete(&mut self, at: u32, complete: bool) {
        let slot = &mut self.slots[at as usize];
        if replace(&mut slot.complete, complete) == complete {
            return;
        }
        if complete {
            self.open -= 1;
            self.stand(Line::Closing, at);
        } else {
            slot.closed = false;
            self.open += 1;
        }
        self.queue(at);
    }

    /// Notes that the newest event time of a slot has grown: its window begins anew.
    pub(crate) fn hear(&mut self, at: u32, now: Instant) {
        let slot = &mut self.slots[at as usize];
        slot.heard = now;
        if replace(&mut slot.closed, false) {
            self.stand(Line::Closing, at);
        }
    }

    /// The next thing that time has brought up to `now`.
    pub(crate) fn poll_due(&mut self, now: Instant) -> Option<Due> {
        while let Some(at) = self.next_in(Line::Closing, now) {
            let slot = &mut self.slots[at as usize];
            if slot.complete && !slot.closed {
                slot.closed = true;
                slot.watermark = slot.watermark.max(slot.set.newest());
                self.stand(Line::Leaving, at);
                return Some(Due::Final(at));
            }
        }
        while let Some(at) = self.next_in(Line::Leaving, now) {
            if self.slots[at as usize].closed {
                return Some(Due::Leave(at));
            }
        }
        None
    }

    /// When [`poll_due`](Self::poll_due) has something to look at.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let first = |line: Line| self.queues[line as usize].first();
        first(Line::Closing).into_iter().chain(first(Line::Leaving)).min().map(Instant)
    }

    /// Whether the interaction is complete and its window over.
    pub(crate) fn is_final(&self, at: u32, now: Instant) -> bool {
        let slot = &self.slots[at as usize];
        slot.complete && slot.heard + self.lateness <= now
    }

    pub(crate) fn get(&self, at: u32) -> &Slot {
        &self.slots[at as usize]
    }

    pub(crate) fn get_mut(&mut self, at: u32) -> &mut Slot {
        &mut self.slots[at as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| !slot.vacant)
    }

    /// The numbers of all slots with somebody in them.
    pub(crate) fn taken(&self) -> impl Iterator<Item = u32> + use<> {
        let taken: Vec<u32> =
            (0..self.slots.len() as u32).filter(|&at| !self.slots[at as usize].vacant).collect();
        taken.into_iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.vacant.len()
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

    /// Puts another into a slot, and forgets who was there.
    fn leave(&mut self, at: u32, new: Slot) -> Interaction {
        let old = self.move_in(at, new);
        self.open -= usize::from(!old.complete);
        if let Ok(entry) = self.index.find_entry(hash(old.set.id()), |&other| other == at) {
            entry.remove();
        }
        old.set
    }

    /// Its places in the queues belong to the slot, not to who is in it.
    fn move_in(&mut self, at: u32, new: Slot) -> Slot {
        let slot = &mut self.slots[at as usize];
        let stands = slot.stands;
        replace(slot, Slot { stands, ..new })
    }

    /// Puts a slot into the queue of the eviction that it belongs to, unless it stands there.
    fn queue(&mut self, at: u32) {
        if self.evicting {
            let complete = self.slots[at as usize].complete;
            self.stand(if complete { Line::Complete } else { Line::Incomplete }, at);
        }
    }

    fn stand(&mut self, line: Line, at: u32) {
        let slot = &mut self.slots[at as usize];
        if !replace(&mut slot.stands[line as usize], true) {
            self.queues[line as usize].push(slot.key(line, self.lateness, self.retention), at);
        }
    }

    /// The first in a line: its key as it is now, and whether it stood there with it. It leaves the line.
    fn pop(&mut self, line: Line) -> Option<(u32, bool)> {
        let (key, at) = self.queues[line as usize].pop()?;
        let slot = &mut self.slots[at as usize];
        slot.stands[line as usize] = false;
        Some((at, slot.key(line, self.lateness, self.retention) == key))
    }

    /// The next slot whose time in a line by time has come.
    fn next_in(&mut self, line: Line, now: Instant) -> Option<u32> {
        while self.queues[line as usize].first().is_some_and(|key| key <= now.0) {
            let (at, _) = self.pop(line)?;
            let slot = &self.slots[at as usize];
            if slot.key(line, self.lateness, self.retention) <= now.0 {
                return Some(at);
            }
            if slot.complete {
                self.stand(line, at);
            }
        }
        None
    }

    /// The complete slot that was touched least recently, or else the one that is not. It leaves its queue.
    fn oldest(&mut self) -> u32 {
        while let Some((at, exact)) = self.pop(Line::Complete) {
            if self.slots[at as usize].complete {
                if exact {
                    return at;
                }
                self.queue(at);
            }
        }
        loop {
            let (at, exact) = self.pop(Line::Incomplete).expect("a slot stands in one queue at least");
            let slot = &self.slots[at as usize];
            if !slot.vacant {
                if exact {
                    return at;
                }
                self.queue(at);
            }
        }
    }
}
