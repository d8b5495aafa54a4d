//! The criterion benches. Figures are only worth comparing from an idle machine.

use crate::shell::{self, Outcome, cargo};

/// Runs the benches whose name contains the first argument, or all.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    shell::run(
        cargo("bench --package rosterline-benches --").args(arguments),
        "cargo bench --package rosterline-benches --no-run",
    )
}
