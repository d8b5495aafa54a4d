//! What befalls bytes on their way.

use std::time::Duration;

use rosterline_sim::Weather;

/// What is wrong with the way between clients and a server. The default is a perfect one.
///
/// ```
/// use rosterline_mock::{Cut, Toxics};
/// use std::time::Duration;
///
/// let mut toxics = Toxics::new(7);
/// toxics.weather.latency = Duration::from_millis(200);
/// toxics.weather.jitter = Duration::from_millis(150);
/// toxics.to_client.slice = Some(3);
/// toxics.to_client.limit = Some((10_000, Cut::Reset));
/// ```
#[derive(Clone, Debug)]
pub struct Toxics {
    /// What a byte stream has in common with the simulated network. What is said of a message there holds here for what
    /// one read gives, 4 KiB at most. `clogged`: nothing is read from clients, so that their window closes. A failure
    /// befalls the next connection, as far as one can be shown from here: [`Network::Dns`], [`Network::Connect`] and
    /// [`Network::Resource`] are a reset before the first byte, [`Network::Broken`] is an end after the first bytes,
    /// [`Network::Tls`] an answer that is no TLS, [`Network::Proxy`] the status 407.
    ///
    /// [`Network::Dns`]: rosterline_core::Network::Dns
    /// [`Network::Connect`]: rosterline_core::Network::Connect
    /// [`Network::Resource`]: rosterline_core::Network::Resource
    /// [`Network::Broken`]: rosterline_core::Network::Broken
    /// [`Network::Tls`]: rosterline_core::Network::Tls
    /// [`Network::Proxy`]: rosterline_core::Network::Proxy
    pub weather: Weather,
    /// What befalls bytes on their way to clients.
    pub to_client: Flow,
    /// What befalls bytes on their way to the server.
    pub to_server: Flow,
    /// What pieces and spoilt bytes are drawn from, for each connection and direction by itself.
    seed: u64,
}

impl Toxics {
    /// A perfect way, on which everything that may be drawn comes from this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { weather: Weather::new(seed), to_client: Flow::default(), to_server: Flow::default(), seed }
    }

    /// Perfect from here on.
    pub fn clear(&mut self) {
        self.weather.clear();
        (self.to_client, self.to_server) = (Flow::default(), Flow::default());
    }

    /// What befalls bytes on their way to this side.
    #[must_use]
    pub const fn flow(&self, to: Side) -> &Flow {
        match to {
            Side::Client => &self.to_client,
            Side::Server => &self.to_server,
        }
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether nothing gets through to this side at the moment.
    pub(super) const fn is_deaf(&self, side: Side) -> bool {
        match side {
            Side::Client => self.weather.deaf_clients,
            Side::Server => self.weather.deaf_servers,
        }
    }
}

impl Default for Toxics {
    fn default() -> Self {
        Self::new(0)
    }
}

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Whoever has connected with the proxy.
    Client,
    /// The server behind it.
    Server,
}

/// What befalls the bytes of one direction, beside the weather. Counts and rates are those of a single connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Bytes leave in pieces of one to so many, drawn for each piece; 1 is one byte at a time.
    pub slice: Option<usize>,
    /// So many bytes a second, at least one.
    pub rate: Option<u64>,
    /// The first bytes leave one by one: a handshake that drips.
    pub drip: Option<Drip>,
    /// After so many bytes the connection ends in this way.
    pub limit: Option<(u64, Cut)>,
    /// One bit is flipped in one byte of about so many.
    pub spoil: Option<u64>,
}

/// How bytes drip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drip {
    /// The first so many do.
    pub bytes: u64,
    /// From one to the next.
    pub pause: Duration,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Both sides are told in good order that nothing more comes (FIN), in the middle of whatever was said.
    Fin,
    /// Both sides are told that the connection is gone (RST).
    Reset,
    /// Only this direction ends in good order; the other one goes on.
    HalfClose,
}
