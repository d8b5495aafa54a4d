//! The session: its door, and what it is made of.

mod attempt;
mod buffer;
mod channel;
mod clockwork;
mod duplicates;
mod end;
mod findings;
mod heartbeat;
mod interest;
mod item;
mod jobs;
mod lane;
mod moving;
mod notices;
mod phase;
mod prepare;
mod receive;
mod recovery;
mod repair;
mod requests;
mod timers;
mod topics;
mod watch;

pub use timers::Timer;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::dialect::notifications::book::Book;
use crate::dialect::notifications::told::Told;
use crate::dialect::stream;
use crate::reconnect::{Backoff, DialBudget};
use crate::token::Keeper;
use crate::wire::Decoder;
use crate::wire::index::Index;
use crate::{
    Action, Anchor, Cause, Config, ConnId, Deadline, Detail, Event, GapId, Input, Instant, Misuse, Presence,
    Quota, RequestId, Rng, Secret, Service, State, Stats, Status, Subscription, UnixMillis,
};
use buffer::Buffer;
use channel::Contention;
use duplicates::Duplicates;
use jobs::Repairs;
use lane::{Lane, Share};
use phase::{Edge, Phase};
use recovery::OpenGaps;
use requests::Pending;
use timers::Timers;
use watch::Watch;

/// A stream of interaction events, as a state machine: auth, subscription, heartbeat, backpressure,
/// reconnect and recovery, without a socket, a clock or a thread.
///
/// # Inputs, commands, polls
///
/// - **Input**: [`handle`](Self::handle) takes what happened. It cannot fail: whatever a peer sends becomes
///   an event, a counter or a new attempt.
/// - **Commands**: [`subscribe`](Self::subscribe), [`recovered`](Self::recovered), [`close`](Self::close).
/// - **Polls**, after every input and command, in this order: [`poll_action`](Self::poll_action) until it
///   gives `None`, and carry the actions out; [`poll_event`](Self::poll_event) as often as the application
///   likes, since events that wait are the backpressure; [`poll_timeout`](Self::poll_timeout) for the time
///   at which to hand in [`Input::Timeout`]; [`wants_read`](Self::wants_read) before reading the socket.
/// - **Getters**: [`stats`](Self::stats), [`is_ended`](Self::is_ended), [`has_events`](Self::has_events).
///
/// `now` is the last argument of everything that needs it. A time before an earlier one counts as that.
///
/// # A loop of your own
///
/// A new session is due at once: hand in a first [`Input::Timeout`]. Then, for ever:
///
/// 1. If `poll_timeout()` is due, `handle(Input::Timeout, now)`.
/// 2. Carry out every `poll_action()`: make the calls, dial, send, close. Report with
///    [`Input::Replied`], [`Input::Opened`], [`Input::Flushed`], [`Input::Closed`].
/// 3. If `wants_read()`, read a frame and hand it in as [`Input::Frame`].
/// 4. Take what the application can use from `poll_event()`.
/// 5. Stop when `is_ended()` and nothing is left to take (`has_events()`); else wait for the socket, a reply or the
///    deadline.
///
/// Two examples of this crate are such loops, without a runtime: `blocking`, with a plain socket, and `event_loop`.
///
/// ```
/// use rosterline_core::{Action, Auth, Config, Endpoint, Input, Instant, Session, Subscription, UnixMillis};
///
/// let url = Endpoint::new("wss://events.example.com/stream")?;
/// let config = Config::new(url, Auth::Token("s3cret".into()), Subscription::all());
/// let mut session = Session::new(config, Instant::ZERO, UnixMillis(1_714_564_800_000))?;
///
/// session.handle(Input::Timeout, Instant::ZERO);
/// let Some(Action::Open { conn, url }) = session.poll_action() else { panic!("it dials first") };
/// assert_eq!(url.expose(), "wss://events.example.com/stream");
///
/// session.handle(Input::Opened { conn }, Instant(5_000_000));
/// assert!(matches!(session.poll_action(), Some(Action::Send { .. })), "then it authenticates");
/// # Ok::<(), rosterline_core::Misuse>(())
/// ```
#[derive(Debug)]
pub struct Session {
    config: Box<Config>,
    now: Instant,
    /// The same moment on the monotonic and on the wall clock.
    anchor: Anchor,
    /// The deadlines that belong to no lane.
    timers: Timers,
    actions: VecDeque<Action>,
    keeper: Keeper,
    /// Never empty.
    lanes: Vec<Lane>,
    shares: Vec<Share>,
    budget: DialBudget,
    buffer: Buffer,
    /// The heartbeats know that nothing is read, for want of room in the buffer.
    paused: bool,
    duplicates: Duplicates,
    /// What is known of each conversation, in the `notifications` dialect.
    book: Book,
    /// What one report tells; empty between two.
    told: Vec<Told>,
    gaps: OpenGaps,
    repairs: Repairs,
    watch: Watch,
    decoder: Decoder,
    /// Of the frame of a channel that is being read.
    index: Index,
    /// There were more details to ask for than channels take topics, and that was said.
    has_no_room: bool,
    /// Why the session is closing.
    ending: Option<Cause>,
    beats: Rng,
    /// Requests to the API that are on their way.
    requests: Vec<Pending>,
    /// What the last answer of the API has said about it.
    quota: Option<Quota>,
    contention: Contention,
    /// Channels that are gone: what a peer says is still cleaned of them.
    former_channels: VecDeque<Secret>,
    last_lane: u32,
    last_conn: u64,
    last_request: u64,
    stats: Stats,
}

impl Session {
    /// A session that starts with the first [`Input::Timeout`]. `now` and `wall` are the same moment on the
    /// two clocks; when they have come apart, [`Input::Wall`] says so.
    ///
    /// # Errors
    /// What [`Config::check`] finds.
    pub fn new(config: Config, now: Instant, wall: UnixMillis) -> Result<Self, Misuse> {
        config.check()?;
        let seed = config.seed;
        let backoff = Backoff::new(&config.reconnect, Rng::stream(seed, "repair"));
        let mut session = Self {
            now,
            anchor: Anchor { at: now, wall },
            timers: Timers::default(),
            actions: VecDeque::new(),
            keeper: Keeper::new(config.auth.clone(), &config.reconnect, seed),
            lanes: Vec::new(),
            shares: Vec::new(),
            budget: DialBudget::new(&config.reconnect),
            buffer: Buffer::new(&config.buffer),
            paused: false,
            duplicates: Duplicates::new(config.limits.duplicates, &mut Rng::stream(seed, "duplicates")),
            book: Book::new(Book::MOST),
            told: Vec::new(),
            gaps: OpenGaps::default(),
            repairs: Repairs::new(backoff),
            watch: Watch::new(&config.buffer, now),
            decoder: Decoder::new(),
            index: Index::default(),
            has_no_room: false,
            ending: None,
            beats: Rng::stream(seed, "heartbeat"),
            requests: Vec::new(),
            quota: None,
            contention: Contention::default(),
            former_channels: VecDeque::new(),
            last_lane: 0,
            last_conn: 0,
            last_request: 0,
            stats: Stats::default(),
            config: Box::new(config),
        };
        session.make_lanes();
        session.resume();
        Ok(session)
    }

    /// Takes up what a run before this one knew.
    fn resume(&mut self) {
        let Some(resume) = self.config.resume.take() else { return };
        self.shares.iter_mut().for_each(|share| share.recovery.resume(resume.newest, self.now));
        self.book.resume(&resume.known);
        resume.known.iter().filter(|known| known.leg.is_none()).for_each(|known| {
            self.duplicates.is_new(known);
        });
    }

    /// One lane for each channel that is needed.
    fn make_lanes(&mut self) {
        let topics = match &self.config.service {
            Service::Stream { .. } => Vec::new(),
            Service::Notifications(service) => service.topics.clone(),
        };
        self.add_share();
        self.distribute(&topics);
    }

    /// Takes one input. Everything that was due before it is done first.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        // First of all: whatever is due is late by the new time of day, not by the old one.
        let sleep = if let Input::Wall { wall } = input { self.on_wall(wall, now) } else { Duration::ZERO };
        self.advance(now);
        match input {
            Input::Timeout => {}
            Input::Replied { request, result } => self.on_replied(request, result),
            Input::Token { request, result } => self.on_token(request, result),
            Input::Opened { conn } => self.on_opened(conn),
            Input::Frame { conn, frame } => self.on_frame(conn, frame),
            Input::Flushed { conn } => self.on_flushed(conn),
            Input::Closed { conn, how } => self.on_closed(conn, how),
            Input::Wall { .. } => self.ask_after(sleep),
            Input::Consumed { took } => self.on_consumed(took),
        }
        self.rearm();
    }

    /// Subscribes to something else, now if the session is live, else with the next connection. The new
    /// subscription replaces the old one (section 3).
    pub fn subscribe(&mut self, subscription: Subscription, now: Instant) {
        self.advance(now);
        if let Service::Stream { subscription: current, .. } = &mut self.config.service {
            *current = subscription;
        }
        for l in 0..self.lanes.len() {
            let conn = self.lanes[l].link.as_ref().map(|link| link.conn);
            if let (Some(conn), Some(_)) = (conn, self.lanes[l].phase.next(Edge::Resubscribe)) {
                self.send_subscription(l, conn, Edge::Resubscribe);
            }
        }
        self.rearm();
    }

    /// A recovery source has told what was missed in `gap`: those among `events` that were not delivered before come
    /// next, and [`Event::Repaired`] behind them closes the gap (section 7). They wait beside the buffer, whatever room
    /// that has, and its policy drops none of them.
    ///
    /// # Errors
    /// The gap has not been delivered, or is repaired, or is one of more than 1,024 open ones; or the session has ended,
    /// so that nothing can follow any more.
    pub fn recovered(&mut self, gap: GapId, events: Vec<Presence>, now: Instant) -> Result<(), Misuse> {
        self.advance(now);
        if self.is_over() {
            return Err(Misuse::new("session", "has ended: nothing comes after its last item"));
        }
        self.repairs.forget(gap);
        let Some(gap) = self.gaps.repair(gap) else {
            return Err(Misuse::new("gap", "is not open: it was never delivered, or it is repaired already"));
        };
        self.on_recovered(gap, events);
        self.rearm();
        Ok(())
    }

    /// Ends the session in good order: a close frame with code 1000, what is buffered is handed out, then
    /// [`Event::Ended`]. What the application has not taken after `timeouts.drain` is dropped, and counted.
    pub fn close(&mut self, now: Instant) {
        self.advance(now);
        self.end(Cause::Requested);
        self.rearm();
    }

    /// The next thing to carry out.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The next item for the application. Leaving items here is what tells the session to slow down.
    pub fn poll_event(&mut self) -> Option<Event> {
        // An event is told from the others where it lies, and moved once: who looks at it on its way waits for each move.
        if self.buffer.has_event_next() {
            self.stats.delivered += 1;
            return self.buffer.pop();
        }
        let note = self.buffer.pop();
        match &note {
            Some(Event::Gap(gap)) => self.gap_told(gap),
            Some(Event::Ended(_)) => self.timers.clear(),
            Some(
                Event::Presence(_)
                | Event::Unknown(_)
                | Event::Unanswered(_)
                | Event::Status(_)
                | Event::Repaired(_)
                | Event::Rejected(_),
            )
            | None => {}
        }
        note
    }

    /// When to hand in [`Input::Timeout`]. There is a next deadline until the session has ended.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let lanes = self.lanes.iter().filter_map(|lane| lane.timers.next());
        self.timers.next().into_iter().chain(lanes).min_by_key(|deadline| (deadline.at, deadline.timer))
    }

    /// Whether to read the socket. False while the buffer is full under [`Policy::Pause`](crate::Policy), but
    /// for the server's answers on the way to live: a slow application must not make an attempt fail. What
    /// events come before them may fill the buffer once more.
    #[must_use]
    pub fn wants_read(&self) -> bool {
        let awaits_answers = || self.lanes.iter().any(Lane::awaits_answers);
        self.buffer.wants_more() || self.buffer.has_headroom() && awaits_answers()
    }

    /// Whether [`poll_event`](Self::poll_event) has something to give.
    #[must_use]
    pub fn has_events(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Whether nothing will happen any more but the application taking what is left.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.is_over() && self.poll_timeout().is_none()
    }

    /// The moment at which it was last told the time of day: when it was made, or by [`Input::Wall`].
    #[must_use]
    pub const fn anchor(&self) -> Anchor {
        self.anchor
    }

    /// What has been counted so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            buffered: self.buffer.events() as u64,
            buffered_bytes: self.buffer.bytes() as u64,
            gaps: self.buffer.gaps(),
            gaps_repaired: self.gaps.repaired(),
            ..self.stats.clone()
        }
    }

    /// Takes an edge of the transition table.
    fn step(&mut self, l: usize, edge: Edge) {
        let next = self.lanes[l].phase.next(edge);
        debug_assert!(next.is_some(), "{:?} has no edge {edge:?}", self.lanes[l].phase);
        self.lanes[l].phase = next.unwrap_or(self.lanes[l].phase);
    }

    /// Takes an edge of the transition table and reports the state, if it is another one.
    fn go(&mut self, l: usize, edge: Edge) {
        let before = self.state().0;
        self.step(l, edge);
        if before != self.state().0 {
            self.report(Detail::None);
        }
    }

    /// What a user sees of it, and the attempts of the lane that it is seen in.
    fn state(&self) -> (State, u32) {
        if self.is_closing() {
            let closing = self.lanes.iter().find(|lane| lane.phase == Phase::Closing);
            let lane = closing.unwrap_or(&self.lanes[0]);
            return (lane.state(), lane.attempts);
        }
        // Of two lanes with the same topics the better one counts, of all of them the worst.
        let lanes = self.lanes.iter().filter(|lane| lane.retired.is_none());
        let best_of =
            |share| lanes.clone().filter(move |lane| lane.share == share).max_by_key(|it| it.progress());
        let worst = (0..self.shares.len()).filter_map(best_of).min_by_key(|lane| lane.progress());
        worst.map_or((State::Waiting, 0), |lane| (lane.state(), lane.attempts))
    }

    /// Whether it is on its way to its end, or there.
    fn is_closing(&self) -> bool {
        self.ending.is_some() || self.is_over()
    }

    /// The lane that a connection belongs to.
    fn lane_of(&self, conn: ConnId) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.link.as_ref().is_some_and(|link| link.conn == conn))
    }

    /// Whether the last connection is gone for good.
    fn is_over(&self) -> bool {
        self.lanes.iter().all(|lane| lane.phase == Phase::Ended)
    }

    fn report(&mut self, detail: Detail) {
        let ((state, attempt), at) = (self.state(), self.wall());
        self.buffer.note(Event::Status(Status { state, attempt, at, detail }));
    }

    fn wall(&self) -> UnixMillis {
        self.anchor.wall_at(self.now)
    }

    fn next_request(&mut self) -> RequestId {
        self.last_request += 1;
        RequestId(self.last_request)
    }

    fn send_subscription(&mut self, l: usize, conn: ConnId, edge: Edge) {
        let Some(subscription) = self.config.subscription() else { return self.ask_for_topics(l, edge) };
        let message = stream::subscribe(subscription);
        self.actions.push_back(Action::Send { conn, message });
        self.lanes[l].timers.arm(Timer::Step, self.now + self.config.timeouts.subscribe);
        self.go(l, edge);
    }
}
