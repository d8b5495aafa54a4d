//! What timelines keep on the heap, counted at the allocator: exact, and the same on every machine of the same word size.
//!
//! `cargo xtask bench memory` prints it, and what the system sees ([memory.rs](memory.rs)). The allocator that counts
//! cannot grow a block in its place, so the peak is told there alone.
#![expect(clippy::print_stdout, reason = "it is a program, and its output is its result")]

use rosterline_benches::chosen;
use rosterline_benches::held::STATES;

fn main() {
    for held in STATES.iter().filter(|held| chosen(held.name)) {
        let mut state = None;
        let cost = allocation_counter::measure(|| state = Some((held.build)()));
        let (bytes, blocks) = (cost.bytes_current as f64, cost.count_current as f64);
        let events = held.events as f64;
        println!(
            "{:34} {:>7.1} live bytes, {:>6.3} blocks an event",
            held.name,
            bytes / events,
            blocks / events
        );
        drop(state);
    }
}
