//! What the network is like at the moment.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{Instant, Network, Rng};

/// The state of a virtual network. The default is a perfect one: everything arrives at once.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// From sending to arriving.
    pub latency: Duration,
    /// Up to so much longer, drawn for each message; none overtakes another.
    pub jitter: Duration,
    /// What is sent to clients does not arrive while this lasts, and arrives after it.
    pub deaf_clients: bool,
    /// What is sent to servers does not arrive while this lasts, and arrives after it.
    pub deaf_servers: bool,
    /// Sockets of clients take messages, and do not get rid of them.
    pub clogged: bool,
    /// How the next dials and requests fail, one after the other.
    pub failures: VecDeque<Network>,
    /// The seed of the jitter.
    rng: Option<Rng>,
}

impl Weather {
    /// Perfect weather whose jitter comes from this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: Some(Rng::stream(seed, "weather")), ..Self::default() }
    }

    /// Perfect from here on.
    pub fn clear(&mut self) {
        let rng = self.rng.take();
        *self = Self { rng, ..Self::default() };
    }

    /// How long the next message is on its way: the latency, and a draw of the jitter.
    pub fn delay(&mut self) -> Duration {
        let most = u64::try_from(self.jitter.as_nanos()).unwrap_or(u64::MAX);
        let jitter = self.rng.as_mut().filter(|_| most > 0).map_or(0, |rng| rng.up_to(most));
        self.latency.saturating_add(Duration::from_nanos(jitter))
    }

    /// When a message arrives that is sent `now`.
    pub(super) fn arrival(&mut self, now: Instant) -> Instant {
        now + self.delay()
    }
}

/// The weather, as all ends of a network see it.
#[derive(Clone, Debug)]
pub(super) struct Sky(Arc<Mutex<Weather>>);

impl Sky {
    pub(super) fn new(weather: Weather) -> Self {
        Self(Arc::new(Mutex::new(weather)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Weather> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing arrives at clients, and at servers.
    pub(super) fn deaf(&self) -> (bool, bool) {
        let weather = self.lock();
        (weather.deaf_clients, weather.deaf_servers)
    }

    pub(super) fn is_clogged(&self) -> bool {
        self.lock().clogged
    }

    pub(super) fn arrival(&self, now: Instant) -> Instant {
        self.lock().arrival(now)
    }
}
