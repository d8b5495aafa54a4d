//! The clients that are measured.

use std::path::PathBuf;
use std::process::Command;

use super::figures;
use super::machine::{Core, Ran, measure, pinned};
use super::options::Peer;
use super::server::Server;
use crate::shell::{self, Trouble};

/// One of ours, or somebody else's.
#[derive(Clone, Debug)]
pub(crate) enum Client {
    /// `rosterline watch`.
    Tool,
    /// A program on the public API.
    Embedded,
    /// A session and timelines in one loop, without a driver.
    ByHand,
    /// The same without timelines.
    Session,
    /// Messages, read and counted.
    Bare,
    Peer(Peer),
}

impl Client {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tool => "`rosterline watch`",
            Self::Embedded => "embedded",
            Self::ByHand => "by hand",
            Self::Session => "by hand, no timelines",
            Self::Bare => "bare read",
            Self::Peer(peer) => &peer.name,
        }
    }

    /// Takes everything that the server has, and is measured at it.
    pub(crate) fn run(&self, server: &Server, prompt: bool) -> Result<Ran, Trouble> {
        let presences = server.presences.to_string();
        let command = match self {
            Self::Tool => tool(server, "none", &format!("{presences}events")),
            Self::Embedded => ours(server, "embedded", &["--presences", &presences], prompt),
            Self::ByHand => ours(server, "by-hand", &["--presences", &presences], prompt),
            Self::Session => {
                ours(server, "by-hand", &["--presences", &presences, "--timelines", "0"], prompt)
            }
            Self::Bare => ours(server, "bare", &["--frames", &server.frames.to_string()], prompt),
            Self::Peer(peer) => theirs(peer, server, prompt)?,
        };
        measure(command)
    }

    /// Runs once without being measured, and holds what it made of the events against what the server sent.
    pub(crate) fn check(&self, server: &Server) -> Result<(), Trouble> {
        let said = match self {
            Self::Bare | Self::Session => {
                return self.run(server, false).and_then(|ran| self.complete(server, &ran.said));
            }
            Self::Peer(peer) => measure(theirs(peer, server, false)?)?.said,
            Self::Embedded => verified(server, "embedded")?,
            Self::ByHand => verified(server, "by-hand")?,
            Self::Tool => summed(server, tool(server, "timelines", "idle:500ms"))?,
        };
        let got = said.split(|c: char| !c.is_ascii_digit()).any(|word| word == server.checksum.to_string());
        if got
            || (figures::find(&said, "checksum").is_none_or(|sum| sum == 0.0)
                && matches!(self, Self::Peer(_)))
        {
            return Ok(());
        }
        Err(Trouble::failed(
            format!("{} made something else of the events than was sent: {}", self.name(), said.trim()),
            "cargo nextest run   # the tests find why",
        ))
    }

    /// Whether a run got everything, by its own count; a peer may have none.
    pub(crate) fn complete(&self, server: &Server, said: &str) -> Result<(), Trouble> {
        let (key, whole) = match self {
            Self::Tool => ("delivered", server.presences),
            Self::Embedded | Self::ByHand | Self::Session => ("presences", server.presences),
            Self::Bare => ("frames", server.frames),
            Self::Peer(_) => match figures::find(said, "matched") {
                Some(_) => ("matched", server.presences),
                None => return Ok(()),
            },
        };
        let got = figures::need(said, key, self.name())?;
        if got as u64 == whole && figures::find(said, "gaps").is_none_or(|gaps| gaps == 0.0) {
            return Ok(());
        }
        let what = format!("{} got {got} of {whole}: {}", self.name(), said.trim());
        Err(Trouble::failed(what, "cargo nextest run   # the tests find why"))
    }
}

/// `load-client`, with a first word that says which one.
pub(crate) fn ours(server: &Server, which: &str, words: &[&str], prompt: bool) -> Command {
    let mut command = pinned(&server.program("load-client"), Core::Client, prompt);
    command.args([which, "--ws", &server.ws]).args(words);
    command
}

/// What a client of ours says of everything that it got.
fn verified(server: &Server, which: &str) -> Result<String, Trouble> {
    let words = ["--presences", &server.presences.to_string(), "--verify", "1"];
    measure(ours(server, which, &words, false)).map(|ran| ran.said)
}

fn tool(server: &Server, show: &str, exit_after: &str) -> Command {
    let mut command = pinned(&server.program("rosterline"), Core::Client, false);
    let stream = format!("{}/api/v2/analytics/conversations/stream", server.ws);
    command.args(["watch", "--quiet", "--output", "ndjson", "--show", show, "--exit-after", exit_after]);
    command.args(["--login-url", &server.http, "--stream-url", &stream]);
    command.env("GENESYS_CLIENT_ID", "load").env("GENESYS_CLIENT_SECRET", "load");
    command
}

/// A peer's command, with the server's addresses in it.
pub(crate) fn theirs(peer: &Peer, server: &Server, prompt: bool) -> Result<Command, Trouble> {
    let line = peer.command.replace("{ws}", &server.ws).replace("{http}", &server.http);
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else {
        let what = format!("the peer `{}` has no command", peer.name);
        return Err(Trouble::unusable(what, "cargo xtask load throughput --peer 'NAME=COMMAND {ws}'"));
    };
    let mut command = pinned(&PathBuf::from(first), Core::Client, prompt);
    command.args(words);
    Ok(command)
}

/// What `load-client sum` makes of the lines that a tool writes.
fn summed(server: &Server, mut tool: Command) -> Result<String, Trouble> {
    let failed = |error: std::io::Error| Trouble::failed(format!("{error}"), "cargo xtask load --help");
    let mut child = tool.stdout(std::process::Stdio::piped()).spawn().map_err(failed)?;
    let lines = child.stdout.take().ok_or_else(|| Trouble::failed("no output", "cargo xtask load --help"))?;
    let mut sum = Command::new(server.program("load-client"));
    let said = shell::read(sum.arg("sum").stdin(lines));
    child.wait().map_err(failed)?;
    said
}
