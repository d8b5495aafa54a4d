//! Holds timelines against what happened: what they show is true, and what they lack is admitted.

use proptest::prelude::*;
use rosterline_core::{Gap, Id, Presence, PresenceKind};
use rosterline_timeline::{Limits, Timeline, Timelines};

use super::delivery::{Delivery, admits};
use super::truth::is_same;

impl Delivery {
    /// Holds `timelines` against what happened, after they were given all [`events`](Delivery::events) and nothing
    /// else:
    ///
    /// 1. Each event that is missing is admitted by a gap. What no lost connection explains was counted as dropped.
    /// 2. A timeline holds exactly the events that were told of its interaction.
    /// 3. A complete one equals that of the truth as far as it reaches, from its first event to its last; what is missing lies
    ///    before or behind, in a gap. If somebody was in the interaction all the time, everyone has left, and one
    ///    gap admits all that is missing, then nothing is missing: it equals that of the truth.
    /// 4. One that is not complete has a reason: somebody is there, or an open gap touches it. A missing event between
    ///    its first and its last is admitted by a gap that it lists.
    /// 5. After the [repairs](Delivery::repairs) all timelines are those of the truth, byte for byte; those of interactions that
    ///    everyone has left are complete, and no others.
    ///
    /// # Errors
    /// Says which of these does not hold, and for which interaction: a failure of the test case.
    pub fn check(&self, timelines: &Timelines) -> Result<(), TestCaseError> {
        let missing = self.missing();
        self.check_gaps(&missing)?;
        for timeline in timelines.iter() {
            let id = &timeline.interaction_id;
            prop_assert_eq!(timelines.is_open(id), !timeline.complete, "open or complete: {}", timeline);
            prop_assert!(self.truth.iter().any(|event| event.interaction == *id), "{id} never was");
        }
        let cases = self.cases(&missing);
        for case in &cases {
            case.check(timelines.get(case.id).as_ref())?;
        }
        self.check_repaired(timelines.clone(), &cases)
    }

    /// What is known of each interaction, in the order of their identifiers.
    fn cases<'a>(&'a self, missing: &[&'a Presence]) -> Vec<Case<'a>> {
        let mut ids: Vec<&Id> = self.truth.iter().map(|event| &event.interaction).collect();
        ids.sort();
        ids.dedup();
        let case = |id: &'a Id| {
            let truth = self.truth.iter().filter(|event| event.interaction == *id).collect();
            let missing = missing.iter().copied().filter(|event| event.interaction == *id).collect();
            Case { id, gaps: self.gaps().collect(), truth, missing }
        };
        ids.into_iter().map(case).collect()
    }

    fn check_gaps(&self, missing: &[&Presence]) -> Result<(), TestCaseError> {
        let by_loss = |event: &Presence| self.gaps().any(|gap| gap.dropped == 0 && admits(gap, event));
        for event in missing {
            let admitted = self.gaps().any(|gap| admits(gap, event));
            prop_assert!(admitted, "lost, and no gap says so: {event:?}");
        }
        let dropped: u64 = self.gaps().map(|gap| gap.dropped).sum();
        let silent = missing.iter().filter(|event| !by_loss(event)).count() as u64;
        prop_assert!(silent <= dropped, "{silent} events were dropped, and {dropped} counted");
        Ok(())
    }

    fn check_repaired(&self, mut timelines: Timelines, cases: &[Case<'_>]) -> Result<(), TestCaseError> {
        let repairs = self.repairs();
        repairs.iter().for_each(|event| _ = timelines.tell(event));
        let mut truth = of(&self.truth);
        self.gaps().for_each(|gap| truth.gap(gap));
        self.gaps().for_each(|gap| truth.repaired(gap.id));
        let written = |timelines: &Timelines| -> Vec<String> {
            timelines.iter().map(|timeline| timeline.to_string()).collect()
        };
        prop_assert_eq!(written(&timelines), written(&truth), "after the repair, the truth on the right");
        for case in cases {
            let timeline = timelines.get(case.id);
            let complete = timeline.as_ref().is_some_and(|timeline| timeline.complete);
            let ended = case.present().last() == Some(&0);
            prop_assert_eq!(complete, ended, "after the repair, everyone has left: {:?}", timeline);
        }
        Ok(())
    }
}

/// What is known of one interaction.
struct Case<'a> {
    id: &'a Id,
    gaps: Vec<&'a Gap>,
    truth: Vec<&'a Presence>,
    missing: Vec<&'a Presence>,
}

impl Case<'_> {
    fn check(&self, timeline: Option<&Timeline>) -> Result<(), TestCaseError> {
        let Some(timeline) = timeline else {
            prop_assert_eq!(self.missing.len(), self.truth.len(), "told, and not held: {:?}", self.truth);
            return Ok(());
        };
        let told = self.truth.len() - self.missing.len();
        prop_assert_eq!(timeline.entries.len(), told, "so many were told: {}", timeline);
        for entry in &timeline.entries {
            let is_it = |event: &&&Presence| {
                (event.at, event.kind, &event.participant)
                    == (entry.timestamp, entry.action, &entry.participant)
                    && (&event.channel, &event.reason) == (&entry.channel, &entry.reason)
            };
            let event = self.truth.iter().find(is_it);
            let heard = event.is_some_and(|event| !self.missing.iter().any(|other| is_same(other, event)));
            prop_assert!(heard, "nobody told this: {entry}");
        }
        if timeline.complete { self.check_complete(timeline) } else { self.check_incomplete(timeline) }
    }

    fn check_complete(&self, timeline: &Timeline) -> Result<(), TestCaseError> {
        let reach: Vec<Presence> = self
            .truth
            .iter()
            .filter(|event| is_within(timeline, event))
            .map(|&event| event.clone())
            .collect();
        let truth = of(&reach).get(&timeline.interaction_id);
        let shown = |it: &Timeline| {
            (it.entries.clone(), it.presence.clone(), it.anomalies.clone(), it.figures.clone())
        };
        prop_assert_eq!(
            Some(shown(timeline)),
            truth.as_ref().map(shown),
            "complete, and not true: {}",
            timeline
        );
        let by_one = self.gaps.iter().any(|gap| self.missing.iter().all(|event| admits(gap, event)));
        let whole = self.missing.is_empty() || !by_one || !self.is_unbroken();
        prop_assert!(whole, "complete, and {} events are missing: {timeline}", self.missing.len());
        Ok(())
    }

    fn check_incomplete(&self, timeline: &Timeline) -> Result<(), TestCaseError> {
        let open = || timeline.gaps.iter().filter(|mark| !mark.repaired);
        let somebody = timeline.presence.iter().any(|stay| stay.to.is_none());
        prop_assert!(somebody || open().next().is_some(), "not complete, and nothing says why: {timeline}");
        for event in self.missing.iter().filter(|event| is_within(timeline, event)) {
            let listed = |gap: &&&Gap| open().any(|mark| mark.id == gap.id);
            let admitted = self.gaps.iter().filter(listed).any(|gap| admits(gap, event));
            prop_assert!(admitted, "missing in its midst: {event:?}\n{timeline}");
        }
        Ok(())
    }

    /// Whether somebody was there at any moment from the first event to the last, and nobody after it.
    fn is_unbroken(&self) -> bool {
        let present = self.present();
        present
            .split_last()
            .is_some_and(|(last, others)| *last == 0 && others.iter().all(|present| *present > 0))
    }

    /// How many were there after each event.
    fn present(&self) -> Vec<i32> {
        let mut present = 0;
        let counts = self.truth.iter().map(|event| {
            match event.kind {
                PresenceKind::Joined => present += 1,
                PresenceKind::Left => present -= 1,
            }
            present
        });
        counts.collect()
    }
}

/// Whether the event lies between the first and the last that the timeline has.
fn is_within(timeline: &Timeline, event: &Presence) -> bool {
    let times = || timeline.entries.iter().map(|entry| entry.timestamp);
    times().next() <= Some(event.at) && Some(event.at) <= times().next_back()
}

fn of(events: &[Presence]) -> Timelines {
    let mut timelines = Timelines::new(Limits::default());
    for event in events {
        timelines.apply(event);
    }
    timelines
}
