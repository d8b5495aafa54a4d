//! Our timelines against the tutorial's way, both from the texts of the same events, taking turns in one run.
//!
//! `cargo xtask bench compare` prints nanoseconds per event, medians, and how many times as long the tutorial's way takes.
//! What is freed at the end is not in the figures.
#![expect(clippy::print_stdout, reason = "it is a program, and its output is its result")]

use std::hint::black_box;
use std::time::Instant;

use rosterline_benches::chosen;
use rosterline_benches::load::{PARTICIPANTS, Told, at_random, jittered};
use rosterline_benches::tutorial::{
    Collected, ParticipantEvent, TimelineEntry, build_timeline, build_timeline_reading_once,
};
use rosterline_timeline::{Limits, Timelines};

const TURNS: usize = 5;

/// How the tutorial's way makes a timeline.
type Build = fn(&[ParticipantEvent]) -> Vec<TimelineEntry<'_>>;

/// What is done with the events.
#[derive(Clone, Copy)]
enum Work {
    /// All are taken, then each interaction is shown once.
    ShowAtTheEnd,
    /// After each event its interaction is shown: a wallboard.
    ShowAtOnce,
}

fn main() {
    let at_random = |interactions, each| at_random(interactions, each).map(|step| step.told()).collect();
    let jittered = |count, each| -> Vec<Told> {
        (0..count).flat_map(|n| jittered(n, each, PARTICIPANTS)).map(|step| step.told()).collect()
    };
    compare("each shown at the end, 1,000 x 20", Work::ShowAtTheEnd, || at_random(1000, 20));
    compare("each shown at the end, 100,000 x 20", Work::ShowAtTheEnd, || at_random(100_000, 20));
    compare("each shown at the end, 1 x 100,000", Work::ShowAtTheEnd, || jittered(1, 100_000));
    compare("shown at every event, 1,000 x 20", Work::ShowAtOnce, || at_random(1000, 20));
    compare("shown at every event, 10 x 200", Work::ShowAtOnce, || jittered(10, 200));
    compare("shown at every event, 1 x 2,000", Work::ShowAtOnce, || jittered(1, 2000));
}

fn compare(name: &str, work: Work, events: impl FnOnce() -> Vec<Told>) {
    if !chosen(&format!("compare/{name}")) {
        return;
    }
    let events = events();
    let [mut ours, mut theirs, mut once] = [const { Vec::new() }; 3];
    for _ in 0..TURNS {
        ours.push(rosterline(work, &events));
        theirs.push(tutorial(work, &events, build_timeline));
        once.push(tutorial(work, &events, build_timeline_reading_once));
    }
    let (ours, theirs, once) = (median(ours), median(theirs), median(once));
    println!(
        "compare/{name:38} ours {ours:>8.0} ns   tutorial {theirs:>9.0} ns, {:>6.2} x   reading each time once {once:>9.0} ns, {:>6.2} x",
        theirs / ours,
        once / ours
    );
}

fn rosterline(work: Work, events: &[Told]) -> f64 {
    let mut limits = Limits::default();
    limits.events_per_interaction = events.len();
    let mut timelines = Timelines::new(limits);
    let start = Instant::now();
    for told in events {
        let presence = told.presence();
        timelines.apply(&presence);
        while let Some(change) = timelines.poll_change() {
            black_box(change);
        }
        match work {
            Work::ShowAtTheEnd => {}
            Work::ShowAtOnce => drop(black_box(timelines.get(&presence.interaction))),
        }
    }
    match work {
        Work::ShowAtTheEnd => timelines.iter().for_each(|timeline| drop(black_box(timeline))),
        Work::ShowAtOnce => {}
    }
    per_event(start, events)
}

fn tutorial(work: Work, events: &[Told], build: Build) -> f64 {
    let mut collected = Collected::default();
    let start = Instant::now();
    for told in events {
        collected.take(told);
        match work {
            Work::ShowAtTheEnd => {}
            Work::ShowAtOnce => drop(black_box(build(collected.of(&told.interaction)))),
        }
    }
    match work {
        Work::ShowAtTheEnd => collected.all().for_each(|events| drop(black_box(build(events)))),
        Work::ShowAtOnce => {}
    }
    per_event(start, events)
}

fn per_event(start: Instant, events: &[Told]) -> f64 {
    start.elapsed().as_nanos() as f64 / events.len() as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
