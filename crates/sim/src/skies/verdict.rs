//! What must have become of everything that happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rosterline_core::{Event, Gap, Id, Presence, PresenceKind, Timestamp, UnixMillis};
use rosterline_timeline::{Limits, Timelines};

use crate::cloud::{Cloud, CloudFact};
use crate::world::Tally;

/// Sources may differ by so much about one fact.
const TOLERANCE: Duration = Duration::from_secs(2);

/// What was found.
pub(super) struct Verdict {
    /// The invariant that does not hold, and how.
    pub(super) violation: Option<(&'static str, String)>,
    told: u64,
    excused: u64,
    complete: u64,
}

/// The name of one fact.
type Key = (Id, Id, Id, PresenceKind);

impl Verdict {
    /// Of a session that watched these queues, was live since `live`, and perhaps has `ended`.
    pub(super) fn of(
        told: &[Event],
        cloud: &Cloud,
        queues: &[Id],
        live: Option<UnixMillis>,
        ended: Option<UnixMillis>,
    ) -> Self {
        let facts = cloud.facts();
        let mut verdict = Self { violation: None, told: 0, excused: 0, complete: 0 };
        let truth: BTreeMap<Key, &CloudFact> = facts.iter().map(|fact| (of_fact(fact), fact)).collect();
        let mut seen = BTreeSet::new();
        for presence in told.iter().filter_map(presence) {
            verdict.told += 1;
            let Some(key) = of_presence(presence) else { continue };
            match truth.get(&key) {
                None => verdict.fail("truth", format!("{presence:?} never happened")),
                Some(fact) if !is_near(fact.at, presence.at) => {
                    verdict.fail("truth", format!("{presence:?} happened at {}", fact.at));
                }
                Some(_) => {}
            }
            if !seen.insert(key) {
                verdict.fail("once", format!("{presence:?} was told twice"));
            }
        }
        let open = open_gaps(told);
        let Some(live) = live else { return verdict };
        let ours =
            facts.iter().filter(|fact| fact.queue.as_ref().is_some_and(|queue| queues.contains(queue)));
        let promised = ours.filter(|fact| fact.at > live && ended.is_none_or(|ended| fact.at < ended));
        for fact in promised {
            if seen.contains(&of_fact(fact)) {
                continue;
            }
            let at = Timestamp::from(fact.at);
            let excuse = |gap: &Gap| gap.from <= at && at <= gap.to && gap.scope.covers(&fact.conversation);
            if open.iter().any(excuse) {
                verdict.excused += 1;
            } else {
                verdict.fail(
                    "nothing is lost without a word",
                    format!("{fact:?} was not told, and no gap is open there"),
                );
            }
        }
        if open.is_empty() && ended.is_none() {
            verdict.timelines(told, &truth, &cloud.unanswered().collect());
        }
        verdict
    }

    /// Without an open gap, a timeline that is complete holds all that happened in its conversation.
    fn timelines(
        &mut self,
        told: &[Event],
        truth: &BTreeMap<Key, &CloudFact>,
        unanswered: &BTreeSet<(&Id, &Id)>,
    ) {
        let mut timelines = Timelines::new(Limits::default());
        told.iter().for_each(|event| _ = timelines.tell(event));
        for timeline in timelines.iter() {
            let id = &timeline.interaction_id;
            let told = timeline.entries.len();
            let happened = truth.keys().filter(|key| key.0 == *id).count();
            self.complete += u64::from(timeline.complete);
            let shown: BTreeSet<_> = timeline.unanswered.iter().map(|it| (id, &it.leg.session)).collect();
            if !shown.is_subset(unanswered) {
                self.fail("truth", format!("{id}: somebody answered, or it never rang:\n{timeline}"));
            }
            let rang = unanswered.iter().filter(|(conversation, _)| *conversation == id).count();
            if timeline.complete && shown.len() < rang {
                self.fail("complete", format!("{id} is complete, and lacks who did not answer:\n{timeline}"));
            }
            if timeline.complete && told < happened {
                let began = truth.iter().filter(|(key, _)| key.0 == *id).map(|(_, fact)| fact.at).min();
                self.fail(
                    "complete",
                    format!("{id} is complete with {told} of {happened} facts, begun {began:?}"),
                );
            }
        }
    }

    fn fail(&mut self, invariant: &'static str, what: String) {
        self.violation.get_or_insert((invariant, what));
    }

    pub(super) fn count(&self, tally: &mut Tally) {
        let counts =
            [("told", self.told), ("in an open gap", self.excused), ("complete timeline", self.complete)];
        for (what, count) in counts {
            (0..count).for_each(|_| tally.count("fact", what));
        }
    }
}

fn presence(event: &Event) -> Option<&Presence> {
    if let Event::Presence(presence) = event { Some(presence) } else { None }
}

fn of_fact(fact: &CloudFact) -> Key {
    (fact.conversation.clone(), fact.participant.clone(), fact.session.clone(), fact.kind)
}

fn of_presence(presence: &Presence) -> Option<Key> {
    let session = presence.leg.as_ref()?.session.clone();
    Some((presence.interaction.clone(), presence.participant.clone(), session, presence.kind))
}

fn is_near(at: UnixMillis, told: Timestamp) -> bool {
    let (early, late) = (at.0.min(told.unix_millis().0), at.0.max(told.unix_millis().0));
    u128::from(late.abs_diff(early)) <= TOLERANCE.as_millis()
}

/// The gaps that were told and never repaired.
fn open_gaps(told: &[Event]) -> Vec<Gap> {
    let mut open = BTreeMap::new();
    for event in told {
        match event {
            Event::Gap(gap) => _ = open.insert(gap.id, gap.clone()),
            Event::Repaired(repair) => _ = open.remove(&repair.gap.id),
            // Nothing else opens or closes one.
            Event::Presence(_)
            | Event::Unanswered(_)
            | Event::Status(_)
            | Event::Rejected(_)
            | Event::Ended(_)
            | Event::Unknown(_)
            | _ => {}
        }
    }
    open.into_values().collect()
}
