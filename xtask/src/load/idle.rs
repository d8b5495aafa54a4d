//! What a session holds and costs while nothing happens: many of them in one process, the server in another.

use std::fs;

use super::client::ours;
use super::figures::{need, row};
use super::machine::measure;
use super::options::Options;
use super::server::Server;
use crate::shell::{Outcome, Trouble};

/// Descriptors that a process needs beside those of its sessions.
const SPARE: u64 = 64;

/// Opens the sessions, and looks on while they answer for themselves by heartbeats.
pub(crate) fn run(options: &Options) -> Outcome {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let most: u64 = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(u64::MAX);
    if most < options.sessions + SPARE {
        let what = format!("a process may have {most} files open, {} sessions need more", options.sessions);
        return Err(Trouble::unusable(what, format!("ulimit -n {}", options.sessions + SPARE)));
    }
    let server = Server::start("--idle 1", false)?;
    let [sessions, seconds] = [options.sessions, options.seconds].map(|number| number.to_string());
    let words = ["--sessions", &sessions, "--seconds", &seconds];
    let said = measure(ours(&server, "idle", &words, false))?.said;
    let (bytes, share) = (need(&said, "bytes", "load-client")?, need(&said, "cpu_share", "load-client")?);
    println!("{}", row(["sessions", "KiB each, resident", "% of a core, of all", "seconds"]));
    println!("{}", row(["---:", "---:", "---:", "---:"]));
    println!(
        "{}",
        row([sessions, format!("{:.1}", bytes / 1024.0), format!("{:.2}", share * 100.0), seconds])
    );
    Ok(())
}
