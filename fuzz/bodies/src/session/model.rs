//! What the application may be told: a second, plain idea of duplicates, of what waits and what is dropped, and of holes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rosterline_core::wire::Decoded;
use rosterline_core::{
    Config, Event, Gap, GapCause, GapId, Id, Instant, Policy, Presence, Rejected, Repair, Scope, State,
    Stats, Status, Timestamp, UnixMillis, Word,
};

/// An event that may wait for the application.
#[derive(Debug)]
enum Item {
    Presence(Presence),
    Unknown { kind: Word, at: Timestamp },
}

/// What fills a gap, and the word that it did.
#[derive(Debug)]
enum Brought {
    Event(Presence),
    Repair(Repair),
}

/// What is to be told, and what was.
#[derive(Debug)]
pub(super) struct Model {
    policy: Policy,
    capacity: usize,
    memory: usize,
    future: Duration,
    /// Events that were there, the newest `memory` of them; those that were dropped leave their place.
    known: VecDeque<Option<Presence>>,
    /// An event beyond this is not the newest.
    latest: Timestamp,
    /// Events of the input at hand.
    coming: Vec<Item>,
    /// What the application has brought itself comes first.
    brought: VecDeque<Brought>,
    waiting: VecDeque<Item>,
    /// There was too much under the policy that ends the session.
    overrun: bool,
    /// Dropped events that no gap has told of yet.
    lost: VecDeque<Item>,
    received: u64,
    delivered: u64,
    filtered: u64,
    duplicate: u64,
    rejected: u64,
    dropped: u64,
    told_rejected: u64,
    state: State,
    /// How often a subscription was confirmed, and how often that was told.
    pub(super) confirmed: u64,
    told_live: u64,
    receiving: bool,
    /// And when it came.
    newest: Option<(Timestamp, Instant)>,
    /// By how much the time of day was set since, and how much of it we may have slept.
    moved_ms: i64,
    slept: Duration,
    /// When what is coming came.
    now: Instant,
    first: Option<UnixMillis>,
    /// Where the hole starts that is open now.
    hole: Option<Timestamp>,
    holes: VecDeque<(Timestamp, Timestamp)>,
    /// Gaps that were told and are not repaired, and the numbers of all.
    open: BTreeMap<GapId, Gap>,
    told_gaps: BTreeSet<GapId>,
    repairs: VecDeque<Repair>,
    repaired: u64,
    pub(super) ended: bool,
}

impl Model {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            policy: config.buffer.policy,
            capacity: config.buffer.capacity,
            memory: config.limits.duplicates,
            future: config.limits.future,
            known: VecDeque::new(),
            latest: UnixMillis(0).into(),
            brought: VecDeque::new(),
            coming: Vec::new(),
            waiting: VecDeque::new(),
            overrun: false,
            lost: VecDeque::new(),
            received: 0,
            delivered: 0,
            filtered: 0,
            duplicate: 0,
            rejected: 0,
            dropped: 0,
            told_rejected: 0,
            state: State::Waiting,
            confirmed: 0,
            told_live: 0,
            receiving: false,
            newest: None,
            moved_ms: 0,
            slept: Duration::ZERO,
            now: Instant::ZERO,
            first: None,
            hole: None,
            holes: VecDeque::new(),
            open: BTreeMap::new(),
            told_gaps: BTreeSet::new(),
            repairs: VecDeque::new(),
            repaired: 0,
            ended: false,
        }
    }

    /// A message with these elements has come.
    pub(super) fn came(&mut self, elements: Vec<Decoded>, moment: Moment) {
        self.latest = moment.wall.after(self.future).into();
        self.now = moment.now;
        for element in elements {
            self.received += 1;
            self.receive(moment);
            match element {
                Decoded::Presence(presence) => self.coming.push(Item::Presence(presence)),
                Decoded::Unknown(unknown) => {
                    self.coming.push(Item::Unknown { kind: unknown.kind, at: unknown.received.into() });
                }
                Decoded::Filtered => self.filtered += 1,
                Decoded::Rejected { .. } => self.rejected += 1,
            }
        }
    }

    /// A message that cannot be opened has come.
    pub(super) fn refused(&mut self) {
        self.received += 1;
        self.rejected += 1;
    }

    /// From here on the server tells what happens.
    pub(super) fn receive(&mut self, moment: Moment) {
        if !self.receiving {
            self.receiving = true;
            self.first.get_or_insert(moment.wall);
            if let Some(from) = self.hole.take() {
                // By the server's clock it is not earlier than that.
                let at_least = self.newest.map(|(at, seen)| {
                    at.unix_millis().after(moment.now.since(seen) + self.slept + Moment::BEGUN)
                });
                self.holes.push_back((from, moment.over.max(at_least.unwrap_or(moment.over)).into()));
            }
        }
    }

    /// The time of day was set: it was wrong, or we have slept.
    pub(super) fn clock_moved(&mut self, by_ms: i64) {
        self.first = self.first.map(|first| first.before(Duration::from_millis(by_ms.min(0).unsigned_abs())));
        self.moved_ms += by_ms;
        self.slept = self.slept.max(Duration::from_millis(self.moved_ms.max(0).unsigned_abs()));
        if self.newest.is_none() && self.hole.is_some() {
            self.hole = self.first.map(Timestamp::from);
        }
    }

    /// The connection is gone, and nobody wanted that.
    pub(super) fn connection_lost(&mut self) {
        if std::mem::take(&mut self.receiving) {
            self.hole = self.newest.map(|(at, _)| at).or(self.first.map(Timestamp::from));
        }
    }

    /// A source has told what a gap has swallowed.
    pub(super) fn recovered(&mut self, id: GapId, events: Vec<Presence>) {
        let gap = self.open.remove(&id).expect("only a gap that was told and is open can be repaired");
        self.repaired += 1;
        let mut recovered = 0;
        for event in events {
            self.received += 1;
            if self.takes_in(&event) {
                recovered += 1;
                self.brought.push_back(Brought::Event(event));
            }
        }
        self.brought.push_back(Brought::Repair(Repair { gap, recovered }));
    }

    /// The gap that was told last and can be repaired.
    pub(super) fn newest_gap(&self) -> Option<GapId> {
        self.open.last_key_value().map(|(id, _)| *id)
    }

    /// Whether an event is new; takes note of it.
    fn takes_in(&mut self, presence: &Presence) -> bool {
        if self.known.iter().flatten().any(|known| is_same(known, presence)) {
            self.duplicate += 1;
            return false;
        }
        self.known.push_back(Some(presence.clone()));
        if self.known.len() > self.memory {
            self.known.pop_front();
        }
        true
    }

    /// An event is dropped: whoever brings it again brings something new.
    fn lose(&mut self, item: Item) {
        if let Item::Presence(lost) = &item {
            let noted =
                self.known.iter_mut().find(|known| known.as_ref().is_some_and(|known| is_same(known, lost)));
            noted.into_iter().for_each(|noted| *noted = None);
        }
        self.lost.push_back(item);
    }

    /// Whether what comes is too much for the policy that ends the session.
    pub(super) fn overruns(&self) -> bool {
        let mut new: Vec<&Item> = Vec::new();
        for item in &self.coming {
            let known = |presence: &Presence| {
                let before = self.known.iter().flatten().any(|known| is_same(known, presence));
                before || new.iter().any(|item| item.presence().is_some_and(|other| is_same(other, presence)))
            };
            if !item.presence().is_some_and(known) {
                new.push(item);
            }
        }
        self.overrun || self.policy == Policy::End && self.waiting.len() + new.len() > self.capacity
    }

    /// What came is stored, one after the other. Whether that is the end of a session that must lose nothing.
    pub(super) fn store(&mut self, stats: &Stats) -> bool {
        let dropped = usize::try_from(stats.dropped - self.dropped).expect("not that many");
        self.dropped = stats.dropped;
        if self.coming.is_empty() {
            if dropped > 0 {
                self.abandon(dropped);
            }
            return self.overrun;
        }
        let before = self.lost.len();
        for item in std::mem::take(&mut self.coming) {
            if let Some(presence) = item.presence() {
                if !self.takes_in(presence) {
                    continue;
                }
                if presence.at <= self.latest && self.newest.is_none_or(|(at, _)| at < presence.at) {
                    self.newest = Some((presence.at, self.now));
                    (self.moved_ms, self.slept) = (0, Duration::ZERO);
                }
            }
            let full = self.waiting.len() >= self.capacity;
            match self.policy {
                // Only after the longest pause, which nobody sees from here.
                Policy::Pause if full && dropped > 0 => self.replace_oldest(item),
                Policy::DropOldest if full => self.replace_oldest(item),
                Policy::DropNewest if full => self.lose(item),
                // Once there was too much, whoever takes what waits makes no room any more.
                Policy::End if full || self.overrun => {
                    self.overrun = true;
                    self.lose(item);
                }
                Policy::Pause | Policy::DropOldest | Policy::DropNewest | Policy::End => {
                    self.waiting.push_back(item);
                }
            }
        }
        assert_eq!(self.lost.len() - before, dropped, "dropped by {:?}", self.policy);
        self.overrun
    }

    fn replace_oldest(&mut self, newest: Item) {
        while self.waiting.len() >= self.capacity {
            let oldest = self.waiting.pop_front().expect("the capacity is 1 or more");
            self.lose(oldest);
        }
        self.waiting.push_back(newest);
    }

    /// Who gives up waiting for the application drops everything.
    fn abandon(&mut self, dropped: usize) {
        for brought in self.brought.drain(..) {
            match brought {
                Brought::Event(event) => self.lost.push_back(Item::Presence(event)),
                Brought::Repair(repair) => self.repairs.push_back(repair),
            }
        }
        self.lost.extend(self.waiting.drain(..));
        assert!(dropped <= self.lost.len(), "{dropped} of {:?}", self.lost);
    }

    /// The counts are exact, and add up.
    pub(super) fn check(&self, stats: &Stats) {
        let ours =
            [self.received, self.delivered, self.filtered, self.duplicate, self.rejected, self.dropped];
        let theirs =
            [stats.received, stats.delivered, stats.filtered, stats.duplicate, stats.rejected, stats.dropped];
        assert_eq!(ours, theirs, "received, delivered, filtered, duplicate, rejected, dropped");
        let brought = self.brought.iter().filter(|brought| matches!(brought, Brought::Event(_))).count();
        assert_eq!(stats.buffered, (brought + self.waiting.len()) as u64, "buffered");
        assert_eq!(stats.gaps_repaired, self.repaired, "repaired");
        assert_eq!(
            stats.received,
            theirs[1..].iter().sum::<u64>() + stats.buffered,
            "received is the sum of what became of it"
        );
    }

    /// The application has taken an item.
    pub(super) fn take(&mut self, event: Event) {
        assert!(!self.ended, "something comes after the end: {event:?}");
        if let Some(brought) = self.brought.pop_front() {
            match (brought, event) {
                (Brought::Event(expected), Event::Presence(found)) => {
                    assert_eq!(found, expected);
                    self.delivered += 1;
                }
                (Brought::Repair(expected), Event::Repaired(found)) => assert_eq!(found, expected),
                (expected, found) => panic!("{expected:?} was next, not {found:?}"),
            }
            return;
        }
        match event {
            Event::Presence(found) => match self.waiting.pop_front() {
                Some(Item::Presence(expected)) => {
                    assert_eq!(found, expected);
                    self.delivered += 1;
                }
                other => panic!("{other:?} was next, not {found:?}"),
            },
            Event::Unknown(found) => match self.waiting.pop_front() {
                Some(Item::Unknown { kind, at }) => {
                    assert_eq!((found.kind, found.received.into()), (kind, at));
                    self.delivered += 1;
                }
                other => panic!("{other:?} was next, not {found:?}"),
            },
            Event::Status(status) => self.status(&status),
            Event::Gap(gap) => self.gap(gap),
            Event::Repaired(repair) => assert_eq!(Some(repair), self.repairs.pop_front()),
            Event::Rejected(Rejected { count, .. }) => {
                self.told_rejected += count;
                assert!(self.told_rejected <= self.rejected);
            }
            Event::Ended(_) => self.end(),
            other @ (Event::Unanswered(_) | _) => panic!("an event that nobody expects: {other:?}"),
        }
    }

    fn status(&mut self, status: &Status) {
        let known = match (self.state, status.state) {
            (before, after) if before == after => true,
            (State::Waiting, State::Connecting)
            | (State::Connecting, State::Authenticating | State::Waiting)
            | (State::Authenticating, State::Subscribing)
            | (State::Subscribing, State::Live)
            | (State::Live, State::Subscribing) => true,
            (State::Authenticating | State::Subscribing | State::Live, State::Waiting | State::Draining) => {
                true
            }
            _ => false,
        };
        assert!(known, "from {:?} to {status:?}", self.state);
        self.told_live += u64::from(status.state == State::Live && self.state != State::Live);
        assert!(self.told_live <= self.confirmed, "live before the server said so");
        self.state = status.state;
    }

    fn gap(&mut self, gap: Gap) {
        assert!(gap.from <= gap.to && self.told_gaps.insert(gap.id), "{gap:?}");
        match gap.cause {
            GapCause::Reconnect => {
                assert_eq!(Some((gap.from, gap.to)), self.holes.pop_front(), "{gap:?}");
                assert_eq!(gap.dropped, 0);
            }
            GapCause::Restart => panic!("there was no run before: {gap:?}"),
            GapCause::Ended => {
                assert_eq!(Some(gap.from), self.hole.take(), "{gap:?}");
                assert_eq!(gap.dropped, 0);
            }
            GapCause::Overflow | GapCause::Shutdown => {
                assert!(gap.dropped > 0, "{gap:?}");
                for _ in 0..gap.dropped {
                    let item = self.lost.pop_front().expect("a gap tells of no more than was dropped");
                    let (at, whose) = item.concerns();
                    assert!(gap.from <= at && at <= gap.to, "{gap:?} leaves out {at}");
                    assert!(whose.is_none_or(|id| gap.scope.covers(id)), "{gap:?} leaves out {whose:?}");
                    assert!(gap.scope != Scope::All, "it is known who is concerned");
                }
            }
        }
        self.open.insert(gap.id, gap);
    }

    /// At the end nothing is left untold.
    fn end(&mut self) {
        self.ended = true;
        assert!(self.waiting.is_empty() && self.lost.is_empty(), "{:?} {:?}", self.waiting, self.lost);
        assert!(self.hole.is_none() && self.holes.is_empty(), "{:?} {:?}", self.hole, self.holes);
        assert!(self.repairs.is_empty() && self.brought.is_empty(), "{:?} {:?}", self.repairs, self.brought);
        assert_eq!(self.told_rejected, self.rejected, "every rejection is told");
    }
}

/// A moment on both clocks, and the first whole millisecond that is not before it: there a hole ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Instant,
    pub(super) wall: UnixMillis,
    pub(super) over: UnixMillis,
}

impl Moment {
    /// A millisecond that has begun is not over.
    pub(super) const BEGUN: Duration = Duration::from_nanos(999_999);
}

/// Whether two events say the same.
fn is_same(one: &Presence, other: &Presence) -> bool {
    (one.at, one.kind, &one.reason) == (other.at, other.kind, &other.reason)
        && (&one.interaction, &one.participant, &one.channel)
            == (&other.interaction, &other.participant, &other.channel)
}

impl Item {
    fn presence(&self) -> Option<&Presence> {
        if let Self::Presence(presence) = self { Some(presence) } else { None }
    }

    /// When it happened, and in which interaction.
    fn concerns(&self) -> (Timestamp, Option<&Id>) {
        match self {
            Self::Presence(presence) => (presence.at, Some(&presence.interaction)),
            Self::Unknown { at, .. } => (*at, None),
        }
    }
}
