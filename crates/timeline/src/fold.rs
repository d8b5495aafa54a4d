//! From the set to the timeline: everything that is shown is derived here, from scratch.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::figures::figures;
use crate::gaps::Gaps;
use crate::interaction::Interaction;
use crate::packed::{Moment, Packed, Seen};
use crate::stays::{Stay, stays};
use crate::words::Words;
use crate::{Anomaly, AnomalyKind, Communication, Entry, Interval, Timeline, Unanswered};

/// The timeline of an interaction; `is_final` names whoever is still there as an anomaly.
pub(crate) fn timeline(set: &Interaction, words: &Words, gaps: &Gaps, is_final: bool) -> Timeline {
    let (stays, odd) = stays(set);
    let span = span(set, &stays);
    let settled = set.has_begun() && stays.iter().all(|stay| stay.to.is_some());
    Timeline {
        interaction_id: set.id().clone(),
        revision: revision(set, words) + gaps.facts(set.id()),
        complete: settled && !gaps.is_open(set.id(), span),
        entries: entries(set, words),
        presence: presence(set, words, gaps, &stays),
        unanswered: unanswered(set, words),
        anomalies: anomalies(set, words, odd, if is_final { &stays } else { &[] }),
        gaps: gaps.touching(set.id(), span),
        last_updated: set.entries().last().map(|event| event.timestamp()),
        figures: figures(set, words, &stays),
    }
}

/// What [`Interaction::span`] keeps up to date, from the stays.
fn span(set: &Interaction, stays: &[Stay]) -> (Moment, Moment) {
    let first = set.entries().first().filter(|_| stays.iter().all(|stay| stay.from.is_some()));
    let last = set.entries().last().filter(|_| stays.iter().all(|stay| stay.to.is_some()));
    (first.map_or(Moment::DAWN, |first| first.moment()), last.map_or(Moment::DUSK, |last| last.moment()))
}

/// How much is known of the events: each counts once, and once more for every other version and writing, and for what is
/// said of its communication.
fn revision(set: &Interaction, words: &Words) -> u64 {
    let events = set.entries().iter().chain(set.quarantined());
    let told = set.communication_facts();
    let told = told + set.offers().map_or(0, |offers| offers.len() as u64);
    told + events.map(|event| 1 + event.extra_facts()).sum::<u64>() + set.conflicts(words).count() as u64
}

fn entries(set: &Interaction, words: &Words) -> Vec<Entry> {
    let mut events: Vec<Packed> = set.entries().iter().chain(set.quarantined()).copied().collect();
    if !set.quarantined().is_empty() {
        events.sort_unstable_by(|&a, &b| set.order(a, b, words));
    }
    let entry = |event: Packed| Entry {
        timestamp: event.timestamp(),
        action: event.kind(),
        participant: set.participant(event).clone(),
        channel: set.channel(event, words).clone(),
        reason: set.reason(event, words).cloned(),
        leg: leg(set, event),
    };
    events.into_iter().map(entry).collect()
}

fn presence(set: &Interaction, words: &Words, gaps: &Gaps, stays: &[Stay]) -> Vec<Interval> {
    let interval = |stay: &Stay| {
        let from = stay.from.map_or(Moment::DAWN, Packed::moment);
        let to = stay.to.map_or(Moment::DUSK, Packed::moment);
        Interval {
            participant: set.participant(stay.any).clone(),
            channel: set.channel(stay.any, words).clone(),
            from: stay.from.map(Packed::timestamp),
            to: stay.to.map(Packed::timestamp),
            uncertain: gaps.is_open_within(set.id(), (from, to)),
            leg: leg(set, stay.any),
        }
    };
    let mut presence: Vec<Interval> = stays.iter().map(interval).collect();
    presence.sort_by(|a, b| {
        let (one, other) = (a.seat(), b.seat());
        (a.from, one, a.to).cmp(&(b.from, other, b.to))
    });
    presence
}

/// Whoever joined or left has answered, whatever somebody else says.
fn unanswered(set: &Interaction, words: &Words) -> Vec<Unanswered> {
    let Some(offers) = set.offers() else { return Vec::new() };
    let seat = |event: &Packed| (set.participant(*event), set.channel(*event, words), set.session(*event));
    let answered: BTreeSet<_> = set.entries().iter().chain(set.quarantined()).map(seat).collect();
    offers.stand(|offer| answered.contains(&offer.seat()))
}

fn leg(set: &Interaction, event: Packed) -> Option<Box<Communication>> {
    set.communication(event).cloned().map(Box::new)
}

fn anomalies(
    set: &Interaction,
    words: &Words,
    mut odd: Vec<(AnomalyKind, Packed)>,
    last: &[Stay],
) -> Vec<Anomaly> {
    let late = set.entries().iter().filter(|event| event.is_late());
    odd.extend(late.map(|&event| (AnomalyKind::Late { action: event.kind(), quarantined: false }, event)));
    for &event in set.quarantined() {
        let action = event.kind();
        if event.was(Seen::Early) {
            odd.push((AnomalyKind::FutureTime { action }, event));
        }
        if event.was(Seen::Old) {
            odd.push((AnomalyKind::Late { action, quarantined: true }, event));
        }
    }
    odd.extend(set.conflicts(words).map(|(loser, event)| {
        (AnomalyKind::Conflict { action: event.kind(), other: set.reason(loser, words).cloned() }, event)
    }));
    let open = last.iter().filter(|stay| stay.to.is_none());
    odd.extend(open.map(|stay| (AnomalyKind::StillOpen, stay.any)));
    let anomaly = |(kind, event): (AnomalyKind, Packed)| Anomaly {
        kind,
        participant: set.participant(event).clone(),
        channel: set.channel(event, words).clone(),
        session: set.session(event).cloned(),
        at: event.timestamp(),
    };
    let mut anomalies: Vec<Anomaly> = odd.into_iter().map(anomaly).collect();
    anomalies.sort_by(|a, b| {
        let (one, other) = (a.seat(), b.seat());
        (a.at, one, &a.kind).cmp(&(b.at, other, &b.kind))
    });
    anomalies
}
