//! A session in its world, and what can happen there.

use std::time::Duration;

use rosterline_core::wire::Stamp;
use rosterline_core::{Anchor, Config, ConnId, Frame, Input, Instant, Session, Stats, UnixMillis};

use super::Reached;
use super::frames::Held;
use super::model::{Model, Moment};
use super::peer::{Peer, Stage};
use crate::source::Source;

/// 2024-05-01T12:00:00Z, where the clocks start.
const START: UnixMillis = UnixMillis(1_714_564_800_000);

/// Somebody prints the session.
const PRINT: u8 = 0x7f;

pub(super) struct World {
    pub(super) session: Session,
    pub(super) config: Config,
    pub(super) now: Instant,
    /// What the session knows of the time of day.
    anchor: Anchor,
    pub(super) model: Model,
    pub(super) peer: Peer,
    pub(super) stats: Stats,
    /// Actions are not carried out at once.
    pub(super) lazy: bool,
    /// The session was closed by its application.
    pub(super) closing: bool,
    /// Too much came under the policy that ends the session.
    overrun: bool,
    /// Inputs since the actions were carried out.
    inputs: usize,
    /// The next input is for the connection or request before.
    pub(super) stale: bool,
    pub(super) bad_frames: u32,
    pub(super) text: String,
    /// The session was printed, and nothing has happened since.
    printed: bool,
}

impl World {
    pub(super) fn new(config: Config) -> Self {
        let session = Session::new(config.clone(), Instant::ZERO, START).expect("valid settings");
        Self {
            model: Model::new(&config),
            peer: Peer::new(&config),
            stats: session.stats(),
            session,
            config,
            now: Instant::ZERO,
            anchor: Anchor { at: Instant::ZERO, wall: START },
            lazy: false,
            closing: false,
            overrun: false,
            inputs: 0,
            stale: false,
            bad_frames: 0,
            text: String::new(),
            printed: false,
        }
    }

    /// The next thing happens. A letter stands for it, small or capital.
    pub(super) fn step(&mut self, source: &mut Source<'_>) -> Option<()> {
        let byte = source.byte()?;
        // A capital letter is as good as a small one, and so is whatever else has its last five bits.
        let what = byte & 0x1f | 0x60;
        let stale = std::mem::take(&mut self.stale);
        let printed = std::mem::replace(&mut self.printed, byte == PRINT);
        match what {
            b'a' => self.say(source),
            b'b' | b'e' => self.send_events(source, None, what == b'b'),
            b'c' => self.status("connected", stale),
            b'd' => (0..=source.below(8)).for_each(|_| self.take()),
            b'f' => self.fail(source, stale),
            b'g' => self.grant(source, stale),
            b'h' => self.refuse_handshake(source, stale),
            b'i' => self.input(Input::Timeout),
            b'j' => self.send_line(source, false),
            b'k' => self.pong(source),
            b'l' => self.input(Input::Flushed { conn: self.conn(stale) }),
            b'm' => self.subscribe(source),
            b'n' => self.frame(Frame::Ping, stale, Held::default()),
            b'o' => self.open(stale),
            b'p' => self.pass(Duration::from_millis(u64::from(source.byte().unwrap_or(0)) * 7)),
            b'q' => self.close(),
            b'r' => self.refuse_token(source, stale),
            b's' => self.status("subscribed", stale),
            b't' => self.pass_to_deadline(),
            b'u' => self.input(Input::Consumed { took: Duration::from_millis(source.pick(&[0, 501, 5000])) }),
            b'v' => self.recover(source),
            b'w' => self.pass(Duration::from_secs(u64::from(source.byte().unwrap_or(0)))),
            b'x' => self.close_frame(source, stale),
            b'y' => self.break_protocol(source, stale),
            b'z' => self.set_lazy(true),
            b'`' => self.set_lazy(false),
            b'{' => self.send_line(source, true),
            b'|' => self.stale = true,
            b'}' if stale => self.set_wall(source.pick(&[-3_600_000, -20_000, -1, 900, 20_000, 3_600_000])),
            // The clock goes on, and nobody tells the session.
            b'}' => self.now = self.now + Duration::from_millis(source.pick(&[1, 1500, 11_000, 61_000])),
            b'~' => self.send_events(source, Some("subscribed"), false),
            // It takes as long as everything else together, and shows the same if nothing has happened.
            _ if byte == PRINT && !printed => self.print(),
            _ => {}
        }
        Some(())
    }

    /// The session is closed, the application takes what is left, and all is over.
    pub(super) fn end(&mut self) -> Reached {
        self.set_lazy(false);
        let gave_up = self.model.ended;
        self.close();
        self.pass(Duration::from_secs(5));
        while self.session.has_events() {
            self.take();
        }
        assert!(self.session.is_ended() && self.model.ended, "it ends within the time for draining");
        assert!(self.peer.conn.is_none(), "{:?} is left open", self.peer.conn);
        assert_eq!(self.session.poll_timeout(), None, "nothing is due after the end");
        let Stats { delivered, dropped, duplicate, rejected, gaps, gaps_repaired: repaired, dials, .. } =
            self.stats;
        let confirmed = self.model.confirmed;
        Reached { confirmed, delivered, dropped, duplicate, rejected, gaps, repaired, dials, gave_up }
    }

    pub(super) fn conn(&self, stale: bool) -> ConnId {
        ConnId(self.peer.last_conn.saturating_sub(u64::from(stale)))
    }

    pub(super) fn wall(&self) -> UnixMillis {
        self.anchor.wall_at(self.now)
    }

    /// The time of day is set, later by so much.
    fn set_wall(&mut self, by_ms: i64) {
        let wall = UnixMillis(self.wall().0 + by_ms);
        self.anchor = Anchor { at: self.now, wall };
        self.model.clock_moved(by_ms);
        self.input(Input::Wall { wall });
    }

    fn moment(&self) -> Moment {
        let over = self.anchor.wall_at(self.now + Moment::BEGUN);
        Moment { now: self.now, wall: self.wall(), over }
    }

    pub(super) fn stamp(&self) -> Stamp {
        Stamp { arrived: self.now, received: self.wall() }
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now);
        self.settle();
    }

    /// What the session wants is carried out, and what it counts is compared.
    pub(super) fn settle(&mut self) {
        self.stats = self.session.stats();
        self.settled();
    }

    /// The same, where the counts are known already.
    pub(super) fn settled(&mut self) {
        self.overrun |= self.model.store(&self.stats);
        self.inputs += 1;
        if !self.lazy {
            self.carry_out();
        }
        self.check();
    }

    pub(super) fn carry_out(&mut self) {
        let mut count = 0;
        while let Some(action) = self.session.poll_action() {
            count += 1;
            self.peer.carry_out(action);
        }
        assert!(count <= 64 * (self.inputs + 1), "{count} actions after {} inputs", self.inputs);
        self.inputs = 0;
        self.peer.carried_out();
        if std::mem::take(&mut self.peer.dropped) {
            self.bad_frames = 0;
            if !self.closing && !self.overrun {
                self.model.connection_lost();
            }
        }
    }

    pub(super) fn check(&self) {
        self.model.check(&self.stats);
        if !self.lazy {
            assert_eq!(self.stats.dials, self.peer.dials);
        }
        let waits = self.session.poll_timeout().is_some() || self.session.has_events();
        assert!(waits || self.session.is_ended(), "nothing will wake it");
        assert!(!self.model.ended || self.session.is_ended(), "there is something after the end");
    }

    /// A frame arrives, of which it is known what it holds.
    pub(super) fn frame(&mut self, frame: Frame<'_>, stale: bool, held: Held) {
        let conn = self.conn(stale);
        let before = (self.stats.frames, self.stats.stale);
        let counts = self.peer.stage_of(conn).is_some_and(|stage| stage > Stage::Dialled);
        self.session.handle(Input::Frame { conn, frame }, self.now);
        self.stats = self.session.stats();
        let counted = self.stats.frames > before.0;
        assert_eq!(counted, self.stats.stale == before.1, "a frame counts, or is stale");
        assert!(counts || !counted, "a frame of a connection that is not open");
        let mut lost = counts && !counted;
        if counted {
            lost |= self.counted(conn, held);
        }
        self.overrun |= self.model.store(&self.stats);
        self.inputs += 1;
        if !self.lazy {
            self.carry_out();
        }
        assert!(self.lazy || !lost || self.peer.stage_of(conn).is_none(), "it goes on");
        self.check();
    }

    /// A frame has been read. Whether that is the end of its connection.
    fn counted(&mut self, conn: ConnId, held: Held) -> bool {
        let moment = self.moment();
        if held.refused {
            self.model.refused();
            self.bad_frames += 1;
            return self.bad_frames >= self.config.limits.bad_frames;
        }
        self.bad_frames = 0;
        self.model.came(held.events, moment);
        let is_last = self.model.overruns();
        let stage = self.peer.stage_of(conn).filter(|_| !self.closing && !is_last);
        match (stage, held.status.as_deref()) {
            (Some(Stage::Open), Some("connected")) => self.peer.accepted(),
            (Some(Stage::Accepted), Some("subscribed")) => {
                self.peer.confirmed();
                self.model.confirmed += 1;
                self.model.receive(moment);
            }
            (Some(Stage::Accepted), Some("connected")) | (_, None) => {}
            (Some(Stage::Open | Stage::Accepted), Some(_)) => return true,
            (Some(Stage::Dialled | Stage::Live) | None, Some(_)) => {}
        }
        false
    }
}
