//! Autobahn|Testsuite: whether the WebSockets of the adapters keep to RFC 6455, as others see it.
//!
//! The suite's fuzzing server plays every case with a client that sends back what it gets: an example of each adapter,
//! which uses the adapter's sockets as a session does. What the server says of a case is compared with
//! `xtask/autobahn/expected.txt`.

mod expected;
mod setup;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::examples::built;
use crate::shell::{self, Outcome, Trouble, cargo};
use expected::{Difference, Expected};
use setup::{Setup, Suite};

/// The adapters, by the name of the runtime.
const ADAPTERS: &[&str] = &["tokio", "async-std", "smol"];

/// The one setting in the environment: with the value `required`, a suite that cannot be had fails the chore.
const REQUIRED: &str = "ROSTERLINE_AUTOBAHN";

/// A client that has not ended by then hangs, or fails so often that the rest does not matter: all cases take 20 s.
const PATIENCE: Duration = Duration::from_secs(300);

/// The chore.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let only_setup = arguments.iter().any(|argument| argument == "--setup");
    let adapters = chosen(arguments)?;
    let suite = match setup::prepare()? {
        Setup::Ready(suite) => suite,
        Setup::Impossible(why) if std::env::var(REQUIRED).is_ok_and(|value| value == "required") => {
            let what = format!("{REQUIRED} says that Autobahn|Testsuite can be had, but: {why}");
            return Err(Trouble::unusable(what, "cargo xtask autobahn --setup   # once it can be"));
        }
        Setup::Impossible(why) => {
            println!("SKIPPED: no WebSocket was held against Autobahn|Testsuite: {why}");
            return Ok(());
        }
    };
    if only_setup {
        println!("Autobahn|Testsuite is in {}", suite.folder().display());
        return Ok(());
    }
    let expected = Expected::load()?;
    build(&adapters)?;
    // A case is mostly waiting, for both sides: at the same time they take little longer than one.
    let runs = thread::scope(|scope| {
        let threads: Vec<_> =
            adapters.iter().map(|adapter| scope.spawn(|| check(&suite, &expected, adapter))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect::<Vec<_>>()
    });
    let mut failed = Vec::new();
    for (adapter, run) in adapters.iter().zip(runs) {
        let run = run?;
        println!("{adapter}: {}", run.told(&expected));
        if !run.ended || !run.differences.is_empty() {
            failed.push(*adapter);
        }
    }
    verdict(&failed)
}

/// The adapters that were asked for, or all.
fn chosen(arguments: &[String]) -> Result<Vec<&'static str>, Trouble> {
    let mut adapters = Vec::new();
    for argument in arguments.iter().filter(|argument| *argument != "--setup") {
        let Some(adapter) = ADAPTERS.iter().find(|adapter| *adapter == argument) else {
            let what = format!("there is no adapter `{argument}`, only: {}", ADAPTERS.join(", "));
            return Err(Trouble::unusable(what, "cargo xtask autobahn --help"));
        };
        adapters.push(*adapter);
    }
    Ok(if adapters.is_empty() { ADAPTERS.to_vec() } else { adapters })
}

/// The name of an adapter's example.
fn example(adapter: &str) -> String {
    format!("autobahn_{}", adapter.replace('-', "_"))
}

fn build(adapters: &[&str]) -> Outcome {
    // Of the whole workspace, else cargo would build what they share with other features anew.
    let mut line = String::from("build --workspace");
    for adapter in adapters {
        line.push_str(&format!(" --example {}", example(adapter)));
    }
    shell::run(&mut cargo(&line), &format!("cargo {line}"))
}

/// What came of one adapter.
struct Run {
    differences: Vec<Difference>,
    seconds: f32,
    ended: bool,
}

impl Run {
    /// In words: a line, or a table.
    fn told(&self, expected: &Expected) -> String {
        let (count, seconds) = (expected.count(), self.seconds);
        let mut text = format!("{count} cases in {seconds:.1} s");
        if !self.ended {
            text.push_str(", then the client was still not done, and was stopped");
        }
        let table = expected::table(&self.differences);
        text + &match self.differences.len() {
            0 => ", each as expected".to_owned(),
            number => format!(", {number} not as expected:\n{table}"),
        }
    }
}

/// Runs all cases against an adapter. The server's log and report stay in the target folder.
fn check(suite: &Suite, expected: &Expected, adapter: &str) -> Result<Run, Trouble> {
    let start = Instant::now();
    let log = suite.folder().join(format!("{adapter}.log"));
    let report = suite.folder().join(format!("{adapter}.tsv"));
    let unusable = |what: String| {
        let next = format!("cargo xtask autobahn {adapter}   # after a look at {}", log.display());
        Trouble::unusable(format!("{adapter}: {what}"), next)
    };
    let file = File::create(&log).map_err(|error| unusable(error.to_string()))?;
    let copy = || file.try_clone().map(Stdio::from).map_err(|error| unusable(error.to_string()));
    let server = Server::start(suite, &report, copy()?).map_err(&unusable)?;
    let mut command = Command::new(built(&format!("examples/{}", example(adapter))));
    command.arg(&server.url).stdin(Stdio::null()).stdout(copy()?).stderr(copy()?);
    let client = command.spawn().map_err(|error| unusable(error.to_string()))?;
    let end = shell::ended(client, PATIENCE).map_err(|error| unusable(error.to_string()))?;
    if let Some(status) = end.filter(|status| !status.success()) {
        return Err(unusable(format!("the client failed ({status})")));
    }
    drop(server);
    let report = fs::read_to_string(&report).map_err(|error| unusable(error.to_string()))?;
    let differences = expected.differences(&report);
    Ok(Run { differences, seconds: start.elapsed().as_secs_f32(), ended: end.is_some() })
}

/// The fuzzing server. It ends with the value; with its standard input, should we be killed.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(suite: &Suite, report: &Path, log: Stdio) -> Result<Self, String> {
        let mut command = suite.python();
        command.arg(setup::piece("server.py")).arg(report);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().map_err(|error| format!("the server did not start: {error}"))?;
        let mut line = String::new();
        let read = BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line);
        let url = format!("ws://127.0.0.1:{}", line.trim());
        let server = Self { process, url };
        match read {
            Ok(length) if length > 0 => Ok(server),
            Ok(_) => Err("the server ended before it was up".to_owned()),
            Err(error) => Err(format!("the server: {error}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn verdict(failed: &[&str]) -> Outcome {
    if failed.is_empty() {
        return Ok(());
    }
    let what = format!("{} behaved otherwise than {} says, see above", failed.join(", "), expected::FILE);
    let next = format!(
        "cargo xtask autobahn {}   # after mending it, or after giving the new result its reason in that file",
        failed.join(" ")
    );
    Err(Trouble::failed(what, next))
}

#[cfg(test)]
mod tests {
    use super::{ADAPTERS, chosen, example, verdict};
    use crate::shell::root;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_adapter_unless_told_otherwise() {
        assert_eq!(chosen(&[]).expect("the default"), ADAPTERS);
        assert_eq!(chosen(&words("--setup")).expect("the default"), ADAPTERS);
        assert_eq!(chosen(&words("smol tokio")).expect("two of them"), ["smol", "tokio"]);
        assert_eq!(chosen(&words("tokyo")).expect_err("misspelt").code, 2);
    }

    #[test]
    fn every_adapter_has_its_client() {
        for adapter in ADAPTERS {
            let path = format!("crates/{adapter}/examples/{}.rs", example(adapter));
            assert!(root().join(&path).exists(), "{path}");
        }
    }

    #[test]
    fn a_difference_fails_and_names_the_next_command() {
        assert!(verdict(&[]).is_ok());
        let trouble = verdict(&["smol"]).expect_err("a difference");
        assert_eq!(trouble.code, 1);
        assert!(trouble.next.starts_with("cargo xtask autobahn smol "), "{}", trouble.next);
    }
}
