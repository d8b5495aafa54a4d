//! A runtime whose time of day is known to whoever records its session.

use rosterline_core::{Call, Instant, UnixMillis};
use rosterline_driver::Runtime;

use crate::Began;

/// A [`Runtime`] that asks for the time of day once, when it is made, and gives that answer to the session. A session
/// asks but once, at its start, and counts on from there by the monotonic clock; so this is all it ever needs, and a
/// recording knows it.
#[derive(Clone, Debug)]
pub struct Anchored<R> {
    runtime: R,
    began: Began,
}

impl<R: Runtime> Anchored<R> {
    /// Reads both clocks.
    #[must_use]
    pub fn new(runtime: R) -> Self {
        let began = Began { at: runtime.now(), wall: runtime.wall() };
        Self { runtime, began }
    }

    /// What the clocks said.
    #[must_use]
    pub const fn began(&self) -> Began {
        self.began
    }
}

impl<R: Runtime> Runtime for Anchored<R> {
    type Received = R::Received;
    type Socket = R::Socket;
    type Sleep = R::Sleep;
    type Connect = R::Connect;
    type Call = R::Call;

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    fn wall(&self) -> UnixMillis {
        self.began.wall
    }

    fn sleep(&self, until: Instant) -> Self::Sleep {
        self.runtime.sleep(until)
    }

    fn connect(&self, url: &str, max_message: usize) -> Self::Connect {
        self.runtime.connect(url, max_message)
    }

    fn call(&self, call: Call) -> Self::Call {
        self.runtime.call(call)
    }
}
