//! The events of one message, in their order and in little space.

use alloc::collections::VecDeque;

use crate::timestamp::Minute;
use crate::{Id, Place, Presence, Reason, Unknown, Word};

use super::{Decoded, Next, Stamp};

/// What is kept for the next message, in events: frames of the usual size then need no allocation, and
/// a huge one does not hold its memory for the life of the session.
const KEEP: usize = 256;

/// Events that wait to be taken.
///
/// Only what has content is stored one by one. The order is a list of runs of 8 bytes, so that a frame of
/// rubbish (`[0,0,0,…`) does not grow into 70 times its size.
#[derive(Default)]
pub(super) struct Queue {
    /// Empty if nothing waits.
    runs: VecDeque<Run>,
    presences: VecDeque<Presence>,
    unknown: VecDeque<Unknown>,
    /// Elements of the message that were taken.
    taken: usize,
}

/// So many elements of the same kind in a row.
struct Run {
    what: What,
    count: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Presence,
    Unknown,
    Filtered,
    Rejected(Reason, Field),
}

/// A field of an event that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Whole,
    Timestamp,
    Type,
    Participant,
    Interaction,
    Channel,
    Reason,
}

impl Field {
    /// The name on the wire, as in [`Place`].
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Timestamp => "timestamp",
            Self::Type => "type",
            Self::Participant => "participant",
            Self::Interaction => "interaction",
            Self::Channel => "channel",
            Self::Reason => "reason",
        }
    }
}

impl Queue {
    /// Empties the queue for the events of a new message.
    pub(super) fn fill<'q>(
        &'q mut self,
        minute: &'q mut Minute,
        stamp: Stamp,
        deliver_unknown: bool,
    ) -> Sink<'q> {
        self.empty();
        Sink { queue: self, minute, stamp, deliver_unknown }
    }

    /// Forgets all events, and gives back what a huge message needed.
    #[inline(always)]
    pub(super) fn empty(&mut self) {
        self.taken = 0;
        let kept = self.runs.capacity().max(self.presences.capacity()).max(self.unknown.capacity());
        if !self.runs.is_empty() || kept > KEEP {
            self.clear();
        }
    }

    #[inline(never)]
    fn clear(&mut self) {
        self.runs.clear();
        self.presences.clear();
        self.unknown.clear();
        self.runs.shrink_to(KEEP);
        self.presences.shrink_to(KEEP);
        self.unknown.shrink_to(KEEP);
    }

    pub(super) fn drain(&mut self) -> Drain<'_> {
        Drain { queue: self }
    }

    /// Takes the next event. The message is done with when there is none.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Decoded> {
        let (what, index, _) = self.advance(1)?;
        match what {
            What::Presence => self.take_presence().map(Decoded::Presence),
            What::Unknown => self.unknown.pop_front().map(Decoded::Unknown),
            What::Filtered => Some(Decoded::Filtered),
            What::Rejected(reason, field) => {
                Some(Decoded::Rejected { reason, place: Place::Event { index, field: field.name() } })
            }
        }
    }

    /// As [`pop`](Self::pop), but all at once that was filtered in a row; and a presence stays until it is taken.
    pub(super) fn next(&mut self) -> Option<Next> {
        let filtered = self.runs.front().is_some_and(|run| matches!(run.what, What::Filtered));
        let (what, index, count) = self.advance(if filtered { u32::MAX } else { 1 })?;
        match what {
            What::Presence => Some(Next::Presence),
            What::Unknown => self.unknown.pop_front().map(Next::Unknown),
            What::Filtered => Some(Next::Filtered(count)),
            What::Rejected(reason, field) => {
                Some(Next::Rejected { reason, place: Place::Event { index, field: field.name() } })
            }
        }
    }

    /// The presence that is next.
    pub(super) fn presence(&self) -> Option<&Presence> {
        self.presences.front()
    }

    /// Takes the presence that is next.
    #[inline]
    pub(super) fn take_presence(&mut self) -> Option<Presence> {
        self.presences.pop_front()
    }

    /// Leaves elements behind, as many as `most` if the next ones are all of a kind: which kind, the position of the first,
    /// and how many.
    #[inline]
    fn advance(&mut self, most: u32) -> Option<(What, usize, u32)> {
        let Some(run) = self.runs.front_mut() else {
            self.empty();
            return None;
        };
        let (what, count, index) = (run.what, run.count.min(most), self.taken);
        run.count -= count;
        if run.count == 0 {
            self.runs.pop_front();
        }
        self.taken += count as usize;
        Some((what, index, count))
    }

    fn count(&mut self, what: What) {
        match self.runs.back_mut() {
            Some(run) if run.what == what && run.count < u32::MAX => run.count += 1,
            _ => self.runs.push_back(Run { what, count: 1 }),
        }
    }
}

/// Longer text in a field is no name of anything, in bytes: timelines remember it for as long as they live.
const MOST_TEXT: usize = 8 << 10;

/// The first field whose text is too long to be kept.
#[inline(always)]
fn too_long(presence: &Presence) -> Option<Field> {
    let id = |id: &Id| id.uuid().is_none() && id.with_str(str::len) > MOST_TEXT;
    if id(&presence.participant) {
        Some(Field::Participant)
    } else if id(&presence.interaction) {
        Some(Field::Interaction)
    } else if presence.channel.len() > MOST_TEXT {
        Some(Field::Channel)
    } else {
        presence.reason.as_ref().filter(|reason| reason.len() > MOST_TEXT).map(|_| Field::Reason)
    }
}

/// Where a reader puts the elements of `events`, in their order.
pub(super) struct Sink<'q> {
    queue: &'q mut Queue,
    pub(super) minute: &'q mut Minute,
    pub(super) stamp: Stamp,
    deliver_unknown: bool,
}

impl Sink<'_> {
    #[inline(always)]
    pub(super) fn presence(&mut self, presence: Presence) {
        if let Some(field) = too_long(&presence) {
            return self.rejected(Reason::BadField, field);
        }
        self.queue.presences.push_back(presence);
        self.queue.count(What::Presence);
    }

    /// An event of a type without meaning here, with its JSON text.
    pub(super) fn other(&mut self, kind: &str, json: &str) {
        if !self.deliver_unknown {
            return self.queue.count(What::Filtered);
        }
        let received = self.stamp.received;
        self.queue.unknown.push_back(Unknown { kind: Word::from(kind), json: json.into(), received });
        self.queue.count(What::Unknown);
    }

    pub(super) fn rejected(&mut self, reason: Reason, field: Field) {
        self.queue.count(What::Rejected(reason, field));
    }

    /// Forgets what was put so far, for another reader to start over.
    pub(super) fn restart(&mut self) {
        self.queue.empty();
    }
}

/// Takes the events out, one by one.
pub(super) struct Drain<'q> {
    queue: &'q mut Queue,
}

impl Iterator for Drain<'_> {
    type Item = Decoded;

    #[inline]
    fn next(&mut self) -> Option<Decoded> {
        self.queue.pop()
    }
}

impl Drop for Drain<'_> {
    fn drop(&mut self) {
        self.queue.empty();
    }
}
