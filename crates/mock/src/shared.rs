//! The model, and the real time that it lives in.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rosterline_core::{Instant, UnixMillis};
use rosterline_sim::{Cloud, Server};
use tokio::sync::watch;

use crate::hosted::Hosted;

/// What all tasks of a server share. The lock is held for one call of the model, never across an await.
pub(crate) struct Shared {
    model: Mutex<Hosted>,
    epoch: tokio::time::Instant,
    /// Changes after every input, so that nobody can miss that there is something to do.
    changes: watch::Sender<()>,
}

impl Shared {
    /// Makes the model with the time of day.
    pub(crate) fn new(make: impl FnOnce(UnixMillis) -> Hosted) -> Self {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let model = Mutex::new(make(UnixMillis(0).after(since_1970)));
        Self { model, epoch: tokio::time::Instant::now(), changes: watch::Sender::new(()) }
    }

    /// Gives the model an input or a command, and wakes whoever may have to act on it.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut Hosted, Instant) -> T) -> T {
        let result = self.look(act);
        self.changes.send_replace(());
        result
    }

    /// The same for the model of the `stream` dialect; what a test wants of another is a mistake of the test.
    pub(crate) fn stream<T>(&self, act: impl FnOnce(&mut Server, Instant) -> T) -> T {
        self.act(|model, now| act(model.stream().expect("this server speaks the other dialect"), now))
    }

    /// The same for the model of the `notifications` dialect.
    pub(crate) fn cloud<T>(&self, act: impl FnOnce(&mut Cloud, Instant) -> T) -> T {
        self.act(|model, now| act(model.cloud().expect("this server speaks the other dialect"), now))
    }

    /// Asks the model something, or takes its output: nobody is woken.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Hosted, Instant) -> T) -> T {
        let now = Instant::ZERO + self.epoch.elapsed();
        // The model holds no half-made change that a panic of a caller's closure could leave behind.
        look(&mut self.model.lock().unwrap_or_else(PoisonError::into_inner), now)
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// The real time of a moment of the model.
    pub(crate) fn real(&self, at: Instant) -> tokio::time::Instant {
        // A year is as good as never, and cannot overflow.
        const NEVER: Duration = Duration::from_secs(365 * 86_400);
        self.epoch + at.since(Instant::ZERO).min(NEVER)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
