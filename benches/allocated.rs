//! What an event allocates, and what it leaves on the heap, counted at the allocator: exact, and the same on every machine
//! of the same word size.
//!
//! `cargo xtask bench-check` reads it: lines of a measure, a name, and a figure.
#![expect(clippy::print_stdout, reason = "it is a program, and its output is its result")]

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use rosterline_benches::held::STATES;
use rosterline_benches::workloads::{Run, WORKLOADS};

/// Rounds of a workload; those of none are taken off.
const ROUNDS: u64 = 2;

fn main() {
    for (name, run) in WORKLOADS.iter().filter(|(name, _)| !name.contains("tutorial")) {
        let (none, _) = counted(*run, 0);
        let (some, events) = counted(*run, ROUNDS);
        let per_event = |some: u64, none: u64| (some - none) as f64 / (ROUNDS * events) as f64;
        println!("allocations {name} {:.2}", per_event(some.count_total, none.count_total));
        println!("bytes {name} {:.1}", per_event(some.bytes_total, none.bytes_total));
    }
    for held in STATES.iter().filter(|held| held.name.contains("/ours")) {
        let mut state = None;
        let cost = measure(|| state = Some((held.build)()));
        println!("held {} {:.1}", held.name, cost.bytes_current as f64 / held.events as f64);
        drop(state);
    }
}

fn counted(run: Run, rounds: u64) -> (AllocationInfo, u64) {
    let mut events = 0;
    let cost = measure(|| events = black_box(run(rounds)));
    (cost, events)
}
