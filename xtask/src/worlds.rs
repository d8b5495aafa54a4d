//! Simulated worlds, many of them, with a compiler that optimises.

use std::ops::Range;

use crate::shell::{self, Outcome, Trouble, cargo};

/// The tests of the simulator, without what it does not need: link-time optimisation takes longer than it saves.
const TESTS: &str = "test --profile worlds --package rosterline-sim --test worlds --test skies";

/// So many in the gate: more than a year.
const SEEDS: u64 = 10_000;
/// So many of the `notifications` dialect for each of the other: their worlds are busier.
const SHARE: u64 = 80;

/// Runs so many seeds, or those from A to B.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let Range { start, end } = seeds(arguments)?;
    let again = format!("rosterline simulate --seeds {start}..{end} --hours 1   # it makes what fails small");
    one("every_invariant", start..end, &again)?;
    let few = start..start + (end - start).div_ceil(SHARE);
    let again = format!(
        "rosterline simulate --dialect notifications --seeds {}..{} --hours 0.17",
        few.start, few.end
    );
    one("nothing_is_lost", few, &again)
}

fn one(test: &str, seeds: Range<u64>, again: &str) -> Outcome {
    let mut command = cargo(TESTS);
    let seeds = format!("{}..{}", seeds.start, seeds.end);
    command.args([test, "--", "--nocapture"]).env("ROSTERLINE_SEEDS", seeds);
    shell::run(&mut command, again)
}

fn seeds(arguments: &[String]) -> Result<Range<u64>, Trouble> {
    let [given] = arguments else {
        return match arguments {
            [] => Ok(0..SEEDS),
            [_, ..] => Err(Trouble::unusable("`worlds` takes one argument", "cargo xtask worlds 1000")),
        };
    };
    let parsed = match given.split_once("..") {
        None => given.parse().ok().map(|count| 0..count),
        Some((first, end)) => first.parse().ok().zip(end.parse().ok()).map(|(first, end)| first..end),
    };
    let wrong = || Trouble::unusable(format!("`{given}` names no seeds"), "cargo xtask worlds 5000..6000");
    parsed.filter(|seeds| !seeds.is_empty()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::seeds;

    #[test]
    fn ten_thousand_unless_told_otherwise() {
        assert_eq!(seeds(&[]).expect("the default"), 0..10_000);
        assert_eq!(seeds(&["5".to_owned()]).expect("five"), 0..5);
        assert_eq!(seeds(&["7..9".to_owned()]).expect("two"), 7..9);
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for given in ["0", "x", "9..7", "1..", "..", "-1"] {
            assert_eq!(seeds(&[given.to_owned()]).expect_err(given).code, 2);
        }
    }
}
