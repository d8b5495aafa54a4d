//! What time does to a session.

use core::time::Duration;

use super::lane::Lane;
use super::{Session, Timer};
use crate::session::heartbeat::Heartbeat;
use crate::session::phase::Phase;
use crate::{Anchor, Cause, Deadline, Detail, Instant, Step, UnixMillis};

/// A time of day that was set by less than this, in milliseconds, is nothing that a user must know of.
const WORTH_TELLING: u64 = 1000;

impl Session {
    /// Moves the clock and does what is due.
    pub(super) fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.sync_pause();
        while let Some((l, due)) = self.take_due() {
            self.on_timer(l, due);
        }
    }

    /// Takes the earliest deadline that is due, and whose it is; among equals the first in [`Timer`]'s order. One that
    /// belongs to no lane comes with the first.
    fn take_due(&mut self) -> Option<(usize, Deadline)> {
        let now = self.now;
        let own = self.timers.due(now);
        let lanes = self.lanes.iter_mut().enumerate();
        let lanes = lanes.filter_map(|(l, lane)| Some((l, lane.timers.due(now)?)));
        let lane = lanes.min_by_key(|(_, deadline)| (deadline.at, deadline.timer));
        let is_own = match (own, lane) {
            (Some(own), Some((_, lane))) => (own.at, own.timer) < (lane.at, lane.timer),
            (own, _) => own.is_some(),
        };
        if is_own {
            let due = own?;
            self.timers.stop(due.timer);
            return Some((0, due));
        }
        let (l, due) = lane?;
        self.lanes[l].timers.stop(due.timer);
        Some((l, due))
    }

    fn on_timer(&mut self, l: usize, due: Deadline) {
        match due.timer {
            Timer::TokenRequest => self.on_token_timeout(),
            Timer::TokenRenewal => self.ask_for_token(),
            Timer::Retry => self.start(l),
            Timer::Step => self.on_step_timeout(l),
            Timer::Healthy => self.lanes[l].backoff.reset(),
            Timer::Ping => self.send_ping(l),
            Timer::PingWrite => self.drop_link(l, Cause::Timeout(Step::Ping)),
            Timer::Pong => self.on_pong_overdue(l, due.at),
            Timer::Pause => self.on_pause_too_long(),
            Timer::CloseAnswer => self.on_close_unanswered(l),
            Timer::Drain => self.on_drain_too_long(),
            Timer::Extend => self.on_extend(l),
            Timer::Repair => self.on_repair_due(),
        }
        self.rearm();
    }

    /// The time of day is another than the monotonic clock says. For how long we may have slept.
    pub(super) fn on_wall(&mut self, wall: UnixMillis, now: Instant) -> Duration {
        self.now = self.now.max(now);
        let by_ms = wall.0.saturating_sub(self.wall().0);
        self.anchor = Anchor { at: self.now, wall };
        self.shares.iter_mut().for_each(|share| share.recovery.clock_moved(by_ms));
        if by_ms.unsigned_abs() >= WORTH_TELLING && !self.is_over() {
            self.report(Detail::ClockMoved { by_ms });
        }
        Duration::from_millis(u64::try_from(by_ms).unwrap_or(0))
    }

    /// We may have slept, and a peer may have gone in the meantime: there is no need to wait for the next beat.
    pub(super) fn ask_after(&mut self, sleep: Duration) {
        if sleep <= self.config.heartbeat.pong_timeout {
            return;
        }
        for l in 0..self.lanes.len() {
            let is_beating = self.lanes[l].phase != Phase::Closing;
            if self.lanes[l].heartbeat().is_some_and(|heartbeat| is_beating && heartbeat.deadline().is_none())
            {
                self.send_ping(l);
            }
        }
    }

    /// Arms the timers that follow from what the parts have to say.
    pub(super) fn rearm(&mut self) {
        self.prune();
        self.sync_pause();
        for lane in &mut self.lanes {
            let heartbeat = lane.link.as_ref().and_then(|link| link.heartbeat.as_ref());
            let beating = heartbeat.filter(|_| lane.phase != Phase::Closing);
            lane.timers.set(Timer::Ping, beating.map(Heartbeat::next_ping));
            lane.timers.set(Timer::Pong, beating.and_then(Heartbeat::deadline));
        }
        let renewing = !self.is_closing();
        self.timers.set(Timer::TokenRenewal, self.keeper.renewal_at().filter(|_| renewing));
    }

    /// Tells the heartbeats and the clock of the pause whether we are reading. Mostly we are, and they know it.
    fn sync_pause(&mut self) {
        if self.paused || !self.buffer.wants_more() {
            self.tell_pause();
        }
    }

    #[inline(never)]
    fn tell_pause(&mut self) {
        let now = self.now;
        let is_live = self.lanes.iter_mut().any(|lane| lane.heartbeat().is_some());
        self.paused = is_live && !self.buffer.wants_more();
        let heartbeats = self.lanes.iter_mut().filter_map(Lane::heartbeat);
        if !self.paused {
            self.timers.stop(Timer::Pause);
            heartbeats.for_each(|heartbeat| heartbeat.resume(now));
            return;
        }
        if self.timers.get(Timer::Pause).is_none() {
            self.timers.arm(Timer::Pause, now + self.config.buffer.pause_max);
        }
        heartbeats.for_each(|heartbeat| heartbeat.pause(now));
    }
}
