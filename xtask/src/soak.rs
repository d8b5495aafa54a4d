//! The tests of core, timeline and sim: once those that are exhaustive and take long, then all again and again, each property
//! with far more cases than usual and with new seeds in every round.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::shell::{self, Outcome, Trouble, cargo};

/// Cases for each property and round: 32 times proptest's default of 256.
const CASES: u64 = 8192;

/// Simulated worlds in each round, with an hour of trouble each.
const WORLDS: u64 = 2_000;

/// What a round runs.
const TESTS: &str = "test --release --package rosterline-core --package rosterline-timeline --package rosterline-sim \
    --features rosterline-sim/proptest --lib --tests --quiet";

/// What runs once, on all that there is of it: every order of events, a million planned moves, and a thousand on real sockets.
const EXHAUSTIVE: [&str; 3] = [
    "test --release --package rosterline-timeline --test order --quiet",
    "test --release --package rosterline-core --test channels --quiet planned_moves",
    "test --release --package rosterline-tokio --test conformance --quiet moves_that",
];

/// Runs rounds until the minutes are over. The round under way is finished.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let limit = Duration::from_secs(60 * minutes(arguments)?);
    // Neither building nor what is exhaustive counts.
    shell::run(cargo(TESTS).arg("--no-run"), &format!("cargo {TESTS} --no-run"))?;
    for tests in EXHAUSTIVE {
        shell::run(cargo(tests).env("ROSTERLINE_EXHAUSTIVE", "1"), &format!("cargo {tests}"))?;
    }
    let start = Instant::now();
    let fresh = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() * 1_000_000);
    let mut rounds = 0_u64;
    while rounds == 0 || start.elapsed() < limit {
        rounds += 1;
        println!("\nround {rounds}, {} of {} s", start.elapsed().as_secs(), limit.as_secs());
        let mut command = cargo(TESTS);
        // Worlds that nobody has seen.
        let first = fresh + rounds * WORLDS;
        command.env("ROSTERLINE_SEEDS", format!("{first}..{}", first + WORLDS));
        // Only properties that leave the number of cases to the environment are reached by it.
        command.env("PROPTEST_CASES", CASES.to_string());
        shell::run(
            &mut command,
            "git status   # the failing case is in a new line under proptest-regressions/: commit it with the fix",
        )?;
    }
    let (cases, seconds) = (rounds * CASES, start.elapsed().as_secs());
    println!("\n{rounds} rounds, {cases} cases of each property, without a failure in {seconds} s");
    Ok(())
}

/// The length of the soak.
fn minutes(arguments: &[String]) -> Result<u64, Trouble> {
    let Some(given) = arguments.first() else { return Ok(10) };
    match given.parse() {
        Ok(minutes @ 1..=10_080) => Ok(minutes),
        Ok(_) | Err(_) => Err(Trouble::unusable(
            format!("`{given}` is no number of minutes from 1 to 10080"),
            "cargo xtask soak 10",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn ten_minutes_unless_told_otherwise() {
        assert_eq!(minutes(&[]).expect("the default"), 10);
        assert_eq!(minutes(&["3".to_owned()]).expect("three"), 3);
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for given in ["0", "-1", "ten", "10081"] {
            assert_eq!(minutes(&[given.to_owned()]).expect_err(given).code, 2);
        }
    }
}
