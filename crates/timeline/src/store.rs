//! The timelines of many interactions.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use hashbrown::HashTable;
use rosterline_core::{Gap, GapId, Id, Presence, Scope};

use crate::eviction::{Evicted, Queue};
use crate::gaps::{Gaps, Reach};
use crate::interaction::{Interaction, Taken};
use crate::intern::{hash, make_room};
use crate::{Applied, Change, Limits, Timeline, What, fold};

/// The timelines of many interactions, and the gaps that lie in them.
///
/// What is shown is a function of the *set* of events, gaps and repairs: in which order, how often and in what portions
/// they came does not change a byte, as long as nothing was turned away by a [limit](Limits).
///
/// - Inputs: [`apply`](Self::apply), [`gap`](Self::gap), [`repaired`](Self::repaired).
/// - Poll: [`poll_change`](Self::poll_change), until it gives `None`, after every input. Evicted timelines wait there.
/// - Getters: [`get`](Self::get), [`final_snapshot`](Self::final_snapshot), [`iter`](Self::iter), and the counts.
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
#[derive(Debug)]
pub struct Timelines {
    limits: Limits,
    slots: Vec<Slot>,
    /// Slots by the hash of their interaction. Its order never shows.
    index: HashTable<u32>,
    gaps: Gaps,
    changes: VecDeque<Pending>,
    complete_first: Queue,
    open_next: Queue,
    evicted: Evicted,
    /// Counts the events that were taken; the order of touches.
    touches: u64,
    open: usize,
    too_late: u64,
}

#[derive(Debug)]
struct Slot {
    set: Interaction,
    touched: u64,
    complete: bool,
    /// It was told to be complete at some time.
    reported: bool,
    tells_completed: bool,
    tells_amended: bool,
    /// It stands in [`Timelines::complete_first`]: always, while it is complete.
    in_complete: bool,
    /// It stands in [`Timelines::open_next`]: always, while it is not complete.
    in_open: bool,
}

#[derive(Debug)]
enum Pending {
    Completed(Id),
    Amended(Id),
    Evicted(Box<Timeline>),
}

impl Timelines {
    /// No timelines yet, and the bounds of what will be held.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            slots: Vec::new(),
            index: HashTable::new(),
            gaps: Gaps::new(limits.gaps),
            changes: VecDeque::new(),
            complete_first: Queue::default(),
            open_next: Queue::default(),
            evicted: Evicted::new(limits.evicted),
            touches: 0,
            open: 0,
            too_late: 0,
            limits,
        }
    }

    /// Takes one event. Events that fill a gap are taken in the same way as those that came by themselves.
    pub fn apply(&mut self, event: &Presence) -> Applied {
        let Some(at) = self.slot_for(&event.interaction) else {
            self.too_late += 1;
            return Applied::TooLate;
        };
        self.touches += 1;
        let slot = &mut self.slots[at as usize];
        slot.touched = self.touches;
        let future = event.at.unix_millis() > event.received.after(self.limits.future);
        let taken = slot.set.take(event, future, &self.limits);
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

    /// The next change, in the order in which they happened; at most one of a kind waits for each interaction, beside
    /// the evicted, all of which wait.
    pub fn poll_change(&mut self) -> Option<Change> {
        let pending = self.changes.pop_front()?;
        let (interaction, what) = match pending {
            Pending::Completed(id) => (id, What::Completed),
            Pending::Amended(id) => (id, What::Amended),
            Pending::Evicted(timeline) => (timeline.interaction_id.clone(), What::Evicted(timeline)),
        };
        if let Some(at) = self.find(&interaction) {
            let slot = &mut self.slots[at as usize];
            match what {
                What::Completed => slot.tells_completed = false,
                What::Amended => slot.tells_amended = false,
                What::Evicted(_) => {}
            }
        }
        Some(Change { interaction, what })
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
        sets.into_iter().map(|set| fold::timeline(set, &self.gaps, false))
    }

    /// Interactions held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Interactions held that are not complete.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open
    }

    /// Whether an interaction is held and not complete.
    #[must_use]
    pub fn is_open(&self, interaction: &Id) -> bool {
        self.find(interaction).is_some_and(|at| !self.slots[at as usize].complete)
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
        let at = self.find(interaction)?;
        Some(fold::timeline(&self.slots[at as usize].set, &self.gaps, is_final))
    }

    fn find(&self, interaction: &Id) -> Option<u32> {
        let is = |&at: &u32| self.slots[at as usize].set.id() == interaction;
        self.index.find(hash(interaction), is).copied()
    }

    /// The slot of an interaction, a new one if need be; `None` if the interaction was evicted.
    fn slot_for(&mut self, interaction: &Id) -> Option<u32> {
        if let Some(at) = self.find(interaction) {
            return Some(at);
        }
        if self.evicted.contains(interaction) {
            return None;
        }
        let full = self.slots.len() >= self.limits.interactions.max(1);
        let at = if full { self.evict() } else { self.slots.len() as u32 };
        let new = Slot::new(interaction.clone(), self.touches + 1);
        match self.slots.get_mut(at as usize) {
            // The place in the queues belongs to the slot, not to who is in it.
            Some(slot) => *slot = Slot { in_complete: slot.in_complete, in_open: slot.in_open, ..new },
            None => {
                let more = self.slots.len() / 8 + 16;
                make_room(&mut self.slots, more);
                self.slots.push(new);
            }
        }
        self.open += 1;
        self.queue(at);
        let slots = &self.slots;
        self.index.insert_unique(hash(interaction), at, |&at| hash(slots[at as usize].set.id()));
        Some(at)
    }

    /// Brings a slot up to date whose timeline has changed, and notes what is to be told.
    fn settle(&mut self, at: u32) {
        let slot = &mut self.slots[at as usize];
        let (first, last) = slot.set.span();
        let was = slot.complete;
        slot.complete = slot.set.is_settled() && !self.gaps.is_open(slot.set.id(), first, last);
        if slot.complete && !was {
            slot.reported = true;
            if !core::mem::replace(&mut slot.tells_completed, true) {
                self.changes.push_back(Pending::Completed(slot.set.id().clone()));
            }
            self.open -= 1;
        } else if slot.reported && !core::mem::replace(&mut slot.tells_amended, true) {
            self.changes.push_back(Pending::Amended(slot.set.id().clone()));
        }
        if was && !slot.complete {
            self.open += 1;
        }
        if was != slot.complete {
            self.queue(at);
        }
    }

    fn settle_within(&mut self, reach: &Reach) {
        match &reach.scope {
            Scope::All => {
                for at in 0..self.slots.len() {
                    if reach.touches(self.slots[at].set.span()) {
                        self.settle(at as u32);
                    }
                }
            }
            Scope::Only(ids) => {
                for id in ids {
                    if let Some(at) = self.find(id) {
                        if reach.touches(self.slots[at as usize].set.span()) {
                            self.settle(at);
                        }
                    }
                }
            }
        }
    }

    /// Puts a slot into the queue that it belongs to, unless it stands there.
    fn queue(&mut self, at: u32) {
        let slot = &mut self.slots[at as usize];
        let (queue, is_in) = if slot.complete {
            (&mut self.complete_first, &mut slot.in_complete)
        } else {
            (&mut self.open_next, &mut slot.in_open)
        };
        if !core::mem::replace(is_in, true) {
            queue.push(slot.touched, at);
        }
    }

    /// Hands out the timeline that has to go, and gives its slot.
    fn evict(&mut self) -> u32 {
        let at = self.oldest();
        let slot = &self.slots[at as usize];
        let id = slot.set.id().clone();
        if !slot.complete {
            self.open -= 1;
        }
        let last = fold::timeline(&slot.set, &self.gaps, true);
        self.changes.push_back(Pending::Evicted(Box::new(last)));
        if let Ok(entry) = self.index.find_entry(hash(&id), |&other| other == at) {
            entry.remove();
        }
        self.evicted.add(id);
        at
    }

    /// The complete slot that was touched least recently, or else the open one. It leaves its queue.
    fn oldest(&mut self) -> u32 {
        while let Some((touched, at)) = self.complete_first.pop() {
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
            let (touched, at) =
                self.open_next.pop().expect("a slot that is not complete stands among the open ones");
            let slot = &mut self.slots[at as usize];
            slot.in_open = false;
            if slot.touched == touched {
                return at;
            }
            self.queue(at);
        }
    }
}

impl Slot {
    const fn new(interaction: Id, touched: u64) -> Self {
        Self {
            set: Interaction::new(interaction),
            touched,
            complete: false,
            reported: false,
            tells_completed: false,
            tells_amended: false,
            in_complete: false,
            in_open: false,
        }
    }
}
