//! Runs a workload, for a tool that counts instructions.
//!
//! `cargo xtask bench --counted` uses it; `cargo bench -p rosterline-benches --bench counted` lists the workloads.
#![expect(clippy::print_stdout, reason = "it is a program, and its output is its result")]

use rosterline_benches::workloads::WORKLOADS;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let known = words.first().and_then(|name| WORKLOADS.iter().find(|known| known.0 == name));
    match (known, words.get(1).and_then(|rounds| rounds.parse().ok())) {
        (Some((_, run)), Some(rounds)) => println!("{}", run(rounds)),
        _ => WORKLOADS.iter().for_each(|(name, _)| println!("{name}")),
    }
}
