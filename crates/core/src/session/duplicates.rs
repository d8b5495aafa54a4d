//! Which events have been there before (section 4): the newest ones, by a 128-bit fingerprint.

use alloc::vec;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash, Hasher};
use core::num::NonZeroU64;
use foldhash::quality::FixedState;

use crate::{Presence, Rng, Word};

/// A filter that remembers the last so many different events, first in, first out.
///
/// A fingerprint covers interaction, participant, type, channel, instant and reason. Two events that
/// differ in the reason alone are two statements about one fact: both pass, and the timeline names the
/// conflict. The hash is keyed by the session's seed, so that a peer cannot choose collisions.
///
/// Fingerprints stand in a ring, and their numbers in small buckets. For an event one bucket is looked at, which is hardly
/// ever in a cache: so there is no second place to go to, and no branch that a processor cannot foresee while it waits.
/// Nothing is taken out of a bucket: what is too old to count leaves it at its end.
#[derive(Debug)]
pub(crate) struct Duplicates {
    facts: FixedState,
    statements: FixedState,
    /// The fingerprint of an event stands at the lowest bits of its number. `None`: forgotten.
    ring: Vec<Option<Print>>,
    /// By the lowest bits of a fact, the newest events first.
    buckets: Vec<[Mark; BUCKET]>,
    /// The few that are remembered and had to leave a bucket that had no room.
    spilled: Vec<Mark>,
    /// The number of the next event.
    next: u32,
    /// The bits of a mark that are a number.
    numbers: u32,
    most: usize,
}

/// The lower bits of an event's number, and above them some of its fact.
type Mark = u32;

/// The marks of a bucket fill a line of a cache. On average a quarter of them is remembered, so that more than all hardly ever
/// are.
const BUCKET: usize = 16;

/// What an event is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Print {
    /// Covers all but the reason.
    fact: NonZeroU64,
    /// Covers the reason as well.
    statement: u64,
}

impl Duplicates {
    /// The numbers of sixteen times as many can be told apart: a mark leaves its bucket before it is taken for a newer one,
    /// and if not, the ring knows better.
    const MOST: usize = 1 << 28;

    pub(crate) fn new(most: usize, rng: &mut Rng) -> Self {
        let mut state = || FixedState::with_seed(rng.next_u64());
        let (facts, statements) = (state(), state());
        let most = most.min(Self::MOST);
        let places = most.next_power_of_two() as u32;
        Self {
            facts,
            statements,
            ring: Vec::new(),
            buckets: vec![[0; BUCKET]],
            spilled: Vec::new(),
            // So the empty buckets hold what was long ago.
            next: 2 * places,
            numbers: (places - 1) << 4 | 15,
            most,
        }
    }

    /// Takes note of an event; whether it is new.
    pub(crate) fn is_new(&mut self, event: &Presence) -> bool {
        let print = self.fingerprint(event);
        let is_new = self.find(print.fact, |known| known == print).is_none();
        if is_new && self.most > 0 {
            self.note(print);
        }
        is_new
    }

    /// Whether this fact is remembered, for whatever reason it is said to have been.
    pub(crate) fn knows(&self, event: &Presence) -> bool {
        let fact = self.fingerprint(event).fact;
        self.find(fact, |known| known.fact == fact).is_some()
    }

    /// Forgets an event: it is new when it comes again. It keeps its place in the ring until that is needed.
    pub(crate) fn forget(&mut self, event: &Presence) {
        let print = self.fingerprint(event);
        if let Some(place) = self.find(print.fact, |known| known == print) {
            self.ring[place] = None;
        }
    }

    /// The place in the ring of an event with this fact.
    fn find(&self, fact: NonZeroU64, is: impl Fn(Print) -> bool) -> Option<usize> {
        let bucket = &self.buckets[self.bucket(fact)];
        let (numbers, wanted) = (self.numbers, self.mark(fact, 0));
        let seems = |mark: Mark| mark & !numbers == wanted;
        // All are looked at in any case, at once.
        let any = bucket.iter().fold(false, |any, &mark| any | seems(mark));
        if !any && self.spilled.is_empty() {
            return None;
        }
        let marks = bucket.iter().chain(&self.spilled).copied();
        let mut places = marks.filter(|&mark| seems(mark) && self.counts(mark)).map(|mark| self.place(mark));
        places.find(|&place| self.ring[place].is_some_and(&is))
    }

    /// Puts a fingerprint into the ring, if need be instead of the oldest.
    fn note(&mut self, print: Print) {
        let (number, place) = (self.next, self.place(self.next));
        self.next = number.wrapping_add(1);
        if place < self.ring.len() {
            self.ring[place] = Some(print);
        } else {
            self.ring.push(Some(print));
            if self.ring.len() > self.buckets.len() * BUCKET / 4 {
                return self.grow();
            }
        }
        self.enter(print.fact, number);
    }

    /// Makes twice as many buckets. The ring has never been full.
    fn grow(&mut self) {
        self.buckets = vec![[0; BUCKET]; 2 * self.buckets.len()];
        self.spilled.clear();
        let first = self.next - self.ring.len() as u32;
        for place in 0..self.ring.len() {
            if let Some(print) = self.ring[place] {
                self.enter(print.fact, first + place as u32);
            }
        }
    }

    /// Puts an event into its bucket.
    fn enter(&mut self, fact: NonZeroU64, number: u32) {
        let (mark, at) = (self.mark(fact, number), self.bucket(fact));
        let bucket = &mut self.buckets[at];
        let last = bucket[BUCKET - 1];
        bucket.copy_within(..BUCKET - 1, 1);
        bucket[0] = mark;
        if self.counts(last) {
            self.spill(last);
        }
    }

    #[cold]
    fn spill(&mut self, mark: Mark) {
        let mut spilled = core::mem::take(&mut self.spilled);
        spilled.retain(|&mark| self.counts(mark));
        spilled.push(mark);
        self.spilled = spilled;
    }

    /// Whether the event is one of those that are remembered.
    fn counts(&self, mark: Mark) -> bool {
        let newer = self.next.wrapping_sub(mark).wrapping_sub(1) & self.numbers;
        (newer as usize) < self.most
    }

    fn mark(&self, fact: NonZeroU64, number: u32) -> Mark {
        (fact.get() >> 32) as u32 & !self.numbers | number & self.numbers
    }

    /// Where the event stands in the ring, which has room for a power of two.
    fn place(&self, mark: Mark) -> usize {
        (mark & self.numbers >> 4) as usize
    }

    fn bucket(&self, fact: NonZeroU64) -> usize {
        fact.get() as usize & (self.buckets.len() - 1)
    }

    fn fingerprint(&self, event: &Presence) -> Print {
        let hash = |state: &FixedState, reason: Option<&Option<Word>>| {
            let mut hasher = state.build_hasher();
            (event.at, event.kind, &event.interaction, &event.participant).hash(&mut hasher);
            (&event.channel, reason).hash(&mut hasher);
            hasher.finish()
        };
        let fact = hash(&self.facts, None);
        let statement = hash(&self.statements, Some(&event.reason));
        Print { fact: NonZeroU64::new(fact).unwrap_or(NonZeroU64::MIN), statement }
    }
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
        assert_eq!(filter.ring.len(), 2);
    }

    #[test]
    fn it_forgets_the_oldest_and_no_other() {
        let mut filter = filter(2);
        let [a, b, c] = ["00", "01", "02"].map(|s| event(&std::format!("2024-05-01T12:00:{s}Z"), None));
        assert!(filter.is_new(&a) && filter.is_new(&b) && filter.is_new(&c));
        assert!(!filter.is_new(&b) && !filter.is_new(&c) && !filter.is_new(&b), "which changes no order");
        assert!(filter.is_new(&a));
        assert!(filter.is_new(&b), "a has pushed it out");
        assert_eq!(filter.ring.len(), 2);
    }

    #[test]
    fn of_any_number_the_newest_are_remembered_also_when_their_numbers_begin_anew() {
        let events: Vec<_> = (10..40).map(|s| event(&std::format!("2024-05-01T12:00:{s}Z"), None)).collect();
        for most in [0, 1, 3, 4, 5] {
            let mut filter = filter(most);
            for (count, new) in events.iter().enumerate() {
                if count == 16 {
                    filter.next = filter.next.wrapping_sub(128);
                }
                assert!(filter.is_new(new));
                for (age, old) in events[..=count].iter().rev().enumerate() {
                    assert_eq!(filter.knows(old), age < most, "{age} of {most}");
                }
            }
        }
    }

    /// So many events, each a second after the one before.
    fn many(count: u32) -> impl Iterator<Item = Presence> {
        (0..count).map(|second| {
            let mut event = event("2024-05-01T12:00:00Z", None);
            event.at = Timestamp::from_unix(1_714_564_800 + i64::from(second), 0);
            event
        })
    }

    #[test]
    fn there_are_buckets_for_as_many_as_are_remembered_and_no_more() {
        let mut filter = filter(64);
        for (count, event) in many(200).enumerate() {
            assert!(filter.is_new(&event));
            let used = (count + 1).min(64);
            assert_eq!(filter.buckets.len(), used.div_ceil(BUCKET / 4).next_power_of_two());
        }
        assert_eq!((filter.ring.len(), filter.buckets.len()), (64, 16));
        assert!(filter.spilled.is_empty(), "they are spread over the buckets");
        let mut none = Duplicates::new(0, &mut Rng::stream(1, "duplicates"));
        many(3).for_each(|event| assert!(none.is_new(&event) && none.is_new(&event)));
        assert!(none.ring.is_empty());
    }

    #[test]
    fn what_finds_no_room_in_its_bucket_is_remembered_as_long() {
        let mut filter = filter(64);
        let in_one = |event: &Presence| filter.fingerprint(event).fact.get() % 16 == 3;
        let events: Vec<_> = many(2_500).filter(in_one).collect();
        assert!(events.len() > 100, "{}", events.len());
        for (count, new) in events.iter().enumerate() {
            assert!(filter.is_new(new));
            for (age, old) in events[..=count].iter().rev().enumerate() {
                assert_eq!(filter.knows(old), age < 64, "{age}");
            }
        }
        assert_eq!(filter.spilled.len(), 64 - BUCKET);
        filter.forget(&events[events.len() - 40]);
        assert!(!filter.knows(&events[events.len() - 40]) && filter.knows(&events[events.len() - 39]));
    }
}
