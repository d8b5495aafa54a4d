//! Test coverage, as a summary by file.

use crate::shell::{self, Outcome, Trouble, cargo, has_cargo};

/// Runs the tests under cargo-llvm-cov.
pub(crate) fn run(_: &[String]) -> Outcome {
    if !has_cargo("llvm-cov") {
        return Err(Trouble::unusable(
            "cargo-llvm-cov is not installed",
            "cargo install --locked cargo-llvm-cov",
        ));
    }
    shell::run(&mut cargo("llvm-cov --workspace --summary-only"), "cargo xtask ci")
}
