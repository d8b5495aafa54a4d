//! A load that is made up: interactions of all kinds at a rate, evenly or in bursts.

use std::fmt::Write as _;
use std::time::Duration;

use rosterline_core::Rng;
use rosterline_recording::Dialect;
use rosterline_sim::{Clock, Fact, Scenario, Script};

use crate::load::{Arrival, Load, NoLoad};

/// The most frames that are made: more would be of no use, and fill the memory.
const MOST_FRAMES: usize = 4_000_000;

/// What a made-up load is like. The same values give the same load, to the byte.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// Joins and leaves a second, on average: 0.001 to 1,000,000.
    pub rate: f64,
    /// How much faster they come in bursts: 1 is evenly; with 4 all come at four times the rate in the first quarter of each
    /// cycle, and none in the rest of it. A cycle takes 1 to 3 s. 1 to 1,000.
    pub burst: f64,
    /// Events in a frame, on average: each has between one and twice as many less one. 1 to 100.
    pub frame: u32,
    /// Interactions that go on at a time. 1 to 1,000,000.
    pub interactions: u32,
    /// How long it lasts.
    pub length: Duration,
    /// What everything is drawn from.
    pub seed: u64,
}

impl Default for Synthetic {
    fn default() -> Self {
        Self {
            rate: 200.0,
            burst: 4.0,
            frame: 5,
            interactions: 500,
            length: Duration::from_secs(120),
            seed: 1,
        }
    }
}

impl Synthetic {
    /// Makes it, in the `stream` dialect.
    ///
    /// # Errors
    /// A value is out of range, or nothing happens in that time, or far too much.
    pub fn load(&self) -> Result<Load, NoLoad> {
        self.check()?;
        let mut times = Times::new(self);
        let mut cast = Cast::new(self);
        let mut sizes = Rng::stream(self.seed, "frames");
        let mut arrivals = Vec::new();
        loop {
            let at = times.next();
            if at > self.length {
                break;
            }
            if arrivals.len() == MOST_FRAMES {
                return Err(NoLoad::new(format!(
                    "more than {MOST_FRAMES} frames; take a lower rate or less time"
                )));
            }
            let count = 1 + sizes.up_to(u64::from(2 * (self.frame - 1)));
            arrivals.push(Arrival { at, text: cast.frame(count, at) });
        }
        let first = arrivals.first().map_or(Duration::ZERO, |first| first.at);
        arrivals.iter_mut().for_each(|arrival| arrival.at -= first);
        Load::new(Dialect::Stream, Clock::DAWN, arrivals)
    }

    fn check(&self) -> Result<(), NoLoad> {
        let rules = [
            (
                (0.001..=1e6).contains(&self.rate),
                "the rate is not within 0.001 and 1,000,000 events a second",
            ),
            ((1.0..=1000.0).contains(&self.burst), "the bursts are not within 1 and 1,000 times the rate"),
            ((1..=100).contains(&self.frame), "a frame has not between 1 and 100 events"),
            (
                (1..=1_000_000).contains(&self.interactions),
                "there are not between 1 and 1,000,000 interactions",
            ),
        ];
        match rules.iter().find(|rule| !rule.0) {
            Some((_, why)) => Err(NoLoad::new(*why)),
            None => Ok(()),
        }
    }
}

/// When frames come. Between two of them there is up to twice the mean, drawn evenly, on a clock that runs in bursts only.
struct Times {
    rng: Rng,
    burst: f64,
    /// Twice the mean from frame to frame within a burst, in nanoseconds.
    twice_gap: u64,
    /// Where the cycle begins, and how much of its burst is left.
    cycle: Duration,
    cycle_length: Duration,
    used: Duration,
}

impl Times {
    fn new(of: &Synthetic) -> Self {
        let gap = 2e9 * f64::from(of.frame) / (of.rate * of.burst);
        let mut times = Self {
            rng: Rng::stream(of.seed, "times"),
            burst: of.burst,
            twice_gap: gap as u64,
            cycle: Duration::ZERO,
            cycle_length: Duration::ZERO,
            used: Duration::ZERO,
        };
        times.draw_cycle();
        times
    }

    fn draw_cycle(&mut self) {
        self.cycle += self.cycle_length;
        self.cycle_length = Duration::from_millis(1000 + self.rng.up_to(2000));
    }

    fn next(&mut self) -> Duration {
        self.used += Duration::from_nanos(self.rng.up_to(self.twice_gap));
        loop {
            let lasts = self.cycle_length.div_f64(self.burst);
            if self.used < lasts {
                return self.cycle + self.used;
            }
            self.used -= lasts;
            self.draw_cycle();
        }
    }
}

/// The interactions that go on.
struct Cast {
    stories: Rng,
    turns: Rng,
    open: Vec<(Script, usize)>,
    most: usize,
}

impl Cast {
    fn new(of: &Synthetic) -> Self {
        let (stories, turns) = (Rng::stream(of.seed, "stories"), Rng::stream(of.seed, "turns"));
        Self { stories, turns, open: Vec::new(), most: of.interactions as usize }
    }

    /// A frame with so many events, of interactions that are drawn.
    fn frame(&mut self, count: u64, at: Duration) -> String {
        let mut text = String::from("{\"events\":[");
        for place in 0..count {
            let fact = self.next(at);
            let event = serde_json::to_string(&fact).expect("a struct of texts is JSON");
            let _ = write!(text, "{}{event}", if place > 0 { "," } else { "" });
        }
        text + "]}"
    }

    fn next(&mut self, at: Duration) -> Fact {
        loop {
            let turn = self.turns.up_to(self.most as u64 - 1) as usize;
            if turn >= self.open.len() {
                self.open.push((Script::generate(Scenario::All, &mut self.stories), 0));
            }
            let turn = turn.min(self.open.len() - 1);
            let (script, place) = &mut self.open[turn];
            let Some(step) = script.steps.get(*place) else {
                (*script, *place) = (Script::generate(Scenario::All, &mut self.stories), 0);
                continue;
            };
            *place += 1;
            let fact = Fact {
                at: Clock::DAWN.after(at).into(),
                kind: step.kind.clone(),
                interaction: script.interaction.clone(),
                participant: step.participant.clone(),
                channel: script.channel.clone(),
                reason: step.reason.clone(),
            };
            // Those of other types never wait in a buffer.
            if fact.presence().is_some() {
                return fact;
            }
        }
    }
}
