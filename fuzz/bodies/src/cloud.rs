//! A session of the `notifications` dialect, and a service that says whatever the bytes tell: about conversations, about
//! channels, and as an answer to what it is asked.
//!
//! Every byte is something that happens, with its arguments behind it: [`World::step`] lists them. So `ggog` is a session that is
//! live.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use rosterline_core::{
    Action, Auth, Closed, Config, ConnId, Detail, Endpoint, Event, Failure, Frame, GapId, Id, Input, Instant,
    Network, PresenceKind, Reply, RequestId, Session, State, Status, Timestamp, Topic, UnixMillis,
};

use crate::source::Source;

/// More things than this do not happen in one life.
const MOST: usize = 256;
/// 2024-05-01T12:00:00Z.
const START: i64 = 1_714_564_800_000;
/// In seconds, and a little more: tokens and channels have ended by then.
const DAY: u64 = 90_000;
/// A life has no more of them: after the second one nothing is left that could end for the first time.
const MOST_DAYS: u32 = 3;
const PONG: &str = r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#;
/// A connection that was replaced is asked a last time, and has a minute to answer that and goodbye.
const REPLACED: Duration = Duration::from_secs(63);
const QUEUE: &str = "0e185c02-aaaa-4bbb-8ccc-ddddeeeeffff";
/// Whatever begins like this is a secret: a token, or the id of a channel.
const CANARY: &str = "CANARY";

/// How far an input has brought its session, so that a test can see that the checks are not idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// How often it became live.
    pub live: u64,
    /// Joins and leaves that were told.
    pub events: u64,
    /// Offers that nobody answered.
    pub unanswered: u64,
    /// What could not be understood.
    pub rejected: u64,
    /// Gaps, and those that were repaired.
    pub gaps: u64,
    /// Those that were repaired.
    pub repaired: u64,
    /// Planned moves that were done.
    pub moves: u64,
    /// Whether it is over.
    pub ended: bool,
}

/// Lives the life that `data` tells of.
///
/// # Panics
/// If the session does, or if it tells something twice, shows a secret, loses count or has nothing left to wait for.
pub fn cloud(data: &[u8]) -> Served {
    let mut source = Source::new(data);
    let mut world = World::new();
    for _ in 0..MOST {
        if world.step(&mut source).is_none() {
            break;
        }
        world.check();
    }
    world.take(usize::MAX);
    world.check();
    world.served
}

struct World {
    session: Session,
    now: Instant,
    /// Requests that wait, with their paths and bodies.
    asked: Vec<(RequestId, String, String)>,
    /// Connections that were dialled, and whether they are open.
    conns: BTreeMap<ConnId, bool>,
    /// Those that were told goodbye or replaced, and until when they may be there: a move that follows another one at once does
    /// not wait.
    leaving: BTreeMap<ConnId, Instant>,
    patience: Duration,
    told: BTreeSet<(Id, Id, Id, PresenceKind, Timestamp)>,
    open_gaps: BTreeSet<GapId>,
    channels: u32,
    tokens: u32,
    days: u32,
    /// The peer has said something that looks like a secret: what is shown of that proves nothing.
    knows_secrets: bool,
    served: Served,
}

impl World {
    fn new() -> Self {
        let url = |text| Endpoint::new(text).expect("a valid URL");
        let auth = Auth::ClientCredentials {
            login_url: url("https://login.example.com"),
            client_id: "client".into(),
            client_secret: "CANARY-client-secret".into(),
        };
        let topics = vec![Topic::queue(QUEUE).expect("valid")];
        let mut config = Config::notifications(url("https://api.example.com"), auth, topics);
        config.buffer.capacity = 16;
        config.reconnect.max_attempts = None;
        let patience = config.timeouts.close;
        let session = Session::new(config, Instant::ZERO, UnixMillis(START)).expect("a valid configuration");
        let mut world = Self {
            session,
            now: Instant::ZERO,
            asked: Vec::new(),
            conns: BTreeMap::new(),
            leaving: BTreeMap::new(),
            patience,
            told: BTreeSet::new(),
            open_gaps: BTreeSet::new(),
            channels: 0,
            tokens: 0,
            days: 0,
            knows_secrets: false,
            served: Served::default(),
        };
        world.input(Input::Timeout);
        world
    }

    /// The next thing that happens; `None` at the end.
    fn step(&mut self, source: &mut Source<'_>) -> Option<()> {
        match source.byte()? {
            b'g' => self.grant(source),
            b'e' => self.refuse(source),
            b'j' => self.babble(source),
            b'o' => self.open(),
            b's' => self.snapshot(source),
            b'd' => self.detail(source),
            b'y' => self.system(source),
            b'h' => {
                self.say(r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#);
            }
            b'p' => self.say(PONG),
            b'w' => self.say_on_the_oldest(PONG),
            b'r' => {
                let line = String::from_utf8_lossy(source.line()).into_owned();
                self.knows_secrets |= line.contains(CANARY);
                self.say(&line);
            }
            b'c' => self.lose(source.pick(&[1000, 1001, 1008, 1012, 4000])),
            b't' => {
                let seconds = source.pick(&[1, 5, 31, 61, 3_600, DAY]);
                // A day without an answer has ten thousand deadlines.
                self.days += u32::from(seconds == DAY);
                let seconds = if self.days > MOST_DAYS { seconds.min(3_600) } else { seconds };
                self.pass(Duration::from_secs(seconds));
            }
            b'q' => {
                self.session.close(self.now);
                self.act();
            }
            most => self.take(usize::from(most & 15)),
        }
        Some(())
    }

    fn input(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now);
        self.act();
    }

    fn act(&mut self) {
        while let Some(action) = self.session.poll_action() {
            self.keeps_secrets(&action);
            match action {
                Action::Call { request, call } => {
                    let path = call.url.expose().splitn(4, '/').nth(3).unwrap_or_default().to_owned();
                    self.asked.push((request, path, call.body));
                }
                Action::Cancel { request } => self.asked.retain(|(other, ..)| *other != request),
                Action::Open { conn, .. } => {
                    assert!(self.conns.insert(conn, false).is_none(), "{conn:?} is dialled twice");
                    // A move needs two. Whoever was there before them has been replaced.
                    let staying = self.conns.keys().rev().filter(|conn| !self.leaving.contains_key(conn));
                    let replaced: Vec<ConnId> = staying.skip(2).copied().collect();
                    let end = self.now + REPLACED;
                    self.leaving.extend(replaced.into_iter().map(|conn| (conn, end)));
                }
                Action::Send { conn, .. } => self.session.handle(Input::Flushed { conn }, self.now),
                Action::Close { conn, .. } => {
                    let end = self.now + self.patience;
                    self.leaving.entry(conn).and_modify(|known| *known = end.min(*known)).or_insert(end);
                }
                Action::Drop { conn } => assert!(self.conns.remove(&conn).is_some(), "{conn:?} is gone"),
                Action::Token { .. } | _ => {}
            }
        }
    }

    /// Nothing that is shown holds a token or the id of a channel.
    fn keeps_secrets(&self, shown: &dyn std::fmt::Debug) {
        if !self.knows_secrets {
            let mut text = String::new();
            write!(text, "{shown:?}").expect("a String takes everything");
            assert!(!text.contains(CANARY), "{text}");
        }
    }

    fn reply(&mut self, status: u16, body: &str) {
        if !self.asked.is_empty() {
            let (request, ..) = self.asked.remove(0);
            let reply = Reply { status, body: body.as_bytes(), ..Reply::default() };
            self.input(Input::Replied { request, result: Ok(reply) });
        }
    }

    /// Gives what is asked for.
    fn grant(&mut self, source: &mut Source<'_>) {
        let Some((_, path, asked)) = self.asked.first().cloned() else { return };
        let body = match path.as_str() {
            "oauth/token" => {
                self.tokens += 1;
                format!(r#"{{"access_token":"CANARY-token-{}","expires_in":86399}}"#, self.tokens)
            }
            "api/v2/notifications/channels" => {
                self.channels += 1;
                let id = format!("streaming-0-CANARY{}", self.channels);
                let expires =
                    UnixMillis(START).after(self.now.since(Instant::ZERO) + Duration::from_secs(86_400));
                format!(
                    r#"{{"connectUri":"wss://streaming.example.com/channels/{id}","id":"{id}","expires":"{expires}"}}"#
                )
            }
            path if path.contains("subscriptions") => format!(r#"{{"entities":{asked}}}"#),
            path if path.starts_with("api/v2/conversations/") => conversation(source),
            _ => format!(r#"{{"conversations":[{}]}}"#, analytics(source)),
        };
        self.reply(200, &body);
    }

    fn refuse(&mut self, source: &mut Source<'_>) {
        let status = source.pick(&[404, 401, 403, 429, 500, 503, 400]);
        let code = source.pick(&["", "missing.permissions", "bad.credentials", "notification.invalid.topic"]);
        self.reply(status, &format!(r#"{{"code":"{code}","message":"no","status":{status}}}"#));
    }

    /// Answers with anything, or with nothing.
    fn babble(&mut self, source: &mut Source<'_>) {
        let line = String::from_utf8_lossy(source.line()).into_owned();
        self.knows_secrets |= line.contains(CANARY);
        if line.is_empty() && !self.asked.is_empty() {
            let (request, ..) = self.asked.remove(0);
            let failure = Failure { kind: Network::Broken, detail: "reset by peer" };
            return self.input(Input::Replied { request, result: Err(failure) });
        }
        self.reply(200, &line);
    }

    fn open(&mut self) {
        let dialled = self.conns.iter_mut().find(|(_, open)| !**open);
        if let Some((&conn, open)) = dialled {
            *open = true;
            self.input(Input::Opened { conn });
        }
    }

    /// On the newest connection.
    fn say(&mut self, text: &str) {
        let open = self.conns.iter().rev().find(|(_, open)| **open).map(|(conn, _)| *conn);
        self.say_on(open, text);
    }

    fn say_on_the_oldest(&mut self, text: &str) {
        let open = self.conns.iter().find(|(_, open)| **open).map(|(conn, _)| *conn);
        self.say_on(open, text);
    }

    fn say_on(&mut self, conn: Option<ConnId>, text: &str) {
        if let Some(conn) = conn.filter(|_| self.session.wants_read()) {
            self.input(Input::Frame { conn, frame: Frame::Text(text) });
        }
    }

    /// The oldest connection ends.
    fn lose(&mut self, code: u16) {
        let Some((conn, open)) = self.conns.pop_first() else { return };
        let failed = Closed::Failed(Failure { kind: Network::Connect, detail: "refused" });
        let how = if open { Closed::Frame { code: Some(code), reason: "" } } else { failed };
        self.input(Input::Closed { conn, how });
    }

    fn snapshot(&mut self, source: &mut Source<'_>) {
        let body = conversation(source);
        self.say(&format!(
            r#"{{"topicName":"v2.routing.queues.{QUEUE}.conversations","version":"2","eventBody":{body}}}"#
        ));
    }

    fn detail(&mut self, source: &mut Source<'_>) {
        let (which, who) = (source.below(3), source.below(3));
        let kind = source.pick(&[
            "user.end",
            "user.start",
            "customer.start",
            "customer.end",
            "acd.start",
            "acd.end",
        ]);
        let at = START + i64::from(source.below(32)) * 1000;
        let talked = u32::from(source.below(16)) * 1000;
        self.say(&format!(
            r#"{{"topicName":"v2.detail.events.conversation.c{which}.{kind}","version":"2","eventBody":{{"eventTime":{at},"conversationId":"c{which}",
            "participantId":"p{who}","sessionId":"s{who}","mediaType":"VOICE","disconnectType":"PEER","interactingDurationMs":{talked},"heldDurationMs":0}}}}"#
        ));
    }

    fn system(&mut self, source: &mut Source<'_>) {
        let id = format!("streaming-0-CANARY{}", self.channels);
        let text = match source.below(5) {
            0 => r#"{"topicName":"v2.system.socket_closing","eventBody":{"message":"soon"}}"#.to_owned(),
            1 => format!(
                r#"{{"topicName":"v2.system.no_longer_subscribed.{id}","eventBody":{{"channelId":"{id}","reason":"another_channel_subscribed"}}}}"#
            ),
            2 => format!(
                r#"{{"topicName":"v2.system.no_longer_subscribed.{id}","eventBody":{{"channelId":"{id}"}}}}"#
            ),
            3 => r#"{"topicName":"v2.system.token_revoked","eventBody":{"reason":"user_tokens_revoked"}}"#
                .to_owned(),
            _ => format!(r#"{{"topicName":"v2.system.news","eventBody":{{"message":"about {id}"}}}}"#),
        };
        self.say(&text);
    }

    /// Time passes, from deadline to deadline.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        // Who asks for a token in vain all day has something due every eight seconds; a repair that waits for it, every second.
        for _ in 0..100 + 2 * time.as_secs() {
            let Some(deadline) = self.session.poll_timeout().filter(|deadline| deadline.at <= end) else {
                self.now = end;
                return self.input(Input::Timeout);
            };
            self.now = self.now.max(deadline.at);
            self.input(Input::Timeout);
        }
        panic!("it spins: {:?}", self.session.poll_timeout());
    }

    fn take(&mut self, most: usize) {
        for _ in 0..most {
            let Some(event) = self.session.poll_event() else { return };
            assert!(!self.served.ended, "after the last item: {event:?}");
            self.keeps_secrets(&event);
            match event {
                Event::Presence(it) => {
                    let session = it.leg.as_ref().expect("it is of a communication").session.clone();
                    let fact = (it.interaction.clone(), it.participant.clone(), session, it.kind, it.at);
                    assert!(self.told.insert(fact), "told twice: {it:?}");
                    self.served.events += 1;
                }
                Event::Unanswered(_) => self.served.unanswered += 1,
                Event::Status(Status { state, detail, .. }) => {
                    self.served.live += u64::from(state == State::Live && detail == Detail::None);
                    self.served.moves += u64::from(detail == Detail::Moved);
                }
                Event::Gap(gap) => {
                    assert!(gap.from <= gap.to && self.open_gaps.insert(gap.id), "{gap:?}");
                    self.served.gaps += 1;
                }
                Event::Repaired(repair) => {
                    assert!(self.open_gaps.remove(&repair.gap.id), "{:?} was not open", repair.gap);
                    self.served.repaired += 1;
                }
                Event::Rejected(_) => self.served.rejected += 1,
                Event::Ended(_) => self.served.ended = true,
                other @ (Event::Unknown(_) | _) => panic!("nobody asked for it: {other:?}"),
            }
        }
    }

    fn check(&self) {
        let stats = self.session.stats();
        assert_eq!(stats.received, stats.accounted(), "{stats:?}");
        let stuck = self.leaving.iter().find(|(conn, end)| self.conns.contains_key(conn) && **end < self.now);
        assert_eq!(stuck, None, "it does not go");
        let has_ended = self.session.is_ended() || self.served.ended || self.session.has_events();
        assert!(has_ended || self.session.poll_timeout().is_some(), "it waits for nothing");
    }
}

/// A time within half a minute, or none.
fn time(source: &mut Source<'_>) -> Option<UnixMillis> {
    let second = source.below(32);
    (second > 0).then(|| UnixMillis(START + i64::from(second) * 1000))
}

/// A conversation with up to three participants, each with one call.
fn conversation(source: &mut Source<'_>) -> String {
    let which = source.below(3);
    let parties: Vec<String> = (0..=source.below(3)).map(|_| party(source)).collect();
    format!(r#"{{"id":"c{which}","participants":[{}]}}"#, parties.join(","))
}

fn party(source: &mut Source<'_>) -> String {
    let who = source.below(3);
    let purpose = source.pick(&["customer", "agent", "acd"]);
    let state = source.pick(&["connected", "alerting", "disconnected", "terminated", "parked"]);
    let mut call = format!(r#"{{"id":"s{who}","state":"{state}""#);
    for name in ["connectedTime", "disconnectedTime"] {
        if let Some(at) = time(source) {
            let _ = write!(call, r#","{name}":"{at}""#);
        }
    }
    format!(r#"{{"id":"p{who}","purpose":"{purpose}","queueId":"{QUEUE}","calls":[{call}}}]}}"#)
}

/// A conversation as the analytics tell it.
fn analytics(source: &mut Source<'_>) -> String {
    let (which, who) = (source.below(3), source.below(3));
    let kind = source.pick(&["interact", "alert", "wrapup", "hold"]);
    let mut segment = format!(r#"{{"segmentType":"{kind}","queueId":"{QUEUE}""#);
    for name in ["segmentStart", "segmentEnd"] {
        if let Some(at) = time(source) {
            let _ = write!(segment, r#","{name}":"{at}""#);
        }
    }
    format!(
        r#"{{"conversationId":"c{which}","participants":[{{"participantId":"p{who}","sessions":[{{"sessionId":"s{who}","mediaType":"voice","segments":[{segment}}}]}}]}}]}}"#
    )
}
