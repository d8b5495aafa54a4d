//! Timelines under whatever can be put into them, against the plain model that the tests of `rosterline-timeline` have.

mod bounded;
mod input;
#[path = "../../../../crates/timeline/tests/common/model.rs"]
mod model;

use std::collections::BTreeMap;

use rosterline_core::{GapId, Id, Instant};
use rosterline_timeline::{Applied, Limits, Stage, Timeline, Timelines};

use crate::source::Source;
use input::Input;

/// More inputs than this are not read: what can go wrong with forty goes wrong with thirty.
const MOST: usize = 32;

/// What has become of the inputs, so that a test can see that the comparisons are not idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Interactions that are shown.
    pub interactions: usize,
    /// Events in them.
    pub entries: usize,
    /// What does not fit in them.
    pub anomalies: usize,
    /// Gaps in them.
    pub gaps: usize,
    /// How many are complete.
    pub complete: usize,
    /// How many were pushed out, or had had their time.
    pub evicted: usize,
    /// Events that were not taken.
    pub too_late: u64,
}

/// Puts what `data` tells of into timelines: the first byte says whether they have bounds and a clock.
///
/// # Panics
/// If they do, or if they show anything else than they should.
pub fn timeline(data: &[u8]) -> Shown {
    let mut source = Source::new(data);
    if source.flag() { bounded::live(&mut source) } else { unbounded(&mut source) }
}

/// Without bounds and time, a timeline is a function of the set of inputs.
fn unbounded(source: &mut Source<'_>) -> Shown {
    let turn = usize::from(source.below(64));
    let mut inputs = Vec::new();
    let mut timelines = Timelines::new(Limits::default());
    let mut followers: BTreeMap<Id, Timeline> = BTreeMap::new();
    while let Some(input) = Input::read(source).filter(|_| inputs.len() < MOST) {
        match &input {
            Input::Event(event) => {
                let applied = timelines.apply(event);
                let now = timelines.get(&event.interaction).expect("it has an event");
                let grew = matches!(applied, Applied::New | Applied::Conflict);
                assert!(follow(now, &mut followers) || !grew, "{applied:?}, and nothing is to be seen of it");
            }
            Input::Offer(_) | Input::Gap(_) | Input::Repair(_) => {
                feed(&mut timelines, &input);
                timelines.iter().for_each(|now| {
                    follow(now, &mut followers);
                });
            }
        }
        inputs.push(input);
    }
    consistent(&timelines);
    let shown: Vec<Timeline> = timelines.iter().collect();
    same(&shown, &model::timelines(&inputs));
    same(&shown, &followers.into_values().collect::<Vec<_>>());

    // Another order, some of it twice, in one go.
    let mut other = Timelines::new(Limits::default());
    let turn = turn % inputs.len().max(1);
    let (one, two) = inputs.split_at(turn);
    for input in two.iter().rev().chain(one).chain(two.iter().step_by(2)) {
        feed(&mut other, input);
    }
    same(&shown, &other.iter().collect::<Vec<_>>());
    count(&timelines, 0)
}

fn feed(timelines: &mut Timelines, input: &Input) {
    match input {
        Input::Event(event) => {
            timelines.apply(event);
        }
        Input::Offer(offer) => {
            timelines.unanswered(offer);
        }
        Input::Gap(gap) => timelines.gap(gap),
        Input::Repair(id) => timelines.repaired(GapId(*id)),
    }
}

/// Delta after delta gives every state, and there is one exactly if the revision has grown. Whether it has.
fn follow(now: Timeline, followers: &mut BTreeMap<Id, Timeline>) -> bool {
    let id = now.interaction_id.clone();
    let follower = followers.entry(id.clone()).or_insert_with(|| Timeline::empty(id));
    assert!(follower.revision <= now.revision, "a revision falls");
    if follower.revision == now.revision {
        assert_eq!(*follower, now, "it has changed, and its revision has not");
        return false;
    }
    let delta = now.since(follower);
    assert_eq!(follower.patch(&delta), Ok(()));
    assert_eq!(*follower, now);
    true
}

/// What is kept up to date is what the fold from scratch says.
fn consistent(timelines: &Timelines) {
    let mut open = 0;
    for timeline in timelines.iter() {
        let id = &timeline.interaction_id;
        let stage = timelines.stage(id).expect("it is held");
        assert_eq!(stage == Stage::Open, !timeline.complete, "{timeline}");
        assert!(!timeline.complete || timeline.gaps.iter().all(|gap| gap.repaired), "{timeline}");
        open += usize::from(timelines.is_open(id));
    }
    assert_eq!(timelines.open(), open);
}

/// The same to the letter: also how times are written, which `==` does not see.
fn same(one: &[Timeline], other: &[Timeline]) {
    assert_eq!(one, other);
    let digits = |timelines: &[Timeline]| {
        let entries = timelines.iter().flat_map(|timeline| &timeline.entries);
        entries.map(|entry| entry.timestamp.fraction_digits()).collect::<Vec<_>>()
    };
    assert_eq!(digits(one), digits(other), "fraction digits");
}

fn count(timelines: &Timelines, evicted: usize) -> Shown {
    let mut shown = Shown { evicted, too_late: timelines.too_late(), ..Shown::default() };
    for timeline in timelines.iter() {
        shown.interactions += 1;
        shown.entries += timeline.entries.len();
        shown.anomalies += timeline.anomalies.len();
        shown.gaps += timeline.gaps.len();
        shown.complete += usize::from(timeline.complete);
    }
    shown
}

/// A moment on the clock that lets time pass.
const fn moment(seconds: u64) -> Instant {
    Instant(seconds * 1_000_000_000)
}
