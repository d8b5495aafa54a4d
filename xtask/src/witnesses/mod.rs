//! Witnesses: clients of Genesys Cloud that others wrote, and that our mock of it has to satisfy (docs/witnesses.md).
//!
//! Each is a script of ours around packages from PyPI or npm. It is given the first line of the mock in its environment,
//! and prints `ok …` for all that it is satisfied with.

mod setup;

use std::fs::{self, File};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::examples::Program;
use crate::shell::{self, Outcome, Trouble, cargo};
use setup::{Runtime, folder, piece};

/// The one setting in the environment: with the value `required`, a witness that cannot be had fails the chore.
const REQUIRED: &str = "ROSTERLINE_WITNESSES";
/// The slowest waits for a heartbeat, which comes every 30 s, and gives itself a minute for that.
const PATIENCE: Duration = Duration::from_secs(180);
/// Four times as fast as usual, so that within seconds everything happens that there is.
const MOCK: &str = "mock --dialect notifications --listen 127.0.0.1:0 --pace 400% --output ndjson";

/// One script, and all that it has to be satisfied with.
struct Witness {
    script: &'static str,
    runtime: Runtime,
    /// What stands behind `ok` in its lines, with `; ` between them.
    satisfied: &'static str,
}

const WITNESSES: &[Witness] = &[
    Witness {
        script: "sdk.py",
        runtime: Runtime::Python,
        satisfied: "token; channel; subscriptions; rejected topics; clear; queues; analytics details query; conversation; \
                    filters and pages",
    },
    Witness {
        script: "channel.py",
        runtime: Runtime::Python,
        satisfied: "refusals; subscribe over the socket; heartbeat and pong; conversations of a queue; \
                    one medium of a queue; conversations of a user; one medium of a user; detail events; second socket",
    },
    Witness {
        script: "sdk.mjs",
        runtime: Runtime::Node,
        satisfied: "token; channel; subscription; no socket on no channel; ping, in text and as a frame; \
                    subscribe over the socket; notifications; second socket; conversation; analytics details query",
    },
];

/// The chore.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let [argument, ..] = arguments {
        let what = format!("`witnesses` takes no arguments, not `{argument}`");
        return Err(Trouble::unusable(what, "cargo xtask witnesses"));
    }
    let mut ready = Vec::new();
    for runtime in [Runtime::Python, Runtime::Node] {
        match runtime.prepare() {
            Ok(()) => ready.push(runtime),
            Err(why) if std::env::var(REQUIRED).is_ok_and(|value| value == "required") => {
                let what = format!("{REQUIRED} says that the witnesses can be had, but: {why}");
                return Err(Trouble::unusable(what, "cargo xtask witnesses   # once they can be"));
            }
            Err(why) => println!("SKIPPED: the witnesses in {runtime:?} were not heard: {why}"),
        }
    }
    if ready.is_empty() {
        return Ok(());
    }
    let line = "build --workspace --all-features --bin rosterline";
    shell::run(&mut cargo(line), &format!("cargo {line}"))?;
    let (_mock, announced) = Program::start("rosterline", &MOCK.split(' ').collect::<Vec<_>>())?;
    let heard: Vec<_> = WITNESSES.iter().filter(|witness| ready.contains(&witness.runtime)).collect();
    // They do not meet but in the mock, and mostly wait.
    let missing = thread::scope(|scope| {
        let threads: Vec<_> =
            heard.iter().map(|witness| scope.spawn(|| witness.hear(announced.trim_end()))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect::<Vec<_>>()
    });
    let mut failed = Vec::new();
    for (witness, missing) in heard.iter().zip(missing) {
        if !missing?.is_empty() {
            failed.push(witness.script);
        }
    }
    verdict(&failed)
}

impl Witness {
    /// Runs the script, shows what it said, and gives what it was not satisfied with.
    fn hear(&self, mock: &str) -> Result<Vec<&'static str>, Trouble> {
        let log = folder().join(format!("{}.log", self.script));
        let unusable = |error: std::io::Error| {
            Trouble::unusable(format!("{}: {error}", self.script), "cargo xtask witnesses")
        };
        let file = File::create(&log).map_err(unusable)?;
        let mut command = self.runtime.command(&piece(self.script));
        command
            .env("MOCK", mock)
            .stdin(Stdio::null())
            .stderr(file.try_clone().map_err(unusable)?)
            .stdout(file);
        let end = shell::ended(command.spawn().map_err(unusable)?, PATIENCE).map_err(unusable)?;
        let said = fs::read_to_string(&log).map_err(unusable)?;
        let mut missing = self.missing(&said);
        match end {
            Some(status) if status.success() => {}
            Some(_) => missing.push("a good end"),
            None => missing.push("an end at all"),
        }
        // In one piece: the others are speaking, too.
        let said = said.lines().map(|line| format!("  {line}\n")).collect::<String>();
        let verdict =
            if missing.is_empty() { String::new() } else { format!("  MISSING: {}\n", missing.join("; ")) };
        print!("{}:\n{said}{verdict}", self.script);
        Ok(missing)
    }

    /// What it should have been satisfied with, and was not.
    fn missing(&self, said: &str) -> Vec<&'static str> {
        let is_said = |what: &str| said.lines().any(|line| line.strip_prefix("ok ") == Some(what));
        self.satisfied.split("; ").filter(|what| !is_said(what)).collect()
    }
}

fn verdict(failed: &[&str]) -> Outcome {
    if failed.is_empty() {
        return Ok(());
    }
    let what = format!("{} is not satisfied with the mock, see above", failed.join(", "));
    Err(Trouble::failed(what, "cargo xtask witnesses   # after mending crates/sim/src/cloud"))
}

#[cfg(test)]
mod tests {
    use super::{WITNESSES, piece, verdict};

    #[test]
    fn what_was_not_said_is_missing() {
        let witness = &WITNESSES[0];
        let said: String = witness.satisfied.split("; ").map(|what| format!("ok {what}\n")).collect();
        assert!(witness.missing(&said).is_empty());
        assert_eq!(witness.missing(&said.replace("ok channel\n", "ok channels\n")), ["channel"]);
        assert_eq!(witness.missing("Traceback").len(), witness.satisfied.split("; ").count());
    }

    #[test]
    fn every_script_and_every_list_is_there() {
        let scripts = WITNESSES.iter().map(|witness| witness.script);
        let lists = WITNESSES.iter().map(|witness| witness.runtime.list());
        for name in scripts.chain(lists) {
            assert!(piece(name).exists(), "{name}");
        }
    }

    #[test]
    fn a_witness_that_is_not_satisfied_fails_the_chore() {
        assert!(verdict(&[]).is_ok());
        assert_eq!(verdict(&["sdk.py"]).expect_err("one failed").code, 1);
    }
}
