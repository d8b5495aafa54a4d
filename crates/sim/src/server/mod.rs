//! The server of the `stream` dialect, as a machine without I/O.

mod api;
mod archive;
mod config;
mod conn;
mod door;
mod http;
mod interaction;
mod strikes;
mod tokens;
mod truth;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rosterline_core::Instant;

use crate::fact::Fact;
use crate::faults::{DialogueFault, End, FaultPlan, HttpFault};
use crate::feed::Feed;
use archive::Archive;
use conn::{Conn, Heard};
use strikes::Strikes;
use truth::Truth;

pub use config::{Credentials, Limits, ServerConfig, Start};
pub use door::{ConnId, Counts, Input, Output};
pub(crate) use http::spoil;
pub use http::{Answer, Request, Response, STREAM_PATH, TOKEN_PATH};
pub(crate) use tokens::Tokens;
pub use truth::Told;
pub use wire::{Filter, Frame};
pub(crate) use wire::{Parcel, pack};

/// So many subscriptions are remembered for tests to look at.
const SUBSCRIPTIONS: usize = 1024;

/// The model of a server.
///
/// - HTTP: [`request`](Self::request), and [`open`](Self::open) after a successful handshake.
/// - Inputs: [`handle`](Self::handle), [`handle_timeout`](Self::handle_timeout).
/// - Commands of a test: [`emit`](Self::emit), [`send`](Self::send), [`end`](Self::end),
///   [`fail_tokens`](Self::fail_tokens), [`fail_upgrades`](Self::fail_upgrades),
///   [`fail_dialogues`](Self::fail_dialogues), [`fail_queries`](Self::fail_queries), [`calm`](Self::calm).
/// - After any of them: [`poll_output`](Self::poll_output) for each connection until it gives `None`, then
///   [`poll_timeout`](Self::poll_timeout).
/// - Getters: [`told`](Self::told), [`counts`](Self::counts), [`subscriptions`](Self::subscriptions).
#[derive(Debug)]
pub struct Server {
    config: ServerConfig,
    now: Instant,
    epoch: Instant,
    feed: Option<Feed>,
    tokens: Tokens,
    conns: BTreeMap<ConnId, Conn>,
    rules: Strikes,
    truth: Truth,
    archive: Archive,
    counts: Counts,
    subscriptions: VecDeque<(ConnId, Filter)>,
}

impl Server {
    /// A server that starts `now`.
    #[must_use]
    pub fn new(mut config: ServerConfig, now: Instant) -> Self {
        let seed = config.seed;
        let rules = Strikes::new(std::mem::take(&mut config.plan), seed);
        let tokens = Tokens::new(config.credentials.take(), config.token_lifetime, seed);
        let truth = Truth::new(config.limits.truth);
        let (counts, conns) = (Counts::default(), BTreeMap::new());
        let subscriptions = VecDeque::new();
        let mut server = Self {
            config,
            now,
            epoch: now,
            feed: None,
            tokens,
            conns,
            rules,
            truth,
            archive: Archive::new(),
            counts,
            subscriptions,
        };
        if server.config.start == Start::AtOnce {
            server.start_feed();
        }
        server
    }

    /// Answers an HTTP request.
    pub fn request(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        self.advance(now);
        match request.route() {
            TOKEN_PATH => {
                self.counts.tokens += 1;
                match self.rules.tokens.first().map_or(Ok(Duration::ZERO), spoil) {
                    Ok(delay) => Answer::Respond { response: self.tokens.answer(request, self.now), delay },
                    Err(response) => Answer::Respond { response, delay: Duration::ZERO },
                }
            }
            STREAM_PATH => self.upgrade(request),
            route => match route.strip_prefix("/api/v2/") {
                Some(path) => self.api(request, path),
                None => {
                    let response = Response::error(404, "not found", "there is nothing at this path");
                    Answer::Respond { response, delay: Duration::ZERO }
                }
            },
        }
    }

    /// A connection whose handshake has succeeded; `None` if there are too many.
    pub fn open(&mut self, now: Instant) -> Option<ConnId> {
        self.advance(now);
        if self.conns.len() >= self.config.limits.connections {
            return None;
        }
        let id = ConnId(self.counts.connections);
        self.counts.connections += 1;
        let (dialogue, ending) = (self.rules.dialogues.first(), self.rules.endings.first());
        self.conns.insert(id, Conn::new(dialogue, ending, self.config.limits, self.now));
        Some(id)
    }

    /// Takes what came in on a connection.
    pub fn handle(&mut self, conn: ConnId, input: Input<'_>, now: Instant) {
        self.advance(now);
        let Some(state) = self.conns.get_mut(&conn) else { return };
        match input {
            Input::Text(text) => {
                let (tokens, now) = (&self.tokens, self.now);
                let good_until = |token: &rosterline_core::Secret| tokens.good_until(token.expose(), now);
                let heard = state.hear(wire::parse(text), good_until, self.rules.close_expired, now);
                match heard {
                    Heard::Nothing => {}
                    Heard::Subscribed(filter) => self.subscribed(conn, filter),
                }
            }
            Input::Binary => state.end(End::Close(1003, "text is spoken here".into())),
            Input::Ping => self.counts.pings += 1,
            Input::Closed => {
                self.conns.remove(&conn);
            }
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        for conn in self.conns.values_mut() {
            conn.handle_timeout(self.now);
        }
        let due = self.feed.as_mut().map(|feed| feed.poll(self.now)).unwrap_or_default();
        self.tell(due);
    }

    /// Tells these events to everybody who is subscribed to them.
    pub fn emit(&mut self, facts: Vec<Fact>, now: Instant) {
        self.advance(now);
        self.tell(facts);
    }

    /// Sends this frame as it is to everybody who is subscribed.
    pub fn send(&mut self, frame: &Frame, now: Instant) {
        self.advance(now);
        for conn in self.conns.values_mut().filter(|conn| conn.filter().is_some()) {
            conn.send(Parcel::plain(frame.clone()));
        }
    }

    /// Ends every connection, in this way.
    pub fn end(&mut self, end: &End, now: Instant) {
        self.advance(now);
        for conn in self.conns.values_mut() {
            conn.end(end.clone());
        }
    }

    /// Lets this befall the next `count` token requests, whatever the plan says.
    pub fn fail_tokens(&mut self, count: u64, fault: HttpFault) {
        self.rules.tokens.order(count, fault);
    }

    /// Lets this befall the next `count` opening handshakes, whatever the plan says.
    pub fn fail_upgrades(&mut self, count: u64, fault: HttpFault) {
        self.rules.upgrades.order(count, fault);
    }

    /// Lets this befall the next `count` exchanges of authentication and subscription, whatever the plan says.
    pub fn fail_dialogues(&mut self, count: u64, fault: DialogueFault) {
        self.rules.dialogues.order(count, fault);
    }

    /// Lets this befall the next `count` requests for conversations and analytics, whatever the plan says.
    pub fn fail_queries(&mut self, count: u64, fault: HttpFault) {
        self.rules.queries.order(count, fault);
    }

    /// Nothing goes wrong any more: no rule strikes from here on. What has been struck stays so.
    pub fn calm(&mut self) {
        self.rules = Strikes::new(FaultPlan::new(), self.config.seed);
    }

    /// The next thing to do with a connection; `None`: nothing for now.
    pub fn poll_output(&mut self, conn: ConnId) -> Option<Output> {
        let output = self.conns.get_mut(&conn)?.poll_output()?;
        Some(match output {
            conn::Output::Send(parcel) => {
                self.counts.frames += 1;
                self.counts.bad_frames += u64::from(parcel.bad_frame);
                self.counts.bad_events += parcel.bad_events;
                self.counts.events += parcel.told.len() as u64;
                for number in parcel.told {
                    self.truth.written(number, conn);
                }
                Output::Send(parcel.frame)
            }
            conn::Output::Close(code, reason) => Output::Close(code, reason),
            conn::Output::Abort => Output::Abort,
            conn::Output::Stall => Output::Stall,
            conn::Output::Deafen => Output::Deafen,
        })
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let feed = self.feed.as_ref().and_then(Feed::next_at);
        self.conns.values().filter_map(Conn::poll_timeout).chain(feed).min()
    }

    /// The truth: every event so far, up to [`Limits::truth`], and who was told.
    pub fn told(&self) -> impl Iterator<Item = &Told> {
        self.truth.told()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { open: self.conns.len() as u64, ..self.counts }
    }

    /// The subscriptions that were accepted, the newest last; 1024 at most.
    pub fn subscriptions(&self) -> impl Iterator<Item = &(ConnId, Filter)> {
        self.subscriptions.iter()
    }

    /// Whether a bounded feed has told everything. Never true of an endless one.
    #[must_use]
    pub fn exhausted(&self) -> bool {
        self.feed.as_ref().is_some_and(|feed| feed.next_at().is_none())
    }

    /// What it bears.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.config.limits
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn upgrade(&mut self, request: &Request<'_>) -> Answer {
        let no_delay = |response| Answer::Respond { response, delay: Duration::ZERO };
        if request.method != "GET" {
            let response = Response::error(405, "method not allowed", "a WebSocket is opened with GET");
            return no_delay(response.with("allow", "GET"));
        }
        if let Some(response) = request.lacks_of_upgrade() {
            return no_delay(response);
        }
        self.counts.upgrades += 1;
        if self.conns.len() >= self.config.limits.connections {
            return no_delay(
                Response::error(503, "unavailable", "too many connections").with("retry-after", "1"),
            );
        }
        match self.rules.upgrades.first().map_or(Ok(Duration::ZERO), spoil) {
            Ok(delay) => Answer::Upgrade { delay },
            Err(response) => no_delay(response),
        }
    }

    fn subscribed(&mut self, conn: ConnId, filter: Filter) {
        if self.subscriptions.len() == SUBSCRIPTIONS {
            self.subscriptions.pop_front();
        }
        self.subscriptions.push_back((conn, filter));
        if self.feed.is_none() {
            self.start_feed();
        }
    }

    fn start_feed(&mut self) {
        let Some(scenario) = self.config.scenario else { return };
        let feed = Feed::new(scenario, self.config.pace, self.config.seed, self.wall(), self.now);
        self.feed = Some(match self.config.interactions {
            Some(count) => feed.interactions(count),
            None => feed,
        });
    }

    fn tell(&mut self, facts: Vec<Fact>) {
        if facts.is_empty() {
            return;
        }
        let facts: Vec<_> =
            facts.into_iter().map(|fact| (self.truth.learn(fact.clone(), self.now), fact)).collect();
        for conn in self.conns.values_mut() {
            let Some(filter) = conn.filter() else { continue };
            let wanted = facts.iter().filter(|(_, fact)| filter.passes(fact));
            let wanted: Vec<_> = wanted.map(|(number, fact)| (*number, fact)).collect();
            for batch in wanted.chunks(self.config.limits.events.max(1)) {
                let faults = self.rules.frames.next();
                conn.tell(pack(batch, &faults), &faults, self.now);
            }
        }
    }
}
