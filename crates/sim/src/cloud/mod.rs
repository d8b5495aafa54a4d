//! The model of Genesys Cloud as far as notifications go, as a machine without I/O (docs/notifications-mock.md).

mod channels;
mod config;
mod conversation;
mod details;
mod fact;
mod plan;
mod play;
mod queries;
mod rest;
mod shapes;
mod socket;
mod spelling;
mod story;
mod subscriptions;
mod topics;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rosterline_core::{Id, Instant, Rng, UnixMillis};
use serde_json::{Value, json};

use crate::errors;
use crate::faults::{End, HttpFault};
use crate::server::{
    Answer, ConnId, Counts, Input, Limits, Output, Request, Start, TOKEN_PATH, Tokens, spoil,
};
use channels::{Channel, Channels};
use conversation::{Conversation, Party, uuid};
use plan::Strikes;
use play::Play;
use socket::{Said, Socket};

pub use config::CloudConfig;
pub use fact::CloudFact;
pub use plan::{CloudEnd, CloudEnding, CloudFault, CloudPlan};

/// Where sockets are opened, before the id of the channel.
pub const CHANNEL_PATH: &str = "/channels/";

/// The model of the service.
///
/// - HTTP: [`request`](Self::request), and [`open`](Self::open) after a successful handshake.
/// - Inputs: [`handle`](Self::handle), [`handle_timeout`](Self::handle_timeout).
/// - Commands of a test: [`send`](Self::send), [`end`](Self::end), [`end_all`](Self::end_all), [`calm`](Self::calm),
///   [`fail_channels`](Self::fail_channels), [`fail_upgrades`](Self::fail_upgrades),
///   [`fail_queries`](Self::fail_queries).
/// - After any of them: [`poll_output`](Self::poll_output) for each connection until it gives `None`, then
///   [`poll_timeout`](Self::poll_timeout).
/// - Getters: [`facts`](Self::facts), [`unanswered`](Self::unanswered), [`queues`](Self::queues), [`users`](Self::users), [`counts`](Self::counts).
pub struct Cloud {
    config: CloudConfig,
    now: Instant,
    epoch: Instant,
    tokens: Tokens,
    channels: Channels,
    sockets: BTreeMap<ConnId, Socket>,
    rules: Strikes,
    play: Option<Play>,
    conversations: BTreeMap<Id, Conversation>,
    /// In the order of their beginning.
    order: VecDeque<Id>,
    facts: Vec<CloudFact>,
    queues: Vec<Id>,
    users: Vec<Id>,
    /// Requests of each token in the current minute.
    used: BTreeMap<String, (Instant, u32)>,
    correlations: Rng,
    counts: Counts,
}

impl Cloud {
    /// A cloud that starts `now`.
    #[must_use]
    pub fn new(mut config: CloudConfig, now: Instant) -> Self {
        let seed = config.seed;
        let mut cast = Rng::stream(seed, "cast");
        let queues = (0..story::QUEUES).map(|_| uuid(&mut cast)).collect();
        let users = (0..story::USERS).map(|_| uuid(&mut cast)).collect();
        let mut cloud = Self {
            now,
            epoch: now,
            tokens: Tokens::new(config.credentials.take(), config.token_lifetime, seed),
            channels: Channels::new(seed, config.channel_life),
            sockets: BTreeMap::new(),
            rules: Strikes::new(std::mem::take(&mut config.plan), seed),
            play: None,
            conversations: BTreeMap::new(),
            order: VecDeque::new(),
            facts: Vec::new(),
            queues,
            users,
            used: BTreeMap::new(),
            correlations: Rng::stream(seed, "correlations"),
            counts: Counts::default(),
            config,
        };
        if cloud.config.start == Start::AtOnce {
            cloud.start();
        }
        cloud
    }

    /// Answers an HTTP request.
    pub fn request(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        self.advance(now);
        if request.route() == TOKEN_PATH {
            self.counts.tokens += 1;
            return match self.rules.tokens.first().map_or(Ok(Duration::ZERO), spoil) {
                Ok(delay) => Answer::Respond { response: self.tokens.answer(request, self.now), delay },
                Err(response) => Answer::Respond { response, delay: Duration::ZERO },
            };
        }
        match request.route().strip_prefix(CHANNEL_PATH) {
            Some(id) => self.upgrade(request, id),
            None => self.api(request),
        }
    }

    /// A connection whose handshake on this path has succeeded; `None` if its channel has gone meanwhile.
    pub fn open(&mut self, path: &str, now: Instant) -> Option<ConnId> {
        self.advance(now);
        let id = path.split('?').next()?.strip_prefix(CHANNEL_PATH)?;
        let channel = self.channels.all.get_mut(id)?;
        let conn = ConnId(self.counts.connections);
        self.counts.connections += 1;
        let before = channel.conn.replace(conn);
        channel.used = self.now;
        let behind = self.rules.delays.first().unwrap_or_default();
        let (heartbeat, limits, now) = (self.config.heartbeat, self.config.limits, self.now);
        let mut socket = Socket::new(id.to_owned(), behind, heartbeat, limits, now);
        let ending = self.rules.endings.first();
        socket.ending = ending.map(|ending| (now + ending.after, ending.end));
        self.sockets.insert(conn, socket);
        // One socket for a channel: the second ends the first.
        if let Some(socket) = before.and_then(|before| self.sockets.get_mut(&before)) {
            taken_over(socket, now);
        }
        Some(conn)
    }

    /// Takes what came in on a connection.
    pub fn handle(&mut self, conn: ConnId, input: Input<'_>, now: Instant) {
        self.advance(now);
        match input {
            Input::Text(text) => self.hear(conn, text),
            Input::Binary => {}
            Input::Ping => self.counts.pings += 1,
            Input::Closed => {
                self.sockets.remove(&conn);
                self.channels.release(conn);
            }
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        let now = self.now;
        self.sockets.values_mut().for_each(|socket| {
            socket.release(now);
            socket.beat(now);
        });
        let due: Vec<(ConnId, CloudEnd)> = self
            .sockets
            .iter_mut()
            .filter_map(|(conn, socket)| Some((*conn, socket.ending.take_if(|(at, _)| *at <= now)?.1)))
            .collect();
        due.into_iter().for_each(|(conn, end)| self.end(conn, end));
        self.play_on();
    }

    /// The next thing to do with a connection; `None`: nothing for now.
    pub fn poll_output(&mut self, conn: ConnId) -> Option<Output> {
        let output = self.sockets.get_mut(&conn)?.poll_output(self.now)?;
        self.counts.frames += u64::from(matches!(output, Output::Send(_)));
        Some(output)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let sockets = self.sockets.values().filter_map(|socket| socket.poll_timeout(self.now));
        let play = self.play.as_ref().and_then(Play::next_at);
        sockets.chain(play).chain(self.channels.next_expiry()).min()
    }

    /// Sends this text as it is on every connection. It is no part of the truth.
    pub fn send(&mut self, text: &str, now: Instant) {
        self.advance(now);
        self.sockets.values_mut().for_each(|socket| socket.send(text.to_owned(), self.now));
    }

    /// Ends one connection, in this way.
    pub fn end(&mut self, conn: ConnId, end: CloudEnd) {
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        let (id, now) = (socket.channel.clone(), self.now);
        match end {
            CloudEnd::Announced(grace) => {
                announce(socket, now);
                socket.ending = Some((now + grace, CloudEnd::Close(1001)));
            }
            CloudEnd::OnlyAnnounced => announce(socket, now),
            CloudEnd::Close(code) => socket.close(code, "", now),
            CloudEnd::Cut => socket.cut(),
            CloudEnd::Stall => socket.stall(),
            // The channel lives on, and belongs to somebody else.
            CloudEnd::Takeover => {
                taken_over(socket, now);
                self.channels.release(conn);
            }
            CloudEnd::Evict => {
                if let Some(channel) = self.channels.all.remove(&id) {
                    self.gone(&channel);
                }
            }
            CloudEnd::Revoke => {
                if let Some(token) = self.channels.all.get(&id).map(|channel| channel.token.clone()) {
                    self.revoke(&token);
                }
            }
        }
    }

    /// Ends every connection, in this way.
    pub fn end_all(&mut self, end: CloudEnd, now: Instant) {
        self.advance(now);
        let all: Vec<ConnId> = self.sockets.keys().copied().collect();
        all.into_iter().for_each(|conn| self.end(conn, end));
    }

    /// Says goodbye to everybody, for a server that stops.
    pub fn stop(&mut self, end: &End, now: Instant) {
        let end = match end {
            End::Close(code, _) => CloudEnd::Close(*code),
            End::Cut => CloudEnd::Cut,
            End::HalfOpen | End::Deaf => CloudEnd::Stall,
        };
        self.end_all(end, now);
    }

    /// Lets this befall the next `count` requests about channels and subscriptions.
    pub fn fail_channels(&mut self, count: u64, fault: HttpFault) {
        self.rules.channels.order(count, fault);
    }

    /// Lets this befall the next `count` opening handshakes of channels that there are.
    pub fn fail_upgrades(&mut self, count: u64, fault: HttpFault) {
        self.rules.upgrades.order(count, fault);
    }

    /// Lets this befall the next `count` requests for conversations and analytics.
    pub fn fail_queries(&mut self, count: u64, fault: HttpFault) {
        self.rules.queries.order(count, fault);
    }

    /// Nothing goes wrong any more: no rule strikes from here on, and connections live.
    pub fn calm(&mut self) {
        self.rules = Strikes::new(CloudPlan::new(), self.config.seed);
        self.sockets.values_mut().for_each(|socket| socket.ending = None);
    }

    /// Nothing happens any more.
    pub fn quiet(&mut self) {
        self.play = None;
        self.config.scenario = None;
    }

    /// The truth: every join and leave so far.
    #[must_use]
    pub fn facts(&self) -> &[CloudFact] {
        &self.facts
    }

    /// The truth beside it: conversations and the sessions in them that rang, ended, and were never connected.
    pub fn unanswered(&self) -> impl Iterator<Item = (&Id, &Id)> {
        let is_unanswered = |party: &&Party| party.connected.is_none() && party.disconnected.is_some();
        self.conversations.values().flat_map(move |conversation| {
            let parties = conversation.parties.iter().filter(is_unanswered);
            parties.map(|party| (&conversation.id, &party.session))
        })
    }

    /// The ids of its queues.
    #[must_use]
    pub fn queues(&self) -> &[Id] {
        &self.queues
    }

    /// The ids of its users.
    #[must_use]
    pub fn users(&self) -> &[Id] {
        &self.users
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { open: self.sockets.len() as u64, ..self.counts }
    }

    /// What it bears.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.config.limits
    }

    /// Whether a bounded number of conversations has happened to the end.
    #[must_use]
    pub fn exhausted(&self) -> bool {
        self.play.as_ref().is_some_and(|play| play.next_at().is_none())
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let now = self.now;
        for (_, channel) in self.channels.take(|channel| channel.expires <= now) {
            self.gone(&channel);
        }
    }

    /// A token is good no longer, and neither are the channels that it made.
    fn revoke(&mut self, token: &str) {
        self.tokens.revoke(token);
        for (_, channel) in self.channels.take(|channel| channel.token == token) {
            self.let_go(&channel, "token_revoked", Some("user_tokens_revoked"));
        }
    }

    fn wall(&self) -> UnixMillis {
        self.config.wall.after(self.now.since(self.epoch))
    }

    fn upgrade(&mut self, request: &Request<'_>, id: &str) -> Answer {
        let no_delay = |response| Answer::Respond { response, delay: Duration::ZERO };
        if let Some(response) = request.lacks_of_upgrade() {
            return no_delay(response);
        }
        self.counts.upgrades += 1;
        if !self.channels.all.contains_key(id) {
            return no_delay(errors::not_found());
        }
        if self.sockets.len() >= self.config.limits.connections {
            return no_delay(errors::refusal(503).with("retry-after", "1"));
        }
        match errors::spoiled(self.rules.upgrades.first()) {
            Ok(delay) => Answer::Upgrade { delay },
            Err(response) => no_delay(response),
        }
    }

    fn hear(&mut self, conn: ConnId, text: &str) {
        let Some(socket) = self.sockets.get_mut(&conn).filter(|socket| !socket.over) else { return };
        let id = socket.channel.clone();
        match socket::parse(text) {
            Said::Junk => {}
            Said::Ping => {
                self.counts.pings += 1;
                socket.answer(self.now);
            }
            Said::Subscribe { topics, correlation, add } => {
                let answer = self.subscribe_by_socket(&id, topics, add);
                let (result, status, message, topics) = answer;
                let mut answer = json!({ "result": result, "status": status, "topics": topics });
                if let Some(correlation) = correlation {
                    answer["correlationId"] = correlation.into();
                }
                if let Some(message) = message {
                    answer["message"] = message.into();
                }
                if let Some(socket) = self.sockets.get_mut(&conn) {
                    socket.send(answer.to_string(), self.now);
                }
            }
        }
    }

    /// A channel has gone: whoever listens there is told, and let go.
    fn let_go(&mut self, channel: &Channel, kind: &str, reason: Option<&str>) {
        if let Some(socket) = channel.conn.and_then(|conn| self.sockets.get_mut(&conn)) {
            dismiss(socket, kind, reason, self.now);
        }
    }

    /// A channel has expired, or another one took its place.
    fn gone(&mut self, channel: &Channel) {
        self.let_go(channel, "no_longer_subscribed", None);
    }

    fn correlation(&mut self) -> String {
        uuid(&mut self.correlations).to_string()
    }
}

impl std::fmt::Debug for Cloud {
    /// Without tokens, and without channels: who knows the id of one can listen there.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cloud")
            .field("now", &self.now)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

fn taken_over(socket: &mut Socket, now: Instant) {
    dismiss(socket, "no_longer_subscribed", Some("another_channel_subscribed"), now);
}

/// Tells why this is the end, and closes.
fn dismiss(socket: &mut Socket, kind: &str, reason: Option<&str>, now: Instant) {
    let id = &socket.channel;
    let topic = format!("v2.system.{kind}.{id}");
    let mut body = json!({ "channelId": id, "systemTopicType": kind });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    socket.send(system(&topic, &body), now);
    socket.close(1000, "", now);
}

/// Tells that the socket is about to close.
fn announce(socket: &mut Socket, now: Instant) {
    socket.send(system("v2.system.socket_closing", &json!({ "message": "Websocket closing soon" })), now);
}

/// A frame in which the service speaks about a channel.
fn system(topic: &str, body: &Value) -> String {
    json!({ "topicName": topic, "version": "2", "eventBody": body, "metadata": {} }).to_string()
}
