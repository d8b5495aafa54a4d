//! Runs the real binary against a mock server in the test's own process.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rosterline_core::Timestamp;
use rosterline_mock::{MockServer, Options};
use rosterline_sim::Fact;
use serde_json::Value;

/// Long enough for a loaded machine; only a hang takes it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const SECRET: &str = "CANARY-0badc0de";

/// A server that tells nothing by itself and accepts `tester` with [`SECRET`].
pub(crate) async fn server() -> MockServer {
    start(Options::new().quiet()).await
}

pub(crate) async fn start(options: Options) -> MockServer {
    MockServer::start(options.credentials("tester", SECRET)).await.expect("a free port")
}

/// Waits until a client has subscribed.
pub(crate) async fn subscribed(server: &MockServer) {
    let control = server.control();
    let waiting = control.until(|_| !control.subscriptions().is_empty());
    tokio::time::timeout(PATIENCE, waiting).await.expect("a client subscribes");
}

/// The tool with an environment in which nothing is set but what is needed.
pub(crate) fn tool(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rosterline"));
    command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for kept in ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
}

/// `watch` of a server, with reconnects that take no time.
pub(crate) fn watch(server: &MockServer, arguments: &[&str]) -> Command {
    let mut command = tool(&["watch", "--backoff-base", "20ms", "--backoff-max", "100ms"]);
    command.args(["--login-url", &server.login_url(), "--stream-url", &server.stream_url()]);
    command.args(arguments).env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    command
}

/// What a run has left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Each line as JSON. All of them have to be.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line: &str| {
            assert!(line.starts_with("{\"kind\":\""), "kind is not first: {line}");
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        self.stdout.lines().map(parse).collect()
    }

    /// The lines of one kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["kind"] == kind).collect()
    }

    /// The summary, which has to be the last line, the only one of its kind, and to add up.
    pub(crate) fn summary(&self) -> Value {
        let last = self.lines().pop().unwrap_or_else(|| panic!("no output: {self:?}"));
        assert_eq!(last["kind"], "summary", "{self:?}");
        assert_eq!(self.of("summary").len(), 1);
        let number = |name: &str| last[name].as_u64().unwrap_or_else(|| panic!("{name}: {last}"));
        let parts = ["delivered", "filtered", "duplicate", "rejected", "dropped"].map(number);
        assert_eq!(number("received"), parts.iter().sum::<u64>(), "{last}");
        last
    }
}

/// Runs a command to its end.
pub(crate) async fn run(mut command: Command) -> Done {
    finish(command.spawn().expect("the tool starts")).await
}

/// Waits for the end of a process.
pub(crate) async fn finish(child: Child) -> Done {
    let id = child.id();
    let waiting = tokio::task::spawn_blocking(move || child.wait_with_output());
    let Ok(output) = tokio::time::timeout(PATIENCE, waiting).await else {
        signal(id, "KILL");
        panic!("the tool hangs");
    };
    let output = output.expect("no panic").expect("output");
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Sends a signal by its name.
pub(crate) fn signal(id: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status();
    assert!(status.expect("kill").success());
}

/// A running tool whose lines are read one by one.
pub(crate) struct Running {
    pub(crate) child: Child,
    out: Option<BufReader<ChildStdout>>,
    seen: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the tool starts");
        let out = child.stdout.take().map(BufReader::new);
        Self { child, out, seen: String::new() }
    }

    /// Reads on until a line holds `text`, and gives that line.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let (mut out, wanted) = (self.out.take().expect("not moved"), text.to_string());
        let reading = tokio::task::spawn_blocking(move || {
            let mut seen = String::new();
            loop {
                let mut line = String::new();
                let count = out.read_line(&mut line).expect("UTF-8");
                seen.push_str(&line);
                if count == 0 || line.contains(&wanted) {
                    return (out, seen, line);
                }
            }
        });
        let read =
            tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("never said {text}"));
        let (out, seen, line) = read.expect("no panic");
        self.seen.push_str(&seen);
        assert!(line.contains(text), "ended before it said {text}: {}", self.seen);
        self.out = Some(out);
        line
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Hangs up, and gives the tool something to write until it has noticed. Once may not be enough: a process that
    /// another test of the same program is about to start holds the reader's end for a moment.
    pub(crate) async fn finish_unread(mut self, server: &MockServer) -> Done {
        self.out = None;
        let mut end = std::pin::pin!(self.finish());
        for number in 1.. {
            server.control().emit(call(&format!("call-{number}")));
            tokio::select! {
                done = &mut end => return done,
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
        }
        unreachable!("the patience of `finish` is over before the numbers are")
    }

    /// Everything until the end, what was read before included.
    pub(crate) async fn finish(mut self) -> Done {
        let out = self.out.take();
        let rest = tokio::task::spawn_blocking(move || {
            let mut rest = String::new();
            if let Some(mut out) = out {
                out.read_to_string(&mut rest).expect("UTF-8");
            }
            rest
        });
        let rest = tokio::time::timeout(PATIENCE, rest).await.expect("the tool hangs").expect("no panic");
        let mut done = finish(self.child).await;
        done.stdout = self.seen + &rest;
        done
    }
}

/// An event time: so many seconds after a fixed one.
pub(crate) fn at(second: u32) -> Timestamp {
    Timestamp::parse(&format!("2024-05-01T12:00:{second:02}.123Z")).expect("valid")
}

/// A call of two people, from its beginning to its end.
pub(crate) fn call(interaction: &str) -> Vec<Fact> {
    vec![
        Fact::joined(at(0), interaction, "customer", "voice"),
        Fact::joined(at(5), interaction, "agent", "voice"),
        Fact::left(at(40), interaction, "agent", "voice").because("transfer"),
        Fact::left(at(41), interaction, "customer", "voice"),
    ]
}
