//! Everything that must pass before a merge. The tests come last, so that their summary closes the output. All steps build
//! with all features: features add, and one build serves every step.

use std::time::Instant;

use crate::shell::{self, Outcome, Trouble, cargo, has_cargo};
use crate::{autobahn, bench, examples, no_std, tidy, witnesses, worlds};

/// One step: its name, and what it does.
type Step = (&'static str, fn() -> Outcome);

/// The cheap and talkative first.
const STEPS: &[Step] = &[
    ("format", format),
    ("tidy", || tidy::run(&[])),
    ("lints", lints),
    ("no-std", || no_std::run(&[])),
    ("docs", docs),
    ("examples", examples::run),
    ("doc-tests", doc_tests),
    ("worlds", || worlds::run(&[])),
    ("bench-check", || bench::check(&[])),
    ("autobahn", || autobahn::run(&[])),
    ("witnesses", || witnesses::run(&[])),
    ("tests", tests),
];

/// The chore.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => run_all(),
        [argument, ..] => {
            Err(Trouble::unusable(format!("`ci` takes no arguments, not `{argument}`"), "cargo xtask ci"))
        }
    }
}

/// Runs every step up to the first that fails.
fn run_all() -> Outcome {
    for (number, (name, step)) in STEPS.iter().enumerate() {
        println!("\n[{}/{}] {name}", number + 1, STEPS.len());
        let start = Instant::now();
        step()?;
        // The last line of a run belongs to the test runner.
        if number + 1 < STEPS.len() {
            println!(
                "[{}/{}] {name}: passed in {:.1} s",
                number + 1,
                STEPS.len(),
                start.elapsed().as_secs_f32()
            );
        }
    }
    Ok(())
}

fn format() -> Outcome {
    shell::run(&mut cargo("fmt --all --check"), "cargo fmt --all")
}

fn lints() -> Outcome {
    let line = "clippy --workspace --all-features --all-targets -- -D warnings";
    shell::run(&mut cargo(line), &format!("cargo {line}"))
}

fn docs() -> Outcome {
    let mut command = cargo("doc --workspace --all-features --no-deps");
    shell::run(
        command.env("RUSTDOCFLAGS", "-D warnings"),
        "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --all-features --no-deps",
    )
}

fn doc_tests() -> Outcome {
    let line = "test --workspace --all-features --doc";
    shell::run(&mut cargo(line), &format!("cargo {line}"))
}

/// Every unit and integration test, the replay of the fuzz corpora among them.
fn tests() -> Outcome {
    if has_cargo("nextest") {
        let again =
            "cargo nextest run --workspace --all-features -E 'test(NAME)'   # a name from the summary above";
        return shell::run(&mut cargo("nextest run --workspace --all-features --no-fail-fast"), again);
    }
    let again = "cargo test --workspace --all-features NAME   # a name from the list of failures above";
    shell::run(&mut cargo("test --workspace --all-features --lib --bins --tests --no-fail-fast"), again)
}
