//! What time does to a session.

use super::{Session, Timer};
use crate::session::heartbeat::Heartbeat;
use crate::session::phase::Phase;
use crate::{Cause, Deadline, Instant, Step};

impl Session {
    /// Moves the clock and does what is due.
    pub(super) fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.sync_pause();
        while let Some(due) = self.timers.take_due(self.now) {
            self.on_timer(due);
        }
    }

    fn on_timer(&mut self, due: Deadline) {
        match due.timer {
            Timer::TokenRequest => self.on_token_timeout(),
            Timer::TokenRenewal => self.ask_for_token(),
            Timer::Retry => self.start(),
            Timer::Step => self.on_step_timeout(),
            Timer::Healthy => self.backoff.reset(),
            Timer::Ping => self.send_ping(),
            Timer::PingWrite => self.drop_link(Cause::Timeout(Step::Ping)),
            Timer::Pong => self.on_pong_overdue(due.at),
            Timer::Pause => self.on_pause_too_long(),
            Timer::CloseAnswer => self.on_close_unanswered(),
            Timer::Drain => self.on_drain_too_long(),
        }
        self.rearm();
    }

    /// Arms the timers that follow from what the parts have to say.
    pub(super) fn rearm(&mut self) {
        self.sync_pause();
        let heartbeat = self.link.as_ref().and_then(|link| link.heartbeat.as_ref());
        let beating = heartbeat.filter(|_| self.phase != Phase::Closing);
        self.timers.set(Timer::Ping, beating.map(Heartbeat::next_ping));
        self.timers.set(Timer::Pong, beating.and_then(Heartbeat::deadline));
        let renewing = !matches!(self.phase, Phase::Closing | Phase::Ended);
        self.timers.set(Timer::TokenRenewal, self.keeper.renewal_at().filter(|_| renewing));
    }

    /// Tells the heartbeat and the clock of the pause whether we are reading.
    fn sync_pause(&mut self) {
        let heartbeat = self.link.as_mut().and_then(|link| link.heartbeat.as_mut());
        let paused = heartbeat.is_some() && !self.buffer.wants_more();
        match (paused, self.timers.get(Timer::Pause)) {
            (true, None) => {
                self.timers.arm(Timer::Pause, self.now + self.config.buffer.pause_max);
                heartbeat.into_iter().for_each(|heartbeat| heartbeat.pause(self.now));
            }
            (false, armed) => {
                if armed.is_some() {
                    self.timers.stop(Timer::Pause);
                }
                heartbeat.into_iter().for_each(|heartbeat| heartbeat.resume(self.now));
            }
            (true, Some(_)) => {}
        }
    }
}
