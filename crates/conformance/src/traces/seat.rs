//! Where a session sits while a script is played: on a runtime with threads of its own, or in virtual time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;
use rosterline_driver::{Driver, Runtime};

use super::log::Log;

/// Runs a driver, and knows when it has nothing to do.
pub(crate) trait Seat {
    /// Lets it run. A number if it waits for the world: the same one twice means that it has not run in between.
    fn idle(&mut self) -> Option<u64>;
    /// Waits for something to happen elsewhere.
    fn wait(&mut self, log: &Log);
    /// Whether it has ended.
    fn is_done(&self) -> bool;
}

/// In virtual time: it is polled by whoever plays.
pub(crate) struct Here<R: Runtime> {
    driver: Option<Driver<R>>,
    woken: Arc<Woken>,
    polls: u64,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<R: Runtime> Here<R> {
    pub(crate) fn new(driver: Driver<R>) -> Self {
        Self { driver: Some(driver), woken: Arc::new(Woken(true.into())), polls: 0 }
    }
}

impl<R: Runtime> Seat for Here<R> {
    fn idle(&mut self) -> Option<u64> {
        while self.woken.0.swap(false, Ordering::SeqCst) {
            let Some(driver) = &mut self.driver else { break };
            self.polls += 1;
            assert!(self.polls < 1_000_000, "the driver spins");
            let waker = Waker::from(self.woken.clone());
            if Pin::new(driver).poll(&mut Context::from_waker(&waker)).is_ready() {
                self.driver = None;
            }
        }
        Some(self.polls)
    }

    fn wait(&mut self, log: &Log) {
        panic!("nothing happens by itself in virtual time, and yet something is awaited\n{}", log.text());
    }

    fn is_done(&self) -> bool {
        self.driver.is_none()
    }
}

/// On a runtime: it is a task there, and what it does is watched.
pub(crate) struct There {
    activity: Arc<Activity>,
    since: Instant,
}

/// What a task does.
#[derive(Default)]
struct Activity {
    /// How often it was woken; and how many of these wake-ups the last poll that is over came after.
    woken: AtomicU64,
    served: AtomicU64,
    polling: AtomicBool,
    polls: AtomicU64,
    done: AtomicBool,
    /// The task that the runtime knows.
    task: AtomicWaker,
}

impl Wake for Activity {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::SeqCst);
        self.task.wake();
    }
}

/// A task that is watched.
pub(crate) struct Watched<R: Runtime> {
    driver: Option<Driver<R>>,
    activity: Arc<Activity>,
}

impl There {
    /// Nothing of ours takes longer: it only guards against hanging.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A seat, and the task to spawn.
    pub(crate) fn new<R: Runtime>(driver: Driver<R>) -> (Self, Watched<R>) {
        let activity = Arc::new(Activity { woken: 1.into(), ..Activity::default() });
        let watched = Watched { driver: Some(driver), activity: activity.clone() };
        (Self { activity, since: Instant::now() }, watched)
    }
}

impl Seat for There {
    fn idle(&mut self) -> Option<u64> {
        let Activity { woken, served, polling, polls, .. } = &*self.activity;
        let polls = polls.load(Ordering::SeqCst);
        let idle =
            !polling.load(Ordering::SeqCst) && served.load(Ordering::SeqCst) >= woken.load(Ordering::SeqCst);
        if idle {
            self.since = Instant::now();
        }
        idle.then_some(polls)
    }

    fn wait(&mut self, log: &Log) {
        assert!(self.since.elapsed() < Self::PATIENCE, "it hangs\n{}", log.text());
        log.wait(Duration::from_micros(200));
    }

    fn is_done(&self) -> bool {
        self.activity.done.load(Ordering::SeqCst)
    }
}

impl<R: Runtime> Future for Watched<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(driver) = &mut this.driver else { return Poll::Ready(()) };
        let activity = &this.activity;
        activity.task.register(cx.waker());
        activity.polling.store(true, Ordering::SeqCst);
        activity.polls.fetch_add(1, Ordering::SeqCst);
        let woken = activity.woken.load(Ordering::SeqCst);
        let waker = Waker::from(activity.clone());
        let poll = Pin::new(driver).poll(&mut Context::from_waker(&waker));
        if poll.is_ready() {
            this.driver = None;
            activity.done.store(true, Ordering::SeqCst);
        }
        activity.served.store(if poll.is_ready() { u64::MAX } else { woken }, Ordering::SeqCst);
        activity.polling.store(false, Ordering::SeqCst);
        poll
    }
}
