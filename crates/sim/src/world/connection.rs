//! What must hold of the session's connections: one at a time, each ends once, what is said on it has its order, and
//! silence is noticed.

use std::time::Duration;

use rosterline_core::{Config, ConnId, Instant, Message, Timer};

/// An invariant that does not hold, and what was seen.
pub(crate) type Broken = (&'static str, String);

/// Outcome of a look: nothing, or what is wrong.
type Look = Result<(), Broken>;

/// The connections that the session makes, one after the other.
#[derive(Debug)]
pub(crate) struct Connections {
    bounds: Bounds,
    conn: Option<Conn>,
    /// The last one, whose end the session was told of.
    gone: Option<ConnId>,
    /// Dials that may be made at once, in nanoseconds of refilling.
    credit: u64,
    credited: Instant,
    /// Pings at this very moment.
    pings: (Instant, u32),
}

/// The settings that the invariants speak of.
#[derive(Debug)]
struct Bounds {
    /// From the last sign of life to the end of the connection, at the most.
    silence: Duration,
    /// So much longer if we were asleep.
    probe: Duration,
    /// Whether only a pong is a sign of life.
    strict: bool,
    burst: u64,
    refill: u64,
}

/// The connection that the session has.
#[derive(Debug)]
struct Conn {
    id: ConnId,
    opened: bool,
    sent_token: bool,
    closing: bool,
    /// When it was last heard of, not counting the time in which nobody listened.
    heard: Instant,
    /// Whether we were asleep since: then the peer is asked once more before it is given up.
    slept: bool,
    /// Whether it was asked for a sign of life that has not come.
    asked: bool,
}

impl Connections {
    pub(crate) fn new(config: &Config) -> Self {
        let (beat, again) = (&config.heartbeat, &config.reconnect);
        let refill = u64::try_from(again.dial_refill.as_nanos()).expect("it is short");
        let burst = u64::from(again.dial_burst);
        Self {
            bounds: Bounds {
                // A ping that cannot be written has its own time.
                silence: beat.interval + beat.pong_timeout + beat.write_timeout,
                probe: beat.pong_timeout,
                strict: beat.strict,
                burst,
                refill,
            },
            conn: None,
            gone: None,
            credit: burst * refill,
            credited: Instant::ZERO,
            pings: (Instant::ZERO, 0),
        }
    }

    /// Whether there is one whose end the session has not been told of.
    pub(crate) const fn holds_one(&self) -> bool {
        self.conn.is_some()
    }

    /// The session dials (I-21, I-26).
    pub(crate) fn dialled(&mut self, id: ConnId, now: Instant) -> Look {
        let Bounds { burst, refill, .. } = self.bounds;
        self.credit = self.credit.saturating_add(now.0 - self.credited.0).min(burst * refill);
        self.credited = now;
        let rest = self.credit.checked_sub(refill);
        let conn = Conn {
            id,
            opened: false,
            sent_token: false,
            closing: false,
            heard: now,
            slept: false,
            asked: false,
        };
        let second = self.conn.replace(conn).is_some();
        self.credit = rest.ok_or_else(|| ("I-21", "more dials than the budget has".to_owned()))?;
        if second { Err(("I-26", "a second connection beside the first".to_owned())) } else { Ok(()) }
    }

    /// The handshake is done.
    pub(crate) fn opened(&mut self, id: ConnId, now: Instant) {
        if let Some(conn) = self.find(id) {
            conn.opened = true;
        }
        self.heard(id, now);
    }

    /// A sign of life.
    pub(crate) fn heard(&mut self, id: ConnId, now: Instant) {
        if let Some(conn) = self.find(id) {
            (conn.heard, conn.slept, conn.asked) = (now, false, false);
        }
    }

    /// Nobody listens at this moment.
    pub(crate) fn unheard(&mut self, now: Instant) {
        if let Some(conn) = &mut self.conn {
            conn.heard = now;
        }
    }

    /// Nothing ran for so long: nobody could hear anything.
    pub(crate) fn slept(&mut self, time: Duration) {
        if let Some(conn) = &mut self.conn {
            (conn.heard, conn.slept) = (conn.heard + time, true);
        }
    }

    /// Its time of day was set: who may have slept asks again.
    pub(crate) fn woke(&mut self) {
        self.pings.1 = 0;
    }

    /// The session says something (I-13, I-28).
    pub(crate) fn said(&mut self, id: ConnId, message: &Message, now: Instant) -> Look {
        let Some(conn) = self.find(id).filter(|conn| conn.opened) else {
            return Err(("I-28", "something is sent on a connection that is not open".to_owned()));
        };
        let is_token = matches!(message, Message::Secret(_));
        if conn.closing || conn.sent_token == is_token {
            let what = "something is sent before the token, a token twice, or something after the end";
            return Err(("I-28", what.to_owned()));
        }
        conn.sent_token = true;
        if matches!(message, Message::Ping(_)) {
            conn.asked = true;
            self.pings = if self.pings.0 == now { (now, self.pings.1 + 1) } else { (now, 1) };
        }
        // The one that was due, and one after a sleep.
        if self.pings.1 > 2 { Err(("I-13", "a burst of pings".to_owned())) } else { Ok(()) }
    }

    /// The session says goodbye (I-28).
    pub(crate) fn closing(&mut self, id: ConnId) -> Look {
        match self.find(id).filter(|conn| !conn.closing) {
            Some(conn) => {
                conn.closing = true;
                Ok(())
            }
            None => {
                Err(("I-28", "a close frame on a connection that is not open, or a second one".to_owned()))
            }
        }
    }

    /// The session lets it go; `due` is the deadline that has led to it (I-14, I-15, I-27).
    pub(crate) fn dropped(&mut self, id: ConnId, due: Option<Timer>, now: Instant) -> Look {
        // It let it go for another reason, at the moment at which it heard of the end.
        if self.gone.take_if(|gone| *gone == id).is_some() && self.conn.is_none() {
            return Ok(());
        }
        let silent = matches!(due, Some(Timer::Pong | Timer::PingWrite | Timer::Ping));
        let look = self.conn.as_ref().filter(|_| silent).map_or(Ok(()), |conn| {
            if !conn.asked && due == Some(Timer::Pong) && !self.bounds.strict {
                let what = "the peer is given up though it was heard of since it was asked";
                return Err(("I-15", what.to_owned()));
            }
            let probe = if conn.slept { self.bounds.probe } else { Duration::ZERO };
            let (silent, most) = (now.since(conn.heard), self.bounds.silence + probe);
            // A hundredth of a second is the resolution that a timer may have.
            if silent > most + Duration::from_millis(10) {
                return Err(("I-14", format!("a dead link was noticed after {silent:?}, and not {most:?}")));
            }
            Ok(())
        });
        look.and(self.over(id))
    }

    /// It is over (I-27).
    pub(crate) fn over(&mut self, id: ConnId) -> Look {
        self.gone = Some(id);
        match self.conn.take_if(|conn| conn.id == id) {
            Some(_) => Ok(()),
            None => Err(("I-27", format!("{id:?} ended twice, or was never dialled"))),
        }
    }

    fn find(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conn.as_mut().filter(|conn| conn.id == id)
    }
}
