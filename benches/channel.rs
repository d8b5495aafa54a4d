//! A session of the `notifications` dialect, and everything that it is told: by the cloud of the simulator, once, so that
//! it can be told again.

use rosterline_core::{
    Action, Auth, Call, Config, ConnId, Endpoint, Event, Frame, Input, Instant, Message, Reply, RequestId,
    Service, Session, Topic, UnixMillis,
};
use rosterline_sim::{self as sim, Answer, Cloud, CloudConfig, Output, Request};

use crate::START;

/// Where the cloud is, as far as URLs go.
const URL: &str = "http://localhost";

/// What a session was told, and when.
#[derive(Debug)]
pub struct Told {
    config: Config,
    inputs: Vec<(Instant, Heard)>,
}

/// An input that owns its data.
#[derive(Debug)]
enum Heard {
    Timeout,
    Replied(RequestId, u16, String),
    Opened(ConnId),
    Flushed(ConnId),
    Text(ConnId, String),
}

impl Told {
    /// By so many conversations of all kinds, from four queues: snapshots, and with `details` their detail events too.
    #[must_use]
    pub fn by_cloud(conversations: u64, details: bool) -> Self {
        let settings = CloudConfig {
            conversations: Some(conversations),
            requests: u32::MAX,
            wall: START,
            ..CloudConfig::default()
        };
        let cloud = Cloud::new(settings, Instant::ZERO);
        let config = config(&cloud, details);
        let session = new_session(&config);
        let mut play = Play { session, cloud, now: Instant::ZERO, line: None, inputs: Vec::new() };
        play.play_to_the_end();
        Self { config, inputs: play.inputs }
    }

    /// How many frames there are among it.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.inputs.iter().filter(|(_, heard)| matches!(heard, Heard::Text(..))).count() as u64
    }

    /// Tells a new session all of it, and hands every event out.
    pub fn tell(&self, mut take: impl FnMut(Event)) {
        let mut session = new_session(&self.config);
        for (at, heard) in &self.inputs {
            session.handle(heard.input(), *at);
            while session.poll_action().is_some() {}
            while let Some(event) = session.poll_event() {
                take(event);
            }
        }
    }
}

impl Heard {
    fn input(&self) -> Input<'_> {
        match self {
            Self::Timeout => Input::Timeout,
            Self::Replied(request, status, body) => {
                let reply = Reply { status: *status, body: body.as_bytes(), ..Reply::default() };
                Input::Replied { request: *request, result: Ok(reply) }
            }
            Self::Opened(conn) => Input::Opened { conn: *conn },
            Self::Flushed(conn) => Input::Flushed { conn: *conn },
            Self::Text(conn, text) => Input::Frame { conn: *conn, frame: Frame::Text(text) },
        }
    }
}

fn config(cloud: &Cloud, details: bool) -> Config {
    let url = || Endpoint::new(URL).expect("valid");
    let auth = Auth::ClientCredentials {
        login_url: url(),
        client_id: "client".to_owned(),
        client_secret: "s3cret".into(),
    };
    let topic = |id: &rosterline_core::Id| Topic::queue(&id.to_string()).expect("a UUID is an id");
    let mut config = Config::notifications(url(), auth, cloud.queues().iter().map(topic).collect());
    if let Service::Notifications(service) = &mut config.service {
        service.details = details;
    }
    config
}

fn new_session(config: &Config) -> Session {
    Session::new(config.clone(), Instant::ZERO, UnixMillis(START.0)).expect("the settings are valid")
}

/// A session and its cloud, with a network between them that takes no time.
struct Play {
    session: Session,
    cloud: Cloud,
    now: Instant,
    /// The connection, by the names that either side has for it.
    line: Option<(ConnId, sim::ConnId)>,
    inputs: Vec<(Instant, Heard)>,
}

impl Play {
    /// Until all conversations are over.
    fn play_to_the_end(&mut self) {
        self.tell(Heard::Timeout);
        while !self.cloud.exhausted() {
            let next = self.session.poll_timeout().map(|deadline| deadline.at);
            self.now = next.into_iter().chain(self.cloud.poll_timeout()).min().expect("there is always one");
            self.cloud.handle_timeout(self.now);
            if next.is_some_and(|at| at <= self.now) {
                self.tell(Heard::Timeout);
            }
            self.hear();
        }
    }

    fn tell(&mut self, heard: Heard) {
        self.session.handle(heard.input(), self.now);
        self.inputs.push((self.now, heard));
        while self.session.poll_event().is_some() {}
        while let Some(action) = self.session.poll_action() {
            self.carry_out(action);
        }
    }

    /// What the cloud has to say.
    fn hear(&mut self) {
        let Some((conn, line)) = self.line else { return };
        while let Some(output) = self.cloud.poll_output(line) {
            let Output::Send(sim::Frame::Text(text)) = output else {
                panic!("nothing goes wrong: {output:?}")
            };
            self.tell(Heard::Text(conn, text));
        }
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Call { request, call } => self.call(request, &call),
            Action::Open { conn, url } => {
                let path = url.expose().splitn(4, '/').nth(3).expect("it is a URL with a path");
                let line = self.cloud.open(&format!("/{path}"), self.now).expect("the channel is there");
                self.line = Some((conn, line));
                self.tell(Heard::Opened(conn));
            }
            Action::Send { conn, message } => {
                if let (Message::Text(text), Some((_, line))) = (&message, self.line) {
                    self.cloud.handle(line, sim::Input::Text(text), self.now);
                }
                self.tell(Heard::Flushed(conn));
            }
            Action::Token { .. } | Action::Cancel { .. } | Action::Close { .. } | Action::Drop { .. } | _ => {
                panic!("nothing goes wrong: {action:?}")
            }
        }
    }

    fn call(&mut self, request: RequestId, call: &Call) {
        let headers: Vec<(&str, &str)> =
            call.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
        let path = call.url.expose().strip_prefix(URL).expect("there is no other host");
        let asked = Request { method: call.method, path, headers: &headers, body: call.body.as_bytes() };
        match self.cloud.request(&asked, self.now) {
            Answer::Respond { response, .. } => {
                self.tell(Heard::Replied(request, response.status, response.body));
            }
            Answer::Upgrade { .. } => panic!("it was no handshake"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn what_was_told_can_be_told_again_and_is_mostly_joins_and_leaves() {
        for details in [false, true] {
            let told = Told::by_cloud(10, details);
            let (mut first, mut second) = (Vec::new(), Vec::new());
            told.tell(|event| first.push(event));
            told.tell(|event| second.push(event));
            assert_eq!(first, second);
            let presences =
                first.iter().filter(|event| matches!(event, rosterline_core::Event::Presence(_))).count();
            assert!(presences > 80 && first.len() < presences + 10, "{presences} of {}", first.len());
        }
    }
}
