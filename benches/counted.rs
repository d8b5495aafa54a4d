//! The hot path for a tool that counts instructions: one workload, run so many times, and nothing else.
//!
//! `cargo xtask bench --counted` runs it; `cargo bench -p rosterline-benches --bench counted` lists the workloads.
//! What a workload needs is made before it runs and is the same for 0 rounds, which is what a count is compared with.
#![expect(clippy::print_stdout, reason = "it is a program, and its output is its result")]

use std::hint::black_box;

use rosterline_benches::load::{PARTICIPANTS, Told, at_random, jittered};
use rosterline_benches::tutorial::{Collected, build_timeline};
use rosterline_benches::{Mix, decode, feed, frames, live, presences};
use rosterline_core::wire::Decoder;
use rosterline_core::{Event, Presence};
use rosterline_timeline::{Limits, Timelines};

/// The name of a workload, and what it does: prepares itself, runs so many rounds, and says how many events a round has.
type Workload = (&'static str, fn(rounds: u64) -> u64);

const WORKLOADS: &[Workload] = &[
    ("decode-1", |rounds| decoding(rounds, Mix::Presence, 1)),
    ("decode-10", |rounds| decoding(rounds, Mix::Presence, 10)),
    ("decode-100", |rounds| decoding(rounds, Mix::Presence, 100)),
    ("decode-escaped", |rounds| decoding(rounds, Mix::Escaped, 10)),
    ("decode-other-types", |rounds| decoding(rounds, Mix::Others, 10)),
    ("session-1", |rounds| session(rounds, 1, false)),
    ("session-10", |rounds| session(rounds, 10, false)),
    ("session-100", |rounds| session(rounds, 100, false)),
    ("path-10", |rounds| session(rounds, 10, true)),
    ("timeline-hot", |rounds| timelines(rounds, &presences(50_000, 500))),
    ("timeline-cold", |rounds| timelines(rounds, &presences(100_000, 5_000))),
    ("timeline-random", |rounds| {
        let told = told_at_random();
        timelines(rounds, &told.iter().map(Told::presence).collect::<Vec<_>>())
    }),
    ("timeline-tutorial", tutorial),
    ("timeline-snapshot", snapshot),
];

fn decoding(rounds: u64, mix: Mix, per_frame: u64) -> u64 {
    const EVENTS: u64 = 1000;
    let (frames, mut decoder) = (frames(mix, EVENTS, per_frame, 100), Decoder::new());
    for _ in 0..rounds {
        decode(&mut decoder, &frames, |event| drop(black_box(event)));
    }
    EVENTS
}

/// Half of the events are of other types, as in life. Each round is a session of its own, so that none is a duplicate.
fn session(rounds: u64, per_frame: u64, and_timelines: bool) -> u64 {
    const EVENTS: u64 = 20_000;
    let frames = frames(Mix::Life, EVENTS, per_frame, 1000);
    let mut timelines = Timelines::new(Limits::default());
    for _ in 0..rounds {
        let (mut session, conn) = live();
        feed(&mut session, conn, &frames, |event| {
            if let (true, Event::Presence(presence)) = (and_timelines, &event) {
                black_box(timelines.apply(presence));
            }
            drop(black_box(event));
        });
    }
    EVENTS
}

fn timelines(rounds: u64, presences: &[Presence]) -> u64 {
    for _ in 0..rounds {
        let mut timelines = Timelines::new(Limits::default());
        for presence in presences {
            black_box(timelines.apply(presence));
        }
    }
    presences.len() as u64
}

/// The events of `timeline-random` in the tutorial's way, each interaction sorted once at the end; the texts are copied
/// out of the frame, as its decoder does it.
fn tutorial(rounds: u64) -> u64 {
    let told = told_at_random();
    for _ in 0..rounds {
        let mut collected = Collected::default();
        told.iter().for_each(|told| collected.take(told));
        collected.all().for_each(|events| drop(black_box(build_timeline(events))));
    }
    told.len() as u64
}

/// One snapshot of a long timeline, for each event in it.
fn snapshot(rounds: u64) -> u64 {
    const EVENTS: u64 = 1000;
    let mut timelines = Timelines::new(Limits::default());
    let presences: Vec<Presence> =
        jittered(0, EVENTS, PARTICIPANTS).map(|step| step.told().presence()).collect();
    for presence in &presences {
        timelines.apply(presence);
    }
    for _ in 0..rounds {
        black_box(timelines.get(&presences[0].interaction));
    }
    EVENTS
}

fn told_at_random() -> Vec<Told> {
    at_random(5_000, 20).map(|step| step.told()).collect()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let known = words.first().and_then(|name| WORKLOADS.iter().find(|known| known.0 == name));
    match (known, words.get(1).and_then(|rounds| rounds.parse().ok())) {
        (Some((_, run)), Some(rounds)) => println!("{}", run(rounds)),
        _ => WORKLOADS.iter().for_each(|(name, _)| println!("{name}")),
    }
}
