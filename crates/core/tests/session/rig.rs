//! Brings a session into any state, and plays the world around it in virtual time.

use std::time::Duration;

use rosterline_core::{
    Action, Auth, Call, Cause, Closed, Config, ConnId, Detail, Endpoint, Event, Failure, Frame, Gap, Input,
    Instant, Message, Network, Reply, RequestId, Service, Session, State, Status, Subscription, UnixMillis,
};

pub(crate) const SECRET: &str = "CANARY-client-secret";
/// 2024-05-01T12:00:00Z, where the virtual clocks start.
pub(crate) const START: i64 = 1_714_564_800_000;

/// A session, its clock, and what it has said so far.
pub(crate) struct Rig {
    pub(crate) session: Session,
    pub(crate) now: Instant,
    /// What the session asked for and nobody has looked at.
    pub(crate) actions: Vec<Action>,
    /// Everything that it told.
    pub(crate) told: Vec<Event>,
    tokens: u32,
    /// The peer does not answer pings.
    pub(crate) silent: bool,
    /// Nothing can be written.
    pub(crate) stuck: bool,
    /// Pongs that wait in the socket because nobody reads it.
    pongs: Vec<(ConnId, [u8; 8])>,
}

pub(crate) fn config() -> Config {
    let url = |text| Endpoint::new(text).expect("a valid URL");
    let auth = Auth::ClientCredentials {
        login_url: url("https://login.example.com"),
        client_id: "client".into(),
        client_secret: SECRET.into(),
    };
    let mut config = Config::new(url("wss://example.com/stream"), auth, Subscription::all());
    config.reconnect.jitter = false;
    config
}

/// The same, with another subscription.
pub(crate) fn asking_for(subscription: Subscription) -> Config {
    let config = config();
    let url = config.stream_url().expect("a stream").clone();
    Config { service: Service::Stream { url, subscription, backfill: None }, ..config }
}

impl Rig {
    pub(crate) fn new(config: Config) -> Self {
        let now = Instant::ZERO;
        let session = Session::new(config, now, UnixMillis(START)).expect("a valid configuration");
        let mut rig = Self {
            session,
            now,
            actions: Vec::new(),
            told: Vec::new(),
            tokens: 0,
            silent: false,
            stuck: false,
            pongs: Vec::new(),
        };
        rig.input(Input::Timeout);
        rig
    }

    /// A session that is live.
    pub(crate) fn live(config: Config) -> Self {
        let mut rig = Self::new(config);
        rig.go_live();
        rig
    }

    /// Answers everything with yes until the session is live.
    pub(crate) fn go_live(&mut self) -> ConnId {
        let conn = self.go_open();
        self.text(conn, r#"{"status":"connected"}"#);
        self.text(conn, r#"{"status":"subscribed"}"#);
        self.actions.clear();
        assert_eq!(self.state(), State::Live);
        conn
    }

    /// Gives a token if one is asked for, and opens the connection.
    pub(crate) fn go_open(&mut self) -> ConnId {
        if let Some((request, _)) = self.take_call() {
            self.grant(request, 86_399);
        }
        let conn = self.take_open().expect("it dials");
        self.input(Input::Opened { conn });
        conn
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now);
        self.drain();
    }

    pub(crate) fn text(&mut self, conn: ConnId, text: &str) {
        self.input(Input::Frame { conn, frame: Frame::Text(text) });
    }

    /// Takes what the session has to say. An application that does not read leaves `told` alone: see
    /// [`Rig::text_unread`].
    pub(crate) fn drain(&mut self) {
        self.drain_actions();
        while let Some(event) = self.session.poll_event() {
            self.told.push(event);
        }
        self.check();
    }

    /// A frame arrives while the application does not read.
    pub(crate) fn text_unread(&mut self, conn: ConnId, text: &str) {
        self.session.handle(Input::Frame { conn, frame: Frame::Text(text) }, self.now);
        self.drain_actions();
    }

    pub(crate) fn drain_actions(&mut self) {
        while let Some(action) = self.session.poll_action() {
            match action {
                Action::Send { conn, message: Message::Ping(payload) } if !self.silent => {
                    self.pongs.push((conn, payload));
                    self.session.handle(Input::Flushed { conn }, self.now);
                }
                Action::Send { conn, .. } if !self.stuck => {
                    self.session.handle(Input::Flushed { conn }, self.now);
                    self.actions.push(action);
                }
                action => self.actions.push(action),
            }
        }
        while self.session.wants_read() && !self.pongs.is_empty() {
            let (conn, payload) = self.pongs.remove(0);
            self.session.handle(Input::Frame { conn, frame: Frame::Pong(&payload) }, self.now);
        }
        self.check();
    }

    /// Lets time pass until the session dials or asks for a token.
    pub(crate) fn pass_until_attempt(&mut self) {
        let is_attempt = |action: &Action| matches!(action, Action::Open { .. } | Action::Call { .. });
        while !self.actions.iter().any(is_attempt) {
            let deadline = self.session.poll_timeout().expect("the session has not ended");
            self.pass(deadline.at.since(self.now));
        }
    }

    /// What must hold after every step: I-1 and I-12 of the promise.
    fn check(&self) {
        let s = self.session.stats();
        let sum = s.delivered + s.buffered + s.filtered + s.duplicate + s.rejected + s.dropped;
        assert_eq!(s.received, sum, "the counts do not add up: {s:?}");
        assert!(
            self.session.is_ended() || self.session.poll_timeout().is_some() || self.has_ended(),
            "no deadline"
        );
    }

    fn has_ended(&self) -> bool {
        self.session.is_ended() || self.state() == State::Ended || self.session.has_events()
    }

    /// Lets time pass, waking the session exactly at its deadlines.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.pass_while(time, Self::drain);
    }

    /// Lets time pass while the application does not read.
    pub(crate) fn pass_unread(&mut self, time: Duration) {
        self.pass_while(time, Self::drain_actions);
    }

    fn pass_while(&mut self, time: Duration, drain: fn(&mut Self)) {
        let end = self.now + time;
        let mut steps = 0;
        while let Some(deadline) = self.session.poll_timeout().filter(|deadline| deadline.at <= end) {
            self.now = self.now.max(deadline.at);
            self.session.handle(Input::Timeout, self.now);
            drain(self);
            steps += 1;
            assert!(steps < 10_000, "it spins on {deadline:?}");
        }
        self.now = end;
        self.session.handle(Input::Timeout, self.now);
        drain(self);
    }

    /// The next token request.
    pub(crate) fn take_call(&mut self) -> Option<(RequestId, Call)> {
        let at = self.actions.iter().position(|action| matches!(action, Action::Call { .. }))?;
        match self.actions.remove(at) {
            Action::Call { request, call } => Some((request, call)),
            _ => None,
        }
    }

    /// The next dial.
    pub(crate) fn take_open(&mut self) -> Option<ConnId> {
        let at = self.actions.iter().position(|action| matches!(action, Action::Open { .. }))?;
        match self.actions.remove(at) {
            Action::Open { conn, .. } => Some(conn),
            _ => None,
        }
    }

    /// The next message sent, secret or not, as text.
    pub(crate) fn take_sent(&mut self) -> Option<String> {
        let is_text = |action: &Action| {
            matches!(action, Action::Send { message: Message::Text(_) | Message::Secret(_), .. })
        };
        let at = self.actions.iter().position(is_text)?;
        match self.actions.remove(at) {
            Action::Send { message: Message::Text(text), .. } => Some(text),
            Action::Send { message: Message::Secret(secret), .. } => Some(secret.expose().to_owned()),
            _ => None,
        }
    }

    /// The payload of the next ping sent.
    pub(crate) fn take_ping(&mut self) -> Option<[u8; 8]> {
        let is_ping = |action: &Action| matches!(action, Action::Send { message: Message::Ping(_), .. });
        let at = self.actions.iter().position(is_ping)?;
        match self.actions.remove(at) {
            Action::Send { message: Message::Ping(payload), .. } => Some(payload),
            _ => None,
        }
    }

    /// Answers the token request that waits.
    pub(crate) fn grant_next(&mut self, seconds: u32) {
        let (request, _) = self.take_call().expect("it asks for a token");
        self.grant(request, seconds);
    }

    /// Answers a token request with a token that lives so many seconds. Each token is another one.
    pub(crate) fn grant(&mut self, request: RequestId, seconds: u32) {
        self.tokens += 1;
        let token = format!("CANARY-token-{}", self.tokens);
        let body = format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":{seconds}}}"#);
        self.reply(request, 200, &body, None);
    }

    pub(crate) fn reply(&mut self, request: RequestId, status: u16, body: &str, retry_after: Option<&str>) {
        let reply = Reply { status, retry_after, body: body.as_bytes(), ..Reply::default() };
        self.input(Input::Replied { request, result: Ok(reply) });
    }

    pub(crate) fn fail_dial(&mut self) {
        let conn = self.take_open().expect("it dials");
        self.closed(conn, Closed::Failed(Failure { kind: Network::Connect, detail: "refused" }));
    }

    pub(crate) fn cut(&mut self, conn: ConnId) {
        self.closed(conn, Closed::Failed(Failure { kind: Network::Broken, detail: "reset by peer" }));
    }

    pub(crate) fn closed(&mut self, conn: ConnId, how: Closed<'_>) {
        self.input(Input::Closed { conn, how });
    }

    pub(crate) fn dropped(&self) -> usize {
        self.actions.iter().filter(|action| matches!(action, Action::Drop { .. })).count()
    }

    pub(crate) fn close_codes(&self) -> Vec<u16> {
        let code = |action: &Action| if let Action::Close { code, .. } = action { Some(*code) } else { None };
        self.actions.iter().filter_map(code).collect()
    }

    pub(crate) fn statuses(&self) -> Vec<&Status> {
        self.told
            .iter()
            .filter_map(|event| if let Event::Status(s) = event { Some(s) } else { None })
            .collect()
    }

    /// The state that was reported last.
    pub(crate) fn state(&self) -> State {
        match self.ended() {
            Some(_) => State::Ended,
            None => self.statuses().last().map_or(State::Waiting, |status| status.state),
        }
    }

    pub(crate) fn details(&self) -> Vec<&Detail> {
        self.statuses().into_iter().map(|status| &status.detail).collect()
    }

    pub(crate) fn gaps(&self) -> Vec<&Gap> {
        self.told
            .iter()
            .filter_map(|event| if let Event::Gap(gap) = event { Some(gap) } else { None })
            .collect()
    }

    /// The participants of the presence events that were delivered, in order.
    pub(crate) fn participants(&self) -> Vec<String> {
        let name = |event: &Event| {
            if let Event::Presence(presence) = event { Some(presence.participant.to_string()) } else { None }
        };
        self.told.iter().filter_map(name).collect()
    }

    pub(crate) fn ended(&self) -> Option<&Cause> {
        match self.told.last() {
            Some(Event::Ended(cause)) => Some(cause),
            _ => None,
        }
    }
}

/// An event in JSON: somebody joined, so many seconds after the start.
pub(crate) fn joined(participant: &str, second: u32) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!(
        r#"{{"timestamp":"2024-05-01T12:{minute:02}:{second:02}Z","type":"ParticipantJoined","participant":"{participant}","interaction":"call","channel":"voice"}}"#
    )
}

/// A frame with these events.
pub(crate) fn frame<S: AsRef<str>>(events: impl IntoIterator<Item = S>) -> String {
    let events: Vec<String> = events.into_iter().map(|event| event.as_ref().to_owned()).collect();
    format!(r#"{{"events":[{}]}}"#, events.join(","))
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
