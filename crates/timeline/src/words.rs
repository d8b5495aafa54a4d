//! The words that all interactions share.

use rosterline_core::Word;

use crate::intern::{Interner, hash};

/// Channels and reasons, known by number in every interaction: there are a few dozen in a whole contact centre, and a table
/// in each interaction would cost it a block of memory, and each event a visit there.
///
/// A word is never given up, so the table takes a bounded number of short ones, and nothing that a peer sends makes it grow
/// beyond 64 KB. What has no place here is kept by its interaction, for as long as that is held.
#[derive(Clone, Debug)]
pub(crate) struct Words(Interner<Word>);

impl Words {
    /// Every number of a word that is shared lies below.
    pub(crate) const MOST: u32 = 1024;
    /// The longest word, in bytes: what a [`Word`] holds without a block of its own.
    const LONGEST: usize = 24;

    pub(crate) const fn new() -> Self {
        Self(Interner::new())
    }

    pub(crate) fn find(&self, word: &Word) -> Option<u32> {
        self.0.find(|known| known == word, || hash(word))
    }

    /// The number of a word, as long as there is a place for it.
    pub(crate) fn number(&mut self, word: &Word) -> Option<u32> {
        let room = self.0.len() < Self::MOST as usize && word.len() <= Self::LONGEST;
        self.find(word).or_else(|| room.then(|| self.0.add(word.clone())))
    }

    pub(crate) fn get(&self, number: u32) -> &Word {
        self.0.get(number)
    }
}
