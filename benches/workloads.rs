//! The hot path for whoever counts, instructions ([counted.rs](counted.rs)) or allocations ([allocated.rs](allocated.rs)):
//! one workload, run so many times, and nothing else.
//!
//! What a workload needs is made before it runs and is the same for 0 rounds, which is what a count is compared with.

use std::hint::black_box;

use rosterline_core::wire::Decoder;
use rosterline_core::{Event, Presence};
use rosterline_timeline::{Limits, Timelines};

use crate::channel::Told;
use crate::load::{self, PARTICIPANTS, at_random, jittered};
use crate::tutorial::{Collected, build_timeline};
use crate::{Mix, decode, feed, frames, live, presences};

/// What a workload does: prepares itself, runs so many rounds, and says how many events a round has.
pub type Run = fn(rounds: u64) -> u64;

/// The name of a workload, and what it does.
pub type Workload = (&'static str, Run);

/// What is counted.
pub const WORKLOADS: &[Workload] = &[
    ("decode-1", |rounds| decoding(rounds, Mix::Presence, 1)),
    ("decode-10", |rounds| decoding(rounds, Mix::Presence, 10)),
    ("decode-100", |rounds| decoding(rounds, Mix::Presence, 100)),
    ("decode-escaped", |rounds| decoding(rounds, Mix::Escaped, 10)),
    ("decode-other-types", |rounds| decoding(rounds, Mix::Others, 10)),
    ("session-1", |rounds| session(rounds, 1, false)),
    ("session-10", |rounds| session(rounds, 10, false)),
    ("session-100", |rounds| session(rounds, 100, false)),
    ("channel-snapshots", |rounds| channel(rounds, false)),
    ("channel-details", |rounds| channel(rounds, true)),
    ("path-10", |rounds| session(rounds, 10, true)),
    ("timeline-hot", |rounds| timelines(rounds, &presences(50_000, 500))),
    ("timeline-cold", |rounds| timelines(rounds, &presences(100_000, 5_000))),
    ("timeline-random", |rounds| {
        let told = told_at_random();
        timelines(rounds, &told.iter().map(load::Told::presence).collect::<Vec<_>>())
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

/// Frames of the `notifications` dialect; an event is a frame here, and with it go the requests about conversations.
fn channel(rounds: u64, details: bool) -> u64 {
    let told = Told::by_cloud(30, details);
    for _ in 0..rounds {
        told.tell(|event| drop(black_box(event)));
    }
    told.frames()
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

fn told_at_random() -> Vec<load::Told> {
    at_random(5_000, 20).map(|step| step.told()).collect()
}
