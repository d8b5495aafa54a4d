//! The load server, while it is needed.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::figures;
use super::machine::{Core, pinned};
use crate::shell::{self, Trouble};

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where the programs lie that are measured.
    folder: PathBuf,
    /// Where the stream is: `ws://HOST:PORT`.
    pub(crate) ws: String,
    /// Where tokens are.
    pub(crate) http: String,
    /// Frames, and joins and leaves, of a round.
    pub(crate) frames: u64,
    pub(crate) presences: u64,
    /// What the timelines of a round must add up to.
    pub(crate) checksum: u64,
}

impl Server {
    /// Starts it with these arguments, and waits until everything is written that it will send.
    pub(crate) fn start(arguments: &str, prompt: bool) -> Result<Self, Trouble> {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        Self::start_in(&shell::root().join(target), arguments, prompt)
    }

    /// The same, of the programs that were built in this target folder.
    pub(crate) fn start_in(target: &Path, arguments: &str, prompt: bool) -> Result<Self, Trouble> {
        let folder = target.join("release");
        let failed = |why: String| Trouble::failed(format!("load-server: {why}"), "cargo xtask load --help");
        let mut command = pinned(&folder.join("load-server"), Core::Server, prompt);
        command.args(arguments.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut line);
        }
        let word = |key: &str| {
            let found = line.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
            found.map(str::to_owned).ok_or_else(|| failed(format!("it did not say `{key}`: {line}")))
        };
        let count = |key: &str| figures::need(&line, key, "load-server").map(|count| count as u64);
        let (ws, http, checksum) = (word("ws")?, word("http")?, word("checksum")?.parse().unwrap_or(0));
        Ok(Self {
            ws,
            http,
            frames: count("frames")?,
            presences: count("presences")?,
            checksum,
            child,
            folder,
        })
    }

    /// A program that was built with it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
