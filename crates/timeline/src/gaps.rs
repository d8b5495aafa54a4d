//! The gaps that lie in the timelines: a set by number, and the question which interaction one touches.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rosterline_core::{Gap, GapId, Id, Scope};

use crate::GapMark;
use crate::intern::HASH;
use crate::packed::Moment;

/// The gaps, open and repaired.
#[derive(Clone, Debug)]
pub(crate) struct Gaps {
    most: usize,
    known: BTreeMap<GapId, Held>,
    /// Repairs of gaps that have not been told yet.
    early: BTreeSet<GapId>,
    /// The open gaps that can concern any interaction, by their start, each with the furthest end up to it: so one
    /// search answers for all of them.
    open: Vec<Span>,
    /// Whether an open gap that is certain concerns all interactions.
    certain_for_all: bool,
    /// The gaps that can concern only some interactions.
    named: HashMap<Id, Vec<GapId>, FixedState>,
    /// What forgotten gaps have counted in revisions, so that none ever falls.
    forgotten: u64,
}

#[derive(Clone, Debug)]
struct Held {
    mark: GapMark,
    scope: Scope,
    /// Made of two: no repair tells of all of it.
    merged: bool,
    /// Events of each interaction in the scope were seen, and dropped: it touches them wherever their other events lie.
    certain: bool,
}

/// A part of event time, and the interactions, in which a gap has opened or closed.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) scope: Scope,
    span: Span,
    /// Events of each interaction in the scope are known to be lost.
    certain: bool,
}

/// The part of event time in which something may be missing: all that lies strictly between its ends.
///
/// Where a connection was lost, nothing is missing at the ends themselves: the start is the newest event that was
/// seen, the end the moment from which all is seen again. Where events were dropped, the ends are dropped events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    after: Moment,
    before: Moment,
}

impl Span {
    pub(crate) fn of(mark: &GapMark) -> Self {
        let (from, to) = (Moment::of(mark.from), Moment::of(mark.to));
        if mark.dropped > 0 {
            Self { after: from.just_before(), before: to.just_after() }
        } else {
            Self { after: from, before: to }
        }
    }

    pub(crate) fn covers(self, at: Moment) -> bool {
        self.after < at && at < self.before
    }

    fn touches(self, (first, last): (Moment, Moment)) -> bool {
        self.after < last && first < self.before
    }
}

impl Gaps {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.max(2),
            known: BTreeMap::new(),
            early: BTreeSet::new(),
            open: Vec::new(),
            certain_for_all: false,
            named: HashMap::with_hasher(HASH),
            forgotten: 0,
        }
    }

    /// Takes a gap, and tells what it can touch. A number that is known is the same gap told twice.
    pub(crate) fn add(&mut self, gap: &Gap) -> Vec<Reach> {
        if self.known.contains_key(&gap.id) {
            return Vec::new();
        }
        let repaired = self.early.remove(&gap.id);
        let (from, to) = (gap.from.utc(), gap.to.utc());
        let mark = GapMark { id: gap.id, cause: gap.cause, from, to, dropped: gap.dropped, repaired };
        let (scope, certain) = (gap.scope.clone(), gap.dropped > 0 && gap.scope != Scope::All);
        let mut reaches = Vec::from([self.hold(Held { mark, scope, merged: false, certain })]);
        if self.known.len() > self.most {
            reaches.extend(self.make_room());
        }
        self.index();
        reaches
    }

    /// Takes a repair, and tells what it can touch.
    pub(crate) fn repair(&mut self, id: GapId) -> Option<Reach> {
        let Some(held) = self.known.get_mut(&id) else {
            self.early.insert(id);
            if self.early.len() > self.most {
                self.early.pop_first();
            }
            return None;
        };
        if held.mark.repaired || held.merged {
            return None;
        }
        held.mark.repaired = true;
        let reach = held.reach();
        self.index();
        Some(reach)
    }

    /// Whether an open gap touches the interaction, which lasts from its first event to its last.
    pub(crate) fn is_open(&self, interaction: &Id, life: (Moment, Moment)) -> bool {
        let certain = self.named(interaction).any(|held| !held.mark.repaired && held.certain);
        certain || self.certain_for_all || self.is_open_within(interaction, life)
    }

    /// Whether an open gap touches this part of the interaction's time.
    pub(crate) fn is_open_within(&self, interaction: &Id, part: (Moment, Moment)) -> bool {
        let (first, last) = part;
        let started = self.open.partition_point(|span| span.after < last);
        let by_any = started > 0 && first < self.open[started - 1].before;
        by_any
            || self.named(interaction).any(|held| !held.mark.repaired && Span::of(&held.mark).touches(part))
    }

    /// The gaps that touch the interaction, in the order of their numbers.
    pub(crate) fn touching(&self, interaction: &Id, life: (Moment, Moment)) -> Vec<GapMark> {
        let concerned = self.known.values().filter(|held| held.scope.covers(interaction));
        let touching = concerned.filter(|held| held.certain || Span::of(&held.mark).touches(life));
        touching.map(|held| held.mark.clone()).collect()
    }

    /// What is known of gaps that can concern the interaction: one for each, and one for its repair. What they touch can
    /// become less when an event arrives; what they can concern cannot, so a revision made of it only grows.
    pub(crate) fn facts(&self, interaction: &Id) -> u64 {
        let all = self.known.values().filter(|held| held.scope == Scope::All);
        let facts = |held: &Held| 1 + u64::from(held.mark.repaired);
        self.forgotten + all.map(facts).sum::<u64>() + self.named(interaction).map(facts).sum::<u64>()
    }

    fn named(&self, interaction: &Id) -> impl Iterator<Item = &Held> {
        let ids = if self.named.is_empty() { None } else { self.named.get(interaction) };
        ids.into_iter().flatten().filter_map(|id| self.known.get(id))
    }

    fn hold(&mut self, held: Held) -> Reach {
        let reach = held.reach();
        if let Scope::Only(ids) = &held.scope {
            for id in ids {
                self.named.entry_ref(id).or_default().push(held.mark.id);
            }
        }
        self.known.insert(held.mark.id, held);
        reach
    }

    fn forget(&mut self, id: GapId) -> Option<Held> {
        let held = self.known.remove(&id)?;
        self.forgotten += 1 + u64::from(held.mark.repaired);
        if let Scope::Only(ids) = &held.scope {
            for id in ids {
                if let Some(gaps) = self.named.get_mut(id) {
                    gaps.retain(|gap| *gap != held.mark.id);
                    if gaps.is_empty() {
                        self.named.remove(id);
                    }
                }
            }
        }
        Some(held)
    }

    /// Makes one gap less of them, without a part of event time becoming certain by it.
    fn make_room(&mut self) -> Option<Reach> {
        if let Some(id) = self.known.values().find(|held| held.mark.repaired).map(|held| held.mark.id) {
            let held = self.forget(id)?;
            // It is no longer listed where it was: one more fact, so that the revision tells.
            self.forgotten += 1;
            return Some(held.reach());
        }
        let (one, other) = self.two_of_a_kind()?;
        let (one, other) = (self.forget(one)?, self.forget(other)?);
        let scope = match (one.scope, other.scope) {
            (mut scope, Scope::Only(ids)) => {
                ids.iter().for_each(|id| scope.add(id));
                scope
            }
            (Scope::All | Scope::Only(_), Scope::All) => Scope::All,
        };
        let (from, to) = (one.mark.from.min(other.mark.from), one.mark.to.max(other.mark.to));
        let dropped = one.mark.dropped + other.mark.dropped;
        let (mark, certain) = (GapMark { from, to, dropped, ..one.mark }, one.certain);
        Some(self.hold(Held { mark, scope, merged: true, certain }))
    }

    /// The two oldest gaps that are both certain, or both are not: only those become one that touches whatever each of
    /// them did. Of any three, two are of a kind.
    fn two_of_a_kind(&self) -> Option<(GapId, GapId)> {
        let (certain, others): (Vec<&Held>, Vec<&Held>) = self.known.values().partition(|held| held.certain);
        let two = |held: &[&Held]| Some((held.first()?.mark.id, held.get(1)?.mark.id));
        [two(&certain), two(&others)].into_iter().flatten().min_by_key(|(_, second)| *second)
    }

    /// Puts the open gaps in order, after one was opened, closed or forgotten.
    fn index(&mut self) {
        let open = self.known.values().filter(|held| !held.mark.repaired && held.scope == Scope::All);
        self.open = open.map(|held| Span::of(&held.mark)).collect();
        self.certain_for_all = self.known.values().any(Held::is_certain_for_all);
        self.open.sort_unstable();
        let mut furthest = Moment::DAWN;
        for span in &mut self.open {
            furthest = furthest.max(span.before);
            span.before = furthest;
        }
    }
}

impl Held {
    /// Whether it keeps every timeline from being complete: too many interactions had events dropped to name them all.
    fn is_certain_for_all(&self) -> bool {
        self.certain && !self.mark.repaired && self.scope == Scope::All
    }

    fn reach(&self) -> Reach {
        Reach { scope: self.scope.clone(), span: Span::of(&self.mark), certain: self.certain }
    }
}

impl Reach {
    pub(crate) fn touches(&self, life: (Moment, Moment)) -> bool {
        self.certain || self.span.touches(life)
    }
}
