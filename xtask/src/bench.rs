//! The benches: by the clock, whose figures are only worth comparing from an idle machine, and by counted
//! instructions, which are the same on a busy one; and what is held in memory.

use std::process::{Command, Stdio};

use crate::shell::{self, Outcome, Trouble, cargo};

/// Runs the benches whose name contains the first argument, or all; with `--counted`, the workloads that
/// are counted.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [first, rest @ ..] if first == "--counted" => counted(rest.first().map_or("", String::as_str)),
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

/// Every bench but the one that is counted. Each runs what of it has the filter in its name.
const BENCHES: &[&str] = &["decode", "path", "timelines", "compare", "heap", "memory"];

/// Rounds of a workload. More would give the same figure.
const ROUNDS: u64 = 2;

/// Runs each workload whose name contains `filter` under callgrind, and prints instructions per event: what
/// [`ROUNDS`] rounds take more than none.
fn counted(filter: &str) -> Outcome {
    if !has_valgrind() {
        return Err(Trouble::unusable(
            "SKIPPED, nothing was counted: valgrind is not installed",
            "install valgrind by the system's package manager",
        ));
    }
    let bench = || cargo("bench --quiet --package rosterline-benches --bench counted");
    println!("{:20} {:>24}", "workload", "instructions per event");
    for name in shell::read(&mut bench())?.lines().filter(|name| name.contains(filter)) {
        let (_, before) = count(bench(), name, 0)?;
        let (events, after) = count(bench(), name, ROUNDS)?;
        println!("{name:20} {:24}", after.saturating_sub(before) / (ROUNDS * events));
    }
    Ok(())
}

fn has_valgrind() -> bool {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs a workload under callgrind: the events of a round, and the instructions of all.
fn count(mut bench: Command, name: &str, rounds: u64) -> Result<(u64, u64), Trouble> {
    let runner = r#"["valgrind","--tool=callgrind","--callgrind-out-file=/dev/null"]"#;
    bench.arg("--config").arg(format!("target.'cfg(all())'.runner={runner}"));
    bench.args(["--", name, &rounds.to_string()]);
    let unusable = |what: String| Trouble::unusable(what, format!("cargo xtask bench --counted {name}"));
    let output = bench.output().map_err(|error| unusable(format!("cargo did not start: {error}")))?;
    let events = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
    let told = String::from_utf8_lossy(&output.stderr);
    let figures = events.zip(collected(&told));
    figures.ok_or_else(|| unusable(format!("nothing was counted ({}):\n{told}", output.status)))
}

/// The count in what callgrind says: `==123== Collected : 456`.
fn collected(told: &str) -> Option<u64> {
    told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn the_count_is_found_in_what_callgrind_says() {
        let told = "==7== Events    : Ir\n==7== Collected : 4560123\n==7== \n";
        assert_eq!(collected(told), Some(4_560_123));
        assert_eq!(collected("error: no such bench"), None);
    }
}
