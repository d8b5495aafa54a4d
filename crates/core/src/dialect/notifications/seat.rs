//! What is known of one session, and which of two times for one fact counts (docs/notifications.md, section 3).

use alloc::boxed::Box;

use crate::{Id, Timestamp, Word};

use super::statement::{Account, Moment, Statement};

/// Two sources that differ by this, in milliseconds, tell one fact.
const SAME: u64 = 2000;

/// A session, as far as it is known. What is known stays known: a report that is older than another takes nothing back.
#[derive(Debug, Default)]
pub(super) struct Seat {
    pub(super) channel: Option<Word>,
    pub(super) purpose: Option<Word>,
    pub(super) user: Option<Id>,
    pub(super) queue: Option<Id>,
    /// When it began to ring.
    pub(super) offered: Option<Timestamp>,
    joined: Option<Mark>,
    left: Option<Mark>,
    /// It was connected, whether or not its join has been told.
    was_connected: bool,
    /// It ended without that, and that has been told.
    was_missed: bool,
    /// How it ended then: a leave, should somebody say later that it was connected after all.
    ended: Option<Box<Ended>>,
    /// The join was told, and never reached the application.
    is_lost: bool,
}

/// An end, and why it came.
type Ended = (Mark, Option<Word>);

/// A time that was told.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Timestamp,
    by: Teller,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Teller {
    /// Nobody: the time of reception stands in.
    Nobody,
    Detail,
    /// A snapshot, or what fills in for it.
    Other,
}

/// What a statement says about one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It happened, at this time.
    New(Timestamp),
    /// It was told before.
    Known,
}

/// What a statement says about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) joined: Option<Verdict>,
    pub(super) left: Option<Verdict>,
    /// Why it left.
    pub(super) reason: Option<Word>,
    /// It ended and was never connected, which has not been told.
    pub(super) is_missed: bool,
}

impl Seat {
    /// Takes a statement that was received at `now`.
    pub(super) fn hear(&mut self, said: &Statement, now: Timestamp) -> Heard {
        self.describe(said);
        self.was_connected |= said.joined.is_some();
        let joined = said.joined.and_then(|moment| judge(&mut self.joined, moment, said.account, now));
        if matches!(joined, Some(Verdict::New(_))) {
            self.is_lost = false;
        }
        let is_missed = said.left.is_some() && !self.was_connected && !self.was_missed;
        self.was_missed |= is_missed;
        let (left, reason) = self.leaves(said, now);
        Heard { joined, left, reason, is_missed }
    }

    /// What a statement says about the leave, and why it came to that.
    fn leaves(&mut self, said: &Statement, now: Timestamp) -> (Option<Verdict>, Option<Word>) {
        if !self.was_connected {
            let mark = said.left.and_then(|moment| mark(moment, said.account, now));
            self.ended = mark.map(|mark| Box::new((mark, said.reason.clone()))).or(self.ended.take());
            return (None, None);
        }
        let ended = self.ended.take().map(|ended| *ended);
        match (said.left, ended) {
            (Some(moment), _) => (judge(&mut self.left, moment, said.account, now), said.reason.clone()),
            (None, Some((mark, reason))) => {
                self.left = Some(mark);
                (Some(Verdict::New(mark.at)), reason)
            }
            (None, None) => (None, None),
        }
    }

    /// Takes what was told in a run before.
    pub(super) fn join(&mut self, at: Timestamp, is_detail: bool) {
        self.was_connected = true;
        self.joined = Some(Mark::told(at, is_detail));
    }

    /// Takes what was told in a run before.
    pub(super) fn leave(&mut self, at: Timestamp, is_detail: bool) {
        self.was_connected = true;
        self.left = Some(Mark::told(at, is_detail));
    }

    /// Forgets that this join was told.
    pub(super) fn forget_join(&mut self, at: Timestamp) {
        if self.joined.take_if(|told| told.at == at).is_some() {
            self.is_lost = true;
        }
    }

    /// Forgets that this leave was told.
    pub(super) fn forget_leave(&mut self, at: Timestamp) {
        self.left.take_if(|told| told.at == at);
    }

    /// Whether something may still be heard of it: it rings, or somebody is there, or a join has to be told again.
    pub(super) const fn is_open(&self) -> bool {
        let is_over = self.left.is_some() || (self.was_missed && !self.was_connected);
        !is_over || self.is_lost
    }

    /// What its names take beside its own size, in bytes. Short words take nothing, and count all the same.
    pub(super) fn weight(&self) -> usize {
        let word = |word: &Option<Word>| word.as_ref().map_or(0, |word| word.len());
        let id = |id: &Option<Id>| id.as_ref().map_or(0, text);
        let ended = self.ended.as_ref().map_or(0, |ended| size_of::<Ended>() + word(&ended.1));
        ended + word(&self.channel) + word(&self.purpose) + id(&self.user) + id(&self.queue)
    }

    /// Takes what a statement says beside its times. A detail event only fills in what is missing: of purposes it knows
    /// less than the others.
    fn describe(&mut self, said: &Statement) {
        fn take<T: Clone + PartialEq>(known: &mut Option<T>, said: &Option<T>, fills: bool) {
            if said.is_some() && known != said && !(fills && known.is_some()) {
                known.clone_from(said);
            }
        }
        let fills = said.account == Account::Detail;
        take(&mut self.channel, &said.channel, fills);
        take(&mut self.purpose, &said.purpose, fills);
        take(&mut self.user, &said.user, fills);
        take(&mut self.queue, &said.queue, fills);
        take(&mut self.offered, &said.offered, true);
    }
}

impl Mark {
    const fn told(at: Timestamp, is_detail: bool) -> Self {
        Self { at, by: if is_detail { Teller::Detail } else { Teller::Other } }
    }
}

/// Bytes of an id's text that are stored elsewhere.
pub(super) fn text(id: &Id) -> usize {
    if id.uuid().is_some() { 0 } else { id.with_str(str::len) }
}

/// The time that a moment names; `None` if it names none.
fn mark(moment: Moment, account: Account, now: Timestamp) -> Option<Mark> {
    match moment {
        Moment::At(at) => Some(Mark::told(at, account == Account::Detail)),
        Moment::Now => Some(Mark { at: now, by: Teller::Nobody }),
        Moment::Earlier => None,
    }
}

/// Holds a moment against what was told. `None` if there is no time to tell.
fn judge(told: &mut Option<Mark>, moment: Moment, account: Account, now: Timestamp) -> Option<Verdict> {
    let mark = mark(moment, account, now)?;
    if told.is_some_and(|told| is_same(told, mark, account)) {
        return Some(Verdict::Known);
    }
    *told = Some(mark);
    Some(Verdict::New(mark.at))
}

/// Whether a fact that was told is not worth telling again: only a snapshot that contradicts a detail event is.
fn is_same(told: Mark, mark: Mark, account: Account) -> bool {
    let is_near = told.at.unix_millis().0.abs_diff(mark.at.unix_millis().0) <= SAME;
    let is_better = account.is_snapshot() && told.by == Teller::Detail && mark.by != Teller::Nobody;
    is_near || !is_better
}
