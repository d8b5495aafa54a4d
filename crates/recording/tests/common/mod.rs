//! A session that is recorded, without any network.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rosterline_core::{
    Action, Auth, Config, ConnId, Endpoint, Event, Frame, GapId, Grant, Input, Instant, Message, Offer,
    Presence, RequestId, Session, Stats, Subscription, UnixMillis,
};
use rosterline_driver::{Command, Tap as _};
use rosterline_recording::{Mismatch, Options, Recorder, Recording, Redaction, Replay, Taken, record};

pub(crate) const TOKEN: &str = "CANARY-0badc0de/+7";
pub(crate) const SECRET: &str = "CANARY-client-secret";
pub(crate) const WALL: UnixMillis = UnixMillis(1_714_564_800_123);

/// A file in memory.
#[derive(Clone, Default)]
pub(crate) struct Paper(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8")
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn config() -> Config {
    let url = Endpoint::new("wss://events.example.com/stream?key=CANARY-client-secret").expect("valid");
    let mut config = Config::new(url, Auth::External, Subscription::all());
    config.secrets = vec![SECRET.into()];
    config.deliver_unknown = true;
    config.limits.inflated = 1 << 20;
    config.limits.frame = 1 << 16;
    config.seed = 7;
    config
}

/// A session and its recorder, told of everything in the order in which a driver tells it.
pub(crate) struct Door {
    pub(crate) session: Session,
    recorder: Recorder,
    /// The payload of the last ping.
    pub(crate) ping: Option<[u8; 8]>,
    /// The last request.
    pub(crate) asked: Option<RequestId>,
}

impl Door {
    fn new(session: Session, mut recorder: Recorder) -> Self {
        recorder.began(session.anchor());
        Self { session, recorder, ping: None, asked: None }
    }

    pub(crate) fn handle(&mut self, input: Input<'_>, now: Instant) {
        self.recorder.input(&input, now);
        self.session.handle(input, now);
        self.act();
    }

    pub(crate) fn subscribe(&mut self, subscription: Subscription, now: Instant) {
        self.recorder.command(&Command::Subscribe(&subscription), now);
        self.session.subscribe(subscription, now);
        self.act();
    }

    pub(crate) fn recovered(&mut self, gap: GapId, events: Vec<Presence>, now: Instant) {
        self.recorder.command(&Command::Recovered(gap, &events), now);
        // A gap that is not open changes nothing.
        let _ = self.session.recovered(gap, events, now);
        self.act();
    }

    pub(crate) fn close(&mut self, now: Instant) {
        self.recorder.command(&Command::Close, now);
        self.session.close(now);
        self.act();
    }

    pub(crate) fn poll_event(&mut self, now: Instant) -> Option<Event> {
        let event = self.session.poll_event()?;
        self.recorder.event(&event, now);
        Some(event)
    }

    fn act(&mut self) {
        while let Some(action) = self.session.poll_action() {
            self.recorder.action(&action);
            if let Action::Send { message: Message::Ping(payload), .. } = action {
                self.ping = Some(payload);
            } else if let Action::Call { request, .. } = action {
                self.asked = Some(request);
            }
        }
    }
}

/// A session with its recorder, which is live from the start.
pub(crate) struct Desk {
    pub(crate) door: Door,
    pub(crate) paper: Paper,
    pub(crate) recording: Recording,
    pub(crate) now: Instant,
    pub(crate) taken: Vec<Taken>,
    pub(crate) conn: ConnId,
}

impl Desk {
    /// A session that is live.
    pub(crate) fn new(config: Config, redaction: Redaction) -> Self {
        let paper = Paper::default();
        Self::on(config, redaction, paper.clone(), paper)
    }

    pub(crate) fn on(
        config: Config,
        redaction: Redaction,
        paper: Paper,
        out: impl Write + Send + 'static,
    ) -> Self {
        let mut desk = Self::dark(config, redaction, paper, out);
        let grant = Grant { token: TOKEN, lifetime: Duration::from_secs(3600), renew_in: None };
        desk.handle(Input::Token { request: RequestId(1), result: Ok(grant) });
        desk.accept();
        desk
    }

    /// The connection opens, and the server says yes to everything.
    pub(crate) fn accept(&mut self) {
        self.handle(Input::Opened { conn: self.conn });
        self.text(r#"{"status":"connected"}"#);
        self.text(r#"{"status":"subscribed"}"#);
    }

    /// A session that has asked for a token.
    pub(crate) fn asking(config: Config, redaction: Redaction) -> Self {
        let paper = Paper::default();
        Self::dark(config, redaction, paper.clone(), paper)
    }

    fn dark(config: Config, redaction: Redaction, paper: Paper, out: impl Write + Send + 'static) -> Self {
        let now = Instant(5_000);
        let options = Options { redaction, key: [3; 32] };
        let (recorder, recording) = record(out, &config, &options);
        let session = Session::new(config, now, WALL).expect("a valid configuration");
        let door = Door::new(session, recorder);
        let mut desk = Self { door, paper, recording, now, taken: Vec::new(), conn: ConnId(1) };
        desk.handle(Input::Timeout);
        desk
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) {
        self.now = self.now + Duration::from_micros(1_337);
        self.door.handle(input, self.now);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.handle(Input::Frame { conn: self.conn, frame: Frame::Text(text) });
    }

    pub(crate) fn binary(&mut self, bytes: &[u8]) {
        self.handle(Input::Frame { conn: self.conn, frame: Frame::Binary(bytes) });
    }

    pub(crate) fn take(&mut self, most: usize) {
        for _ in 0..most {
            self.now = self.now + Duration::from_micros(11);
            let Some(event) = self.door.poll_event(self.now) else { return };
            self.taken.push(Taken { event, at: self.now });
        }
    }

    /// Takes what is left, and ends the recording.
    pub(crate) fn end(mut self) -> Run {
        self.take(usize::MAX);
        self.recording.finish().expect("memory takes everything");
        Run { text: self.paper.text(), taken: self.taken, stats: self.door.session.stats() }
    }
}

/// What a run has left behind.
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) taken: Vec<Taken>,
    pub(crate) stats: Stats,
}

pub(crate) fn open(text: &str) -> Replay {
    Replay::open(io::Cursor::new(text.to_string())).expect("a recording")
}

/// Replays to the end.
pub(crate) fn replay(text: &str) -> (Result<Vec<Taken>, Mismatch>, Replay) {
    let mut replay = open(text);
    let taken = replay.by_ref().collect();
    (taken, replay)
}

/// An event without what a pseudonym may stand for.
pub(crate) fn bare(taken: &Taken) -> String {
    let at = taken.at.0;
    match &taken.event {
        Event::Presence(it) => {
            format!(
                "{at} {} {:?} {} {:?} {} {}",
                it.at, it.kind, it.channel, it.reason, it.arrived.0, it.received
            )
        }
        Event::Unanswered(it) => {
            let Offer { channel, from, to, reason, leg, received, .. } = it;
            let (purpose, source) = (&leg.purpose, leg.source);
            format!("{at} {channel:?} {from:?} {to:?} {reason:?} {purpose:?} {source:?} {received}")
        }
        Event::Unknown(it) => format!("{at} {} {}", it.kind, it.received),
        Event::Status(it) => format!("{at} {:?} {} {}", it.state, it.attempt, it.at),
        Event::Gap(it) => format!("{at} {:?} {:?} {} {} {}", it.id, it.cause, it.from, it.to, it.dropped),
        Event::Repaired(it) => format!("{at} {:?} {}", it.gap.id, it.recovered),
        Event::Ended(cause) => {
            format!("{at} {} {}", cause.is_fatal(), cause.to_string().split(':').next().unwrap_or_default())
        }
        Event::Rejected(_) | _ => format!("{at} {:?}", taken.event),
    }
}
