//! A session of the `notifications` dialect that is recorded, and a service that answers as the test says.

use std::time::Duration;

use rosterline_core::{
    Action, Auth, Call, Closed, Config, ConnId, Endpoint, Frame, Grant, Input, Instant, Quota, Reply,
    RequestId, Service, Session, Stats, Topic,
};
use rosterline_driver::Tap as _;
use rosterline_recording::{Options, Recorder, Recording, Redaction, Taken, record};

use crate::common::{Paper, SECRET, TOKEN, WALL};

/// Conversation, queue, customer's participant, user, customer's session, agent's participant, agent's session, and what is
/// nobody's id.
pub(crate) const NAMES: [&str; 9] = [
    "2f7bf00a-0fc2-4d6a-9b56-92238191433e",
    "0e185c02-aaaa-4bbb-8ccc-ddddeeeeffff",
    "9fb2ca78-8389-4758-b76a-9b0300de1fce",
    "c03d300e-fa79-4353-9695-b97a71322785",
    "647f93e0-1111-4222-8333-444455556666",
    "5151853c-1111-4222-8333-444455556666",
    "19c34168-1111-4222-8333-444455556666",
    "tel:+4915112345678",
    "Anna Schmidt",
];

/// The id of the channel that the service gives as its `n`th.
pub(crate) fn channel_id(n: u32) -> String {
    format!("streaming-0-fmtdmf8cdis7jh14udg5p89t6z{n}")
}

pub(crate) fn config() -> Config {
    let topics = vec![Topic::queue(NAMES[1]).expect("valid"), Topic::user(NAMES[3]).expect("valid")];
    let api = Endpoint::new("https://api.example.com").expect("valid");
    let mut config = Config::notifications(api, Auth::External, topics);
    config.secrets = vec![SECRET.into()];
    config.deliver_unknown = true;
    config.seed = 7;
    if let Service::Notifications(service) = &mut config.service {
        // The first answer about a gap counts.
        service.settle = Duration::ZERO;
    }
    config
}

/// A frame with a call: the customer, with `times`, and an agent who has left.
pub(crate) fn snapshot(times: &str) -> String {
    format!(
        r#"{{"topicName":"v2.routing.queues.{}.conversations","version":"2","eventBody":{},"metadata":{{"CorrelationId":"x"}}}}"#,
        NAMES[1],
        body(times, "")
    )
}

/// The same call, as the REST API tells it later.
pub(crate) fn conversation() -> String {
    body(
        r#""connectedTime":"2024-05-01T11:59:00.000Z","disconnectedTime":"2024-05-01T12:00:00.004Z""#,
        r#","startTime":"2024-05-01T11:59:00.000Z","selfUri":"/api/v2/conversations/x""#,
    )
}

fn body(times: &str, more: &str) -> String {
    let [id, queue, customer, user, session, agent, other, phone, name] = NAMES;
    format!(
        r#"{{"id":"{id}","participants":[
        {{"id":"{customer}","name":"{name}","address":"{phone}","queueId":"{queue}","purpose":"customer","attributes":{{"Customer Name":"{name}"}},
          "calls":[{{"id":"{session}","state":"connected","direction":"inbound",{times},"provider":"Edge"}}]}},
        {{"id":"{agent}","userId":"{user}","queueId":"{queue}","purpose":"agent","calls":[{{"id":"{other}","state":"terminated",
          "disconnectType":"transfer","connectedTime":"2024-05-01T11:59:10.000Z","disconnectedTime":"2024-05-01T11:59:40.000Z"}}]}}]{more}}}"#
    )
}

/// What the details query tells: a call that nobody has heard of.
pub(crate) fn analytics() -> String {
    let [_, queue, _, user, _, agent, _, phone, name] = NAMES;
    format!(
        r#"{{"conversations":[{{"conversationId":"{user}","conversationStart":"2024-05-01T11:59:30.000Z","participants":[
        {{"participantId":"{agent}","participantName":"{name}","purpose":"agent","userId":"{user}","sessions":[{{"sessionId":"{agent}",
          "mediaType":"voice","ani":"{phone}","segments":[{{"segmentStart":"2024-05-01T11:59:31.000Z","segmentEnd":"2024-05-01T11:59:59.000Z",
          "segmentType":"interact","disconnectType":"peer","queueId":"{queue}"}}]}}]}}]}}],"totalHits":1}}"#
    )
}

pub(crate) struct Cloud {
    session: Session,
    recorder: Recorder,
    recording: Recording,
    paper: Paper,
    now: Instant,
    conn: ConnId,
    channels: u32,
    calls: Vec<(RequestId, Call)>,
    token: Option<RequestId>,
    dialled: Option<ConnId>,
    taken: Vec<Taken>,
}

impl Cloud {
    /// A session that has asked for a token.
    pub(crate) fn asking(config: Config, redaction: Redaction) -> Self {
        let (now, paper) = (Instant(5_000), Paper::default());
        let options = Options { redaction, key: [3; 32] };
        let (mut recorder, recording) = record(paper.clone(), &config, &options);
        let session = Session::new(config, now, WALL).expect("a valid configuration");
        recorder.began(session.anchor());
        let (calls, taken) = (Vec::new(), Vec::new());
        let (conn, channels, token, dialled) = (ConnId(0), 0, None, None);
        let mut cloud =
            Self { session, recorder, recording, paper, now, conn, channels, calls, token, dialled, taken };
        cloud.handle(Input::Timeout);
        cloud
    }

    pub(crate) fn live(config: Config, redaction: Redaction) -> Self {
        let mut cloud = Self::asking(config, redaction);
        cloud.go_live();
        cloud
    }

    /// Answers everything with yes until the session is live; one topic is refused.
    pub(crate) fn go_live(&mut self) {
        for _ in 0..20 {
            if self.token.is_some() || self.dialled.is_some() || self.has("/api/v2/notifications/channels") {
                break;
            }
            self.wait();
        }
        if let Some(request) = self.token.take() {
            let grant = Grant { token: TOKEN, lifetime: Duration::from_secs(3600), renew_in: None };
            self.handle(Input::Token { request, result: Ok(grant) });
        }
        if self.has("/api/v2/notifications/channels") {
            self.channels += 1;
            let id = channel_id(self.channels);
            let body = format!(
                r#"{{"connectUri":"wss://streaming.example.com/channels/{id}","id":"{id}","expires":"2024-05-02T12:00:00.000Z"}}"#
            );
            self.answer("/api/v2/notifications/channels", 200, &body);
        }
        self.conn = self.dialled.take().expect("it is dialled");
        self.handle(Input::Opened { conn: self.conn });
        let body = format!(
            r#"{{"entities":[{{"id":"v2.routing.queues.{}.conversations","state":"Permitted","selfUri":"/api/v2/x"}},
            {{"id":"v2.users.{}.conversations","state":"Rejected","rejectionReason":"not for {}","code":"notification.unauthorized.topic",
            "missingPermissions":["analytics:conversationDetail:view"]}}]}}"#,
            NAMES[1], NAMES[3], NAMES[8]
        );
        self.answer("/subscriptions", 200, &body);
    }

    fn has(&self, path: &str) -> bool {
        self.calls.iter().any(|(_, call)| call.url.expose().contains(path))
    }

    pub(crate) fn answer(&mut self, path: &str, status: u16, body: &str) {
        for _ in 0..200 {
            if self.has(path) {
                break;
            }
            self.wait();
        }
        let at = self.calls.iter().position(|(_, call)| call.url.expose().contains(path));
        let (request, _) = self.calls.remove(at.unwrap_or_else(|| panic!("nobody asks for {path}")));
        let quota = Some(Quota { count: 7, allowed: 300, reset: 55 });
        let (correlation, body) = (Some("c0ffee"), body.as_bytes());
        let reply = Reply { status, correlation, quota, body, ..Reply::default() };
        self.handle(Input::Replied { request, result: Ok(reply) });
    }

    pub(crate) fn lose(&mut self) {
        self.handle(Input::Closed {
            conn: self.conn,
            how: Closed::Frame { code: Some(1001), reason: "bye" },
        });
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.handle(Input::Frame { conn: self.conn, frame: Frame::Text(text) });
    }

    pub(crate) fn binary(&mut self, bytes: &[u8]) {
        self.handle(Input::Frame { conn: self.conn, frame: Frame::Binary(bytes) });
    }

    /// Lets time pass up to what is due next.
    fn wait(&mut self) {
        let due = self.session.poll_timeout().expect("something is due").at;
        self.now = self.now.max(due);
        self.handle(Input::Timeout);
    }

    fn handle(&mut self, input: Input<'_>) {
        self.now = self.now + Duration::from_micros(1_337);
        self.recorder.input(&input, self.now);
        self.session.handle(input, self.now);
        while let Some(action) = self.session.poll_action() {
            self.recorder.action(&action);
            match action {
                Action::Call { request, call } => self.calls.push((request, call)),
                Action::Cancel { request } => self.calls.retain(|(asked, _)| *asked != request),
                Action::Token { request, .. } => self.token = Some(request),
                Action::Open { conn, .. } => self.dialled = Some(conn),
                Action::Send { .. } | Action::Close { .. } | Action::Drop { .. } | _ => {}
            }
        }
    }

    pub(crate) fn take(&mut self, most: usize) {
        for _ in 0..most {
            self.now = self.now + Duration::from_micros(11);
            let Some(event) = self.session.poll_event() else { return };
            self.recorder.event(&event, self.now);
            self.taken.push(Taken { event, at: self.now });
        }
    }

    /// Takes what is left, and ends the recording.
    pub(crate) fn end(mut self) -> (String, Vec<Taken>, Stats) {
        self.take(usize::MAX);
        self.recording.finish().expect("memory takes everything");
        (self.paper.text(), self.taken, self.session.stats())
    }
}
