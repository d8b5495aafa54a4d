//! What is held in memory: states that the programs `heap` and `memory` build, each by its name.

use std::any::Any;
use std::hint::black_box;

use rosterline_timeline::{Limits, Timelines};

use crate::load::{PARTICIPANTS, Step, at_random, jittered};
use crate::tutorial::Collected;

/// A state to be measured.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// What it is called in the output.
    pub name: &'static str,
    /// How many events it holds.
    pub events: u64,
    /// Makes it, from events that are generated one by one, so that nothing else takes memory.
    pub build: fn() -> Box<dyn Any>,
}

/// The states, ours and the tutorial's in turn.
pub const STATES: &[Held] = &[
    Held { name: "memory/ours, 100,000 x 20", events: 2_000_000, build: || ours(at_random(100_000, 20)) },
    Held {
        name: "memory/tutorial, 100,000 x 20",
        events: 2_000_000,
        build: || theirs(at_random(100_000, 20)),
    },
    Held {
        name: "memory/ours, 1 x 1,000,000",
        events: 1_000_000,
        build: || ours(jittered(0, 1_000_000, PARTICIPANTS)),
    },
    Held {
        name: "memory/tutorial, 1 x 1,000,000",
        events: 1_000_000,
        build: || theirs(jittered(0, 1_000_000, PARTICIPANTS)),
    },
    Held { name: "memory/ours, 1,000,000 x 2", events: 2_000_000, build: || ours(at_random(1_000_000, 2)) },
    Held {
        name: "memory/tutorial, 1,000,000 x 2",
        events: 2_000_000,
        build: || theirs(at_random(1_000_000, 2)),
    },
];

fn ours(steps: impl Iterator<Item = Step>) -> Box<dyn Any> {
    let mut limits = Limits::default();
    limits.interactions = 1_000_000;
    limits.events_per_interaction = 1_000_000;
    let mut timelines = Timelines::new(limits);
    for step in steps {
        timelines.apply(&step.told().presence());
        while let Some(change) = timelines.poll_change() {
            black_box(change);
        }
    }
    Box::new(timelines)
}

fn theirs(steps: impl Iterator<Item = Step>) -> Box<dyn Any> {
    let mut collected = Collected::default();
    for step in steps {
        collected.take(&step.told());
    }
    Box::new(collected)
}
