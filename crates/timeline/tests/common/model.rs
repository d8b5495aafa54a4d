//! What a timeline is, said once more and as plainly as can be: from a list of inputs, slowly, with nothing kept from one input to
//! the next. The engine has to agree with it to the letter.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rosterline_core::{Gap, GapId, Id, Offer, Presence, PresenceKind, Scope, Timestamp, Word};
use rosterline_timeline::{
    Anomaly, AnomalyKind, Communication, Entry, Figures, GapMark, Interval, Timeline, Unanswered,
};

use super::input::Input;

/// Nanoseconds since 1970.
type Nanos = i128;
/// What makes two events the same, in the order of the timeline.
type Key = (Timestamp, PresenceKind, Seat);
/// A participant on a channel, in a communication if there is one.
type Seat = (Id, Word, Option<Id>);
/// What was told of each communication: purposes, users, queues.
type Legs = BTreeMap<Seat, (BTreeSet<Word>, BTreeSet<Id>, BTreeSet<Id>)>;

/// What was told of one interaction: events, communications, and offers that nobody answered.
type Set = (BTreeMap<Key, Told>, Legs, Vec<Offer>);

/// All that was told of one event.
#[derive(Default)]
struct Told {
    digits: BTreeSet<u8>,
    /// In range, too early, too old.
    seen: BTreeSet<u8>,
    /// With those that have one first.
    reasons: BTreeSet<(bool, Option<Word>)>,
}

/// An event as it stands.
struct Event {
    key: Key,
    at: Timestamp,
    told: Told,
}

struct Stay {
    seat: Seat,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    reason: Option<Word>,
}

/// The timelines of all interactions that have an event, in order.
pub(crate) fn timelines(inputs: &[Input]) -> Vec<Timeline> {
    let mut sets: BTreeMap<Id, Set> = BTreeMap::new();
    let mut gaps: BTreeMap<GapId, (Gap, bool)> = BTreeMap::new();
    for input in inputs {
        match input {
            Input::Event(event) => {
                let (set, legs, _) = sets.entry(event.interaction.clone()).or_default();
                let session = event.leg.as_ref().map(|leg| leg.session.clone());
                let seat = (event.participant.clone(), event.channel.clone(), session);
                if let Some(leg) = &event.leg {
                    let (purposes, users, queues) = legs.entry(seat.clone()).or_default();
                    purposes.extend(Some(&leg.purpose).filter(|purpose| !purpose.is_empty()).cloned());
                    users.extend(leg.user.clone());
                    queues.extend(leg.queue.clone());
                }
                let key = (event.at.utc(), event.kind, seat);
                let told = set.entry(key).or_default();
                told.digits.insert(event.at.fraction_digits());
                told.seen.insert(seen(event));
                told.reasons.insert((event.reason.is_none(), event.reason.clone()));
            }
            Input::Offer(offer) => {
                sets.entry(offer.interaction.clone()).or_default().2.push(offer.clone());
            }
            Input::Gap(gap) => {
                gaps.insert(gap.id, (gap.clone(), false));
            }
            Input::Repair(_) => {}
        }
    }
    for input in inputs {
        if let Input::Repair(id) = input {
            gaps.entry(GapId(*id)).and_modify(|gap| gap.1 = true);
        }
    }
    let mut timelines = Vec::new();
    for (id, (set, legs, offers)) in sets {
        timelines.push(timeline(id, set, &legs, &gaps, offers.iter().map(unanswered).collect()));
    }
    timelines
}

fn seen(event: &Presence) -> u8 {
    let behind = event.received.0 - event.at.unix_millis().0;
    if behind < -300_000 {
        1
    } else if behind > 3650 * 86_400_000 {
        2
    } else {
        0
    }
}

fn unanswered(offer: &Offer) -> Unanswered {
    Unanswered {
        participant: offer.participant.clone(),
        channel: offer.channel.clone(),
        from: offer.from.map(Timestamp::utc),
        to: offer.to.map(Timestamp::utc),
        reason: offer.reason.clone(),
        leg: Box::new(Communication {
            session: offer.leg.session.clone(),
            purpose: Some(offer.leg.purpose.clone()).filter(|purpose| !purpose.is_empty()),
            user: offer.leg.user.clone(),
            queue: offer.leg.queue.clone(),
        }),
    }
}

/// Different statements, in order; of those about one communication the first one stands, unless it was answered.
fn standing(all: &[Unanswered], events: &[Event]) -> Vec<Unanswered> {
    let seat = |it: &Unanswered| (it.participant.clone(), it.channel.clone(), Some(it.leg.session.clone()));
    let is_first = |at: usize| !all[..at].iter().any(|other| seat(other) == seat(&all[at]));
    let is_answered = |it: &Unanswered| events.iter().any(|event| event.seat() == seat(it));
    (0..all.len()).filter(|at| is_first(*at) && !is_answered(&all[*at])).map(|at| all[at].clone()).collect()
}

fn timeline(
    id: Id,
    set: BTreeMap<Key, Told>,
    legs: &Legs,
    gaps: &BTreeMap<GapId, (Gap, bool)>,
    mut offers: Vec<Unanswered>,
) -> Timeline {
    let digits = |at: Option<Timestamp>| at.map(|at| (at, at.fraction_digits()));
    offers.sort_by_key(|it| {
        let who = (it.participant.clone(), it.channel.clone(), it.leg.session.clone());
        (it.from.or(it.to), who, digits(it.from), digits(it.to), it.leg.clone(), it.reason.clone())
    });
    offers.dedup_by_key(|it| format!("{it:?}"));
    let events: Vec<Event> = set
        .into_iter()
        .map(|(key, told)| Event {
            at: key.0.with_digits(told.digits.last().copied().unwrap_or(0)),
            key,
            told,
        })
        .collect();
    let (mut stays, mut anomalies) = (Vec::new(), Vec::new());
    let seats: BTreeSet<Seat> = events.iter().map(Event::seat).collect();
    for seat in &seats {
        let of_seat = events.iter().filter(|event| event.in_range() && event.seat() == *seat);
        walk(seat, of_seat, &mut stays, &mut anomalies);
    }
    for event in &events {
        anomalies.extend(event.anomalies());
    }
    anomalies.sort_by(|a, b| {
        let seat = |odd: &Anomaly| (odd.participant.clone(), odd.channel.clone(), odd.session.clone());
        (a.at, seat(a), &a.kind).cmp(&(b.at, seat(b), &b.kind))
    });
    stays.sort_by(|a, b| (a.from, &a.seat, a.to).cmp(&(b.from, &b.seat, b.to)));
    let (first, last) = life(&events, &stays);
    let concern: Vec<&(Gap, bool)> = gaps.values().filter(|(gap, _)| gap.scope.covers(&id)).collect();
    let touching: Vec<&(Gap, bool)> = concern
        .iter()
        .copied()
        .filter(|(gap, _)| gap.dropped > 0 && gap.scope != Scope::All || touches(gap, first, last))
        .collect();
    let is_open = touching.iter().any(|(_, repaired)| !repaired);
    let any = events.iter().any(Event::in_range) || !offers.is_empty();
    Timeline {
        revision: events.iter().map(Event::facts).sum::<u64>()
            + legs.values().map(|(a, b, c)| (a.len() + b.len() + c.len()) as u64).sum::<u64>()
            + offers.len() as u64
            + concern.iter().map(|(_, repaired)| 1 + u64::from(*repaired)).sum::<u64>(),
        complete: any && stays.iter().all(|stay| stay.to.is_some()) && !is_open,
        entries: events.iter().map(|event| event.entry(legs)).collect(),
        presence: stays.iter().map(|stay| interval(stay, legs, &concern)).collect(),
        unanswered: standing(&offers, &events),
        anomalies,
        gaps: touching.iter().map(|(gap, repaired)| mark(gap, *repaired)).collect(),
        last_updated: events.iter().rfind(|event| event.in_range()).map(|event| event.at),
        figures: figures(&events, legs, &stays),
        interaction_id: id,
    }
}

impl Event {
    fn seat(&self) -> Seat {
        self.key.2.clone()
    }

    fn in_range(&self) -> bool {
        self.told.seen.contains(&0)
    }

    fn reason(&self) -> Option<Word> {
        self.told.reasons.first().and_then(|(_, reason)| reason.clone())
    }

    fn facts(&self) -> u64 {
        (self.told.digits.len() + self.told.seen.len() + self.told.reasons.len()) as u64 - 2
    }

    fn entry(&self, legs: &Legs) -> Entry {
        let seat = self.seat();
        let leg = communication(legs, &seat);
        let (participant, channel, _) = seat;
        Entry { timestamp: self.at, action: self.key.1, participant, channel, reason: self.reason(), leg }
    }

    fn anomaly(&self, kind: AnomalyKind) -> Anomaly {
        let (participant, channel, session) = self.seat();
        Anomaly { kind, participant, channel, session, at: self.at }
    }

    /// What does not fit about the event by itself.
    fn anomalies(&self) -> Vec<Anomaly> {
        let action = self.key.1;
        let mut kinds = Vec::new();
        if !self.in_range() && self.told.seen.contains(&1) {
            kinds.push(AnomalyKind::FutureTime { action });
        }
        if !self.in_range() && self.told.seen.contains(&2) {
            kinds.push(AnomalyKind::Late { action, quarantined: true });
        }
        let others = self.told.reasons.iter().skip(1);
        kinds.extend(others.map(|(_, other)| AnomalyKind::Conflict { action, other: other.clone() }));
        kinds.into_iter().map(|kind| self.anomaly(kind)).collect()
    }
}

/// Joins and leaves of one seat in order: they alternate, or something is odd.
fn walk<'a>(
    seat: &Seat,
    events: impl Iterator<Item = &'a Event>,
    stays: &mut Vec<Stay>,
    odd: &mut Vec<Anomaly>,
) {
    let (mut here, mut any) = (None, false);
    for event in events {
        match (event.key.1, here.take()) {
            (PresenceKind::Joined, None) => here = Some(event.at),
            (PresenceKind::Joined, Some(from)) => {
                odd.push(event.anomaly(AnomalyKind::JoinedTwice));
                here = Some(from);
            }
            (PresenceKind::Left, Some(from)) => stays.push(Stay {
                seat: seat.clone(),
                from: Some(from),
                to: Some(event.at),
                reason: event.reason(),
            }),
            (PresenceKind::Left, None) if any => odd.push(event.anomaly(AnomalyKind::LeftTwice)),
            (PresenceKind::Left, None) => {
                odd.push(event.anomaly(AnomalyKind::LeftWithoutJoin));
                stays.push(Stay {
                    seat: seat.clone(),
                    from: None,
                    to: Some(event.at),
                    reason: event.reason(),
                });
            }
        }
        any = true;
    }
    if let Some(from) = here {
        stays.push(Stay { seat: seat.clone(), from: Some(from), to: None, reason: None });
    }
}

fn nanos(at: Timestamp) -> Nanos {
    Nanos::from(at.unix_seconds()) * 1_000_000_000 + Nanos::from(at.subsec_nanos())
}

/// From the first event that takes effect to the last; without an end where somebody's join is unknown, somebody is there,
/// or nothing is known.
fn life(events: &[Event], stays: &[Stay]) -> (Nanos, Nanos) {
    let at = |event: Option<&Event>| event.map(|event| nanos(event.at));
    let first = at(events.iter().find(|event| event.in_range()));
    let last = at(events.iter().rfind(|event| event.in_range()));
    let known = |ends: bool, at: Option<Nanos>, otherwise| at.filter(|_| ends).unwrap_or(otherwise);
    (
        known(stays.iter().all(|stay| stay.from.is_some()), first, Nanos::MIN),
        known(stays.iter().all(|stay| stay.to.is_some()), last, Nanos::MAX),
    )
}

/// Whether something that the gap hides can lie between the two.
fn touches(gap: &Gap, first: Nanos, last: Nanos) -> bool {
    let wider = Nanos::from(gap.dropped > 0);
    nanos(gap.from) - wider < last && first < nanos(gap.to) + wider
}

/// What stands of all that was told: the smallest of each.
fn communication(legs: &Legs, seat: &Seat) -> Option<Box<Communication>> {
    let (purposes, users, queues) = legs.get(seat)?;
    let least = |ids: &BTreeSet<Id>| ids.first().cloned();
    Some(Box::new(Communication {
        session: seat.2.clone()?,
        purpose: purposes.first().cloned(),
        user: least(users),
        queue: least(queues),
    }))
}

fn is_person(legs: &Legs, seat: &Seat) -> bool {
    let purpose = communication(legs, seat).and_then(|leg| leg.purpose);
    purpose.is_none_or(|purpose| &*purpose != "acd")
}

fn interval(stay: &Stay, legs: &Legs, gaps: &[&(Gap, bool)]) -> Interval {
    let (from, to) = (stay.from.map_or(Nanos::MIN, nanos), stay.to.map_or(Nanos::MAX, nanos));
    let (leg, (participant, channel, _)) = (communication(legs, &stay.seat), stay.seat.clone());
    let uncertain = gaps.iter().any(|(gap, repaired)| !repaired && touches(gap, from, to));
    Interval { participant, channel, from: stay.from, to: stay.to, uncertain, leg }
}

fn mark(gap: &Gap, repaired: bool) -> GapMark {
    let (from, to) = (gap.from.utc(), gap.to.utc());
    GapMark { id: gap.id, cause: gap.cause, from, to, dropped: gap.dropped, repaired }
}

fn figures(events: &[Event], legs: &Legs, stays: &[Stay]) -> Figures {
    let stays: Vec<&Stay> = stays.iter().filter(|stay| is_person(legs, &stay.seat)).collect();
    let last = events.iter().rfind(|event| event.in_range()).map_or(0, |event| nanos(event.at));
    let spans: Vec<(&Id, Nanos, Nanos)> = stays
        .iter()
        .filter_map(|stay| Some((&stay.seat.0, nanos(stay.from?), stay.to.map_or(last, nanos))))
        .collect();
    let there = |from: Nanos, to: Nanos| {
        let there = spans.iter().filter(|(_, start, end)| *start <= from && to <= *end);
        there.map(|(who, _, _)| *who).collect::<BTreeSet<_>>().len()
    };
    let ends: BTreeSet<Nanos> = spans.iter().flat_map(|(_, from, to)| [*from, *to]).collect();
    let talk = ends.iter().zip(ends.iter().skip(1)).filter(|(from, to)| there(**from, **to) > 1);
    let second = ends.iter().find(|at| there(**at, **at) > 1);
    let duration = |nanos: Nanos| Duration::from_nanos(u64::try_from(nanos).expect("forwards"));
    let all_joins_known = stays.iter().all(|stay| stay.from.is_some());
    let first = ends.first().filter(|_| all_joins_known);
    let transfer = |reason: &Word| **reason == *"transfer" || reason.starts_with("transfer.");
    let in_range = events.iter().filter(|event| event.in_range() && is_person(legs, &event.key.2));
    Figures {
        participants: in_range.map(|event| &event.key.2.0).collect::<BTreeSet<_>>().len(),
        most_at_once: ends.iter().map(|at| there(*at, *at)).max().unwrap_or(0),
        first_answer: second.zip(first).map(|(second, first)| duration(second - first)),
        talk: duration(talk.map(|(from, to)| to - from).sum()),
        transfers: stays.iter().filter(|stay| stay.reason.as_ref().is_some_and(transfer)).count(),
    }
}
