//! The set of events of one interaction, and what has to be known about it at once.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

use rosterline_core::{Id, Offer, Presence, Word};

use crate::Limits;
use crate::intern::{Interner, hash, make_room};
use crate::offers::Offers;
use crate::packed::{Moment, Packed, Seen};
use crate::seat::Seat;
use crate::words::Words;

mod shown;

/// The events of one interaction. Everything else is derived from them; `present` and `open_starts` alone are kept up
/// to date with every event, because completeness is asked after each.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    id: Id,
    /// Sorted, each event once. All of them have been received in range.
    entries: Vec<Packed>,
    seats: Interner<Seat>,
    aside: Option<Box<Aside>>,
    /// Seats whose last event is a join.
    present: u32,
    /// Seats whose first event is a leave.
    open_starts: u32,
}

/// What most interactions have none of.
#[derive(Clone, Debug, Default)]
struct Aside {
    /// Events that have only ever been received with a time that cannot be: quarantined. Sorted, each once.
    strange: Vec<Packed>,
    /// Versions that lost a conflict, in the order in which they came.
    losers: Vec<Packed>,
    offers: Offers,
    /// Channels and reasons that are not shared: their numbers follow the shared ones.
    words: Interner<Word>,
}

/// What an event did to the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    New,
    /// Known, and nothing has changed that could be seen.
    Known,
    /// Known, but now with more fraction digits, no longer in quarantine, or with more said of its communication.
    Clearer,
    Conflict,
    /// Not taken, because a limit is reached.
    Refused,
}

/// How many events an event may overtake before it is looked for by halving.
const NEAR: usize = 8;

impl Interaction {
    pub(crate) const fn new(id: Id) -> Self {
        Self { id, entries: Vec::new(), seats: Interner::new(), aside: None, present: 0, open_starts: 0 }
    }

    /// Takes one event, received in this way; it is late if it comes behind the watermark.
    pub(crate) fn take(
        &mut self,
        event: &Presence,
        seen: Seen,
        watermark: Moment,
        words: &mut Words,
        limits: &Limits,
    ) -> Taken {
        let full = self.is_full(limits);
        let Some(seat) = self.seat_for(event, full, words) else { return Taken::Refused };
        let new = Packed::new(event.at, event.kind, seat, seen);
        if !self.seats.get(seat).has_room() {
            return Taken::Refused;
        }
        let taken = match self.find(new, words) {
            Ok(place) => self.meet(place, new, event, watermark, words, limits),
            Err(_) if full => Taken::Refused,
            Err(at) => {
                let reason = event.reason.as_ref().map(|reason| self.word(reason, words));
                let new = new.with_reason(reason);
                if new.was(Seen::InRange) {
                    self.insert(at, new, watermark);
                } else {
                    let (Ok(at) | Err(at)) = self.place(self.quarantined(), new, words);
                    self.aside_mut().strange.insert(at, new);
                }
                Taken::New
            }
        };
        match taken {
            Taken::Known if self.hear(seat, event) => Taken::Clearer,
            Taken::New | Taken::Clearer | Taken::Conflict => {
                self.hear(seat, event);
                taken
            }
            Taken::Known | Taken::Refused => taken,
        }
    }

    /// Takes an unanswered offer, which counts as an event as far as the limits go.
    pub(crate) fn take_offer(&mut self, offer: &Offer, limits: &Limits) -> Taken {
        if self.is_full(limits) {
            return Taken::Refused;
        }
        if self.aside_mut().offers.take(offer) { Taken::New } else { Taken::Known }
    }

    fn is_full(&self, limits: &Limits) -> bool {
        let aside = self.aside.as_ref().map_or(0, |aside| aside.strange.len() + aside.offers.len());
        self.entries.len() + aside >= limits.events_per_interaction.clamp(1, Packed::MOST)
    }

    /// The order of the timeline. Only a tie of time and kind needs the texts.
    pub(crate) fn order(&self, a: Packed, b: Packed, words: &Words) -> Ordering {
        a.rank().cmp(&b.rank()).then_with(|| {
            if a.seat() == b.seat() {
                return Ordering::Equal;
            }
            let who = |event| (self.participant(event), self.channel(event, words), self.session(event));
            who(a).cmp(&who(b))
        })
    }

    /// An event that is known already comes again, perhaps with news.
    fn meet(
        &mut self,
        place: Place,
        new: Packed,
        event: &Presence,
        watermark: Moment,
        words: &mut Words,
        limits: &Limits,
    ) -> Taken {
        let known = self.at(place);
        let mut met = known.with_all_of(new);
        let told = event.reason.as_ref();
        let conflict = told != self.reason(known, words) && !self.has_lost(new, told, words);
        if conflict {
            if self.losers().len() >= limits.conflicts_per_interaction.min(Packed::MOST) {
                return Taken::Refused;
            }
            let wins = stands_before(told, self.reason(known, words));
            let told = told.map(|reason| self.word(reason, words));
            let (winner, loser) = if wins { (told, known.reason()) } else { (known.reason(), told) };
            met = met.with_reason(winner);
            self.aside_mut().losers.push(new.with_reason(loser));
        }
        let freed = matches!(place, Place::Quarantine(_)) && met.was(Seen::InRange);
        match place {
            Place::Entry(at) => self.entries[at] = met,
            Place::Quarantine(at) if freed => {
                self.aside_mut().strange.remove(at);
                let (Ok(at) | Err(at)) = self.place(&self.entries, met, words);
                self.insert(at, met, watermark);
            }
            Place::Quarantine(at) => self.aside_mut().strange[at] = met,
        }
        if conflict {
            Taken::Conflict
        } else if met.shows_more_than(known) {
            Taken::Clearer
        } else {
            Taken::Known
        }
    }

    /// Takes what an event says of its communication; whether that was news.
    fn hear(&mut self, seat: u32, event: &Presence) -> bool {
        event.leg.as_ref().is_some_and(|leg| self.seats.get_mut(seat).hear(leg))
    }

    /// Inserts an event that takes effect where it belongs.
    fn insert(&mut self, at: usize, new: Packed, watermark: Moment) {
        self.take_seat(at, new);
        make_room(&mut self.entries, 4);
        let late = new.moment() <= watermark;
        self.entries.insert(at, if late { new.with_late() } else { new });
    }

    /// Notes what the event that is about to stand at `at` changes in the first and last event of its seat.
    fn take_seat(&mut self, at: usize, new: Packed) {
        let same = |other: &Packed| other.seat() == new.seat();
        let is_last = !self.entries[at..].iter().any(same);
        let seat = self.seats.get(new.seat());
        let is_first = seat.first.is_none() || !is_last && !self.entries[..at].iter().rev().any(same);
        let seat = self.seats.get_mut(new.seat());
        if is_last {
            self.present -= u32::from(seat.is_present());
            seat.last = Some(new.kind());
            self.present += u32::from(seat.is_present());
        }
        if is_first {
            self.open_starts -= u32::from(seat.has_open_start());
            seat.first = Some(new.kind());
            self.open_starts += u32::from(seat.has_open_start());
        }
    }

    /// In which list the event stands, or where among the entries it would stand.
    fn find(&self, event: Packed, words: &Words) -> Result<Place, usize> {
        let at = match self.place(&self.entries, event, words) {
            Ok(at) => return Ok(Place::Entry(at)),
            Err(at) => at,
        };
        match &self.aside {
            Some(aside) => self.place(&aside.strange, event, words).map(Place::Quarantine).map_err(|_| at),
            None => Err(at),
        }
    }

    fn at(&self, place: Place) -> Packed {
        match place {
            Place::Entry(at) => self.entries[at],
            Place::Quarantine(at) => self.quarantined()[at],
        }
    }

    /// Where an event stands in a list, or would stand. Events come nearly in order, so the end is looked at first.
    fn place(&self, list: &[Packed], event: Packed, words: &Words) -> Result<usize, usize> {
        let mut end = list.len();
        let near = end.saturating_sub(NEAR);
        while end > near {
            match self.order(list[end - 1], event, words) {
                Ordering::Less => return Err(end),
                Ordering::Equal => return Ok(end - 1),
                Ordering::Greater => end -= 1,
            }
        }
        list[..end].binary_search_by(|&known| self.order(known, event, words))
    }

    fn losers(&self) -> &[Packed] {
        self.aside.as_ref().map_or(&[], |aside| &aside.losers)
    }

    /// Whether this version of an event is known as one that lost.
    fn has_lost(&self, event: Packed, reason: Option<&Word>, words: &Words) -> bool {
        self.losers().iter().any(|&loser| loser.is_same(event) && self.reason(loser, words) == reason)
    }

    fn aside_mut(&mut self) -> &mut Aside {
        self.aside.get_or_insert_default()
    }

    /// The seat of the event's participant on its channel, in its communication. No new one is made if there is no room for another event.
    fn seat_for(&mut self, event: &Presence, full: bool, words: &mut Words) -> Option<u32> {
        let known = self.find_seat(event, words);
        if known.is_some() || full {
            return known;
        }
        let channel = self.word(&event.channel, words);
        Some(self.seats.add(Seat::new(event.participant.clone(), channel, session(event))))
    }

    fn find_seat(&self, event: &Presence, words: &Words) -> Option<u32> {
        let Presence { participant, channel, .. } = event;
        let session = session(event);
        let is = |seat: &Seat| {
            seat.participant == *participant
                && self.is(seat.channel, channel, words)
                && seat.session() == session
        };
        // A channel without a number has no seat: any hash will do.
        let number = || self.find_word(channel, words).unwrap_or(u32::MAX);
        let hash = || Seat::hash(participant, number(), session);
        self.seats.find(is, hash)
    }

    fn text<'a>(&'a self, word: u32, words: &'a Words) -> &'a Word {
        match (word.checked_sub(Words::MOST), &self.aside) {
            (Some(own), Some(aside)) => aside.words.get(own),
            (Some(_), None) | (None, _) => words.get(word),
        }
    }

    /// A call of its own keeps the search for a seat, which rarely gets here more than once, a short loop.
    #[inline(never)]
    fn is(&self, number: u32, word: &Word, words: &Words) -> bool {
        self.text(number, words) == word
    }

    fn find_word(&self, word: &Word, words: &Words) -> Option<u32> {
        let own = || self.aside.as_ref()?.words.find(|known| known == word, || hash(word));
        words.find(word).or_else(|| own().map(|own| Words::MOST + own))
    }

    fn word(&mut self, word: &Word, words: &mut Words) -> u32 {
        let shared = words.number(word);
        shared
            .or_else(|| self.find_word(word, words))
            .unwrap_or_else(|| Words::MOST + self.aside_mut().words.add(word.clone()))
    }
}

/// The communication that an event is of.
fn session(event: &Presence) -> Option<&Id> {
    event.leg.as_ref().map(|leg| &leg.session)
}

/// In which list an event stands, and where.
#[derive(Clone, Copy, Debug)]
enum Place {
    Entry(usize),
    Quarantine(usize),
}

/// Of two versions of an event, the one with a reason stands, and of two reasons the smaller text: whichever came first.
fn stands_before(a: Option<&Word>, b: Option<&Word>) -> bool {
    (a.is_none(), a) < (b.is_none(), b)
}
