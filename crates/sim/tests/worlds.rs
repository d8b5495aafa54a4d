//! Whole worlds by seed: everything goes wrong that can, and every invariant holds.

use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rosterline_core::{Action, Deadline, Event, Input, Instant};
use rosterline_driver::{Command, Tap};
use rosterline_sim::{Keep, Options, campaign};

const HOUR: Duration = Duration::from_secs(3600);

/// The seeds that are run: a few, or those that `ROSTERLINE_SEEDS` names as `A..B`, as the gate does with a compiler that
/// optimises.
fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("ROSTERLINE_SEEDS") else { return 0..12 };
    let number = |text: &str| text.parse().expect("ROSTERLINE_SEEDS is A..B");
    let (first, end) = text.split_once("..").expect("ROSTERLINE_SEEDS is A..B");
    number(first)..number(end)
}

#[test]
fn every_invariant_holds_in_every_world_and_everything_occurs_that_can() {
    let seeds = seeds();
    let count = seeds.end - seeds.start;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let summary = campaign(seeds, HOUR, threads, &|_| {});
    let hours = summary.simulated.as_secs_f64() / 3600.0;
    println!("{}\n{count} seeds, {hours:.0} h, hash {:016x}", summary.tally, summary.hash);
    if let Some((seed, violation)) = summary.failures.first() {
        let again = format!("rosterline simulate --seeds {seed}..{} --hours 1", seed + 1);
        panic!("seed {seed} breaks {}: {}\n  again: {again}", violation.invariant, violation.what);
    }
    assert_eq!(summary.seeds, count);
    assert_eq!(summary.missing(), [], "never occurred");
}

/// A driver that was not told of a repair that could begin: it would have waited for its next heartbeat.
#[test]
fn a_gap_that_is_taken_wakes_the_driver() {
    let summary = campaign(4994..4995, HOUR, 1, &|_| {});
    assert!(summary.failures.is_empty(), "{:?}", summary.failures);
}

#[test]
fn the_same_seeds_give_the_same_hash_on_any_number_of_threads() {
    let length = Duration::from_secs(300);
    let one = campaign(0..6, length, 1, &|_| {});
    let many = campaign(0..6, length, 3, &|_| {});
    assert_eq!((one.hash, one.events, one.tally), (many.hash, many.events, many.tally));
    assert_ne!(one.hash, campaign(6..12, length, 2, &|_| {}).hash);
}

/// Counts what goes through the door.
#[derive(Clone, Default)]
struct Count(Arc<Mutex<(u64, u64)>>);

impl Tap for Count {
    fn input(&mut self, _: &Input<'_>, _: Instant) {
        self.0.lock().expect("nobody panics").0 += 1;
    }

    fn command(&mut self, _: &Command<'_>, _: Instant) {}

    fn action(&mut self, _: &Action) {}

    fn event(&mut self, _: &Event, _: Instant) {
        self.0.lock().expect("nobody panics").1 += 1;
    }

    fn waits(&mut self, _: Option<Deadline>, _: bool) {}
}

#[test]
fn whoever_else_looks_on_sees_everything_and_changes_nothing() {
    let options = Options::swarm(3, Duration::from_secs(600));
    let count = Count::default();
    let seen = options.clone().run_before(Box::new(count.clone()));
    assert_eq!(seen.hash, options.run().hash);
    let (inputs, events) = *count.0.lock().expect("nobody panics");
    assert!(inputs > 100 && events > 100, "{inputs} inputs, {events} events");
}

#[test]
fn a_part_of_a_world_has_only_what_was_kept() {
    let options = Options::swarm(9, HOUR);
    let all = options.strikes.len();
    assert!(all > 2, "{options}");
    let keep: Keep = "strikes=0,2 frames=- interactions=2 ms=900000".parse().expect("valid");
    let part = options.clone().keep(&keep);
    assert!(part.strikes.iter().all(|strike| options.strikes[..3].contains(strike)));
    assert!(part.frames.is_empty() && part.length == Duration::from_secs(900));
    let outcome = part.run();
    assert_eq!(outcome.violation, None);
    assert!(outcome.events < 100, "two interactions have {} events", outcome.events);
}

#[test]
fn what_does_not_fail_is_not_made_small() {
    assert!(Options::swarm(1, Duration::from_secs(60)).shrink().is_none());
}
