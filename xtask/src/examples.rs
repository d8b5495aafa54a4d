//! The examples, each run against the mock server as its first lines say.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::shell::{self, Outcome, Trouble, cargo};

const AGAIN: &str = "cargo build --workspace --all-features --examples --bins";

/// An example, and how its output shows that it has seen something and come to a good end.
struct Example {
    name: &'static str,
    /// Stands in a line for each join.
    join: &'static str,
    /// The end of the last line.
    end: &'static str,
}

/// Each is run with the server's URL, the client's id and its secret, and ends by itself.
const EXAMPLES: &[Example] = &[
    Example { name: "blocking", join: "kind: Joined", end: "Ended(Requested)\n" },
    Example { name: "event_loop", join: "kind: Joined", end: "Ended(Requested)\n" },
    Example { name: "service", join: " ParticipantJoined ", end: "ended on request\n" },
    Example { name: "timelines", join: " ParticipantJoined in ", end: " timelines\n" },
    Example { name: "board", join: "ParticipantJoined ", end: " events; closed on request\n" },
];

/// Builds all of them, and runs them.
pub(crate) fn run() -> Outcome {
    shell::run(&mut cargo(AGAIN.trim_start_matches("cargo ")), AGAIN)?;
    let server = Server::start()?;
    EXAMPLES.iter().try_for_each(|example| example.run(&server))
}

impl Example {
    fn run(&self, server: &Server) -> Outcome {
        let Self { name, join, end } = self;
        let arguments = [server.api_url.as_str(), &server.client_id, &server.client_secret];
        let printed = shell::read(Command::new(built(&format!("examples/{name}"))).args(arguments))?;
        let joins = printed.lines().filter(|line| line.contains(join)).count();
        if joins == 0 || !printed.ends_with(end) {
            let next = "rosterline mock   # and the example beside it, as its first lines say";
            let last = printed.lines().last().unwrap_or_default();
            return Err(Trouble::failed(format!("`{name}` saw {joins} joins and ended with: {last}"), next));
        }
        println!("{name}: {joins} joins, and a good end");
        Ok(())
    }
}

/// The mock server, as a program of its own.
struct Server {
    process: Child,
    api_url: String,
    client_id: String,
    client_secret: String,
}

impl Server {
    fn start() -> Result<Self, Trouble> {
        let unusable = |why: String| Trouble::unusable(format!("the mock server: {why}"), AGAIN);
        let mut command = Command::new(built("rosterline"));
        command.args(["mock", "--listen", "127.0.0.1:0", "--output", "ndjson"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| unusable(error.to_string()))?;
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).map_err(|error| unusable(error.to_string()))?;
        let field = |name: &str| {
            let value = line.split(&format!("\"{name}\":\"")).nth(1).and_then(|rest| rest.split('"').next());
            value.unwrap_or_default().to_owned()
        };
        let (api_url, client_id, client_secret) =
            (field("api_url"), field("client_id"), field("client_secret"));
        let server = Self { process, api_url, client_id, client_secret };
        if server.api_url.is_empty() { Err(unusable(format!("it said {line:?}"))) } else { Ok(server) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where cargo puts what it builds.
pub(crate) fn built(name: &str) -> PathBuf {
    target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell::root().join("target"), PathBuf::from)
}
