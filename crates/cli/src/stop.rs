//! The end of a session that somebody asked for by a signal.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rosterline_driver::{Handle, Runtime};
use tokio::sync::Notify;

use crate::exit::Exit;
use crate::messages;
use crate::signals::Signals;

/// How long after a second signal the last line may take, before the process ends without it.
const LAST_LINE: Duration = Duration::from_secs(1);

/// Tells the loop to end at once, wherever it is.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    pub(crate) notify: Notify,
    set: AtomicBool,
    /// A second signal, as opposed to an end that took too long.
    interrupted: AtomicBool,
}

impl Stop {
    /// Whether it is time.
    pub(crate) fn is_set(&self) -> bool {
        self.set.load(Ordering::Relaxed)
    }

    /// What the process then ends with.
    pub(crate) fn exit(&self) -> Exit {
        if self.interrupted.load(Ordering::Relaxed) { Exit::Interrupted } else { Exit::Internal }
    }

    /// Closes the session at the first signal, and stops the loop at the second one. It runs beside the
    /// loop: if that waits for a reader of the output who never comes, the process ends all the same.
    pub(crate) async fn obey<R: Runtime>(
        self: Arc<Self>,
        mut signals: Signals,
        handle: Handle<R>,
        patience: Duration,
    ) {
        signals.next().await;
        tracing::info!("stopping; a second signal stops at once");
        handle.close();
        let interrupted = tokio::time::timeout(patience, signals.next()).await.is_ok();
        self.interrupted.store(interrupted, Ordering::Relaxed);
        self.set.store(true, Ordering::Relaxed);
        self.notify.notify_one();
        tokio::time::sleep(LAST_LINE).await;
        messages::error(&"nobody takes the output; what was left of it is lost");
        process::exit(self.exit() as i32);
    }
}
