//! The benches: by the clock, whose figures are only worth comparing from an idle machine, and by counted
//! instructions, which are the same on a busy one; and what is held in memory.

mod budgets;
mod check;
mod counted;

use crate::shell::{self, Outcome, Trouble, cargo};
use counted::{Program, has_valgrind};

pub(crate) use check::run as check;

/// Runs the benches whose name contains the first argument, or all; with `--counted`, the workloads that
/// are counted.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [first, rest @ ..] if first == "--counted" => count(rest.first().map_or("", String::as_str)),
        _ => {
            let mut bench = cargo("bench --package rosterline-benches");
            for name in BENCHES {
                bench.args(["--bench", name]);
            }
            bench.arg("--").args(arguments);
            shell::run(&mut bench, "cargo bench --package rosterline-benches --no-run")
        }
    }
}

/// Every bench but those that `bench-check` reads. Each runs what of it has the filter in its name.
const BENCHES: &[&str] = &["decode", "path", "timelines", "compare", "heap", "memory"];

/// Prints the instructions per event of each workload whose name contains `filter`.
fn count(filter: &str) -> Outcome {
    if !has_valgrind() {
        return Err(Trouble::unusable(
            "SKIPPED, nothing was counted: valgrind is not installed",
            "install valgrind by the system's package manager",
        ));
    }
    let program = Program::build("counted")?;
    println!("{:20} {:>24}", "workload", "instructions per event");
    for name in program.workloads()?.iter().filter(|name| name.contains(filter)) {
        println!("{name:20} {:24.0}", program.instructions(name)?);
    }
    Ok(())
}
