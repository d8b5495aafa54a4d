//! What the system sees of the memory that timelines take: the peak of a whole process, one for each state.
//!
//! `cargo xtask bench memory` prints it, and what is on the heap ([heap.rs](heap.rs)). It is read from
//! `/proc/self/status`; where there is none, it is left out.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program, and its output is its result"
)]

use std::hint::black_box;
use std::process::Command;

use rosterline_benches::chosen;
use rosterline_benches::held::STATES;

/// What a process is called with that builds one state and tells its own peak.
const ONE: &str = "--one";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name] = words.as_slice() {
        if let (ONE, Some(held)) = (flag.as_str(), STATES.iter().find(|held| held.name == name)) {
            black_box((held.build)());
            println!("{}", peak().unwrap_or(0));
            return;
        }
    }
    for held in STATES.iter().filter(|held| chosen(held.name)) {
        match in_a_process(held.name) {
            Some(bytes) if bytes > 0 => {
                println!(
                    "{:34} {:>7.1} bytes of the process an event",
                    held.name,
                    bytes as f64 / held.events as f64
                );
            }
            _ => eprintln!("{}: this system does not tell a process its peak", held.name),
        }
    }
}

fn in_a_process(name: &str) -> Option<u64> {
    let output = Command::new(std::env::current_exe().ok()?).args([ONE, name]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// The most that has been resident of this process, in bytes.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
