//! The two clocks of the process.

use std::time::{Instant as Monotonic, SystemTime, UNIX_EPOCH};

use rosterline_core::{Instant, UnixMillis};

/// The monotonic clock, counted from the moment at which the client was made: the adapter counts from the
/// same one, so that its arrival times and ours can be compared (to a few microseconds).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch: Monotonic,
}

impl Clock {
    /// A clock that starts now.
    pub(crate) fn start() -> Self {
        Self { epoch: Monotonic::now() }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::ZERO + self.epoch.elapsed()
    }

    /// The time of day.
    pub(crate) fn wall(self) -> UnixMillis {
        UnixMillis::default().after(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}
