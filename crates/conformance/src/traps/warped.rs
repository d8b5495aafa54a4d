//! A runtime whose clock can be put forward, and whose sleeps are watched.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rosterline_core::{Call, Instant, UnixMillis};
use rosterline_driver::Runtime;

/// Everything of a runtime, but for the clocks: its sleeps last as long as they would have without it.
#[derive(Clone, Debug)]
pub(crate) struct Warped<R> {
    runtime: R,
    watch: Arc<Watch>,
}

#[derive(Debug, Default)]
struct Watch {
    ahead: AtomicU64,
    /// How far the time of day is off.
    off_ms: AtomicI64,
    /// So far ahead was the clock when sleeps were last told of it.
    told: AtomicU64,
    /// Sleeps that somebody holds.
    held: AtomicI64,
    /// One was polled after it had fired.
    misused: AtomicBool,
    /// Those who sleep.
    sleepers: Mutex<Vec<Waker>>,
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

    /// The time of day is off by so much from here on.
    pub(crate) fn set_wall(&self, off_ms: i64) {
        self.watch.off_ms.store(off_ms, Ordering::SeqCst);
    }

    /// Lets time pass: puts the clock forward, and ends each sleep when the clock shows its end.
    pub(crate) fn pass(&self, time: Duration) {
        self.jump(time);
        self.watch.told.store(self.watch.ahead.load(Ordering::SeqCst), Ordering::SeqCst);
        let sleepers =
            std::mem::take(&mut *self.watch.sleepers.lock().unwrap_or_else(PoisonError::into_inner));
        sleepers.into_iter().for_each(Waker::wake);
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

    /// A sleep of the runtime's own, until the clock that is so far ahead shows this.
    fn in_truth(&self, until: Instant, ahead: Duration) -> R::Sleep {
        self.runtime.sleep(Instant::ZERO + until.since(Instant::ZERO).saturating_sub(ahead))
    }

    fn ahead(&self) -> Duration {
        Duration::from_nanos(self.watch.ahead.load(Ordering::SeqCst))
    }
}

impl<R: Runtime> Runtime for Warped<R> {
    type Received = R::Received;
    type Socket = R::Socket;
    type Sleep = Sleep<R>;
    type Connect = R::Connect;
    type Call = R::Call;

    fn now(&self) -> Instant {
        self.runtime.now() + self.ahead()
    }

    fn wall(&self) -> UnixMillis {
        let off_ms = self.watch.off_ms.load(Ordering::SeqCst);
        UnixMillis(self.runtime.wall().0 + off_ms).after(self.ahead())
    }

    fn sleep(&self, until: Instant) -> Self::Sleep {
        self.watch.held.fetch_add(1, Ordering::SeqCst);
        let ahead = self.ahead();
        let told = self.watch.told.load(Ordering::SeqCst);
        Sleep { inner: self.in_truth(until, ahead), fired: false, until, told, warped: self.clone() }
    }

    fn connect(&self, url: &str, max_message: usize) -> Self::Connect {
        self.runtime.connect(url, max_message)
    }

    fn call(&self, call: Call) -> Self::Call {
        self.runtime.call(call)
    }
}

/// A sleep on a clock that can be put forward.
pub(crate) struct Sleep<R: Runtime> {
    inner: R::Sleep,
    fired: bool,
    until: Instant,
    /// What it has been told of the clock.
    told: u64,
    warped: Warped<R>,
}

// Nothing in it is ever pinned.
impl<R: Runtime> Unpin for Sleep<R> {}

impl<R: Runtime> Future for Sleep<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let watch = &this.warped.watch;
        if this.fired {
            watch.misused.store(true, Ordering::SeqCst);
            return Poll::Ready(());
        }
        // Before looking at the clock: whoever moves it after that wakes us.
        let mut sleepers = watch.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        sleepers.retain(|known| !known.will_wake(cx.waker()));
        sleepers.push(cx.waker().clone());
        drop(sleepers);
        let told = watch.told.load(Ordering::SeqCst);
        if this.told != told {
            this.told = told;
            this.inner = this.warped.in_truth(this.until, Duration::from_nanos(told));
        }
        let poll = Pin::new(&mut this.inner).poll(cx);
        this.fired = poll.is_ready();
        poll
    }
}

impl<R: Runtime> Drop for Sleep<R> {
    fn drop(&mut self) {
        self.warped.watch.held.fetch_sub(1, Ordering::SeqCst);
    }
}
