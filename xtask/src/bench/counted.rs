//! The benches that count: instructions under valgrind's callgrind, or allocations.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::shell::{self, Trouble, cargo};

/// Rounds of a workload. More would give the same figure.
const ROUNDS: u64 = 2;

pub(super) fn has_valgrind() -> bool {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A bench that cargo has built.
pub(super) struct Program(PathBuf);

impl Program {
    pub(super) fn build(name: &str) -> Result<Self, Trouble> {
        let mut bench = cargo("bench --quiet --package rosterline-benches --no-run --message-format=json");
        let told = shell::read(bench.args(["--bench", name]))?;
        let path = executable(&told, name).ok_or_else(|| {
            Trouble::unusable(
                format!("cargo does not say where the bench `{name}` is"),
                "cargo bench --package rosterline-benches --no-run",
            )
        })?;
        Ok(Self(path.into()))
    }

    /// What it prints.
    pub(super) fn read(&self) -> Result<String, Trouble> {
        shell::read(&mut Command::new(&self.0))
    }

    /// The workloads that it has.
    pub(super) fn workloads(&self) -> Result<Vec<String>, Trouble> {
        Ok(self.read()?.lines().map(str::to_owned).collect())
    }

    /// Instructions per event of a workload: what [`ROUNDS`] rounds take more than none.
    pub(super) fn instructions(&self, workload: &str) -> Result<f64, Trouble> {
        let (_, none) = self.count(workload, 0)?;
        let (events, some) = self.count(workload, ROUNDS)?;
        Ok(some.saturating_sub(none) as f64 / (ROUNDS * events) as f64)
    }

    /// Runs a workload under callgrind: the events of a round, and the instructions of all.
    fn count(&self, workload: &str, rounds: u64) -> Result<(u64, u64), Trouble> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        valgrind.arg(&self.0).args([workload, &rounds.to_string()]);
        let unusable = |what| Trouble::unusable(what, format!("cargo xtask bench --counted {workload}"));
        let output =
            valgrind.output().map_err(|error| unusable(format!("valgrind did not start: {error}")))?;
        let events = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
        let told = String::from_utf8_lossy(&output.stderr);
        let figures = events.zip(collected(&told));
        figures.ok_or_else(|| unusable(format!("nothing was counted ({}):\n{told}", output.status)))
    }
}

/// Where the bench is, in what cargo says as JSON, one message a line.
fn executable<'a>(told: &'a str, bench: &str) -> Option<&'a str> {
    let name = format!("\"name\":\"{bench}\"");
    let built = told.lines().filter(|line| line.contains(&name));
    let path = |line: &'a str| line.split_once("\"executable\":\"")?.1.split('"').next();
    built.filter_map(path).next()
}

/// The count in what callgrind says: `==123== Collected : 456`.
fn collected(told: &str) -> Option<u64> {
    told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{collected, executable};

    #[test]
    fn the_count_is_found_in_what_callgrind_says() {
        let told = "==7== Events    : Ir\n==7== Collected : 4560123\n==7== \n";
        assert_eq!(collected(told), Some(4_560_123));
        assert_eq!(collected("error: no such bench"), None);
    }

    #[test]
    fn the_program_is_found_in_what_cargo_says() {
        let told = "{\"target\":{\"name\":\"other\"},\"executable\":\"/t/other-1\"}\n\
                    {\"target\":{\"name\":\"counted\"},\"executable\":\"/t/counted-2\",\"fresh\":true}\n";
        assert_eq!(executable(told, "counted"), Some("/t/counted-2"));
        assert_eq!(executable(told, "missing"), None);
    }
}
