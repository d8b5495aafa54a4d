//! What each trouble does to a world.

use std::time::Duration;

use rosterline_core::{Gap, Id, Network, Presence, Rng, Subscription, Timestamp, UnixMillis};

use super::World;
use super::app::content;
use super::options::{CANARY, pick};
use super::trouble::{Strike, Trouble};
use crate::fact::Fact;
use crate::faults::{DialogueFault, End, HttpFault};
use crate::server::{Filter, Frame};

/// What lasts for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    SilentIn,
    SilentOut,
    Clog,
    Slow(Duration),
}

/// The codes of close frames; those below 4000 are RFC 6455's.
const CODES: [u16; 15] =
    [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 4000, 4401, 4403, 4999];

/// A machine sleeps for so much longer than other troubles last.
pub(super) const NAP: u32 = 10;

/// What is a nap at all: of less, a session says nothing.
const SHORTEST_MOVE: Duration = Duration::from_secs(1);

const FAILURES: [Network; 6] =
    [Network::Dns, Network::Connect, Network::Tls, Network::Proxy, Network::Broken, Network::Resource];

impl World {
    pub(super) fn strike(&mut self, strike: &Strike) {
        if self.is_over() {
            return;
        }
        self.witness().tally.count("trouble", strike.trouble.name());
        let (now, lasting) = (self.clock.now(), strike.lasting);
        let mut rng = Rng::stream(strike.force, "details");
        match strike.trouble {
            Trouble::Cut => self.stage.server().end(&End::Cut, now),
            Trouble::Reset => self.network.reset_all(),
            Trouble::HalfOpen => self.stage.server().end(&End::HalfOpen, now),
            Trouble::Deaf => self.stage.server().end(&End::Deaf, now),
            Trouble::Close => {
                let code = CODES[pick(&mut rng, CODES.len() as u64)];
                self.stage.server().end(&End::Close(code, format!("as drawn for {CANARY}")), now);
            }
            Trouble::SilentIn => self.last(Effect::SilentIn, lasting),
            Trouble::SilentOut => self.last(Effect::SilentOut, lasting),
            Trouble::Clog => self.last(Effect::Clog, lasting),
            Trouble::Slow => {
                let latency = Duration::from_millis([300, 3_000, 20_000][pick(&mut rng, 3)]);
                self.last(Effect::Slow(latency), lasting);
            }
            Trouble::Unreachable => {
                let failures: Vec<_> =
                    (0..=rng.up_to(6)).map(|_| FAILURES[pick(&mut rng, FAILURES.len() as u64)]).collect();
                self.network.weather(|weather| weather.failures.extend(failures));
                self.network.reset_all();
            }
            Trouble::Login => {
                let fault = login(&mut rng, self.options.mortal);
                self.stage.server().fail_tokens(1 + rng.up_to(3), fault);
                self.stage.server().end(&End::Close(4401, "token expired".into()), now);
            }
            Trouble::Handshake => {
                let fault = handshake(&mut rng, self.options.mortal);
                self.stage.server().fail_upgrades(1 + rng.up_to(5), fault);
                self.stage.server().end(&End::Cut, now);
            }
            Trouble::Dialogue => {
                let fault = dialogue(&mut rng, self.options.mortal);
                self.stage.server().fail_dialogues(1 + rng.up_to(2), fault);
                self.stage.server().end(&End::Cut, now);
            }
            Trouble::Garbage => self.garbage(&mut rng),
            Trouble::Contradiction => self.contradict(strike.force),
            Trouble::Flood => self.flood(&mut rng, strike.force),
            Trouble::Suspend => self.suspend(lasting),
            Trouble::Nap => self.nap(lasting),
            Trouble::ClockSet => self.set_clock(&mut rng),
            Trouble::Pause => self.app.pause(now + lasting),
            Trouble::Resubscribe => self.resubscribe(&mut rng),
        }
        self.network.deliver();
    }

    fn last(&mut self, effect: Effect, lasting: Duration) {
        self.lasting.push((self.clock.now() + lasting, effect));
        self.change_weather();
    }

    /// The weather that follows from what lasts.
    pub(super) fn change_weather(&mut self) {
        let has = |effect: Effect| self.lasting.iter().any(|(_, known)| *known == effect);
        let slow = self
            .lasting
            .iter()
            .filter_map(|(_, known)| if let Effect::Slow(by) = known { Some(*by) } else { None });
        let (latency, jitter) = self.options.latency;
        let (slow, silent) =
            (slow.max().unwrap_or_default(), (has(Effect::SilentIn), has(Effect::SilentOut)));
        let clogged = has(Effect::Clog);
        self.network.weather(|weather| {
            (weather.latency, weather.jitter) = (latency + slow, jitter);
            (weather.deaf_clients, weather.deaf_servers) = silent;
            weather.clogged = clogged;
        });
    }

    fn garbage(&mut self, rng: &mut Rng) {
        let now = self.clock.now();
        let long = |kib: usize| "x".repeat(kib << 10);
        let frame = match rng.up_to(10) {
            0 => Frame::Binary(vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 1, 2, 3]),
            1 => Frame::Binary(vec![0xFF, 0xFE, 0x00]),
            2 => Frame::Text(format!("{{\"status\":\"maintenance\",\"message\":\"{CANARY}, soon\"}}")),
            3 => Frame::Text(r#"{"events":[{"timestamp":"2024-05-01T12:00:00.000Z","type":"RoutingDone","participant":"a","interaction":"odd-r","channel":"voice"}]}"#.into()),
            4 => Frame::Text(format!("{{\"events\":[],\"more\":\"{}\"}}", long(70))),
            // Beyond what a WebSocket layer takes.
            5 => Frame::Text(long(300)),
            6 => Frame::Text("[".repeat(60_000)),
            7 => Frame::Text(r#"{"events":null}"#.into()),
            8 => Frame::Text(r#"{"events":[null,7,{"type":1}]}"#.into()),
            9 => Frame::Text(format!("{{\"status\":\"subscribed\",\"more\":{:?}}}", "\u{202E}\u{1b}[2J")),
            _ => Frame::Text(String::new()),
        };
        for _ in 0..=rng.up_to(3) {
            self.stage.server().send(&frame, now);
        }
        if rng.chance(30) {
            self.stage.ping();
        }
    }

    /// Events that do not fit together, of an interaction of their own.
    fn contradict(&mut self, force: u64) {
        let now = self.clock.now();
        let wall = self.clock.wall();
        let stamp = |back: i64| Timestamp::from(UnixMillis(wall.0.saturating_sub(back)));
        let odd = format!("odd-{force:x}");
        let facts = [
            Fact::joined(stamp(4_000), &odd, "a", "voice"),
            Fact::joined(stamp(3_000), &odd, "a", "voice"),
            Fact::left(stamp(2_000), &odd, "a", "voice").because("transfer"),
            Fact::left(stamp(2_000), &odd, "a", "voice").because("hangup"),
            Fact::left(stamp(1_000), &odd, "a", "voice"),
            Fact::left(stamp(1_000), &odd, "b", "voice"),
            Fact::joined(Timestamp::from(wall.after(Duration::from_secs(86_400))), &odd, "c", "voice"),
        ];
        let numbers = facts.iter().filter_map(|fact| fact.to_presence(now, self.clock.wall()));
        self.odd.0.extend(numbers.map(|presence| content(&presence)));
        self.odd.1.push(Id::new(&odd));
        let events: Vec<_> = facts
            .iter()
            .map(|fact| serde_json::to_string(fact).expect("a struct of texts is JSON"))
            .collect();
        let frame = Frame::Text(format!("{{\"events\":[{}]}}", events.join(",")));
        self.stage.server().send(&frame, now);
    }

    /// A great many events of one interaction, all at once.
    fn flood(&mut self, rng: &mut Rng, force: u64) {
        let (now, wall) = (self.clock.now(), Timestamp::from(self.clock.wall()));
        let flood = format!("flood-{force:x}");
        let people = [20, 200, 1_000][pick(rng, 3)].min(self.options.people);
        let facts = (0..people).flat_map(|person| {
            let name = format!("p{person}");
            [Fact::joined(wall, &flood, &name, "chat"), Fact::left(wall, &flood, &name, "chat")]
        });
        self.stage.server().emit(facts.collect(), now);
    }

    /// Nothing runs for a while.
    fn suspend(&mut self, time: Duration) {
        self.stage.go_on_alone(&self.clock, time);
        self.witness().slept(time);
        self.wake();
    }

    /// The machine sleeps, up to twenty minutes, and its monotonic clock does not know.
    fn nap(&mut self, time: Duration) {
        let time = (time * NAP).max(SHORTEST_MOVE);
        self.stage.go_on_alone(&self.clock, time);
        self.clock.stand_still(time);
        self.wake();
    }

    /// Somebody sets the time of day: it is off by up to an hour, or right again.
    fn set_clock(&mut self, rng: &mut Rng) {
        // Until an event has told the server's time, ours is all that a session has.
        if self.app.told.is_empty() {
            return;
        }
        const SECOND: i64 = 1_000;
        const OFF: [i64; 7] = [-3600 * SECOND, -600 * SECOND, -20 * SECOND, 0, 0, 20 * SECOND, 3600 * SECOND];
        let off_ms = OFF[pick(rng, OFF.len() as u64)];
        self.was_wrong |= off_ms != 0;
        self.clock.set_wall(off_ms);
    }

    fn resubscribe(&mut self, rng: &mut Rng) {
        let all = Subscription::all();
        let (subscription, filter) = match rng.up_to(2) {
            0 => (
                all.channels(["voice"]),
                Some(Filter { channels: vec!["voice".into()], ..Filter::default() }),
            ),
            1 => (all.channels(["voice", "chat"]), {
                Some(Filter { channels: vec!["voice".into(), "chat".into()], ..Filter::default() })
            }),
            _ => (Ok(all), None),
        };
        self.seat.subscribe(subscription.expect("no word is empty"));
        self.filters.extend(filter);
    }

    /// The application's source knows everything that happened within a gap.
    pub(super) fn repair(&mut self, gap: &Gap) {
        let slack = self.options.disorder();
        let earlier = i64::try_from(slack.as_millis()).expect("it is short");
        let from = UnixMillis(gap.from.unix_millis().0.saturating_sub(earlier));
        let to = gap.to.unix_millis().after(slack);
        let (arrived, received) = (self.clock.now(), self.clock.wall());
        let within =
            |fact: &Fact| (from..=to).contains(&fact.at.unix_millis()) && gap.scope.covers(&fact.interaction);
        let events: Vec<Presence> = self
            .stage
            .told()
            .filter(|told| within(&told.fact))
            .filter_map(|told| told.fact.to_presence(arrived, received))
            .collect();
        // Nothing comes after the end, whether the application has heard of it or not.
        let wrong = self.seat.recovered(gap.id, events).err().filter(|misuse| misuse.what != "session");
        if let Some(misuse) = wrong {
            self.violate("I-2", format!("{:?} cannot be repaired: {misuse}", gap.id));
        }
    }
}

fn login(rng: &mut Rng, mortal: bool) -> HttpFault {
    match rng.up_to(9) {
        0 if mortal => HttpFault::refuse(401),
        1 if mortal => {
            HttpFault::Body(400, format!(r#"{{"error":"invalid_request","error_description":"{CANARY}"}}"#))
        }
        0 | 1 => HttpFault::refuse(500),
        2 => HttpFault::retry_after(429, 20),
        3 => HttpFault::Slow(Duration::from_secs(3)),
        4 => HttpFault::Slow(Duration::from_secs(30)),
        5 => HttpFault::Page,
        6 => HttpFault::Body(200, r#"{"access_token":"","token_type":"bearer","expires_in":10}"#.into()),
        7 => HttpFault::Body(200, r#"{"access_token":"t","token_type":"bearer","expires_in":-1}"#.into()),
        _ => HttpFault::Refuse { status: 503, retry_after: Some("soon".into()) },
    }
}

fn handshake(rng: &mut Rng, mortal: bool) -> HttpFault {
    match rng.up_to(6) {
        // Refused with a fresh token as well, it is over.
        0 if mortal => HttpFault::refuse(401),
        1 if mortal => HttpFault::refuse(403),
        2 => HttpFault::retry_after(429, 10),
        3 => HttpFault::retry_after(503, 60),
        4 => HttpFault::Slow(Duration::from_secs(5)),
        5 => HttpFault::Slow(Duration::from_secs(40)),
        _ => HttpFault::Page,
    }
}

fn dialogue(rng: &mut Rng, mortal: bool) -> DialogueFault {
    match rng.up_to(7) {
        0 if mortal => DialogueFault::RefuseToken(format!("no such token: {CANARY}")),
        1 => DialogueFault::IgnoreToken,
        2 if mortal => DialogueFault::RefuseSubscription("not allowed".into()),
        2..=4 => DialogueFault::IgnoreSubscription,
        5 => DialogueFault::LateAck(Duration::from_secs(4)),
        6 => DialogueFault::LateAck(Duration::from_secs(15)),
        _ => DialogueFault::ExtraFields,
    }
}
