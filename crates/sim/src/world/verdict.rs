//! What must hold in the end, by what the server knows.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash as _;
use std::time::Duration;

use rosterline_core::{Cause, Gap, GapId, Id, Instant, Presence, Rng, Timestamp, UnixMillis};
use rosterline_timeline::{AnomalyKind, Timeline, Timelines};

use super::World;
use super::app::{content, id_number};
use super::options::{Farewell, Repairs};
use super::strike::NAP;
use super::trouble::Trouble;
use crate::fact::Fact;

/// One interaction in so many is folded again.
const FOLDED: u64 = 16;

/// Longer than any message can be on its way without the connection being given up: we may sleep for two minutes, and
/// then hear nothing for one.
const UNDERWAY: Duration = Duration::from_secs(180);

/// From the first to the last event of the timelines that are called complete, of those that were looked at: a flood misses a
/// thousand events of the same one.
type Spans<'m> = BTreeMap<&'m Id, Option<(Timestamp, Timestamp)>>;

impl World {
    /// Looks at the whole of it.
    pub(super) fn judge(&mut self) {
        self.app.told.sort_unstable();
        self.check_counts();
        let all_taken = self.seat.is_done() && self.options.farewell != Farewell::Leave;
        if all_taken {
            self.judge_counts();
            self.judge_losses();
        }
        self.judge_connections();
        self.judge_truth(all_taken);
        self.judge_folds();
        for odd in &self.odd.1 {
            let timeline = self.app.timelines.final_snapshot(odd);
            timeline.into_iter().for_each(|timeline| self.app.count_anomalies(&timeline));
        }
        format!("{:?}", self.seat.stats()).hash(&mut self.app.digest);
    }

    /// A gap that the session has neither filled by now, nor said that it cannot.
    pub(super) fn torn(&self) -> Option<&Gap> {
        let is_left =
            |gap: &&Gap| !self.app.repaired.contains(&gap.id) && !self.app.given_up.contains(&gap.id);
        let repairs = self.options.repairs == Repairs::Session;
        self.app.gaps.iter().filter(|_| repairs).find(is_left)
    }

    /// What was counted and what was told is the same (I-2).
    fn judge_counts(&self) {
        let stats = self.seat.stats();
        let (dropped, gaps) = (self.app.dropped, self.app.gaps.len() as u64);
        if dropped != stats.dropped {
            let what = format!("{} events were dropped, and gaps tell of {dropped}", stats.dropped);
            self.violate("I-2", what);
        }
        if stats.buffered != 0 || stats.gaps != gaps {
            let what = format!("{} events wait, and {gaps} gaps of {} were told", stats.buffered, stats.gaps);
            self.violate("I-2", what);
        }
    }

    /// Each time nobody told us anything is one gap, and there are no others (I-10).
    fn judge_losses(&self) {
        let (losses, perhaps, holes) = self.witness().losses();
        if !(losses..=losses + perhaps).contains(&holes) {
            let also = format!("and perhaps {perhaps} times more");
            self.violate(
                "I-10",
                format!("the connection was lost {losses} times, {also}, and {holes} gaps tell of it"),
            );
        }
        if self.options.is_quiet() && (losses > 0 || !self.app.gaps.is_empty()) {
            self.violate(
                "I-15",
                format!("nothing went wrong, and there were {losses} losses: {:?}", self.app.gaps),
            );
        }
    }

    /// Whatever was opened is closed (I-27).
    fn judge_connections(&self) {
        if self.seat.is_done() && self.witness().holds_a_connection() {
            self.violate("I-27", "the session has ended, and its connection has not");
        }
        let open = self.network.open();
        if self.seat.is_done() && open > 0 {
            self.violate("I-27", format!("the session has ended, and {open} connections are open"));
        }
    }

    /// Nothing was made up, nothing told twice, and whatever is missing lies in a gap (I-9, I-10).
    fn judge_truth(&mut self, all_taken: bool) {
        let mut known = Vec::with_capacity(self.app.told.len());
        let mut missing: Vec<Fact> = Vec::new();
        let (first, mut end) = self.witness().listened(self.closed, self.clock.now());
        if matches!(self.witness().ended, Some(Cause::Overflow)) {
            // What was still on its way is behind the end.
            end = end - UNDERWAY - self.longest_nap();
        }
        for told in self.stage.told() {
            let Some(presence) = told.fact.to_presence(told.at, told.fact.at.unix_millis()) else { continue };
            let number = content(&presence);
            known.push(number);
            // The API does not say why somebody joined: what it fills a gap with has no reason.
            let repaired = (self.options.repairs == Repairs::Session)
                .then(|| content(&Presence { reason: None, ..presence }));
            known.extend(repaired);
            let wanted = self.filters.iter().all(|filter| filter.passes(&told.fact));
            let listened = (first..end).contains(&told.at);
            let is_told = |number: &u64| self.app.told.binary_search(number).is_ok();
            if wanted && listened && !is_told(&number) && !repaired.is_some_and(|it| is_told(&it)) {
                missing.push(told.fact.clone());
            }
        }
        known.extend(&self.odd.0);
        known.sort_unstable();
        let strange = self.app.told.iter().filter(|number| known.binary_search(number).is_err()).count();
        if strange > 0 {
            self.violate("I-9", format!("{strange} events were told that never happened"));
        }
        if let Some(twice) = self.app.told.windows(2).find(|two| two[0] == two[1]) {
            let twice = twice[0];
            let presence = |fact: &Fact| fact.to_presence(Instant::ZERO, UnixMillis(0));
            let is_it = |fact: &&Fact| presence(fact).is_some_and(|presence| content(&presence) == twice);
            let fact = self.stage.told().map(|told| &told.fact).find(is_it).cloned();
            self.violate("I-5", format!("it was told twice: {fact:?}"));
        }
        if all_taken {
            let repaired: BTreeSet<GapId> = self.app.repaired.iter().copied().collect();
            let mut spans = Spans::new();
            missing.iter().for_each(|fact| self.judge_missing(fact, &repaired, &mut spans));
        }
    }

    /// So long may a message wait beside that, while nobody knows that time passes.
    fn longest_nap(&self) -> Duration {
        let naps = self.options.strikes.iter().filter(|strike| strike.trouble == Trouble::Nap);
        naps.map(|nap| nap.lasting * NAP).max().unwrap_or_default()
    }

    fn judge_missing<'m>(&self, fact: &'m Fact, repaired: &BTreeSet<GapId>, spans: &mut Spans<'m>) {
        let covering = |slack| self.app.gaps.iter().filter(move |gap| covers(gap, fact, slack));
        if self.was_wrong {
            // By a wrong clock a gap may reach far ahead; one that is behind is set right by what comes, and that may have been
            // long on its way.
            if covering(UNDERWAY + self.longest_nap()).next().is_none() {
                self.violate("I-10", format!("no gap is near {fact:?}"));
            }
            return;
        }
        let mut told = covering(self.options.disorder()).peekable();
        if told.peek().is_none() {
            return self.violate("I-10", format!("no gap tells of {fact:?}"));
        }
        if told.all(|gap| repaired.contains(&gap.id)) {
            return self.violate("I-10", format!("all gaps were filled, and it is missing: {fact:?}"));
        }
        let span = spans.entry(&fact.interaction).or_insert_with(|| {
            let timeline = self.app.timelines.get(&fact.interaction).filter(|timeline| timeline.complete)?;
            Some((timeline.entries.first()?.timestamp, timeline.entries.last()?.timestamp))
        });
        let within = span.is_some_and(|(first, last)| first < fact.at && fact.at < last);
        if within && covering(Duration::ZERO).next().is_some() {
            self.violate("I-10", format!("the timeline is said to be complete, and lacks {fact:?}"));
        }
    }

    /// A timeline is what its set of events makes of it, in whatever order, however often, in whatever company
    /// (I-3 to I-7).
    fn judge_folds(&mut self) {
        let mut rng = Rng::stream(self.options.seed, "folds");
        let chosen = |id: &Id| id_number(id) % FOLDED == self.options.seed % FOLDED;
        let mut sets: BTreeMap<&Id, Vec<Presence>> = BTreeMap::new();
        for told in self.stage.told().filter(|told| chosen(&told.fact.interaction)) {
            let Some(event) = told.fact.to_presence(Instant::ZERO, told.fact.at.unix_millis()) else {
                continue;
            };
            let set = sets.entry(&told.fact.interaction).or_default();
            let forms =
                [event.reason.as_ref().map(|_| Presence { reason: None, ..event.clone() }), Some(event)];
            let is_told = |form: &Presence| self.app.told.binary_search(&content(form)).is_ok();
            set.extend(forms.into_iter().flatten().filter(is_told));
        }
        let mut folded: Vec<Timeline> = Vec::new();
        for (interaction, events) in sets {
            let Some(timeline) = self.app.timelines.get(interaction) else { continue };
            // What was late then is not late now, and what was of tomorrow by a wrong clock is not by a right one.
            let of_its_time = |kind: &AnomalyKind| {
                matches!(kind, AnomalyKind::Late { .. } | AnomalyKind::FutureTime { .. })
            };
            if timeline.anomalies.iter().any(|anomaly| of_its_time(&anomaly.kind)) {
                continue;
            }
            let again = self.fold_again(&events, &mut rng).get(interaction);
            if again.as_ref() != Some(&timeline) {
                let again = again.map_or_else(String::new, |again| again.to_string());
                return self.violate("I-3", format!("as it came:\n{timeline}\nfolded again:\n{again}"));
            }
            folded.extend(self.app.timelines.final_snapshot(interaction));
        }
        for timeline in folded {
            (timeline.revision, timeline.entries.len()).hash(&mut self.app.digest);
            self.app.count_anomalies(&timeline);
        }
    }

    /// The same set in another order, with some of it twice.
    fn fold_again(&self, events: &[Presence], rng: &mut Rng) -> Timelines {
        let mut timelines = Timelines::new(self.app.timelines.limits().clone());
        let mut order: Vec<&Presence> =
            events.iter().chain(events.iter().filter(|_| rng.chance(20))).collect();
        for place in (1..order.len()).rev() {
            let other = usize::try_from(rng.up_to(place as u64)).expect("it is an index");
            order.swap(place, other);
        }
        let half = order.len() / 2;
        for event in &order[..half] {
            timelines.apply(event);
        }
        self.app.repaired.iter().for_each(|id| timelines.repaired(*id));
        self.app.gaps.iter().for_each(|gap| timelines.gap(gap));
        for event in &order[half..] {
            timelines.apply(event);
        }
        timelines
    }
}

/// Whether the gap tells that this may be missing; with `slack` on both sides.
fn covers(gap: &Gap, fact: &Fact, slack: Duration) -> bool {
    let at = fact.at.unix_millis();
    let (from, to) = (gap.from.unix_millis(), gap.to.unix_millis());
    gap.scope.covers(&fact.interaction) && from <= at.after(slack) && at <= to.after(slack)
}
