//! Whatever the service does: each join and leave is told once, or lies in a gap that is open; and everything is counted.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use rosterline_core::{
    Action, Closed, Config, ConnId, Detail, Event, Failure, Frame, Input, Instant, Message, Network,
    PresenceKind, Reply, RequestId, Rng, Session, Timestamp, UnixMillis,
};

use crate::rig::{QUEUE, START, config, conversation, seconds, without_repair};

/// A service with one queue, whose conversations join and leave, and whose channels fare badly. It is behind with some of its
/// connections, and forgets what waits for one when that is closed.
struct World {
    session: Session,
    now: Instant,
    rng: Rng,
    /// Channels by number, with whether they still exist.
    channels: Vec<bool>,
    conns: BTreeMap<ConnId, Conn>,
    calls: Vec<(RequestId, String, String)>,
    /// Conversations: when each was joined, and left.
    truth: Vec<(Timestamp, Option<Timestamp>)>,
    told: Vec<Event>,
    calm: bool,
    /// The most that it is behind with a connection, in milliseconds.
    behind: u64,
    moves: u64,
    /// When the session ended.
    ended: Option<Timestamp>,
}

struct Conn {
    channel: usize,
    open: bool,
    subscribed: bool,
    /// So late does everything come on it.
    behind: Duration,
    waiting: VecDeque<(Instant, String)>,
}

impl World {
    fn new(seed: u64, behind: u64, config: Config) -> Self {
        let session =
            Session::new(Config { seed, ..config }, Instant::ZERO, UnixMillis(START)).expect("valid");
        let rng = Rng::stream(seed, "world");
        Self {
            session,
            now: Instant::ZERO,
            rng,
            channels: Vec::new(),
            conns: BTreeMap::new(),
            calls: Vec::new(),
            truth: Vec::new(),
            told: Vec::new(),
            calm: false,
            behind,
            moves: 0,
            ended: None,
        }
    }

    fn wall(&self) -> Timestamp {
        UnixMillis(START).after(self.now.since(Instant::ZERO)).into()
    }

    fn chance(&mut self, percent: u64) -> bool {
        !self.calm && self.rng.chance(percent)
    }

    fn handle(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(action) = self.session.poll_action() {
            match action {
                Action::Call { request, call } => {
                    let url = call.url.expose().to_string();
                    if url.contains("/subscriptions") && self.rng.chance(50) {
                        // What happens from now on is told, whenever the answer comes.
                        self.subscribe(&url);
                    }
                    self.calls.push((request, url, call.body));
                }
                Action::Cancel { request } => self.calls.retain(|call| call.0 != request),
                Action::Open { conn, url } => {
                    let channel = url.expose().rsplit('/').next().and_then(|id| id.parse().ok());
                    let channel = channel.expect("a channel of ours");
                    let behind = if self.rng.chance(50) { self.rng.up_to(self.behind) } else { 0 };
                    let behind = Duration::from_millis(behind);
                    let waiting = VecDeque::new();
                    self.conns
                        .insert(conn, Conn { channel, open: false, subscribed: false, behind, waiting });
                }
                Action::Send { conn, message } => {
                    self.session.handle(Input::Flushed { conn }, self.now);
                    if message == Message::Text(r#"{"message":"ping"}"#.into()) {
                        self.say(conn, r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#);
                    }
                }
                Action::Close { conn, code } => {
                    // The answer to a close frame. What has not been sent is forgotten.
                    if self.conns.remove(&conn).is_some() {
                        let how = Closed::Frame { code: Some(code), reason: "" };
                        self.session.handle(Input::Closed { conn, how }, self.now);
                    }
                }
                Action::Drop { conn } => _ = self.conns.remove(&conn),
                other => panic!("{other:?}"),
            }
        }
        while let Some(event) = self.session.poll_event() {
            if matches!(event, Event::Ended(_)) {
                // What it was behind with was not told.
                let told = self.now.since(Instant::ZERO).saturating_sub(Duration::from_millis(self.behind));
                self.ended = Some(UnixMillis(START).after(told).into());
            }
            self.told.push(event);
        }
        let stats = self.session.stats();
        assert_eq!(stats.received, stats.accounted(), "{stats:?}");
        assert!(
            self.ended.is_some() || self.session.poll_timeout().is_some(),
            "there is always a next deadline"
        );
        assert!(self.conns.len() <= 5, "connections that have been replaced go: {}", self.conns.len());
    }

    /// One thing happens.
    fn step(&mut self) {
        // Twice as much while there is more than one connection.
        let often = if self.conns.len() > 1 { 2 } else { 1 };
        match self.rng.up_to(9) / often {
            0 | 1 => self.something_happens(),
            2 if self.chance(30) => self.trouble(),
            _ => {}
        }
        self.answer();
        self.open();
        let pause = [1, 20, 300, 2000][self.rng.up_to(3) as usize];
        self.pass(Duration::from_millis(pause));
    }

    fn something_happens(&mut self) {
        let open: Vec<usize> = (0..self.truth.len()).filter(|&n| self.truth[n].1.is_none()).collect();
        let now = self.wall();
        let n = if open.is_empty() || self.rng.chance(50) {
            self.truth.push((now, None));
            self.truth.len() - 1
        } else {
            let n = open[self.rng.up_to(open.len() as u64 - 1) as usize];
            self.truth[n].1 = Some(now);
            n
        };
        let frame = format!(
            r#"{{"topicName":"v2.routing.queues.{QUEUE}.conversations","eventBody":{}}}"#,
            self.conversation(n)
        );
        let times = if self.chance(20) { 2 } else { 1 };
        for _ in 0..times {
            self.send(&frame);
        }
    }

    fn conversation(&self, n: usize) -> String {
        let (joined, left) = self.truth[n];
        conversation(&n.to_string(), &joined.to_string(), left.map(|left| left.to_string()).as_deref())
    }

    fn send(&mut self, frame: &str) {
        let listening: Vec<ConnId> =
            self.conns.iter().filter(|(_, it)| it.subscribed).map(|(id, _)| *id).collect();
        listening.into_iter().for_each(|conn| self.say(conn, frame));
        self.deliver();
    }

    /// Something is to be said on a connection, behind all that waits for it.
    fn say(&mut self, conn: ConnId, text: &str) {
        let now = self.now;
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.waiting.push_back((now + conn.behind, text.to_string()));
        }
    }

    /// Everything that is due comes.
    fn deliver(&mut self) {
        let now = self.now;
        let is_due = |conn: &Conn| conn.waiting.front().is_some_and(|(due, _)| *due <= now);
        while let Some((&conn, it)) = self.conns.iter_mut().find(|(_, it)| is_due(it)) {
            let text = it.waiting.pop_front().expect("something is due").1;
            self.handle(Input::Frame { conn, frame: Frame::Text(&text) });
        }
    }

    fn trouble(&mut self) {
        let live: Vec<ConnId> = self.conns.iter().filter(|(_, it)| it.open).map(|(id, _)| *id).collect();
        if live.is_empty() {
            return;
        }
        let conn = live[self.rng.up_to(live.len() as u64 - 1) as usize];
        let closing = r#"{"topicName":"v2.system.socket_closing","eventBody":{}}"#;
        match self.rng.up_to(5) {
            0..=2 => {
                self.moves += 1;
                self.handle(Input::Frame { conn, frame: Frame::Text(closing) });
            }
            3 => self.end(conn, Closed::Frame { code: Some(1001), reason: "" }),
            4 => self.end(conn, Closed::Failed(Failure { kind: Network::Broken, detail: "cut" })),
            _ => {
                let channel = self.conns[&conn].channel;
                self.channels[channel] = false;
                self.end(conn, Closed::Frame { code: Some(1001), reason: "" });
            }
        }
    }

    /// A service that closes has said everything before; what is cut has not.
    fn end(&mut self, conn: ConnId, how: Closed<'_>) {
        if let (Closed::Frame { .. }, Some(it)) = (&how, self.conns.get_mut(&conn)) {
            it.waiting.iter_mut().for_each(|(due, _)| *due = self.now);
            self.deliver();
        }
        self.conns.remove(&conn);
        self.handle(Input::Closed { conn, how });
    }

    /// Answers one request, if it likes.
    fn answer(&mut self) {
        if self.calls.is_empty() || self.chance(20) {
            return;
        }
        let (request, url, body) = self.calls.remove(0);
        let (status, body) = match () {
            () if self.chance(10) => ([429, 500, 503, 401][self.rng.up_to(3) as usize], "{}".to_string()),
            () if url.ends_with("/oauth/token") => {
                (200, r#"{"access_token":"CANARY-t","expires_in":86399}"#.to_string())
            }
            () if url.ends_with("/channels") => self.create_channel(),
            () if url.contains("/subscriptions") => self.subscribe(&url),
            () if url.contains("/details") => (200, self.page()),
            () => {
                let n: usize = url.rsplit('/').next().and_then(|id| id.parse().ok()).expect("one of ours");
                let _ = body;
                (200, self.conversation(n))
            }
        };
        let reply = Reply { status, retry_after: Some("1"), body: body.as_bytes(), ..Reply::default() };
        self.handle(Input::Replied { request, result: Ok(reply) });
    }

    fn create_channel(&mut self) -> (u16, String) {
        let n = self.channels.len();
        self.channels.push(true);
        let uri = format!("wss://streaming.example.com/channels/{n}");
        (200, format!(r#"{{"connectUri":"{uri}","id":"CANARY-channel-{n}"}}"#))
    }

    fn subscribe(&mut self, url: &str) -> (u16, String) {
        let id = url.split("CANARY-channel-").nth(1).and_then(|rest| rest.split('/').next());
        let channel: usize = id.and_then(|id| id.parse().ok()).expect("a channel of ours");
        if !self.channels[channel] {
            return (404, r#"{"code":"not.found"}"#.to_string());
        }
        self.conns.values_mut().filter(|it| it.channel == channel).for_each(|it| it.subscribed = true);
        (200, r#"{"entities":[]}"#.to_string())
    }

    /// Every conversation that there ever was: the client has to know which it has heard of.
    fn page(&self) -> String {
        let one = |(n, (joined, left)): (usize, &(Timestamp, Option<Timestamp>))| {
            let end = left
                .map(|left| format!(r#","segmentEnd":"{left}","disconnectType":"peer""#))
                .unwrap_or_default();
            format!(
                r#"{{"conversationId":"{n}","participants":[{{"participantId":"p-{n}","purpose":"customer","sessions":[{{"sessionId":"s-{n}","mediaType":"voice","segments":[{{"segmentStart":"{joined}"{end},"segmentType":"interact","queueId":"{QUEUE}"}}]}}]}}]}}"#
            )
        };
        // As the service does, 100 at a time; there are never as many here.
        let all: Vec<String> = self.truth.iter().enumerate().rev().take(99).map(one).collect();
        format!(r#"{{"conversations":[{}]}}"#, all.join(","))
    }

    /// Answers one opening handshake, if it likes.
    fn open(&mut self) {
        let waiting = self.conns.iter().find(|(_, it)| !it.open).map(|(id, it)| (*id, it.channel));
        let Some((conn, channel)) = waiting else { return };
        if self.chance(10) {
            return self.end(conn, Closed::Failed(Failure { kind: Network::Connect, detail: "refused" }));
        }
        if !self.channels[channel] {
            return self.end(conn, Closed::Status { status: 404, retry_after: None, date: None });
        }
        self.conns.values_mut().filter(|it| it.channel == channel).for_each(|it| it.open = true);
        let kept = self.chance(50);
        self.conns
            .values_mut()
            .filter(|it| it.channel == channel && kept)
            .for_each(|it| it.subscribed = true);
        self.handle(Input::Opened { conn });
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let said = self.conns.values().filter_map(|it| it.waiting.front().map(|(due, _)| *due));
            let due = said.chain(self.session.poll_timeout().map(|deadline| deadline.at)).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            self.handle(Input::Timeout);
            self.deliver();
        }
        self.now = end;
    }

    /// Each fact is told once, or lies in a gap that was not repaired.
    fn check(&self) {
        let mut told: BTreeMap<(String, PresenceKind), u32> = BTreeMap::new();
        for event in &self.told {
            if let Event::Presence(presence) = event {
                *told.entry((presence.interaction.to_string(), presence.kind)).or_default() += 1;
            }
        }
        assert!(told.values().all(|&count| count == 1), "{told:?}");
        let repaired = |id| {
            self.told.iter().any(|event| matches!(event, Event::Repaired(repair) if repair.gap.id == id))
        };
        let gaps = self.told.iter().filter_map(|event| match event {
            Event::Gap(gap) if !repaired(gap.id) => Some(gap),
            _ => None,
        });
        let gaps: Vec<_> = gaps.collect();
        let first = self
            .told
            .iter()
            .position(|event| matches!(event, Event::Status(it) if it.state == rosterline_core::State::Live));
        let Some(Event::Status(live)) = first.map(|at| &self.told[at]) else { return };
        for (n, (joined, left)) in self.truth.iter().enumerate() {
            for (kind, at) in [(PresenceKind::Joined, Some(*joined)), (PresenceKind::Left, *left)] {
                // What was before the first word and after the last was not promised.
                let Some(at) = at.filter(|at| *at > live.at.into()) else { continue };
                if self.ended.is_some_and(|end| at >= end) {
                    continue;
                }
                let is_told = told.contains_key(&(n.to_string(), kind));
                let excused = gaps.iter().any(|gap| gap.from <= at && at <= gap.to);
                assert!(is_told || excused, "{n} {kind:?} at {at} is neither told nor in a gap: {gaps:?}");
            }
        }
    }
}

fn play(seed: u64, steps: u32) -> World {
    // Without repair, every gap must hold what is missing.
    let mut patient = if seed & 1 == 0 { config() } else { without_repair() };
    patient.reconnect.max_attempts = None;
    let mut world = World::new(seed, 3000, patient);
    world.handle(Input::Timeout);
    for _ in 0..steps {
        world.step();
    }
    world.calm = true;
    for _ in 0..400 {
        world.step();
    }
    world.pass(seconds(4));
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_is_lost_without_a_word(seed: u64) {
        let world = play(seed, 300);
        world.check();
        let shown = format!("{:?}{:?}", world.session, world.told);
        prop_assert!(!shown.contains("CANARY"), "{shown}");
    }
}

/// Moves of each service, one after the other.
const MOVES: usize = 2000;

/// What G14 of the promise asks for is a million; `cargo xtask soak` plays it.
#[test]
fn planned_moves_lose_nothing_and_leave_no_gap() {
    let services = if std::env::var_os("ROSTERLINE_EXHAUSTIVE").is_some() { 500 } else { 1 };
    let mut told = 0;
    for seed in 0..services {
        let world = moved(seed);
        world.check();
        assert!(!world.told.iter().any(|event| matches!(event, Event::Gap(_))), "seed {seed}");
        let is_move =
            |event: &&Event| matches!(event, Event::Status(status) if status.detail == Detail::Moved);
        assert_eq!(world.told.iter().filter(is_move).count(), MOVES, "seed {seed}");
        told += world.told.iter().filter(|event| matches!(event, Event::Presence(_))).count();
    }
    println!("{} planned moves, {told} joins and leaves told, none lost", services as usize * MOVES);
}

/// A service without other troubles, whose server says again and again that it closes the socket.
fn moved(seed: u64) -> World {
    let mut service = without_repair();
    service.reconnect.dial_burst = 100_000;
    let mut world = World::new(seed, 5, service);
    world.calm = true;
    world.handle(Input::Timeout);
    for _ in 0..50 {
        world.step();
    }
    let closing = r#"{"topicName":"v2.system.socket_closing","eventBody":{}}"#;
    for _ in 0..MOVES {
        let conn = *world.conns.keys().next().expect("it is connected");
        world.handle(Input::Frame { conn, frame: Frame::Text(closing) });
        while world.conns.contains_key(&conn) {
            world.something_happens();
            world.pass(seconds(0));
            world.answer();
            world.open();
            world.now = world.now + Duration::from_millis(1);
        }
    }
    world.pass(seconds(1));
    world
}
