//! From measurements to settings, with the reasons.

mod buffer;
mod connection;

pub(crate) use connection::DIAL;

use crate::load::Load;
use crate::settings::Settings;
use crate::sweep::Sweep;
use crate::trial::Measured;
use crate::words;

/// Settings, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// What to set.
    pub settings: Settings,
    /// Why, one for each thing that was decided.
    pub reasons: Vec<Reason>,
    /// What else is to be known: where nothing that was tried is good enough, and what would be.
    pub warnings: Vec<String>,
    /// What was taken for granted.
    pub assumed: Vec<String>,
    /// What the settings did in the sweep, with the headroom.
    pub expected: Measured,
}

/// Why something is recommended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What: `buffer`, `policy`, `heartbeat` …
    pub what: &'static str,
    /// The recommended value.
    pub value: String,
    /// Why, with the numbers.
    pub why: String,
}

impl Sweep {
    /// What follows from it.
    #[must_use]
    pub fn recommend(&self, load: &Load) -> Recommendation {
        let mut found = Recommendation {
            settings: self.plan.current.clone(),
            reasons: Vec::new(),
            warnings: Vec::new(),
            assumed: self.assumed(load),
            expected: Measured::default(),
        };
        self.choose_buffer(load, &mut found);
        self.choose_heartbeat(&mut found);
        self.choose_backoff(&mut found);
        found
    }

    fn assumed(&self, load: &Load) -> Vec<String> {
        let plan = &self.plan;
        let rate = load.rate() * plan.scale;
        let mut assumed = vec![format!(
            "the load: {} joins and leaves a second on average{}, and {} times that as headroom",
            words::three(rate),
            if plan.scale == 1.0 {
                String::new()
            } else {
                format!(" ({} times as it came)", words::three(plan.scale))
            },
            words::three(plan.headroom),
        )];
        let stalls = match plan.consumer.stalls() {
            true => format!(
                ", and stands still for {} every {}",
                words::time(plan.consumer.stall),
                words::time(plan.consumer.stall_every)
            ),
            false => String::new(),
        };
        assumed
            .push(format!("the application: takes {} for an event{stalls}", words::time(plan.consumer.take)));
        assumed.push(format!(
            "the network: {} one way while connections are lost and made; silent for up to {} without being dead",
            words::time(plan.latency),
            words::time(plan.hush)
        ));
        assumed.push(format!("the server: unreachable for up to {} at a time", words::time(plan.outage)));
        assumed
    }
}
