//! The whole client against a load server: what events cost, how late they come, what a session holds at rest, and how all
//! of it grows. Needs Linux: processor time and memory of a process are read in `/proc`.
//!
//! Clients take turns in one run, so that whatever else the machine does falls on all of them; compare within a run only.

mod build;
mod client;
mod figures;
mod growth;
mod idle;
mod latency;
mod machine;
mod options;
mod plot;
mod reconnect;
mod server;
mod throughput;

use options::Options;

use crate::shell::{self, Outcome, Trouble, cargo};

/// One kind of measurement.
struct Kind {
    name: &'static str,
    run: fn(&Options) -> Outcome,
    /// Whether it measures programs that are to be built first.
    built: bool,
}

const KINDS: &[Kind] = &[
    Kind { name: "throughput", run: throughput::run, built: true },
    Kind { name: "latency", run: latency::run, built: true },
    Kind { name: "growth", run: growth::run, built: true },
    Kind { name: "reconnect", run: reconnect::run, built: true },
    Kind { name: "idle", run: idle::run, built: true },
    Kind { name: "build", run: build::run, built: false },
];

/// Measures what the first argument names.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else { return Err(unknown("nothing")) };
    let kind = KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| unknown(name))?;
    let options = Options::read(rest)?;
    if !cfg!(target_os = "linux") {
        let what =
            "SKIPPED, nothing was measured: processor time and memory are read in /proc, which is Linux's";
        return Err(Trouble::unusable(what, "cargo xtask bench   # measures on any system"));
    }
    if kind.built {
        shell::run(&mut cargo(BUILD), &format!("cargo {BUILD}"))?;
    }
    machine::describe();
    (kind.run)(&options)
}

/// What is measured, and what it is measured against.
const BUILD: &str = "build --release --package rosterline --package rosterline-whole";

fn unknown(name: &str) -> Trouble {
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    let what = format!("`{name}` is none of {}", names.join(", "));
    Trouble::unusable(what, "cargo xtask load throughput")
}
