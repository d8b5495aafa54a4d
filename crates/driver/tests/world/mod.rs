//! A runtime in memory: a clock that stands until it is moved, sockets whose peers are the test.
#![allow(
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    reason = "each test file uses a part of it"
)]

use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_core::Stream;
use futures_sink::Sink;
use rosterline_core::{
    Auth, Call, Cause, Config, Endpoint, Event, Frame, Instant, Message, Network, Secret, Subscription,
    UnixMillis,
};
use rosterline_driver::{
    Answer, Driver, Ending, Error, Events, Handle, Hooks, Incoming, NoTokens, Outgoing, Received, Runtime,
    TokenSource, Trouble, split_with,
};

pub const CONNECTED: &str = r#"{"status":"connected"}"#;
pub const SUBSCRIBED: &str = r#"{"status":"subscribed"}"#;

#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    now: Instant,
    /// Every look at the clock moves it by so much.
    drift: Duration,
    /// How far the time of day is off.
    off_ms: i64,
    peers: Vec<Peer>,
    sleeps: Vec<Arc<Mutex<SleepState>>>,
    calls: Vec<String>,
    replies: VecDeque<Result<Answer, Trouble>>,
    callers: Vec<Waker>,
}

impl World {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics with it")
    }

    pub fn time(&self) -> Instant {
        self.lock().now
    }

    /// Moves the clock, without waking anybody.
    pub fn pass(&self, time: Duration) {
        let mut inner = self.lock();
        inner.now = inner.now + time;
    }

    /// The time of day is off by so much from here on.
    pub fn set_wall(&self, off_ms: i64) {
        self.lock().off_ms = off_ms;
    }

    pub fn drift(&self, drift: Duration) {
        self.lock().drift = drift;
    }

    /// Lets every sleep fire that is due.
    pub fn ring(&self) {
        let (now, sleeps) = (self.time(), self.lock().sleeps.clone());
        for sleep in sleeps {
            let mut sleep = sleep.lock().expect("no test panics with it");
            if sleep.until <= now && sleep.fired.is_none() {
                sleep.fired = Some(false);
                sleep.waker.take().into_iter().for_each(Waker::wake);
            }
        }
    }

    /// The sleeps that somebody still waits for.
    pub fn sleeping(&self) -> Vec<Instant> {
        let inner = self.lock();
        inner
            .sleeps
            .iter()
            .filter(|sleep| Arc::strong_count(sleep) > 1)
            .map(|s| s.lock().expect("no test panics with it").until)
            .collect()
    }

    pub fn sleeps_made(&self) -> usize {
        self.lock().sleeps.len()
    }

    pub fn dials(&self) -> usize {
        self.lock().peers.len()
    }

    /// The other side of the socket that was dialled as number `index`.
    pub fn peer(&self, index: usize) -> Peer {
        self.lock().peers[index].clone()
    }

    /// Answers one call, made already or yet to come.
    pub fn reply(&self, status: u16, body: &str) {
        self.reply_after(status, None, body);
    }

    /// Answers one call, with a `Retry-After`.
    pub fn reply_after(&self, status: u16, retry_after: Option<&str>, body: &str) {
        let retry_after = retry_after.map(Into::into);
        let body = body.as_bytes().to_vec().into();
        self.settle(Ok(Answer { status, retry_after, body, ..Answer::default() }));
    }

    /// Lets one call fail.
    pub fn no_reply(&self, kind: Network, detail: &str) {
        self.settle(Err(Trouble::new(kind, detail)));
    }

    fn settle(&self, result: Result<Answer, Trouble>) {
        let callers = {
            let mut inner = self.lock();
            inner.replies.push_back(result);
            std::mem::take(&mut inner.callers)
        };
        callers.into_iter().for_each(Waker::wake);
    }

    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }
}

impl Runtime for World {
    type Received = Item;
    type Socket = Socket;
    type Sleep = Sleep;
    type Connect = Ready<Result<Socket, Ending>>;
    type Call = Calling;

    fn now(&self) -> Instant {
        let mut inner = self.lock();
        inner.now = inner.now + inner.drift;
        inner.now
    }

    fn wall(&self) -> UnixMillis {
        let mut inner = self.lock();
        inner.now = inner.now + inner.drift;
        UnixMillis(1_714_564_800_000 + inner.off_ms).after(inner.now.since(Instant::ZERO))
    }

    fn sleep(&self, until: Instant) -> Sleep {
        let state = Arc::new(Mutex::new(SleepState { until, fired: None, waker: None }));
        self.lock().sleeps.push(state.clone());
        Sleep(state)
    }

    fn connect(&self, _url: &str, _max_message: usize) -> Self::Connect {
        let peer = Peer::default();
        self.lock().peers.push(peer.clone());
        ready(Ok(Socket(peer)))
    }

    fn call(&self, call: Call) -> Self::Call {
        self.lock().calls.push(call.url.expose().to_string());
        Calling(self.clone())
    }
}

/// A call that waits for its reply.
pub struct Calling(World);

impl Future for Calling {
    type Output = Result<Answer, Trouble>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = self.0.lock();
        match inner.replies.pop_front() {
            Some(result) => Poll::Ready(result),
            None => {
                inner.callers.push(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

struct SleepState {
    until: Instant,
    /// Whether it has fired, and whether its owner has been told.
    fired: Option<bool>,
    waker: Option<Waker>,
}

/// Sleeps until it is rung, whatever the clock says, and cannot be polled after it has fired.
pub struct Sleep(Arc<Mutex<SleepState>>);

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().expect("no test panics with it");
        match &mut state.fired {
            Some(true) => panic!("polled after it has fired"),
            Some(told) => {
                *told = true;
                Poll::Ready(())
            }
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[derive(Clone, Debug)]
pub enum Item {
    Text(String),
    Ping,
    Pong(Vec<u8>),
    Close(Option<u16>, &'static str),
}

impl Received for Item {
    fn view(&self) -> Incoming<'_> {
        Incoming::Frame(match self {
            Self::Text(text) => Frame::Text(text),
            Self::Ping => Frame::Ping,
            Self::Pong(payload) => Frame::Pong(payload),
            Self::Close(code, reason) => return Incoming::Close { code: *code, reason },
        })
    }
}

/// The other side of a socket.
#[derive(Clone, Default)]
pub struct Peer(Arc<Mutex<PeerState>>);

#[derive(Default)]
struct PeerState {
    inbox: VecDeque<Option<Result<Item, Ending>>>,
    reader: Option<Waker>,
    reads: usize,
    /// What the socket has taken, and how much of it has left.
    sent: Vec<Outgoing>,
    flushed: usize,
    flushes: usize,
    stalled: bool,
    broken: bool,
    write_errors: usize,
    gone: bool,
}

impl Peer {
    fn lock(&self) -> MutexGuard<'_, PeerState> {
        self.0.lock().expect("no test panics with it")
    }

    fn put(&self, item: Option<Result<Item, Ending>>) {
        let waker = {
            let mut state = self.lock();
            state.inbox.push_back(item);
            state.reader.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    pub fn say(&self, text: impl Into<String>) {
        self.put(Some(Ok(Item::Text(text.into()))));
    }

    /// Says that somebody joined, a different one for each number.
    pub fn join(&self, number: usize) {
        self.say(format!(
            r#"{{"events":[{{"timestamp":"2024-05-01T12:00:00Z","type":"ParticipantJoined","participant":"p{number}","interaction":"i","channel":"voice"}}]}}"#
        ));
    }

    pub fn ping(&self) {
        self.put(Some(Ok(Item::Ping)));
    }

    /// Answers the last ping.
    pub fn pong(&self) {
        let payload = self.pings().last().copied().expect("a ping was sent");
        self.put(Some(Ok(Item::Pong(payload.to_vec()))));
    }

    pub fn close(&self, code: u16, reason: &'static str) {
        self.put(Some(Ok(Item::Close(Some(code), reason))));
    }

    pub fn fail(&self, ending: Ending) {
        self.put(Some(Err(ending)));
    }

    pub fn hang_up(&self) {
        self.put(None);
    }

    /// From now on nothing leaves the socket.
    pub fn stall(&self, stalled: bool) {
        self.lock().stalled = stalled;
    }

    /// From now on every write fails.
    pub fn break_writes(&self) {
        self.lock().broken = true;
    }

    pub fn sent(&self) -> Vec<Outgoing> {
        let state = self.lock();
        state.sent[..state.flushed].to_vec()
    }

    pub fn pings(&self) -> Vec<[u8; 8]> {
        let ping = |sent: Outgoing| match sent {
            Outgoing::Message(Message::Ping(payload)) => Some(payload),
            Outgoing::Message(_) | Outgoing::Close(_) => None,
        };
        self.sent().into_iter().filter_map(ping).collect()
    }

    pub fn unread(&self) -> usize {
        self.lock().inbox.len()
    }

    pub fn reads(&self) -> usize {
        self.lock().reads
    }

    pub fn flushes(&self) -> usize {
        self.lock().flushes
    }

    pub fn write_errors(&self) -> usize {
        self.lock().write_errors
    }

    pub fn is_gone(&self) -> bool {
        self.lock().gone
    }
}

pub struct Socket(Peer);

impl Drop for Socket {
    fn drop(&mut self) {
        self.0.lock().gone = true;
    }
}

impl Stream for Socket {
    type Item = Result<Item, Ending>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.lock();
        state.reads += 1;
        match state.inbox.pop_front() {
            Some(item) => Poll::Ready(item),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl PeerState {
    fn check(&mut self) -> Result<(), Ending> {
        if self.broken {
            self.write_errors += 1;
            return Err(Ending::broken("broken pipe"));
        }
        Ok(())
    }
}

impl Sink<Outgoing> for Socket {
    type Error = Ending;

    fn poll_ready(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        let mut state = self.0.lock();
        if state.stalled { Poll::Pending } else { Poll::Ready(state.check()) }
    }

    fn start_send(self: Pin<&mut Self>, item: Outgoing) -> Result<(), Ending> {
        self.0.lock().sent.push(item);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        let mut state = self.0.lock();
        if state.stalled {
            return Poll::Pending;
        }
        state.check()?;
        state.flushes += 1;
        state.flushed = state.sent.len();
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.poll_flush(cx)
    }
}

/// A task that counts its wake-ups.
#[derive(Default)]
pub struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wakes {
    /// Whether there was one since the last question.
    pub fn woken(&self) -> bool {
        self.0.swap(0, Ordering::SeqCst) > 0
    }
}

/// A session with the test as its executor.
pub struct Bench {
    pub world: World,
    pub driver: Option<Driver<World>>,
    pub events: Option<Events<World>>,
    pub handle: Handle<World>,
    pub driving: Arc<Wakes>,
    pub taking: Arc<Wakes>,
}

pub fn config() -> Config {
    let url = Endpoint::new("wss://stream.example.com/v2").expect("valid");
    Config::new(url, Auth::Token(Secret::new("s3cret")), Subscription::all())
}

impl Bench {
    pub fn new(config: Config) -> Self {
        Self::with_tokens(config, NoTokens)
    }

    pub fn with_tokens(config: Config, tokens: impl TokenSource) -> Self {
        Self::within(World::default(), config, tokens)
    }

    pub fn within(world: World, config: Config, tokens: impl TokenSource) -> Self {
        let hooks = Hooks { tokens: Box::new(tokens), ..Hooks::default() };
        let (driver, events, handle) =
            split_with(config, world.clone(), hooks).expect("a valid configuration");
        let (driving, taking) = Default::default();
        Self { world, driver: Some(driver), events: Some(events), handle, driving, taking }
    }

    /// A session that is live on its first socket, with nothing left to take, and asleep until its first
    /// ping: the sleeps of the steps before have fired.
    pub fn live(config: Config) -> (Self, Peer) {
        let mut bench = Self::new(config);
        let peer = bench.go_live(0);
        bench.take_all();
        bench.pass(Duration::from_secs(10));
        (bench, peer)
    }

    /// Answers what the session says on socket `index` until it is live.
    pub fn go_live(&mut self, index: usize) -> Peer {
        self.drive();
        let peer = self.world.peer(index);
        peer.say(CONNECTED);
        self.drive();
        peer.say(SUBSCRIBED);
        self.drive();
        peer
    }

    /// Polls the driver once. Whether it has ended.
    pub fn poll(&mut self) -> bool {
        let waker = Waker::from(self.driving.clone());
        let driver = self.driver.as_mut().expect("there is a driver");
        Pin::new(driver).poll(&mut Context::from_waker(&waker)).is_ready()
    }

    /// Polls the driver as long as it wakes itself. Whether it has ended.
    pub fn drive(&mut self) -> bool {
        for _ in 0..1000 {
            self.driving.woken();
            if self.poll() {
                return true;
            }
            if !self.driving.woken() {
                return false;
            }
        }
        panic!("it spins");
    }

    /// Lets time pass; sleeps fire. Whether the driver has ended.
    pub fn pass(&mut self, time: Duration) -> bool {
        self.world.pass(time);
        self.world.ring();
        self.drive()
    }

    /// Takes one event, or the end.
    pub fn take(&mut self) -> Poll<Option<Result<Event, Error>>> {
        let waker = Waker::from(self.taking.clone());
        let events = self.events.as_mut().expect("there are events");
        Pin::new(events).poll_next(&mut Context::from_waker(&waker))
    }

    /// Takes what there is.
    pub fn take_all(&mut self) -> Vec<Event> {
        let mut taken = Vec::new();
        while let Poll::Ready(Some(Ok(event))) = self.take() {
            taken.push(event);
        }
        taken
    }

    /// Takes what there is up to the end, which must be one: the cause that it gives.
    pub fn take_end(&mut self) -> Cause {
        loop {
            let end = self.take();
            if let Poll::Ready(Some(Err(Error::Ended(cause)))) = end {
                return cause;
            }
            assert!(matches!(end, Poll::Ready(Some(Ok(_)))), "{end:?}");
        }
    }
}
