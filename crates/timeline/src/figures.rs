//! What can be counted and measured in a timeline.

use alloc::vec::Vec;
use core::time::Duration;

use crate::Communication;
use crate::interaction::Interaction;
#[cfg(feature = "serde")]
use crate::json;
use crate::packed::{Moment, Packed};
use crate::stays::Stay;
use crate::words::Words;

/// Figures of one interaction, derived from the events that take effect. They are as true as the timeline is complete.
///
/// They are about people. Where the events say what a participant is, in the `notifications` dialect, whoever is neither
/// `agent`, `user`, `customer`, `external`, `station` nor `group` counts for nothing: a queue (`acd`) and an `ivr` are there
/// too, but answer nobody. Without a purpose everybody counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Figures {
    /// Participants, each counted once, however often and on however many channels they came.
    pub participants: usize,
    /// The most participants at one moment. At one instant joins come before leaves, so a hand-off counts both.
    pub most_at_once: usize,
    /// From the first join to the first moment at which a second participant was there. `None` if there was none, or if
    /// somebody's join is unknown: then nobody can tell.
    #[cfg_attr(feature = "serde", serde(rename = "first_answer_ms", serialize_with = "json::maybe_millis"))]
    pub first_answer: Option<Duration>,
    /// How long at least two participants were there at once, up to the newest event. Whether they spoke, the data does not
    /// say. A stay without a known join counts for nothing.
    #[cfg_attr(feature = "serde", serde(rename = "talk_ms", serialize_with = "json::millis"))]
    pub talk: Duration,
    /// Stays that ended in a transfer: the reason of the leave is `transfer`, or begins with `transfer.`, in any case.
    pub transfers: usize,
}

/// The figures of a set, from its stays.
pub(crate) fn figures(set: &Interaction, words: &Words, stays: &[Stay]) -> Figures {
    let stays: Vec<&Stay> = stays.iter().filter(|stay| is_person(set, stay.any.seat())).collect();
    let (names, participants) = names(set);
    let mut here = Here { counts: alloc::vec![0; participants], now: 0 };
    let mut figures = Figures { participants, ..Figures::default() };
    let (mut second, mut two_since, mut talk) = (None, None, 0);
    for (at, change) in changes(set, &stays) {
        match change {
            Change::Comes(seat) => here.comes(names[seat as usize]),
            Change::Goes(seat) => here.goes(names[seat as usize]),
        }
        figures.most_at_once = figures.most_at_once.max(here.now);
        match (here.now >= 2, two_since) {
            (true, None) => {
                second = second.or(Some(at));
                two_since = Some(at);
            }
            (false, Some(since)) => {
                talk += at.nanos_since(since);
                two_since = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    talk += two_since.map_or(0, |since| set.newest().nanos_since(since));
    figures.talk = duration(talk);
    let first = stays.first().and_then(|stay| stay.from).map(Packed::moment);
    let all_joins_known = stays.iter().all(|stay| stay.from.is_some());
    figures.first_answer =
        second.zip(first).filter(|_| all_joins_known).map(|(at, first)| duration(at.nanos_since(first)));
    let reasons = stays.iter().filter_map(|stay| set.reason(stay.to?, words));
    figures.transfers = reasons.filter(|reason| is_transfer(reason)).count();
    figures
}

/// How many stays each participant has open, and how many participants have one.
struct Here {
    counts: Vec<u32>,
    now: usize,
}

impl Here {
    fn comes(&mut self, name: u32) {
        let count = &mut self.counts[name as usize];
        *count += 1;
        self.now += usize::from(*count == 1);
    }

    fn goes(&mut self, name: u32) {
        let count = &mut self.counts[name as usize];
        *count -= 1;
        self.now -= usize::from(*count == 0);
    }
}

/// Somebody comes or goes, on a seat. The order is that of equal moments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Comes(u32),
    Goes(u32),
}

/// The beginnings and ends of the stays whose beginning is known, in order.
fn changes(set: &Interaction, stays: &[&Stay]) -> Vec<(Moment, Change)> {
    let known = || stays.iter().filter_map(|stay| Some((stay.from?, stay.to)));
    let mut changes = Vec::with_capacity(2 * stays.len());
    changes.extend(known().map(|(from, _)| (from.moment(), Change::Comes(from.seat()))));
    changes.extend(known().filter_map(|(_, to)| to).map(|to| (to.moment(), Change::Goes(to.seat()))));
    // Not the unstable sort: this one finds that the beginnings are in order already, and the ends nearly so.
    changes.sort();
    debug_assert!(changes.last().is_none_or(|(last, _)| *last <= set.newest()));
    changes
}

/// A number for each seat, the same for those of one participant, and how many participants there are. Seats on which
/// nothing took effect, and those of machines, have a number too, but are not counted.
fn names(set: &Interaction) -> (Vec<u32>, usize) {
    let counts = |seat: u32| set.is_used(seat) && is_person(set, seat);
    let mut seats: Vec<u32> = (0..set.seat_count() as u32).collect();
    seats.sort_unstable_by(|&a, &b| {
        let order = |seat: u32| (!counts(seat), set.seat_participant(seat));
        order(a).cmp(&order(b))
    });
    let mut names = alloc::vec![0; seats.len()];
    let mut count = 0;
    for (place, &seat) in seats.iter().enumerate() {
        let is_new = place == 0 || set.seat_participant(seats[place - 1]) != set.seat_participant(seat);
        count += u32::from(is_new && counts(seat));
        names[seat as usize] = count.saturating_sub(1);
    }
    (names, count as usize)
}

fn is_person(set: &Interaction, seat: u32) -> bool {
    !set.seat_communication(seat).is_some_and(Communication::is_of_no_person)
}

fn is_transfer(reason: &str) -> bool {
    reason.split('.').next().is_some_and(|word| word.eq_ignore_ascii_case("transfer"))
}

fn duration(nanos: u128) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    Duration::new(u64::try_from(nanos / SECOND).unwrap_or(u64::MAX), (nanos % SECOND) as u32)
}
