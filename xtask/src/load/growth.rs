//! How cost grows: with the number of events, and with the number of interactions that they belong to.

use std::fs;

use super::client::ours;
use super::figures::{need, row};
use super::machine::measure;
use super::options::Options;
use super::plot::{Plot, Series};
use super::server::Server;
use crate::shell::{self, Outcome, Trouble};

/// Where the plot goes.
const PICTURE: &str = "docs/growth.svg";
/// Events that are written before they are sent; the next so many are written while the client waits.
const ROUND: u64 = 1_000_000;
/// Events of each number of interactions.
const EVENTS: u64 = 1_000_000;
const PER_FRAME: u64 = 10;

/// What had been spent at a number of events.
#[derive(Clone, Copy, Debug)]
struct Mark {
    events: f64,
    /// Nanoseconds of processor time.
    cpu: f64,
    /// Bytes that had become resident.
    bytes: f64,
}

/// Both tables, and the plot.
pub(crate) fn run(options: &Options) -> Outcome {
    let most = options.events.unwrap_or(10_000_000);
    println!("{}", row(["events", "CPU ns each, since the row above", "resident bytes each"]));
    println!("{}", row(["---:", "---:", "---:"]));
    let marks = session(1000, most)?;
    let mut by_events = Vec::new();
    for (n, mark) in marks.iter().enumerate() {
        let before = n.checked_sub(1).map_or(Mark { events: 0.0, cpu: 0.0, bytes: 0.0 }, |n| marks[n]);
        let each = (mark.cpu - before.cpu) / (mark.events - before.events);
        println!("{}", row([mark.events, each.round(), (mark.bytes / mark.events).round()]));
        by_events.push((mark.events, each));
    }
    println!("\n{}", row(["interactions", "CPU ns an event", "resident bytes an event"]));
    println!("{}", row(["---:", "---:", "---:"]));
    let mut by_interactions = Vec::new();
    for interactions in [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] {
        let marks = session(interactions, EVENTS)?;
        let Some(last) = marks.last() else { continue };
        let each = last.cpu / last.events;
        println!("{}", row([interactions as f64, each.round(), (last.bytes / last.events).round()]));
        by_interactions.push((interactions as f64, each));
    }
    let plot = Plot {
        title: "Processor time of an event, in nanoseconds",
        series: vec![
            Series { name: "by events so far (1,000 interactions)", points: by_events },
            Series { name: "by interactions (a million events)", points: by_interactions },
        ],
    };
    fs::write(shell::root().join(PICTURE), plot.svg()).map_err(|error| {
        Trouble::unusable(
            format!("cannot write {PICTURE}: {error}"),
            "cargo xtask load growth   # once it can be",
        )
    })?;
    println!("\n{PICTURE}: look at it in a browser, in light and dark");
    Ok(())
}

/// One session with so many events.
fn session(interactions: u64, events: u64) -> Result<Vec<Mark>, Trouble> {
    let (round, rounds) = (events.min(ROUND), events.div_ceil(ROUND) + 1);
    let server = Server::start(
        &format!(
            "--events {round} --rounds {rounds} --per-frame {PER_FRAME} --interactions {interactions} --jitter 200"
        ),
        false,
    )?;
    let [most, interactions] = [events, interactions].map(|number| number.to_string());
    let words = ["--events", &most, "--interactions", &interactions];
    let said = measure(ours(&server, "growth", &words, false))?.said;
    let mark = |line: &str| {
        let [events, cpu, bytes] = ["events", "cpu_ns", "bytes"].map(|key| need(line, key, "load-client"));
        Ok(Mark { events: events?, cpu: cpu?, bytes: bytes? })
    };
    said.lines().map(mark).collect()
}
