//! The same scenario gives the same trace, whatever a session runs on.
//!
//! A trace is everything that goes through the session's door: inputs, commands, actions, events, deadlines, and
//! whether it reads. The one in virtual time is the reference; docs/conformance.md says what is the same by that,
//! and what may differ.

mod log;
mod player;
mod scenario;
mod seat;
mod wire;

use std::collections::VecDeque;
use std::ops::Range;

use rosterline_core::Instant;
use rosterline_driver::{Hooks, split_with};
use rosterline_net::{Client, Net};
use rosterline_sim::{Clock, Server, Stage, Virtual};

use crate::host::Host;
use crate::stepped::Stepped;
use log::Log;
use player::Player;
use seat::{Here, There};
use wire::Sockets;

pub use scenario::Scenario;

/// How many scenarios there are: the seeds from 0 on.
pub const SCENARIOS: u64 = 240;

/// The trace of a scenario in virtual time, without a system below it.
#[must_use]
pub fn in_virtual_time(scenario: &Scenario) -> String {
    let clock = Clock::new();
    let runtime = Virtual::new(clock.clone());
    let (log, stage) = (Log::default(), Stage::new(server(scenario), runtime.wire()));
    let runtime = Stepped::new(runtime, clock.clone());
    let (driver, events, handle) = split_with(scenario.config(9), runtime, hooks(&log)).expect("valid");
    let seat = Here::new(driver);
    let events = Some(events);
    Player { seat, stage, clock, log, events, handle, gaps: VecDeque::new() }.play(&scenario.steps)
}

/// The trace of a scenario on a runtime, its sockets, its tasks and its threads.
///
/// # Panics
/// If it cannot open a port, or hangs.
#[must_use]
pub fn on<N: Net>(host: &Host, scenario: &Scenario) -> String {
    let clock = Clock::new();
    let client = Client::<N>::builder().build().expect("the defaults are valid");
    let runtime = Stepped::new(client.runtime().clone(), clock.clone());
    let sockets = Sockets::open().expect("a free port");
    let port = sockets.port().expect("it is bound");
    let (log, stage) = (Log::default(), Stage::new(server(scenario), sockets));
    let (driver, events, handle) = split_with(scenario.config(port), runtime, hooks(&log)).expect("valid");
    let (seat, task) = There::new(driver);
    host.spawn(client.runtime().net(), task);
    let events = Some(events);
    Player { seat, stage, clock, log, events, handle, gaps: VecDeque::new() }.play(&scenario.steps)
}

/// Compares the traces of these scenarios with those in virtual time.
///
/// # Panics
/// With the first line that differs, the lines before it, and the command that plays this scenario alone.
pub fn compare<N: Net>(host: &Host, seeds: Range<u64>) {
    for seed in seeds.filter(|seed| only().is_none_or(|only| only == *seed)) {
        let scenario = Scenario::draw(seed);
        let (expected, found) = (in_virtual_time(&scenario), on::<N>(host, &scenario));
        assert!(
            expected == found,
            "scenario {seed} differs on {}\n{}\n\nagain: ROSTERLINE_SCENARIO={seed} cargo test -p \
             rosterline-{} --test conformance",
            N::NAME,
            difference(&expected, &found),
            N::NAME,
        );
    }
}

/// The one scenario that was asked for.
fn only() -> Option<u64> {
    std::env::var("ROSTERLINE_SCENARIO").ok()?.parse().ok()
}

fn server(scenario: &Scenario) -> Server {
    Server::new(scenario.server(), Instant::ZERO)
}

fn hooks(log: &Log) -> Hooks {
    Hooks { tap: Some(Box::new(log.clone())), ..Hooks::default() }
}

/// The first line in which two texts differ, and what stands before it.
fn difference(expected: &str, found: &str) -> String {
    let (mut one, mut other) = (expected.lines(), found.lines());
    let mut before: Vec<&str> = Vec::new();
    loop {
        match (one.next(), other.next()) {
            (Some(a), Some(b)) if a == b => before.push(a),
            (a, b) => {
                let from = before.len().saturating_sub(12);
                let end = "(the end)";
                return format!(
                    "{}\nexpected: {}\nfound:    {}",
                    before[from..].join("\n"),
                    a.unwrap_or(end),
                    b.unwrap_or(end)
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What has to occur, so that agreeing on it means something. `PingWrite` cannot: these sockets take everything.
    const WORDS: &[&str] = &[
        "in   Timeout",
        "in   Replied",
        "in   Opened",
        "in   Frame",
        "in   Flushed",
        "in   Closed",
        "in   Consumed",
        "told Subscribe",
        "told Recovered",
        "told Close",
        "do   Call",
        "do   Cancel",
        "do   Open",
        "do   Send",
        "do   Close",
        "do   Drop",
        "Text(",
        "Binary(",
        "Ping }",
        "Pong(",
        "(TokenRequest, ",
        "(TokenRenewal, ",
        "(Retry, ",
        "(Step, ",
        "(Healthy, ",
        "(Ping, ",
        "(Pong, ",
        "(Pause, ",
        "(CloseAnswer, ",
        "(Drain, ",
        "reads: false",
        "ParticipantJoined",
        "ParticipantLeft",
        "Unknown(",
        "Gap(",
        "Repaired(",
        "Rejected(",
        "Ended(Requested)",
        "Ended(Overflow)",
        "Ended(Refused",
        "Ended(Exhausted",
        "state: Connecting",
        "state: Authenticating",
        "state: Subscribing",
        "state: Live",
        "state: Waiting",
        "state: Draining",
        "Lagging",
        "Dropping",
        "PauseEnded",
        "Notice",
        "BadJson",
        "BadUtf8",
        "TooLarge",
        "BadCompression",
        "BadTimestamp",
        "BadField",
        "MissingField",
        "cause: Reconnect",
        "cause: Overflow",
        "Status { status: 503",
        "code: Some(4401)",
        "Protocol { code: 1009",
        "retry_after: Some(7s)",
    ];

    #[test]
    fn the_scenarios_show_everything_that_can_happen() {
        let traces: Vec<String> = (0..SCENARIOS).map(|seed| in_virtual_time(&Scenario::draw(seed))).collect();
        let missing: Vec<_> =
            WORDS.iter().filter(|word| !traces.iter().any(|trace| trace.contains(**word))).collect();
        assert!(missing.is_empty(), "nowhere in {SCENARIOS} traces: {missing:?}");
    }

    #[test]
    fn the_same_scenario_gives_the_same_trace_again() {
        for seed in 0..20 {
            let scenario = Scenario::draw(seed);
            assert_eq!(in_virtual_time(&scenario), in_virtual_time(&scenario), "scenario {seed}");
        }
    }

    #[test]
    fn a_difference_is_shown_with_what_stands_before_it() {
        let shown = difference("a\nb\nc\n", "a\nb\nd\n");
        assert_eq!(shown, "a\nb\nexpected: c\nfound:    d");
        assert!(difference("a\n", "a\nb\n").ends_with("expected: (the end)\nfound:    b"));
    }
}
