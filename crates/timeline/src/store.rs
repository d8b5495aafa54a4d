//! The timelines of many interactions.

use alloc::vec::Vec;

use rosterline_core::{Gap, GapId, Id, Instant, Offer, Presence, Scope, Timestamp};

use crate::eviction::Evicted;
use crate::gaps::{Gaps, Reach};
use crate::interaction::{Interaction, Taken};
use crate::news::News;
use crate::packed::Moment;
use crate::slots::{Due, Slots};
use crate::words::Words;
use crate::{Applied, Change, Limits, Stage, Timeline, fold};

/// The timelines of many interactions, and the gaps that lie in them.
///
/// What is shown is a function of the *set* of events, gaps and repairs: in which order, how often and in what portions
/// they came does not change a byte, as long as nothing was turned away by a [limit](Limits).
///
/// - Inputs: [`tell`](Self::tell), or one by one [`apply`](Self::apply), [`unanswered`](Self::unanswered), [`gap`](Self::gap), [`repaired`](Self::repaired), and for time
///   [`advance`](Self::advance).
/// - Polls: [`poll_change`](Self::poll_change), until it gives `None`, after every input: evicted timelines wait there.
///   [`poll_timeout`](Self::poll_timeout) says when time has something to do.
/// - Getters: [`get`](Self::get), [`stage`](Self::stage), [`final_snapshot`](Self::final_snapshot), [`iter`](Self::iter),
///   and the counts.
///
/// # Time
///
/// Event time orders, and only [`advance`](Self::advance) lets time pass: nothing here reads a clock. Each interaction
/// has a window of its own. It is complete when everyone who joined has left and no open gap touches it; when nothing
/// newer has been heard of it for the [allowed lateness](Limits::lateness), it is [final](Stage::Final), and its newest
/// event time becomes its [`watermark`](Self::watermark). What is heard later and lies behind the watermark still takes
/// its place, amends the timeline, and is named [late](crate::AnomalyKind::Late). After the
/// [retention](Limits::retention) the interaction is handed out and forgotten, and what comes then is
/// [too late](Applied::TooLate). An owner who never advances has no final timelines and no late events.
///
/// ```
/// use rosterline_core::{Id, Instant, Presence, PresenceKind, Timestamp, UnixMillis, Word};
/// use rosterline_timeline::{Applied, Limits, Timelines};
///
/// let at = Timestamp::parse("2024-05-01T12:00:00Z").expect("RFC 3339");
/// let joined = Presence {
///     at,
///     kind: PresenceKind::Joined,
///     interaction: Id::new("c1"),
///     participant: Id::new("alice"),
///     channel: Word::from("voice"),
///     reason: None,
///     leg: None,
///     arrived: Instant::ZERO,
///     received: at.unix_millis(),
/// };
/// let mut timelines = Timelines::new(Limits::default());
/// assert_eq!(timelines.apply(&joined), Applied::New);
/// assert_eq!(timelines.apply(&joined), Applied::Duplicate);
/// let timeline = timelines.get(&Id::new("c1")).expect("it has an event");
/// assert_eq!(timeline.presence[0].to, None);
/// assert!(!timeline.complete);
/// # let _: UnixMillis = joined.received;
/// ```
#[derive(Clone, Debug)]
pub struct Timelines {
    limits: Limits,
    slots: Slots,
    words: Words,
    gaps: Gaps,
    news: News,
    evicted: Evicted,
    too_late: u64,
    now: Instant,
}

impl Timelines {
    /// No timelines yet, and the bounds of what will be held.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            slots: Slots::new(&limits),
            words: Words::new(),
            gaps: Gaps::new(limits.gaps),
            news: News::default(),
            evicted: Evicted::new(limits.evicted),
            too_late: 0,
            now: Instant::ZERO,
            limits,
        }
    }

    /// Takes one event. Events that fill a gap are taken in the same way as those that came by themselves.
    pub fn apply(&mut self, event: &Presence) -> Applied {
        let Some(at) = self.slot_for(&event.interaction) else {
            self.too_late += 1;
            return Applied::TooLate;
        };
        let slot = self.slots.touch(at);
        let newest = slot.set.newest();
        let taken =
            slot.set.take(event, self.limits.seen(event), slot.watermark, &mut self.words, &self.limits);
        if slot.set.newest() > newest {
            self.slots.hear(at, self.now);
        }
        match taken {
            Taken::New | Taken::Clearer | Taken::Conflict => self.settle(at),
            Taken::Known => {}
            Taken::Refused => self.too_late += 1,
        }
        match taken {
            Taken::New => Applied::New,
            Taken::Known | Taken::Clearer => Applied::Duplicate,
            Taken::Conflict => Applied::Conflict,
            Taken::Refused => Applied::TooLate,
        }
    }

    /// Takes one communication that rang and was not answered. It moves nothing, but is shown.
    pub fn unanswered(&mut self, offer: &Offer) -> Applied {
        let Some(at) = self.slot_for(&offer.interaction) else {
            self.too_late += 1;
            return Applied::TooLate;
        };
        match self.slots.touch(at).set.take_offer(offer, &self.limits) {
            Taken::New => {
                self.settle(at);
                Applied::New
            }
            Taken::Refused => {
                self.too_late += 1;
                Applied::TooLate
            }
            Taken::Known | Taken::Clearer | Taken::Conflict => Applied::Duplicate,
        }
    }

    /// Takes one gap, open until [`repaired`](Self::repaired). A number that is known already is the same gap.
    pub fn gap(&mut self, gap: &Gap) {
        for reach in self.gaps.add(gap) {
            self.settle_within(&reach);
        }
    }

    /// Takes the news that a gap was filled; the events that filled it go through [`apply`](Self::apply).
    pub fn repaired(&mut self, id: GapId) {
        if let Some(reach) = self.gaps.repair(id) {
            self.settle_within(&reach);
        }
    }

    /// Lets time pass, up to `now` on any clock that never goes back, from an epoch of the caller's choice: timelines become
    /// final, and final ones leave. An earlier `now` than before changes nothing.
    ///
    /// Advance before you apply what arrived at `now`. Between two calls the order of events cannot matter; what is late
    /// is decided by the calls before it.
    pub fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        while let Some(due) = self.slots.poll_due(self.now) {
            match due {
                Due::Final(at) => self.news.is_final(self.slots.get_mut(at)),
                Due::Leave(at) => {
                    let last = self.slots.remove(at);
                    self.hand_out(&last);
                }
            }
        }
    }

    /// When to call [`advance`](Self::advance) next, if nothing else happens before. `None` if time has nothing to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.slots.next_due()
    }

    /// The next change, in the order in which they happened; at most one of a kind waits for each interaction, beside
    /// the evicted, all of which wait.
    pub fn poll_change(&mut self) -> Option<Change> {
        self.news.poll(&mut self.slots)
    }

    /// The timeline of one interaction as it stands. `None` if it is not held.
    #[must_use]
    pub fn get(&self, interaction: &Id) -> Option<Timeline> {
        self.snapshot(interaction, false)
    }

    /// Like [`get`](Self::get), with whoever is still there named as an anomaly: for the last time it is shown.
    #[must_use]
    pub fn final_snapshot(&self, interaction: &Id) -> Option<Timeline> {
        self.snapshot(interaction, true)
    }

    /// All timelines as they stand, in the order of their interaction's identifier.
    pub fn iter(&self) -> impl Iterator<Item = Timeline> + '_ {
        let mut sets: Vec<&Interaction> = self.slots.iter().map(|slot| &slot.set).collect();
        sets.sort_unstable_by(|a, b| a.id().cmp(b.id()));
        sets.into_iter().map(|set| fold::timeline(set, &self.words, &self.gaps, false))
    }

    /// Interactions held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.len() == 0
    }

    /// Interactions held that are not complete.
    #[must_use]
    pub fn open(&self) -> usize {
        self.slots.open()
    }

    /// Whether an interaction is held and not complete.
    #[must_use]
    pub fn is_open(&self, interaction: &Id) -> bool {
        self.slots.find(interaction).is_some_and(|at| !self.slots.get(at).complete)
    }

    /// How far the timeline of an interaction has come. `None` if it is not held.
    #[must_use]
    pub fn stage(&self, interaction: &Id) -> Option<Stage> {
        let at = self.slots.find(interaction)?;
        Some(match (self.slots.get(at).complete, self.slots.is_final(at, self.now)) {
            (false, _) => Stage::Open,
            (true, false) => Stage::Provisional,
            (true, true) => Stage::Final,
        })
    }

    /// The event time up to which nothing more is expected of an interaction: what comes at or behind it is late. `None`
    /// if the timeline has not been final yet, or is not held. It never falls.
    #[must_use]
    pub fn watermark(&self, interaction: &Id) -> Option<Timestamp> {
        let watermark = self.slots.get(self.slots.find(interaction)?).watermark;
        (watermark > Moment::DAWN).then(|| watermark.written(0))
    }

    /// Events that were not taken because their interaction was evicted or is at one of its limits.
    #[must_use]
    pub fn too_late(&self) -> u64 {
        self.too_late
    }

    /// The bounds in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    fn snapshot(&self, interaction: &Id, is_final: bool) -> Option<Timeline> {
        let at = self.slots.find(interaction)?;
        Some(fold::timeline(&self.slots.get(at).set, &self.words, &self.gaps, is_final))
    }

    /// The slot of an interaction, a new one if need be; `None` if the interaction was evicted.
    fn slot_for(&mut self, interaction: &Id) -> Option<u32> {
        if let Some(at) = self.slots.find(interaction) {
            return Some(at);
        }
        if self.evicted.contains(interaction) {
            return None;
        }
        if self.slots.len() < self.limits.interactions.max(1) {
            return Some(self.slots.add(interaction.clone(), self.now));
        }
        let (at, last) = self.slots.replace_oldest(interaction.clone(), self.now);
        self.hand_out(&last);
        Some(at)
    }

    /// Hands out the last state of an interaction that has left.
    fn hand_out(&mut self, last: &Interaction) {
        let timeline = fold::timeline(last, &self.words, &self.gaps, true);
        self.news.evicted(timeline);
        self.evicted.add(last.id().clone());
    }

    /// Brings a slot up to date whose timeline has changed, and notes what is to be told.
    fn settle(&mut self, at: u32) {
        let slot = self.slots.get_mut(at);
        let was = slot.complete;
        let complete = slot.set.is_settled() && !self.gaps.is_open(slot.set.id(), slot.set.span());
        if complete && !was {
            self.news.completed(slot);
        } else if slot.reported {
            self.news.amended(slot);
        }
        self.slots.set_complete(at, complete);
    }

    fn settle_within(&mut self, reach: &Reach) {
        match &reach.scope {
            Scope::All => {
                for at in self.slots.taken() {
                    self.settle_if_touched(at, reach);
                }
            }
            Scope::Only(ids) => {
                for id in ids {
                    if let Some(at) = self.slots.find(id) {
                        self.settle_if_touched(at, reach);
                    }
                }
            }
        }
    }

    fn settle_if_touched(&mut self, at: u32, reach: &Reach) {
        if reach.touches(self.slots.get(at).set.span()) {
            self.settle(at);
        }
    }
}
