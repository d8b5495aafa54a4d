//! Who leaves memory first, and who has left.

use alloc::collections::{BinaryHeap, VecDeque};
use core::cmp::Reverse;

use foldhash::fast::FixedState;
use hashbrown::HashSet;
use rosterline_core::Id;

use crate::intern::HASH;

/// Slots by a key that may have grown since they were put in: it is corrected only when their turn comes, so growing
/// costs nothing here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue(BinaryHeap<Reverse<(u64, u32)>>);

impl Queue {
    pub(crate) fn push(&mut self, key: u64, slot: u32) {
        self.0.push(Reverse((key, slot)));
    }

    /// The lowest key that was put in.
    pub(crate) fn first(&self) -> Option<u64> {
        self.0.peek().map(|Reverse((key, _))| *key)
    }

    /// The lowest key that was put in, and its slot.
    pub(crate) fn pop(&mut self) -> Option<(u64, u32)> {
        self.0.pop().map(|Reverse(lowest)| lowest)
    }
}

/// The identifiers that were evicted last.
#[derive(Clone, Debug)]
pub(crate) struct Evicted {
    most: usize,
    order: VecDeque<Id>,
    ids: HashSet<Id, FixedState>,
}

impl Evicted {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, order: VecDeque::new(), ids: HashSet::with_hasher(HASH) }
    }

    pub(crate) fn add(&mut self, id: Id) {
        if self.most == 0 {
            return;
        }
        if self.order.len() == self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.ids.remove(&oldest);
            }
        }
        self.order.push_back(id.clone());
        self.ids.insert(id);
    }

    pub(crate) fn contains(&self, id: &Id) -> bool {
        !self.ids.is_empty() && self.ids.contains(id)
    }
}
