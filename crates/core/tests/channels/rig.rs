//! A session of the `notifications` dialect, and a service that does what the test says.

use std::time::Duration;

use rosterline_core::{
    Action, Auth, Call, Closed, Config, ConnId, Endpoint, Event, Frame, Gap, Input, Instant, Message,
    Presence, Repair, Reply, RequestId, Service, Session, State, Status, Timestamp, Topic, UnixMillis,
};

/// 2024-05-01T12:00:00Z, where the virtual clocks start.
pub(crate) const START: i64 = 1_714_564_800_000;
pub(crate) const QUEUE: &str = "0e185c02-aaaa-4bbb-8ccc-ddddeeeeffff";

pub(crate) struct Rig {
    pub(crate) session: Session,
    pub(crate) now: Instant,
    pub(crate) actions: Vec<Action>,
    pub(crate) told: Vec<Event>,
    channels: u32,
    tokens: u32,
}

pub(crate) fn config() -> Config {
    let url = |text| Endpoint::new(text).expect("a valid URL");
    let auth = Auth::ClientCredentials {
        login_url: url("https://login.example.com"),
        client_id: "client".into(),
        client_secret: "CANARY-client-secret".into(),
    };
    let topics = vec![Topic::queue(QUEUE).expect("valid")];
    let mut config = Config::notifications(url("https://api.example.com"), auth, topics);
    config.reconnect.jitter = false;
    config
}

/// The same, for a session that leaves its gaps open.
pub(crate) fn without_repair() -> Config {
    let mut config = config();
    if let Service::Notifications(service) = &mut config.service {
        service.repair = false;
    }
    config
}

pub(crate) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).expect("valid")
}

impl Rig {
    pub(crate) fn new(config: Config) -> Self {
        let now = Instant::ZERO;
        let session = Session::new(config, now, UnixMillis(START)).expect("a valid configuration");
        let mut rig = Self { session, now, actions: vec![], told: vec![], channels: 0, tokens: 0 };
        rig.input(Input::Timeout);
        rig
    }

    pub(crate) fn live(config: Config) -> (Self, ConnId) {
        let mut rig = Self::new(config);
        let conn = rig.go_live();
        (rig, conn)
    }

    /// Answers everything with yes until the session is live.
    pub(crate) fn go_live(&mut self) -> ConnId {
        let conn = self.go_open();
        self.permit();
        assert_eq!(self.state(), State::Live);
        conn
    }

    /// Gives a token and a channel if they are asked for, and opens the connection.
    pub(crate) fn go_open(&mut self) -> ConnId {
        if self.next_path() == Some("/oauth/token".into()) {
            self.grant(86_399);
        }
        if self.next_path() == Some("/api/v2/notifications/channels".into()) {
            self.give_channel(86_400);
        }
        let conn = self.take_open().expect("it dials").0;
        self.input(Input::Opened { conn });
        conn
    }

    pub(crate) fn grant(&mut self, lifetime: u32) {
        self.tokens += 1;
        let body = format!(r#"{{"access_token":"CANARY-token-{}","expires_in":{lifetime}}}"#, self.tokens);
        self.answer("/oauth/token", 200, &body);
    }

    pub(crate) fn give_channel(&mut self, life: u64) {
        self.channels += 1;
        let expires = UnixMillis(START).after(self.now.since(Instant::ZERO) + seconds(life));
        let id = format!("streaming-0-CANARY{}", self.channels);
        let body = format!(
            r#"{{"connectUri":"wss://streaming.example.com/channels/{id}","id":"{id}","expires":"{expires}"}}"#
        );
        self.answer("/api/v2/notifications/channels", 200, &body);
    }

    /// Accepts all topics.
    pub(crate) fn permit(&mut self) -> Call {
        let topic = Topic::queue(QUEUE).expect("valid");
        self.answer(
            "/subscriptions",
            200,
            &format!(r#"{{"entities":[{{"id":"{topic}","state":"Permitted"}}]}}"#),
        )
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now);
        self.drain();
    }

    pub(crate) fn text(&mut self, conn: ConnId, text: &str) {
        self.input(Input::Frame { conn, frame: Frame::Text(text) });
    }

    pub(crate) fn pong(&mut self, conn: ConnId) {
        self.text(conn, r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#);
    }

    /// The service says that it is there.
    pub(crate) fn beat(&mut self, conn: ConnId) {
        self.text(conn, r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#);
    }

    pub(crate) fn closed(&mut self, conn: ConnId, code: u16) {
        self.input(Input::Closed { conn, how: Closed::Frame { code: Some(code), reason: "" } });
    }

    /// Lets time pass from deadline to deadline; pings are answered at once.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.session.poll_timeout().filter(|deadline| deadline.at <= end) {
            self.now = self.now.max(deadline.at);
            self.input(Input::Timeout);
            while let Some(conn) = self.take_ping() {
                self.pong(conn);
            }
        }
        self.now = end;
        self.input(Input::Timeout);
    }

    /// Lets time pass until the session asks the service for something.
    pub(crate) fn pass_until_asked(&mut self) {
        while self.next_path().is_none() {
            self.pass(seconds(1));
        }
    }

    pub(crate) fn drain(&mut self) {
        while let Some(action) = self.session.poll_action() {
            if let Action::Send { conn, .. } = action {
                self.session.handle(Input::Flushed { conn }, self.now);
            }
            if let Action::Cancel { request } = action {
                self.actions
                    .retain(|known| !matches!(known, Action::Call { request: it, .. } if *it == request));
                continue;
            }
            self.actions.push(action);
        }
        while let Some(event) = self.session.poll_event() {
            self.told.push(event);
        }
        let stats = self.session.stats();
        assert_eq!(stats.received, stats.accounted(), "{stats:?}");
        let shown = format!("{:?}{:?}{:?}", self.session, self.told, self.actions);
        assert!(!shown.contains("CANARY"), "{shown}");
    }

    pub(crate) fn take_call(&mut self) -> Option<(RequestId, Call)> {
        let at = self.actions.iter().position(|action| matches!(action, Action::Call { .. }))?;
        match self.actions.remove(at) {
            Action::Call { request, call } => Some((request, call)),
            _ => None,
        }
    }

    /// The path of the next request that waits for an answer.
    pub(crate) fn next_path(&self) -> Option<String> {
        self.actions.iter().find_map(|action| match action {
            Action::Call { call, .. } => Some(format!("/{}", call.url.expose().splitn(4, '/').nth(3)?)),
            _ => None,
        })
    }

    /// Answers the next request, whose path has to contain this.
    pub(crate) fn answer(&mut self, path: &str, status: u16, body: &str) -> Call {
        let (request, call) = self.take_call().unwrap_or_else(|| panic!("{path} is not asked for"));
        assert!(call.url.expose().contains(path), "{} is asked for, not {path}", call.url.expose());
        let reply = Reply { status, body: body.as_bytes(), ..Reply::default() };
        self.input(Input::Replied { request, result: Ok(reply) });
        call
    }

    pub(crate) fn take_open(&mut self) -> Option<(ConnId, String)> {
        let at = self.actions.iter().position(|action| matches!(action, Action::Open { .. }))?;
        match self.actions.remove(at) {
            Action::Open { conn, url } => Some((conn, url.expose().to_string())),
            _ => None,
        }
    }

    pub(crate) fn take_ping(&mut self) -> Option<ConnId> {
        let is = |action: &Action| matches!(action, Action::Send { message: Message::Text(text), .. } if text == r#"{"message":"ping"}"#);
        let at = self.actions.iter().position(is)?;
        match self.actions.remove(at) {
            Action::Send { conn, .. } => Some(conn),
            _ => None,
        }
    }

    pub(crate) fn is_closing(&self, conn: ConnId) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Close { conn: it, .. } if *it == conn))
    }

    pub(crate) fn is_dropped(&self, conn: ConnId) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Drop { conn: it } if *it == conn))
    }

    pub(crate) fn state(&self) -> State {
        let states = self.told.iter().rev().find_map(|event| match event {
            Event::Status(status) => Some(status.state),
            _ => None,
        });
        states.expect("it has said where it stands")
    }

    pub(crate) fn statuses(&self) -> impl Iterator<Item = &Status> {
        self.told
            .iter()
            .filter_map(|event| if let Event::Status(status) = event { Some(status) } else { None })
    }

    pub(crate) fn gaps(&self) -> Vec<&Gap> {
        self.told
            .iter()
            .filter_map(|event| if let Event::Gap(gap) = event { Some(gap) } else { None })
            .collect()
    }

    pub(crate) fn repairs(&self) -> Vec<&Repair> {
        let events = self.told.iter();
        events.filter_map(|it| if let Event::Repaired(repair) = it { Some(repair) } else { None }).collect()
    }

    pub(crate) fn events(&self) -> Vec<&Presence> {
        let events = self.told.iter();
        events
            .filter_map(|it| if let Event::Presence(presence) = it { Some(presence) } else { None })
            .collect()
    }
}

/// A conversation of one customer as a frame of the queue, and as an answer of the API.
pub(crate) fn conversation(id: &str, joined: &str, left: Option<&str>) -> String {
    let (state, left) = match left {
        Some(left) => ("terminated", format!(r#","disconnectedTime":"{left}","disconnectType":"peer""#)),
        None => ("connected", String::new()),
    };
    format!(
        r#"{{"id":"{id}","participants":[{{"id":"p-{id}","purpose":"customer","queueId":"{QUEUE}","calls":[
        {{"id":"s-{id}","state":"{state}","connectedTime":"{joined}"{left}}}]}}]}}"#
    )
}

pub(crate) fn snapshot(id: &str, joined: &str, left: Option<&str>) -> String {
    let body = conversation(id, joined, left);
    format!(r#"{{"topicName":"v2.routing.queues.{QUEUE}.conversations","version":"2","eventBody":{body}}}"#)
}
