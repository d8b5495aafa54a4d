//! Joins and leaves as life brings them: many interactions at once, each nearly in order, and in each somebody who
//! joins, another who takes over, and at the end nobody.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rosterline_core::{Id, Instant, Presence, PresenceKind, Timestamp, Word};

use crate::START;

/// One join or leave as numbers: what is generated while it is measured must itself need no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which interaction, from 0.
    pub interaction: u64,
    /// Which of its participants, from 0.
    pub participant: u64,
    /// Join or leave.
    pub kind: PresenceKind,
    /// When, in milliseconds after [`START`].
    pub millis: u64,
}

/// The fields of an event as they are written in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// RFC 3339 with three fraction digits.
    pub timestamp: String,
    /// `ParticipantJoined` or `ParticipantLeft`.
    pub kind: &'static str,
    /// A UUID.
    pub participant: String,
    /// A UUID.
    pub interaction: String,
    /// Always `voice`.
    pub channel: &'static str,
    /// Leaves have one of three, joins have none.
    pub reason: Option<&'static str>,
}

/// Participants of an interaction: customer, flow, queue, two agents, supervisor.
pub const PARTICIPANTS: u64 = 6;
/// How long the network may hold an event back, in milliseconds.
const JITTER: u64 = 200;
/// One event in 58 comes right after its successor: what [`JITTER`] does to one event a second.
const PAIRS_IN_ORDER: u64 = 29;
const REASONS: [&str; 3] = ["disconnect", "transfer", "timeout"];

impl Step {
    /// The event number `n` of the `each` of an interaction.
    fn new(interaction: u64, n: u64, each: u64, participants: u64, millis: u64) -> Self {
        let (stay, kind) = match n {
            0 => (0, PresenceKind::Joined),
            last if last + 1 == each => (each.saturating_sub(2) / 2, PresenceKind::Left),
            odd if odd % 2 == 1 => (odd.div_ceil(2), PresenceKind::Joined),
            even => (even / 2 - 1, PresenceKind::Left),
        };
        Self { interaction, participant: stay % participants, kind, millis }
    }

    /// The event as a frame has it.
    #[must_use]
    pub fn told(&self) -> Told {
        let reason = REASONS[(self.millis % 3) as usize];
        Told {
            timestamp: self.at().to_string(),
            kind: self.kind.name(),
            participant: uuid(!self.interaction, self.participant),
            interaction: uuid(self.interaction, u64::MAX),
            channel: "voice",
            reason: (self.kind == PresenceKind::Left).then_some(reason),
        }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from(START.after(Duration::from_millis(self.millis)))
    }
}

impl Told {
    /// The event as the decoder hands it out.
    ///
    /// # Panics
    /// If the fields are not those of a [`Step`].
    #[must_use]
    pub fn presence(&self) -> Presence {
        let at = Timestamp::parse(&self.timestamp).expect("a step's time is RFC 3339");
        let joined = self.kind == PresenceKind::Joined.name();
        Presence {
            at,
            kind: if joined { PresenceKind::Joined } else { PresenceKind::Left },
            interaction: Id::new(&self.interaction),
            participant: Id::new(&self.participant),
            channel: Word::from(self.channel),
            reason: self.reason.map(Word::from),
            leg: None,
            arrived: Instant::ZERO,
            received: at.unix_millis(),
        }
    }
}

/// `each` events of so many interactions, one of each in turn.
pub fn in_turn(interactions: u64, each: u64) -> impl Iterator<Item = Step> {
    (0..each).flat_map(move |round| (0..interactions).map(move |n| nearly_ordered(n, round, each)))
}

/// `each` events of so many interactions, one of each, then again one of each, every time in another random order: so
/// nothing that an event needs is still near when it comes. The order takes 4 bytes an interaction.
pub fn at_random(interactions: u32, each: u64) -> impl Iterator<Item = Step> {
    let mut order: Vec<u32> = (0..interactions).collect();
    (0..each * u64::from(interactions)).map(move |count| {
        let (round, at) = (count / u64::from(interactions), (count % u64::from(interactions)) as usize);
        // Fisher and Yates, one step for each event: what lies before `at` has been drawn in this round.
        let other = at + (mix(count) % (order.len() - at) as u64) as usize;
        order.swap(at, other);
        nearly_ordered(u64::from(order[at]), round, each)
    })
}

/// So many events of the one interaction number `interaction`, 10 ms apart on average, each held back by up to 200 ms on its way.
pub fn jittered(interaction: u64, events: u64, participants: u64) -> impl Iterator<Item = Step> {
    const APART: u64 = 10;
    let mut under_way: BinaryHeap<Reverse<(u64, u64, u64)>> = BinaryHeap::new();
    let (mut sent, mut millis) = (0, 0);
    std::iter::from_fn(move || {
        while sent < events && under_way.peek().is_none_or(|Reverse(first)| millis <= first.0) {
            let draw = mix((interaction << 32) ^ sent);
            under_way.push(Reverse((millis + draw % JITTER, sent, millis)));
            sent += 1;
            millis += (draw >> 32) % (2 * APART);
        }
        let Reverse((_, n, millis)) = under_way.pop()?;
        Some(Step::new(interaction, n, events, participants, millis))
    })
}

/// The event of an interaction that comes in this round, where a second lies between two events.
fn nearly_ordered(interaction: u64, round: u64, each: u64) -> Step {
    let pair = mix((interaction << 32) ^ (round / 2));
    let swapped = pair % PAIRS_IN_ORDER == 0 && (round ^ 1) < each;
    let n = if swapped { round ^ 1 } else { round };
    Step::new(interaction, n, each, PARTICIPANTS, n * 1000 + mix(interaction) % 1000)
}

/// A number that looks random: the finalizer of SplitMix64.
#[must_use]
pub const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// A UUID of version 4 that belongs to these numbers.
#[must_use]
pub fn uuid(high: u64, low: u64) -> String {
    let (a, b) = (mix(high), mix(mix(high) ^ low));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48 & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn moves(steps: &[Step]) -> usize {
        steps.windows(2).filter(|pair| pair[0].millis > pair[1].millis).count()
    }

    #[test]
    fn everyone_who_joins_leaves() {
        for each in [2, 4, 20, 100] {
            let mut steps: Vec<Step> = jittered(7, each, PARTICIPANTS).collect();
            steps.sort_by_key(|step| (step.millis, step.kind));
            let mut present = BTreeMap::new();
            for step in steps {
                *present.entry(step.participant).or_insert(0) +=
                    if step.kind == PresenceKind::Joined { 1 } else { -1 };
            }
            assert!(present.values().all(|count| *count == 0), "{each}: {present:?}");
        }
    }

    #[test]
    fn a_random_order_has_every_event_once_and_nearly_in_order() {
        let steps: Vec<Step> = at_random(500, 20).collect();
        let mut turns: Vec<Step> = in_turn(500, 20).collect();
        assert_eq!(steps.len(), turns.len());
        let of = |n| steps.iter().filter(move |step| step.interaction == n).copied().collect::<Vec<_>>();
        let moved: usize = (0..500).map(|n| moves(&of(n))).sum();
        assert!((100..250).contains(&moved), "about one of 58: {moved}");
        let key = |step: &Step| (step.interaction, step.millis);
        let drawn: BTreeSet<_> = steps.iter().map(key).collect();
        turns.sort_by_key(key);
        assert_eq!(turns.iter().map(key).collect::<Vec<_>>(), drawn.into_iter().collect::<Vec<_>>());
        assert_ne!(
            steps[..500].iter().map(key).collect::<Vec<_>>(),
            steps[500..1000].iter().map(key).collect::<Vec<_>>()
        );
    }

    #[test]
    fn jitter_moves_events_by_its_own_length_at_most() {
        let steps: Vec<Step> = jittered(0, 1000, PARTICIPANTS).collect();
        let mut newest = 0;
        for step in &steps {
            assert!(step.millis + JITTER > newest);
            newest = newest.max(step.millis);
        }
        assert!(moves(&steps) > 100, "{}", moves(&steps));
    }
}
