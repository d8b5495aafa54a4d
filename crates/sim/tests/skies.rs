//! Worlds of the `notifications` dialect: whatever goes wrong, each fact is told once, or lies in an open gap.

use std::time::Duration;

use rosterline_sim::run_cloud;

#[test]
fn nothing_is_lost_without_a_word() {
    let seeds: u64 = std::env::var("ROSTERLINE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let first: u64 = std::env::var("ROSTERLINE_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut all = rosterline_sim::Tally::default();
    for seed in first..first + seeds {
        let outcome = run_cloud(seed, Duration::from_secs(300));
        all.add(&outcome.tally);
        assert_eq!(outcome.violation, None, "seed {seed}");
    }
    println!("{all}");
}

#[test]
fn a_seed_is_the_same_world_every_time() {
    let hash = |seed| run_cloud(seed, Duration::from_secs(120)).hash;
    assert_eq!(hash(7), hash(7));
    assert_ne!(hash(7), hash(8));
}
