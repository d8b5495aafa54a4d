//! What is known of every conversation, and so what is news (docs/notifications.md, section 3).

use alloc::collections::btree_map::Entry;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::{fmt, mem};

use crate::wire::Stamp;
use crate::{Id, Presence, PresenceKind, Source, Timestamp, Word};

use super::seat::{Seat, Verdict, text};
use super::statement::{Report, Statement};
use super::told::{self, Told};

/// So many conversations that are over are remembered, the last ones: an hour of a busy site. A report that comes later
/// than that is news again.
const ENDED: usize = 4096;
/// So many bytes a conversation may take on the average: sixteen sessions with UUIDs.
const BYTES: usize = 4 << 10;
/// What is kept for the news of the next report: more than one has, unless it is the first after a gap.
const KEEP: usize = 256;

/// A fold over everything that is said about conversations: it tells each join and each leave once.
///
/// Inputs: [`take`](Self::take), [`forget`](Self::forget), [`resume`](Self::resume). Getters: [`open`](Self::open).
///
/// It is bounded. What goes first is the conversation that is over and was not heard of for the longest time; if none is
/// over, the one that was not heard of for the longest time. What is forgotten is news when it is told again.
pub(crate) struct Book {
    most: usize,
    seats: BTreeMap<Key, Seat>,
    conversations: BTreeMap<Id, Conversation>,
    /// In the order in which they are forgotten.
    order: BTreeSet<(Standing, Id)>,
    /// Of `conversations`, how many are over.
    ended: usize,
    /// Of `seats`, in bytes.
    weight: usize,
    /// Reports so far.
    heard: u64,
    /// Of one report: empty between two.
    news: Vec<Presence>,
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("conversations", &self.conversations.len()).finish_non_exhaustive()
    }
}

/// The name of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) conversation: Id,
    pub(super) participant: Id,
    pub(super) session: Id,
}

/// When a conversation is forgotten, in this order: first those that are over, then the others; and each by when it was
/// heard of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    is_open: bool,
    heard: u64,
}

#[derive(Debug, Default)]
struct Conversation {
    /// Sessions that are not over.
    open: usize,
    standing: Standing,
}

impl Book {
    /// So many conversations are remembered: those of a busy site at a time, ten times over.
    pub(crate) const MOST: usize = 10_000;

    /// Of at most `most` conversations.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            seats: BTreeMap::new(),
            conversations: BTreeMap::new(),
            order: BTreeSet::new(),
            ended: 0,
            weight: 0,
            heard: 0,
            news: Vec::new(),
        }
    }

    /// Takes a report that was received at `stamp`, and tells what there is to tell: each fact that is in it, once. What
    /// is new comes last, in the order of its times.
    pub(crate) fn take(&mut self, report: &dyn Report, stamp: Stamp, tell: &mut dyn FnMut(Told)) {
        self.heard += 1;
        report.read(&mut |said| match said {
            Ok(said) => self.hear(&said, stamp, tell),
            Err((reason, place)) => tell(Told::Rejected { reason, place }),
        });
        let mut news = mem::take(&mut self.news);
        news.sort_by_key(|presence| (presence.at, presence.kind));
        news.drain(..).for_each(|presence| tell(Told::New(presence)));
        news.shrink_to(KEEP);
        self.news = news;
        self.shrink();
    }

    /// The application never got this: it is new when it comes again.
    pub(crate) fn forget(&mut self, presence: &Presence) {
        let Some(key) = self.key_of(presence) else { return };
        if self.seats.contains_key(&key) {
            self.change(key, |seat| match presence.kind {
                PresenceKind::Joined => seat.forget_join(presence.at),
                PresenceKind::Left => seat.forget_leave(presence.at),
            });
        }
    }

    /// These were told in a run before.
    pub(crate) fn resume(&mut self, presences: &[Presence]) {
        for presence in presences {
            let (Some(leg), Some(key)) = (&presence.leg, self.key_of(presence)) else { continue };
            self.heard += 1;
            let is_detail = leg.source == Source::Detail;
            self.change(key, |seat| {
                seat.channel = Some(presence.channel.clone());
                seat.purpose = Some(leg.purpose.clone());
                seat.user.clone_from(&leg.user);
                seat.queue.clone_from(&leg.queue);
                match presence.kind {
                    PresenceKind::Joined => seat.join(presence.at, is_detail),
                    PresenceKind::Left => seat.leave(presence.at, is_detail),
                }
            });
            self.shrink();
        }
    }

    /// Whether anything is known of a conversation.
    pub(crate) fn knows(&self, conversation: &Id) -> bool {
        self.conversations.contains_key(conversation)
    }

    /// Whether a conversation is known, and not over.
    pub(crate) fn is_open(&self, conversation: &Id) -> bool {
        self.conversations.get(conversation).is_some_and(|known| known.open > 0)
    }

    /// The conversations that are not over, in the order of their ids.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Id> {
        self.conversations.iter().filter(|(_, conversation)| conversation.open > 0).map(|(id, _)| id)
    }

    fn hear(&mut self, said: &Statement, stamp: Stamp, tell: &mut dyn FnMut(Told)) {
        let now = Timestamp::from(stamp.received);
        let (session, channel) = (said.session.as_ref(), said.channel.as_ref());
        let key = self.key(&said.conversation, &said.participant, session, channel);
        let heard = self.change(key.clone(), |seat| seat.hear(said, now));
        let seat = self.seats.get(&key).expect("it was just heard of");
        let facts =
            [(PresenceKind::Joined, heard.joined, None), (PresenceKind::Left, heard.left, heard.reason)];
        for (kind, verdict, reason) in facts {
            match verdict {
                Some(Verdict::New(at)) => {
                    self.news.push(told::presence(&key, seat, (kind, at, reason), said, stamp));
                }
                Some(Verdict::Known) => tell(Told::Known),
                None => {}
            }
        }
        if heard.is_missed {
            tell(Told::Missed(told::offer(&key, seat, said, stamp)));
        }
    }

    /// The session that is meant, by its name or else by its medium. As long as it has no name the participant's id stands
    /// in; the first name that is said takes its place.
    fn key(
        &mut self,
        conversation: &Id,
        participant: &Id,
        session: Option<&Id>,
        channel: Option<&Word>,
    ) -> Key {
        let key = |session: &Id| Key {
            conversation: conversation.clone(),
            participant: participant.clone(),
            session: session.clone(),
        };
        let is_meant = |seat: &Seat| {
            let known = seat.channel.as_ref();
            channel.is_none() || known.is_none() || known == channel
        };
        let stand_in = key(participant);
        let Some(session) = session else {
            let of_participant = self
                .seats
                .range(key(&Id::new(""))..)
                .take_while(|(key, _)| (&key.conversation, &key.participant) == (conversation, participant));
            let mut meant = of_participant.filter(|(_, seat)| is_meant(seat)).map(|(key, _)| key.clone());
            return meant.next().unwrap_or(stand_in);
        };
        let key = key(session);
        if !self.seats.contains_key(&key) && self.seats.get(&stand_in).is_some_and(is_meant) {
            let seat = self.seats.remove(&stand_in).expect("it was just seen");
            self.weight = self.weight + key.weight() - stand_in.weight();
            self.seats.insert(key.clone(), seat);
        }
        key
    }

    /// The session of something that was told; it may have a name by now.
    fn key_of(&mut self, presence: &Presence) -> Option<Key> {
        let (leg, channel) = (presence.leg.as_ref()?, Some(&presence.channel));
        let session = Some(&leg.session).filter(|session| **session != presence.participant);
        Some(self.key(&presence.interaction, &presence.participant, session, channel))
    }

    /// Changes what is known of a session, which may be none so far, and keeps the account of it.
    fn change<T>(&mut self, key: Key, change: impl FnOnce(&mut Seat) -> T) -> T {
        let conversation = self.conversations.entry(key.conversation.clone()).or_default();
        let was_known = conversation.standing.heard > 0;
        let was_over = was_known && conversation.open == 0;
        let id = key.conversation.clone();
        let key_weight = key.weight();
        let (seat, known) = match self.seats.entry(key) {
            Entry::Vacant(entry) => (entry.insert(Seat::default()), 0),
            Entry::Occupied(entry) => {
                let seat = entry.into_mut();
                conversation.open -= usize::from(seat.is_open());
                let known = key_weight + seat.weight();
                (seat, known)
            }
        };
        let changed = change(seat);
        conversation.open += usize::from(seat.is_open());
        self.weight = self.weight + key_weight + seat.weight() - known;
        let standing = Standing { is_open: conversation.open > 0, heard: self.heard };
        if standing != conversation.standing {
            self.order.remove(&(conversation.standing, id.clone()));
            self.order.insert((standing, id));
            conversation.standing = standing;
        }
        self.ended = self.ended + usize::from(!standing.is_open) - usize::from(was_over);
        changed
    }

    /// Forgets conversations until the bounds hold.
    fn shrink(&mut self) {
        while self.ended > ENDED
            || self.conversations.len() > self.most
            || self.weight > self.most.saturating_mul(BYTES)
        {
            let Some((standing, id)) = self.order.pop_first() else { return };
            self.ended -= usize::from(!standing.is_open);
            self.conversations.remove(&id);
            let first = Key { conversation: id.clone(), participant: Id::new(""), session: Id::new("") };
            let of_it = self.seats.range(first..).take_while(|(key, _)| key.conversation == id);
            let keys: Vec<Key> = of_it.map(|(key, _)| key.clone()).collect();
            for key in keys {
                let seat = self.seats.remove(&key).expect("it was just seen");
                self.weight -= key.weight() + seat.weight();
            }
        }
    }
}

impl Key {
    /// What a session takes, in bytes, beside what its [`Seat`] keeps elsewhere. The conversation's id stands in two more
    /// places.
    fn weight(&self) -> usize {
        let ids = text(&self.conversation) * 3 + text(&self.participant) + text(&self.session);
        size_of::<Self>() + size_of::<Seat>() + ids
    }
}

#[cfg(test)]
impl Book {
    /// Holds everything that is kept up to date against what it is derived from.
    pub(super) fn audit(&self) {
        let weight = self.seats.iter().map(|(key, seat)| key.weight() + seat.weight()).sum::<usize>();
        assert_eq!(self.weight, weight);
        assert_eq!(self.order.len(), self.conversations.len());
        let mut open: BTreeMap<&Id, usize> = BTreeMap::new();
        for (key, seat) in &self.seats {
            *open.entry(&key.conversation).or_default() += usize::from(seat.is_open());
        }
        assert!(open.keys().copied().eq(self.conversations.keys()));
        for (id, conversation) in &self.conversations {
            assert_eq!(conversation.open, open[id], "{id}");
            assert!(self.order.contains(&(conversation.standing, id.clone())), "{id}");
            assert_eq!(conversation.standing.is_open, conversation.open > 0, "{id}");
        }
        assert_eq!(self.ended, self.conversations.values().filter(|it| it.open == 0).count());
        assert!(self.ended <= ENDED && self.conversations.len() <= self.most && self.news.is_empty());
    }
}
