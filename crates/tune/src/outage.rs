//! Connections that are lost: how long it takes to notice, and to be back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rosterline_core::{Action, Deadline, Event, Input, Instant, Network, Rng, State, UnixMillis};
use rosterline_driver::{Command, Tap};
use rosterline_recording::Dialect;
use rosterline_sim::{Cloud, End, Runner, Server};

use crate::Settings;
use crate::peer::{Peer, Scene, is_live, live, until};
use crate::trial::{Spread, nanos};

/// Nothing of what is waited for takes longer: the longest delay of a reconnect that makes sense, and the longest heartbeat.
const LONGEST: Duration = Duration::from_secs(4 * 3600);
/// A session has to be live for so long before its connection is lost, so that its delays begin anew.
const HEALTHY: Duration = Duration::from_secs(61);
/// More dials than are made in any outage: the budget of a session is far below.
const REFUSALS: usize = 4096;
const HOUR: Duration = Duration::from_secs(3600);

/// How connections are lost, and how often it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Troubles {
    /// The protocol.
    pub dialect: Dialect,
    /// How often each is tried, with other draws. 1 at least.
    pub draws: u32,
    /// What the draws come from.
    pub seed: u64,
    /// From one end of the network to the other.
    pub latency: Duration,
    /// Nothing arrives for so long, from a ping on, and then everything does: no reason to give a connection up.
    pub hush: Duration,
    /// The server cannot be reached for up to so long.
    pub outage: Duration,
}

/// What came of connections on which the other end fell silent for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silences {
    /// From the silence to giving the connection up.
    pub detected: Spread,
    /// From the silence to a session that is live again, at a server that can be reached all the time.
    pub recovered: Spread,
    /// Pings that a quiet connection sends in an hour.
    pub pings: u64,
    /// Connections that were given up although the other end was only [`hush`](Troubles::hush)ed.
    pub false_alarms: u32,
    /// Of so many.
    pub tried: u32,
}

/// What came of servers that could not be reached for a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outages {
    /// From the moment at which the server can be reached again to a session that is live.
    pub back: Spread,
    /// Dials in all outages together.
    pub dials: u64,
    /// The most dials in one.
    pub most_dials: u64,
    /// Of so many outages.
    pub tried: u32,
}

impl Troubles {
    /// Lets the other end fall silent, for good and for a moment.
    #[must_use]
    pub fn silences(&self, settings: &Settings) -> Silences {
        match self.dialect {
            Dialect::Stream => self.silences_with::<Server>(settings),
            Dialect::Notifications => self.silences_with::<Cloud>(settings),
        }
    }

    /// Cuts connections, and lets nobody in for a while.
    #[must_use]
    pub fn outages(&self, settings: &Settings) -> Outages {
        match self.dialect {
            Dialect::Stream => self.outages_with::<Server>(settings),
            Dialect::Notifications => self.outages_with::<Cloud>(settings),
        }
    }

    fn silences_with<M: Peer>(&self, settings: &Settings) -> Silences {
        let settings = Settings { max_attempts: None, ..settings.clone() };
        let (mut detected, mut recovered) = (Vec::new(), Vec::new());
        let mut silences = Silences { tried: self.draws, ..Silences::default() };
        for draw in 0..u64::from(self.draws) {
            let Some((mut runner, from)) = self.healthy::<M>(&settings, draw, None) else { continue };
            runner.server().stop(&End::HalfOpen, from);
            runner.settle();
            if until(&mut runner, from + LONGEST, is_lost) {
                detected.push(nanos(runner.now().since(from)));
            }
            if until(&mut runner, from + LONGEST, is_live) {
                recovered.push(nanos(runner.now().since(from)));
            }
            silences.false_alarms += u32::from(self.is_fooled::<M>(&settings, draw));
        }
        silences.pings = self.pings::<M>(&settings);
        Silences { detected: Spread::of(detected), recovered: Spread::of(recovered), ..silences }
    }

    /// Whether a moment of silence makes a session give its connection up. It begins when a ping was sent, which is the
    /// worst that can happen.
    fn is_fooled<M: Peer>(&self, settings: &Settings, draw: u64) -> bool {
        let sends = Sends::default();
        let Some((mut runner, _)) = self.healthy::<M>(settings, draw, Some(Box::new(sends.clone()))) else {
            return false;
        };
        let before = sends.count();
        while let Some(next) = runner.poll_timeout().filter(|_| sends.count() == before) {
            runner.go(next);
        }
        let from = runner.now();
        let deafen = |runner: &mut Runner<M>, deaf: bool| {
            runner.network().weather(|weather| (weather.deaf_clients, weather.deaf_servers) = (deaf, deaf));
            runner.network().deliver();
            runner.settle();
        };
        deafen(&mut runner, true);
        let over = from + self.hush;
        if until(&mut runner, over, is_lost) {
            return true;
        }
        deafen(&mut runner, false);
        let aftermath = settings.pong_timeout + settings.heartbeat;
        until(&mut runner, over + aftermath, is_lost)
    }

    fn pings<M: Peer>(&self, settings: &Settings) -> u64 {
        let sends = Sends::default();
        let Some((mut runner, from)) = self.healthy::<M>(settings, 0, Some(Box::new(sends.clone()))) else {
            return 0;
        };
        let before = sends.count();
        until(&mut runner, from + HOUR, |_| false);
        sends.count() - before
    }

    fn outages_with<M: Peer>(&self, settings: &Settings) -> Outages {
        let settings = Settings { max_attempts: None, ..settings.clone() };
        let mut back = Vec::new();
        let mut outages = Outages { tried: self.draws, ..Outages::default() };
        let mut lengths = Rng::stream(self.seed, "outages");
        for draw in 0..u64::from(self.draws) {
            let length = drawn(&mut lengths, self.outage);
            let Some((mut runner, from)) = self.healthy::<M>(&settings, draw, None) else { continue };
            let before = runner.stats().dials;
            runner.network().weather(|weather| weather.failures = [Network::Broken; REFUSALS].into());
            runner.server().stop(&End::Cut, from);
            runner.settle();
            let reachable = from + length;
            until(&mut runner, reachable, |_| false);
            runner.network().weather(|weather| weather.failures.clear());
            if until(&mut runner, reachable + LONGEST, is_live) {
                back.push(nanos(runner.now().since(reachable)));
            }
            let dials = runner.stats().dials - before;
            outages.dials += dials;
            outages.most_dials = outages.most_dials.max(dials);
        }
        Outages { back: Spread::of(back), ..outages }
    }

    /// A session that has been live for a while, up to some moment between two of its pings.
    fn healthy<M: Peer>(
        &self,
        settings: &Settings,
        draw: u64,
        tap: Option<Box<dyn Tap>>,
    ) -> Option<(Runner<M>, Instant)> {
        let seed = self.seed.wrapping_add(draw);
        let scene = Scene { seed, wall: UnixMillis(0), latency: self.latency };
        let mut runner = live::<M>(settings, scene, tap)?;
        let more = drawn(&mut Rng::stream(seed, "moments"), 2 * settings.heartbeat);
        let from = runner.now() + HEALTHY + more;
        until(&mut runner, from, |_| false);
        Some((runner, from))
    }
}

/// Whether a session says that its connection is gone.
fn is_lost(event: &Event) -> bool {
    matches!(event, Event::Status(status) if status.state != State::Live)
}

fn drawn(rng: &mut Rng, most: Duration) -> Duration {
    Duration::from_nanos(rng.up_to(nanos(most)))
}

/// Counts what is sent.
#[derive(Clone, Debug, Default)]
struct Sends(Arc<AtomicU64>);

impl Sends {
    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Tap for Sends {
    fn input(&mut self, _: &Input<'_>, _: Instant) {}

    fn command(&mut self, _: &Command<'_>, _: Instant) {}

    fn action(&mut self, action: &Action) {
        if let Action::Send { .. } = action {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn event(&mut self, _: &Event, _: Instant) {}

    fn waits(&mut self, _: Option<Deadline>, _: bool) {}
}
