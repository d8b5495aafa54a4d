//! A runtime whose clock can be put forward, and whose sleeps are watched.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rosterline_core::{Call, Instant, UnixMillis};
use rosterline_driver::Runtime;

/// Everything of a runtime, but for the clock: its sleeps last as long as they would have without it.
#[derive(Clone, Debug)]
pub(crate) struct Warped<R> {
    runtime: R,
    watch: Arc<Watch>,
}

#[derive(Debug, Default)]
struct Watch {
    ahead: AtomicU64,
    /// Sleeps that somebody holds.
    held: AtomicI64,
    /// One was polled after it had fired.
    misused: AtomicBool,
}

impl<R: Runtime> Warped<R> {
    pub(crate) fn new(runtime: R) -> Self {
        Self { runtime, watch: Arc::default() }
    }

    /// Puts the clock forward; nobody is woken.
    pub(crate) fn jump(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).expect("it is no century");
        self.watch.ahead.fetch_add(nanos, Ordering::SeqCst);
    }

    /// How many sleeps are held.
    pub(crate) fn sleeps(&self) -> i64 {
        self.watch.held.load(Ordering::SeqCst)
    }

    /// Whether a sleep was polled after it had fired.
    pub(crate) fn is_misused(&self) -> bool {
        self.watch.misused.load(Ordering::SeqCst)
    }

    /// How many clones there are, the driver's among them.
    pub(crate) fn holders(&self) -> usize {
        // Each sleep is one more.
        Arc::strong_count(&self.watch) - usize::try_from(self.sleeps()).unwrap_or_default()
    }

    fn ahead(&self) -> Duration {
        Duration::from_nanos(self.watch.ahead.load(Ordering::SeqCst))
    }
}

impl<R: Runtime> Runtime for Warped<R> {
    type Received = R::Received;
    type Socket = R::Socket;
    type Sleep = Sleep<R::Sleep>;
    type Connect = R::Connect;
    type Call = R::Call;

    fn now(&self) -> Instant {
        self.runtime.now() + self.ahead()
    }

    fn wall(&self) -> UnixMillis {
        self.runtime.wall()
    }

    fn sleep(&self, until: Instant) -> Self::Sleep {
        let until = Instant::ZERO + until.since(Instant::ZERO).saturating_sub(self.ahead());
        self.watch.held.fetch_add(1, Ordering::SeqCst);
        Sleep { inner: self.runtime.sleep(until), fired: false, watch: self.watch.clone() }
    }

    fn connect(&self, url: &str, max_message: usize) -> Self::Connect {
        self.runtime.connect(url, max_message)
    }

    fn call(&self, call: Call) -> Self::Call {
        self.runtime.call(call)
    }
}

/// A sleep of the runtime's own.
#[derive(Debug)]
pub(crate) struct Sleep<S> {
    inner: S,
    fired: bool,
    watch: Arc<Watch>,
}

impl<S: Future<Output = ()> + Unpin> Future for Sleep<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.fired {
            self.watch.misused.store(true, Ordering::SeqCst);
            return Poll::Ready(());
        }
        let poll = Pin::new(&mut self.inner).poll(cx);
        self.fired = poll.is_ready();
        poll
    }
}

impl<S> Drop for Sleep<S> {
    fn drop(&mut self) {
        self.watch.held.fetch_sub(1, Ordering::SeqCst);
    }
}
