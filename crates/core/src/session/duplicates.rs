//! Which events have been there before (section 4): the newest ones, by a 128-bit fingerprint.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash, Hasher};
use core::mem::replace;
use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::{Presence, Rng, Word};

/// A filter that remembers the last so many different events, first in, first out.
///
/// A fingerprint covers interaction, participant, type, channel, instant and reason. Two events that
/// differ in the reason alone are two statements about one fact: both pass, and the timeline names the
/// conflict. The hash is keyed by the session's seed, so that a peer cannot choose collisions.
#[derive(Debug)]
pub(crate) struct Duplicates {
    /// For the upper half of a fingerprint, which covers the fact alone, and by which it is found.
    facts: FixedState,
    /// For the lower half, which covers the reason as well.
    statements: FixedState,
    /// A ring of fingerprints: the oldest stands at `next`, once it is full.
    order: Vec<u128>,
    /// The place of each in the ring.
    seen: HashTable<u32>,
    next: usize,
    most: usize,
}

impl Duplicates {
    pub(crate) fn new(most: usize, rng: &mut Rng) -> Self {
        let mut state = || FixedState::with_seed(rng.next_u64());
        let (facts, statements) = (state(), state());
        let most = most.min(u32::MAX as usize);
        Self { facts, statements, order: Vec::new(), seen: HashTable::new(), next: 0, most }
    }

    /// Takes note of an event; whether it is new.
    pub(crate) fn is_new(&mut self, event: &Presence) -> bool {
        let print = self.fingerprint(event);
        if self.most == 0 {
            return true;
        }
        if self.seen.find(fact(print), |&place| self.order[place as usize] == print).is_some() {
            return false;
        }
        let place = self.note(print);
        self.seen.insert_unique(fact(print), place, |&place| fact(self.order[place as usize]));
        true
    }

    /// Whether this fact is remembered, for whatever reason it is said to have been.
    pub(crate) fn knows(&self, event: &Presence) -> bool {
        let print = fact(self.fingerprint(event));
        self.seen.find(print, |&place| fact(self.order[place as usize]) == print).is_some()
    }

    /// Forgets an event: it is new when it comes again.
    pub(crate) fn forget(&mut self, event: &Presence) {
        let print = self.fingerprint(event);
        // It keeps its place in the ring until that is needed.
        if let Ok(entry) = self.seen.find_entry(fact(print), |&place| self.order[place as usize] == print) {
            entry.remove();
        }
    }

    /// Puts a fingerprint into the ring, if need be instead of the oldest.
    fn note(&mut self, print: u128) -> u32 {
        let place = self.next;
        self.next = (self.next + 1) % self.most;
        if place == self.order.len() {
            self.order.push(print);
            return place as u32;
        }
        let oldest = replace(&mut self.order[place], print);
        if let Ok(entry) = self.seen.find_entry(fact(oldest), |&other| other == place as u32) {
            entry.remove();
        }
        place as u32
    }

    fn fingerprint(&self, event: &Presence) -> u128 {
        let hash = |state: &FixedState, reason: Option<&Option<Word>>| {
            let mut hasher = state.build_hasher();
            (event.at, event.kind, &event.interaction, &event.participant).hash(&mut hasher);
            (&event.channel, reason).hash(&mut hasher);
            hasher.finish()
        };
        u128::from(hash(&self.facts, None)) << 64 | u128::from(hash(&self.statements, Some(&event.reason)))
    }
}

/// The part of a fingerprint that covers the fact alone.
const fn fact(print: u128) -> u64 {
    (print >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Id, Instant, PresenceKind, Timestamp, UnixMillis};

    fn event(at: &str, reason: Option<&str>) -> Presence {
        Presence {
            at: Timestamp::parse(at).expect("valid"),
            kind: PresenceKind::Joined,
            interaction: Id::new("i"),
            participant: Id::new("p"),
            channel: Word::from("voice"),
            reason: reason.map(Word::from),
            leg: None,
            arrived: Instant::ZERO,
            received: UnixMillis(0),
        }
    }

    fn filter(most: usize) -> Duplicates {
        Duplicates::new(most, &mut Rng::stream(1, "duplicates"))
    }

    #[test]
    fn the_instant_counts_and_not_how_it_was_written() {
        let mut filter = filter(8);
        assert!(filter.is_new(&event("2024-05-01T12:00:00Z", None)));
        assert!(!filter.is_new(&event("2024-05-01T14:00:00.000+02:00", None)));
        assert!(filter.is_new(&event("2024-05-01T12:00:00.000000001Z", None)));
    }

    #[test]
    fn each_part_of_the_fingerprint_counts() {
        let base = event("2024-05-01T12:00:00Z", None);
        let mut filter = filter(8);
        assert!(filter.is_new(&base));
        assert!(filter.is_new(&Presence {
            interaction: Id::new("p"),
            participant: Id::new("i"),
            ..base.clone()
        }));
        assert!(filter.is_new(&Presence { kind: PresenceKind::Left, ..base.clone() }));
        assert!(filter.is_new(&Presence { channel: Word::from("chat"), ..base.clone() }));
        assert!(filter.is_new(&Presence { reason: Some(Word::from("")), ..base.clone() }));
        assert!(!filter.is_new(&Presence { arrived: Instant(9), received: UnixMillis(9), ..base }));
    }

    #[test]
    fn a_fact_is_known_whatever_its_reason_until_it_is_forgotten() {
        let mut filter = filter(8);
        let [told, again] = [Some("transfer"), None].map(|reason| event("2024-05-01T12:00:00Z", reason));
        assert!(!filter.knows(&again));
        assert!(filter.is_new(&told) && filter.knows(&again));
        assert!(!filter.knows(&Presence { kind: PresenceKind::Left, ..again.clone() }));
        assert!(filter.is_new(&again), "it is another statement");
        filter.forget(&told);
        assert!(filter.knows(&told), "the other one is known");
        filter.forget(&again);
        assert!(!filter.knows(&told));
    }

    #[test]
    fn what_was_forgotten_is_new_again_and_its_place_is_used_as_any_other() {
        let mut filter = filter(2);
        let [a, b, c] = ["00", "01", "02"].map(|s| event(&std::format!("2024-05-01T12:00:{s}Z"), None));
        assert!(filter.is_new(&a));
        filter.forget(&a);
        filter.forget(&b);
        assert!(filter.is_new(&a), "it was forgotten");
        assert!(!filter.is_new(&a));
        assert!(filter.is_new(&b), "it takes the place that a had at first");
        assert!(!filter.is_new(&a) && !filter.is_new(&b));
        assert!(filter.is_new(&c) && filter.is_new(&a));
        assert_eq!((filter.seen.len(), filter.order.len()), (2, 2));
    }

    #[test]
    fn it_forgets_the_oldest_and_no_other() {
        let mut filter = filter(2);
        let [a, b, c] = ["00", "01", "02"].map(|s| event(&std::format!("2024-05-01T12:00:{s}Z"), None));
        assert!(filter.is_new(&a) && filter.is_new(&b) && filter.is_new(&c));
        assert!(!filter.is_new(&b) && !filter.is_new(&c));
        assert!(filter.is_new(&a));
        assert!(filter.is_new(&b), "a has pushed it out");
        assert_eq!((filter.seen.len(), filter.order.len()), (2, 2));
    }
}
