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
    EXAMPLES.iter().try_for_each(|example| example.run(&server))?;
    let behind_faults = server.behind_faults()?;
    println!("again through `fault_proxy`, in slices and late:");
    EXAMPLES
        .iter()
        .filter(|example| example.name == "service")
        .try_for_each(|example| example.run(&behind_faults))
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
    _program: Program,
    api_url: String,
    client_id: String,
    client_secret: String,
}

impl Server {
    fn start() -> Result<Self, Trouble> {
        let arguments = ["mock", "--listen", "127.0.0.1:0", "--output", "ndjson"];
        let (program, line) = Program::start("rosterline", &arguments)?;
        let field = |name: &str| {
            let value = line.split(&format!("\"{name}\":\"")).nth(1).and_then(|rest| rest.split('"').next());
            value.unwrap_or_default().to_owned()
        };
        let (api_url, client_id, client_secret) =
            (field("api_url"), field("client_id"), field("client_secret"));
        let server = Self { _program: program, api_url, client_id, client_secret };
        if server.api_url.is_empty() { Err(unusable("rosterline", &line)) } else { Ok(server) }
    }

    /// The same server behind the fault proxy, by whose slices and delays nobody must be disturbed.
    fn behind_faults(&self) -> Result<Self, Trouble> {
        let upstream = self.api_url.trim_start_matches("http://");
        let name = "examples/fault_proxy";
        let (program, line) =
            Program::start(name, &["127.0.0.1:0", upstream, "slice=20", "latency=5", "jitter=5"])?;
        let addr = line.trim_end().strip_prefix("listening on ").ok_or_else(|| unusable(name, &line))?;
        let (client_id, client_secret) = (self.client_id.clone(), self.client_secret.clone());
        Ok(Self { _program: program, api_url: format!("http://{addr}"), client_id, client_secret })
    }
}

/// A program that runs until this is dropped.
pub(crate) struct Program(Child);

impl Program {
    /// Starts what cargo has built, and gives its first line.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Result<(Self, String), Trouble> {
        let mut command = Command::new(built(name));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| unusable(name, &error.to_string()))?;
        let stdout = process.stdout.take().expect("it is piped");
        let (program, mut line) = (Self(process), String::new());
        BufReader::new(stdout).read_line(&mut line).map_err(|error| unusable(name, &error.to_string()))?;
        Ok((program, line))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn unusable(name: &str, said: &str) -> Trouble {
    Trouble::unusable(format!("`{name}`: {}", said.trim_end()), AGAIN)
}

/// Where cargo puts what it builds.
pub(crate) fn built(name: &str) -> PathBuf {
    target().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell::root().join("target"), PathBuf::from)
}
