//! The driver of a session in virtual time, against a model of a server.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_core::Stream as _;
#[cfg(feature = "proptest")]
use rosterline_core::Timer;
use rosterline_core::{Action, Anchor, Config, Deadline, Event, Input, Instant, Misuse, Stats};
use rosterline_driver::{Command, Driver, Events, Handle, Hooks, Tap, split_with};

use crate::model::Model;
use crate::{Clock, Stage, Virtual, VirtualWire};

/// So often at one moment a driver may be polled.
const MOST_POLLS: u64 = 10_000_000;

/// The driver of a session in virtual time, against a model of a server: nothing happens by itself, and the same calls
/// give the same run.
///
/// ```
/// use rosterline_core::{Auth, Config, Endpoint, Event, Instant, Subscription};
/// use rosterline_sim::{Clock, Runner, STREAM_PATH, Server, ServerConfig, Virtual};
///
/// let login_url = Endpoint::new("http://127.0.0.1:9")?;
/// let auth = Auth::ClientCredentials { login_url, client_id: "me".into(), client_secret: "s3cret".into() };
/// let url = Endpoint::new(&format!("ws://127.0.0.1:9{STREAM_PATH}"))?;
/// let config = Config::new(url, auth, Subscription::all());
/// let clock = Clock::new();
/// let server = Server::new(ServerConfig::default(), Instant::ZERO);
/// let mut runner = Runner::new(server, config, clock.clone(), Virtual::new(clock), None)?;
/// runner.settle();
/// let mut joins = 0;
/// while joins < 10 {
///     let next = runner.poll_timeout().expect("the server's story goes on");
///     runner.go(next);
///     while let Some(event) = runner.take() {
///         joins += usize::from(matches!(event, Event::Presence(_)));
///     }
/// }
/// assert!(runner.stats().delivered >= 10 && !runner.is_over());
/// # Ok::<(), rosterline_core::Misuse>(())
/// ```
///
/// - Commands: [`go`](Self::go) lets time pass, [`nap`](Self::nap) unseen by the session's clock, [`settle`](Self::settle)
///   lets everything happen that can at this time; call it after doing something with [`server`](Self::server) or
///   [`network`](Self::network).
/// - Polls: [`take`](Self::take) for the application's events, [`poll_timeout`](Self::poll_timeout).
/// - Getters: [`stats`](Self::stats), [`now`](Self::now), [`is_over`](Self::is_over).
pub struct Runner<M> {
    driver: Option<Driver<Virtual>>,
    events: Option<Events<Virtual>>,
    handle: Handle<Virtual>,
    pub(crate) stage: Stage<VirtualWire, M>,
    pub(crate) clock: Clock,
    runtime: Virtual,
    woken: Arc<Woken>,
    deadline: Watch,
    /// At this moment.
    polls: u64,
}

impl<M: Model> Runner<M> {
    /// Puts a session on `runtime`, whose clock is `clock`, and the model on the other end of its network. `tap` looks on at
    /// the session's door.
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn new(
        model: M,
        config: Config,
        clock: Clock,
        runtime: Virtual,
        tap: Option<Box<dyn Tap>>,
    ) -> Result<Self, Misuse> {
        let stage = Stage::new(model, runtime.wire());
        let deadline = Watch::default();
        let tap = Beside { watch: deadline.clone(), other: tap };
        let hooks = Hooks { tap: Some(Box::new(tap)), ..Hooks::default() };
        let (driver, events, handle) = split_with(config, runtime.clone(), hooks)?;
        Ok(Self {
            driver: Some(driver),
            events: Some(events),
            handle,
            stage,
            clock,
            runtime,
            woken: Arc::new(Woken(true.into())),
            deadline,
            polls: 0,
        })
    }

    /// Lets time pass, from one deadline to the next, until it is over or `enough`; `step` is called at each.
    pub(crate) fn pass(&mut self, time: Duration, mut step: impl FnMut(&mut Self) -> bool) {
        let end = self.clock.now() + time;
        loop {
            self.settle();
            let enough = step(self);
            let next = self.poll_timeout().unwrap_or(end).min(end);
            if enough || self.is_over() || self.clock.now() >= end {
                return;
            }
            self.arrive(next);
        }
    }

    /// Lets time pass until `at`, and then everything happen that can. Nothing that is due before may be left out: go no
    /// further than [`poll_timeout`](Self::poll_timeout).
    pub fn go(&mut self, at: Instant) {
        self.arrive(at);
        self.settle();
    }

    /// The machine sleeps for so long, and its monotonic clock stands still. Nothing is lost on the way but time.
    pub fn nap(&mut self, time: Duration) {
        self.stage.go_on_alone(&self.clock, time);
        self.clock.stand_still(time);
        self.go(self.clock.now());
    }

    fn arrive(&mut self, at: Instant) {
        self.polls = 0;
        self.clock.jump(at);
        self.clock.ring();
        self.runtime.deliver();
    }

    /// When something happens next by itself: at the session, the server, or between them.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let network = self.runtime.poll_timeout();
        let session = self.deadline.get().map(|at| self.clock.when(at));
        session.into_iter().chain(self.stage.poll_timeout()).chain(network).min()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What the session has counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.handle.stats()
    }

    /// The server.
    pub const fn server(&mut self) -> &mut M {
        self.stage.server()
    }

    /// The network between the two.
    #[must_use]
    pub const fn network(&self) -> &Virtual {
        &self.runtime
    }

    /// Lets everything happen that can happen at this time, one thing after the other.
    pub fn settle(&mut self) {
        loop {
            self.poll();
            let now = self.clock.now();
            if !self.stage.listen(now) && !self.woken.0.load(Ordering::SeqCst) && !self.stage.act(now) {
                return;
            }
        }
    }

    fn poll(&mut self) {
        while self.woken.0.swap(false, Ordering::SeqCst) {
            let Some(driver) = &mut self.driver else { return };
            self.polls += 1;
            assert!(self.polls < MOST_POLLS, "the driver spins");
            let waker = Waker::from(self.woken.clone());
            if Pin::new(driver).poll(&mut Context::from_waker(&waker)).is_ready() {
                self.driver = None;
            }
        }
    }

    /// The next event that waits for the application.
    pub fn take(&mut self) -> Option<Event> {
        let events = self.events.as_mut()?;
        match Pin::new(events).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => None,
            Poll::Ready(None | Some(Err(_))) => {
                self.events = None;
                None
            }
            Poll::Ready(Some(Ok(event))) => {
                // What was waiting for room can come.
                self.settle();
                Some(event)
            }
        }
    }

    /// Whether the session has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.driver.is_none() && self.events.is_none()
    }

    /// Whether all that the session still waits for is its end.
    #[cfg(feature = "proptest")]
    pub(crate) fn is_ending(&self) -> bool {
        self.deadline.is_last()
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Knows when a session wants to be called.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Option<Deadline>>>);

impl Watch {
    fn get(&self) -> Option<Instant> {
        self.lock().map(|deadline| deadline.at)
    }

    #[cfg(feature = "proptest")]
    fn is_last(&self) -> bool {
        let timer = self.lock().map(|deadline| deadline.timer);
        matches!(timer, None | Some(Timer::CloseAnswer | Timer::Drain))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Deadline>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two taps in the place of one.
struct Beside {
    watch: Watch,
    other: Option<Box<dyn Tap>>,
}

impl Tap for Beside {
    fn input(&mut self, input: &Input<'_>, now: Instant) {
        self.other.iter_mut().for_each(|tap| tap.input(input, now));
    }

    fn command(&mut self, command: &Command<'_>, now: Instant) {
        self.other.iter_mut().for_each(|tap| tap.command(command, now));
    }

    fn action(&mut self, action: &Action) {
        self.other.iter_mut().for_each(|tap| tap.action(action));
    }

    fn event(&mut self, event: &Event, now: Instant) {
        self.other.iter_mut().for_each(|tap| tap.event(event, now));
    }

    fn began(&mut self, anchor: Anchor) {
        self.other.iter_mut().for_each(|tap| tap.began(anchor));
    }

    fn waits(&mut self, deadline: Option<Deadline>, wants_read: bool) {
        *self.watch.lock() = deadline;
        self.other.iter_mut().for_each(|tap| tap.waits(deadline, wants_read));
    }
}

impl<M: fmt::Debug> fmt::Debug for Runner<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("stage", &self.stage)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
