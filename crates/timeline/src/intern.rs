//! Small tables whose items are known by number.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// One seed for all: what is hashed never shows in an order, so nothing but speed depends on it.
pub(crate) const HASH: FixedState = FixedState::with_seed(0x0072_6f73_7465_7221);

/// Up to this many items a scan beats a hash: they are a few cache lines.
const SCAN: usize = 16;

/// Items that are kept once and known by number, in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) struct Interner<T> {
    items: Vec<T>,
    /// The numbers by the hash of their items, once there are more than [`SCAN`].
    index: Option<Box<HashTable<u32>>>,
}

/// What an item is looked up by.
pub(crate) trait Named {
    /// Hashes the name.
    fn name_hash(&self) -> u64;
}

impl Named for rosterline_core::Word {
    fn name_hash(&self) -> u64 {
        hash(self)
    }
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { items: Vec::new(), index: None }
    }
}

impl<T: Named> Interner<T> {
    pub(crate) const fn new() -> Self {
        Self { items: Vec::new(), index: None }
    }

    /// The number of the item that `is` recognises and `hash` belongs to. The newest are looked at first: who came
    /// last is the likeliest to leave next.
    pub(crate) fn find(&self, is: impl Fn(&T) -> bool, hash: impl FnOnce() -> u64) -> Option<u32> {
        match &self.index {
            None => self.items.iter().rposition(is).map(|at| at as u32),
            Some(index) => index.find(hash(), |&at| is(&self.items[at as usize])).copied(),
        }
    }

    /// Adds an item that is not there yet.
    pub(crate) fn add(&mut self, item: T) -> u32 {
        let at = self.items.len() as u32;
        let more = self.items.len().clamp(1, 2);
        make_room(&mut self.items, more);
        self.items.push(item);
        let hash_of = |&at: &u32| self.items[at as usize].name_hash();
        if let Some(index) = &mut self.index {
            index.insert_unique(hash_of(&at), at, hash_of);
        } else if self.items.len() > SCAN {
            let mut index = HashTable::with_capacity(2 * SCAN);
            for at in 0..=at {
                index.insert_unique(hash_of(&at), at, hash_of);
            }
            self.index = Some(Box::new(index));
        }
        at
    }

    pub(crate) fn get(&self, at: u32) -> &T {
        &self.items[at as usize]
    }

    pub(crate) fn get_mut(&mut self, at: u32) -> &mut T {
        &mut self.items[at as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}

/// Makes room for one more by a quarter, and by `least` at least: doubling would leave a quarter of all memory unused.
pub(crate) fn make_room<T>(items: &mut Vec<T>, least: usize) {
    if items.len() == items.capacity() {
        items.reserve_exact((items.len() / 4).max(least));
    }
}

/// The hash of any key.
pub(crate) fn hash<T: Hash>(key: T) -> u64 {
    HASH.hash_one(key)
}
