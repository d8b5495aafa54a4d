//! Worlds of the `notifications` dialect by seed: whatever goes wrong, each join and leave is told once or lies in an open gap,
//! and a timeline without one is the truth.

use std::ops::Range;
use std::time::Duration;

use rosterline_sim::{cloud_campaign, run_cloud};

const LENGTH: Duration = Duration::from_secs(600);

/// The seeds that are run: a few, or those that `ROSTERLINE_SEEDS` names as `A..B`, as the gate does with a compiler that
/// optimises.
fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("ROSTERLINE_SEEDS") else { return 0..6 };
    let number = |text: &str| text.parse().expect("ROSTERLINE_SEEDS is A..B");
    let (first, end) = text.split_once("..").expect("ROSTERLINE_SEEDS is A..B");
    number(first)..number(end)
}

#[test]
fn nothing_is_lost_without_a_word_in_any_world() {
    let seeds = seeds();
    let count = seeds.end - seeds.start;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let summary = cloud_campaign(seeds, LENGTH, threads, &|_| {});
    let hours = summary.simulated.as_secs_f64() / 3600.0;
    println!("{}\n{count} seeds, {hours:.0} h, hash {:016x}", summary.tally, summary.hash);
    if let Some((seed, violation)) = summary.failures.first() {
        let minutes = LENGTH.as_secs_f64() / 3600.0;
        let again = format!(
            "rosterline simulate --dialect notifications --seeds {seed}..{} --hours {minutes}",
            seed + 1
        );
        panic!("seed {seed} breaks {}: {}\n  again: {again}", violation.invariant, violation.what);
    }
    assert_eq!(summary.seeds, count);
    assert_eq!(summary.missing(), [], "never occurred");
}

#[test]
fn a_seed_is_the_same_world_every_time() {
    let hash = |seed| run_cloud(seed, Duration::from_secs(120)).hash;
    assert_eq!(hash(7), hash(7));
    assert_ne!(hash(7), hash(8));
}
