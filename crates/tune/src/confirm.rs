//! Tries what is recommended once more, all of it together and with other draws, and compares.

use std::time::Duration;

use crate::load::Load;
use crate::plan::{Goal, Plan};
use crate::recommend::{DIAL, Recommendation};
use crate::sweep::Sweep;
use crate::trial::Measured;
use crate::words::{bytes, thousands, time};

/// A time holds up to so many times what was expected, and [`SLACK`] besides.
const TIMES: u32 = 2;
const SLACK: Duration = Duration::from_millis(10);

/// One thing that was expected, and what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// What the sweep promises.
    pub expected: String,
    /// What was measured.
    pub measured: String,
    /// Whether it holds.
    pub holds: bool,
}

impl Check {
    /// One thing that was expected, what came, and whether it holds.
    #[must_use]
    pub const fn new(what: &'static str, expected: String, measured: String, holds: bool) -> Self {
        Self { what, expected, measured, holds }
    }
}

impl Sweep {
    /// Runs everything that is recommended together, in virtual time, with another seed: the same load, or `other` in its
    /// place.
    #[must_use]
    pub fn confirm(&self, found: &Recommendation, load: &Load, other: Option<&Load>) -> Vec<Check> {
        // Far from the seeds that the choice has seen.
        let seed = self.plan.seed.wrapping_add(1 << 32);
        let plan = Plan { seed, ..self.plan.clone() };
        let load = other.unwrap_or(load);
        let measured = plan.trial_of(&found.settings, plan.headroom, seed).run(load);
        let mut checks = self.checks(found, &measured, SLACK);
        let troubles = plan.troubles(load);
        let silences = troubles.silences(&found.settings);
        let bound = found.settings.heartbeat + found.settings.pong_timeout;
        checks.push(Check::new(
            "a dead connection is given up within",
            time(bound),
            time(silences.detected.max),
            silences.detected.max <= bound + Duration::from_millis(1),
        ));
        checks.push(Check::new(
            "living connections given up",
            "0".to_owned(),
            format!("{} of {}", silences.false_alarms, silences.tried),
            silences.false_alarms == 0,
        ));
        let outages = troubles.outages(&found.settings);
        let bound = found.settings.backoff_max + DIAL;
        checks.push(Check::new(
            "live again after an outage within",
            time(bound),
            time(outages.back.max),
            outages.back.max <= bound,
        ));
        checks
    }

    /// What a run of the recommended settings with the headroom is held against. Times may be `slack` longer besides.
    #[must_use]
    pub fn checks(&self, found: &Recommendation, measured: &Measured, slack: Duration) -> Vec<Check> {
        let expected = &found.expected;
        // A share of the load: the other one may be longer.
        let share = |of: &Measured| of.lost as f64 / of.offered.max(1) as f64;
        let lost = |of: &Measured| format!("{} of {}", thousands(of.lost), thousands(of.offered));
        let may_lose = if expected.lost == 0 { 0.0 } else { share(expected) * f64::from(TIMES) };
        let mut checks =
            vec![Check::new("events lost", lost(expected), lost(measured), share(measured) <= may_lose)];
        let at_most = |what, expected: Duration, measured: Duration| {
            let holds = measured <= expected * TIMES + slack;
            Check::new(what, time(expected), time(measured), holds)
        };
        checks.push(at_most("reading stopped for", expected.paused, measured.paused));
        checks.push(at_most("p99 from sending to taking", expected.age.p99, measured.age.p99));
        if self.plan.goal == Goal::Fresh {
            let bound = self.plan.max_wait.max(expected.age.max);
            checks.push(at_most("the longest from sending to taking", bound, measured.age.max));
        }
        let holds = measured.peak_events <= found.settings.buffer as u64 + 256;
        let held = |of: &Measured| format!("{} events, {}", thousands(of.peak_events), bytes(of.peak_bytes));
        checks.push(Check::new("held in the buffer at most", held(expected), held(measured), holds));
        checks
    }
}
