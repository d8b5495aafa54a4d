//! Whatever happens in whatever order: the invariants of the promise, over random histories.

use std::time::Duration;

use proptest::prelude::*;
use rosterline_core::{
    Action, Closed, Config, ConnId, Event, Failure, Frame, Input, Instant, Network, Policy, Reply, RequestId,
    Session, Subscription, Timer, UnixMillis,
};

use crate::rig::{START, config, frame, joined};

/// One thing that can happen. `back` picks among the connections or requests so far: 0 is the newest.
#[derive(Clone, Debug)]
enum Op {
    Pass(u64),
    Take(u8),
    Reply { back: u64, status: u16, good: bool },
    FailCall { back: u64 },
    Opened { back: u64 },
    Answer { back: u64, status: &'static str },
    Events { back: u64, first: u32, count: u32 },
    Junk { back: u64, text: String },
    Binary { back: u64, bytes: Vec<u8> },
    Pong { back: u64 },
    Flushed { back: u64 },
    Closed { back: u64, code: Option<u16> },
    Failed { back: u64, kind: Network },
    Status { back: u64, status: u16 },
    Subscribe,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let back = || prop_oneof![9 => Just(0u64), 1 => 1u64..4];
    let answers = prop_oneof![Just("connected"), Just("subscribed"), Just("error"), Just("")];
    let codes =
        prop::option::of(prop::sample::select(vec![1000u16, 1001, 1006, 1008, 1009, 1013, 4401, 4999]));
    let statuses = prop::sample::select(vec![200u16, 301, 400, 401, 403, 404, 429, 503, 999]);
    let kinds = prop::sample::select(vec![Network::Dns, Network::Connect, Network::Tls, Network::Broken]);
    prop_oneof![
        6 => (0u64..40_000).prop_map(Op::Pass),
        3 => any::<u8>().prop_map(Op::Take),
        4 => (back(), statuses.clone(), prop::bool::weighted(0.9)).prop_map(|(back, status, good)| Op::Reply {
            back, status: if good { 200 } else { status }, good
        }),
        1 => back().prop_map(|back| Op::FailCall { back }),
        5 => back().prop_map(|back| Op::Opened { back }),
        8 => (back(), answers).prop_map(|(back, status)| Op::Answer { back, status }),
        8 => (back(), 0u32..50, 0u32..20).prop_map(|(back, first, count)| Op::Events { back, first, count }),
        1 => (back(), ".{0,20}|\\{\"events\":\\[[0-9,{}\"a-z]{0,9}\\]\\}").prop_map(|(back, text)| Op::Junk { back, text }),
        1 => (back(), prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(back, bytes)| Op::Binary { back, bytes }),
        4 => back().prop_map(|back| Op::Pong { back }),
        4 => back().prop_map(|back| Op::Flushed { back }),
        1 => (back(), codes).prop_map(|(back, code)| Op::Closed { back, code }),
        1 => (back(), kinds).prop_map(|(back, kind)| Op::Failed { back, kind }),
        1 => (back(), statuses).prop_map(|(back, status)| Op::Status { back, status }),
        1 => Just(Op::Subscribe),
        1 => prop::bool::weighted(0.05).prop_map(|close| if close { Op::Close } else { Op::Pass(1) }),
    ]
}

fn any_config() -> impl Strategy<Value = Config> {
    let policies =
        prop::sample::select(vec![Policy::Pause, Policy::DropOldest, Policy::DropNewest, Policy::End]);
    (any::<u64>(), policies, 1usize..40, any::<bool>(), any::<bool>(), prop::option::of(1u32..6)).prop_map(
        |(seed, policy, capacity, unknown, strict, max_attempts)| {
            let mut config = Config { seed, deliver_unknown: unknown, ..config() };
            config.buffer.policy = policy;
            config.buffer.capacity = capacity;
            config.buffer.adaptive = strict;
            config.heartbeat.strict = strict;
            config.reconnect.jitter = unknown;
            config.reconnect.max_attempts = max_attempts;
            config.limits.duplicates = capacity * 2;
            config
        },
    )
}

struct World {
    session: Session,
    now: Instant,
    conns: u64,
    requests: u64,
    /// Connections that are open from the session's view: opened ids minus closed ones.
    open: Vec<ConnId>,
    last_ping: [u8; 8],
    ended: bool,
}

impl World {
    fn conn(&self, back: u64) -> ConnId {
        ConnId(self.conns.saturating_sub(back))
    }

    fn play(&mut self, op: &Op) {
        let conn = |world: &Self, back: &u64| world.conn(*back);
        match op {
            Op::Pass(millis) => self.pass(Duration::from_millis(*millis)),
            Op::Take(count) => (0..*count).for_each(|_| self.take()),
            Op::Reply { back, status, good } => {
                let body = if *good { r#"{"access_token":"CANARY-t","expires_in":900}"# } else { "{" };
                let reply = Reply {
                    status: *status,
                    retry_after: Some("3"),
                    body: body.as_bytes(),
                    ..Reply::default()
                };
                let request = RequestId(self.requests.saturating_sub(*back));
                self.input(Input::Replied { request, result: Ok(reply) });
            }
            Op::FailCall { back } => {
                let failure = Failure { kind: Network::Connect, detail: "refused" };
                let request = RequestId(self.requests.saturating_sub(*back));
                self.input(Input::Replied { request, result: Err(failure) });
            }
            Op::Opened { back } => self.input(Input::Opened { conn: conn(self, back) }),
            Op::Answer { back, status } => self.text(*back, &format!(r#"{{"status":"{status}"}}"#)),
            Op::Events { back, first, count } => {
                self.text(*back, &frame((*first..first + count).map(|n| joined(&format!("p{n}"), n))));
            }
            Op::Junk { back, text } => self.text(*back, text),
            Op::Binary { back, bytes } => {
                self.input(Input::Frame { conn: conn(self, back), frame: Frame::Binary(bytes) });
            }
            Op::Pong { back } => {
                let payload = self.last_ping;
                self.input(Input::Frame { conn: conn(self, back), frame: Frame::Pong(&payload) });
            }
            Op::Flushed { back } => self.input(Input::Flushed { conn: conn(self, back) }),
            Op::Closed { back, code } => self.closed(*back, Closed::Frame { code: *code, reason: "because" }),
            Op::Failed { back, kind } => {
                self.closed(*back, Closed::Failed(Failure { kind: *kind, detail: "x" }));
            }
            Op::Status { back, status } => {
                self.closed(*back, Closed::Status { status: *status, retry_after: None, date: None });
            }
            Op::Subscribe => {
                self.session.subscribe(Subscription::interaction("call").expect("valid"), self.now);
                self.settle();
            }
            Op::Close => {
                self.session.close(self.now);
                self.settle();
            }
        }
    }

    fn text(&mut self, back: u64, text: &str) {
        self.input(Input::Frame { conn: self.conn(back), frame: Frame::Text(text) });
    }

    fn closed(&mut self, back: u64, how: Closed<'_>) {
        let conn = self.conn(back);
        self.open.retain(|open| *open != conn);
        self.input(Input::Closed { conn, how });
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut steps = 0;
        while let Some(deadline) = self.session.poll_timeout().filter(|deadline| deadline.at <= end) {
            self.now = self.now.max(deadline.at);
            self.input(Input::Timeout);
            let next = self.session.poll_timeout();
            assert!(
                next != Some(deadline) || deadline.timer == Timer::Retry,
                "I-13: {deadline:?} changes nothing"
            );
            steps += 1;
            assert!(steps < 2000, "I-13: it spins on {deadline:?}");
        }
        self.now = end;
    }

    fn input(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now);
        self.settle();
    }

    fn settle(&mut self) {
        let mut actions = 0;
        while let Some(action) = self.session.poll_action() {
            actions += 1;
            assert!(actions <= 64, "I-13: too many actions for one input");
            assert!(!format!("{action:?}").contains("CANARY"), "I-20: {action:?}");
            match action {
                Action::Open { conn, .. } => {
                    assert!(!self.ended, "I-29: it dials after its end");
                    self.conns = conn.0;
                    self.open.push(conn);
                    assert!(self.open.len() <= 1, "I-26: {:?} are open", self.open);
                }
                Action::Drop { conn } => {
                    assert!(self.open.contains(&conn), "I-27: {conn:?} is not open");
                    self.open.retain(|open| *open != conn);
                }
                Action::Send { conn, message } => {
                    assert!(self.open.contains(&conn), "I-28: it sends on {conn:?}");
                    if let rosterline_core::Message::Ping(payload) = message {
                        self.last_ping = payload;
                    }
                }
                Action::Close { conn, .. } => assert!(self.open.contains(&conn)),
                Action::Call { request, .. } => self.requests = request.0,
                _ => {}
            }
        }
        self.check();
    }

    fn take(&mut self) {
        let event = self.session.poll_event();
        assert!(!format!("{event:?}").contains("CANARY"), "I-20: {event:?}");
        assert!(event.is_none() || !self.ended, "nothing comes after the end: {event:?}");
        if let Some(Event::Gap(gap)) = &event {
            assert!(gap.from <= gap.to);
        }
        self.ended |= matches!(event, Some(Event::Ended(_)));
        self.check();
    }

    fn check(&self) {
        let s = self.session.stats();
        assert_eq!(
            s.received,
            s.delivered + s.buffered + s.filtered + s.duplicate + s.rejected + s.dropped,
            "I-1"
        );
        let waits = self.session.poll_timeout().is_some() || self.session.has_events();
        assert!(waits || self.session.is_ended(), "I-12: nothing will wake it");
    }
}

proptest! {
    #[test]
    fn the_invariants_hold_over_every_history(config in any_config(), ops in prop::collection::vec(op(), 1..200)) {
        let session = Session::new(config, Instant::ZERO, UnixMillis(START)).expect("valid");
        let mut world = World {
            session, now: Instant::ZERO, conns: 0, requests: 0, open: Vec::new(), last_ping: [0; 8], ended: false,
        };
        for op in &ops {
            world.play(op);
        }
        world.session.close(world.now);
        world.settle();
        world.pass(Duration::from_secs(5));
        while world.session.has_events() {
            world.take();
        }
        prop_assert!(world.session.is_ended(), "I-17: it ends within its drain deadline");
        prop_assert!(world.ended);
        prop_assert!(world.open.is_empty(), "I-27: {:?} was left open", world.open);
        let s = world.session.stats();
        prop_assert_eq!(s.buffered, 0);
    }
}
