//! The presets of the command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rosterline_core::Rng;

use super::{DialogueFault, End, FaultPlan, FrameFault, HttpFault, When};
use crate::scenario::UnknownName;

/// How much goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Faults {
    /// Nothing.
    #[default]
    None,
    /// What a demonstration should show: the first connection is cut after two to three seconds, some
    /// frames come twice or out of order, one event is bad and one frame compressed.
    Some,
    /// Everything, often.
    Storm,
}

impl Faults {
    /// All of them, in the order of the command line's help.
    pub const ALL: [Self; 3] = [Self::None, Self::Some, Self::Storm];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Some => "some",
            Self::Storm => "storm",
        }
    }

    /// The rules that make it up; `seed` varies their times.
    #[must_use]
    pub fn plan(self, seed: u64) -> FaultPlan {
        match self {
            Self::None => FaultPlan::new(),
            Self::Some => some(seed),
            Self::Storm => storm(seed),
        }
    }
}

fn some(seed: u64) -> FaultPlan {
    let mut rng = Rng::stream(seed, "faults: some");
    let cut = Duration::from_millis(2_000 + rng.up_to(1_000));
    // A dozen frames come before the cut. What is to happen once stands behind it, where it cannot be lost.
    FaultPlan::new()
        .ending(When::Nth(0), cut, End::Cut)
        .frame(When::Nth(2 + rng.up_to(2)), FrameFault::Duplicate)
        .frame(When::Nth(20 + rng.up_to(3)), FrameFault::BadTimestamp)
        .frame(When::Nth(25 + rng.up_to(3)), FrameFault::Gzip)
        .frame(When::Percent(8), FrameFault::Duplicate)
        .frame(When::Percent(8), FrameFault::Reorder)
}

fn storm(seed: u64) -> FaultPlan {
    let mut rng = Rng::stream(seed, "faults: storm");
    let mut moment = |from: u64, spread: u64| Duration::from_millis(from + rng.up_to(spread));
    let closes = [
        (1001, "going away"),
        (1012, "service restart"),
        (1013, "try again later"),
        (1008, "policy"),
        (4403, "forbidden"),
    ];
    let mut plan = FaultPlan::new()
        .token(When::Nth(0), HttpFault::retry_after(429, 1))
        .token(When::Percent(15), HttpFault::refuse(503))
        .upgrade(When::Nth(1), HttpFault::retry_after(503, 1))
        .upgrade(When::Percent(15), HttpFault::Slow(moment(200, 800)))
        .dialogue(When::Nth(0), DialogueFault::ExtraFields)
        .dialogue(When::Nth(2), DialogueFault::LateAck(moment(200, 400)))
        .dialogue(When::Percent(30), DialogueFault::ExtraFields)
        .ending(When::Nth(0), moment(1_000, 1_000), End::Cut);
    for (nth, (code, reason)) in (1..).zip(closes) {
        plan = plan.ending(When::Nth(nth), moment(1_500, 2_000), End::Close(code, reason.into()));
    }
    plan = plan
        .ending(When::Percent(10), moment(2_000, 2_000), End::HalfOpen)
        .ending(When::Percent(10), moment(2_000, 2_000), End::Deaf)
        .ending(When::Always, moment(2_500, 2_500), End::Cut);
    let faults = [
        (20, FrameFault::Duplicate),
        (20, FrameFault::Reorder),
        (15, FrameFault::Delay(moment(100, 700))),
        (6, FrameFault::NoJson),
        (6, FrameFault::Truncated),
        (6, FrameFault::BadEvent),
        (6, FrameFault::BadTimestamp),
        (6, FrameFault::BadField),
        (10, FrameFault::ExtraFields),
        (10, FrameFault::Binary),
        (10, FrameFault::Gzip),
        (10, FrameFault::Zlib),
    ];
    faults.into_iter().fold(plan, |plan, (percent, fault)| plan.frame(When::Percent(percent), fault))
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Faults {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.into_iter().find(|faults| faults.name() == text);
        known.ok_or_else(|| UnknownName::new("faults", text, &Self::ALL.map(Self::name)))
    }
}
