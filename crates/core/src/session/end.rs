//! How connections, attempts and sessions end (section 7).

use alloc::boxed::Box;
use core::time::Duration;

use super::{Session, Timer};
use crate::session::phase::{Edge, Phase};
use crate::wire::http_date;
use crate::{Action, Cause, Closed, ConnId, Detail, Event, GapCause, Network, Reason, Step};

/// The close code of a session that ends in good order.
pub(super) const NORMAL: u16 = 1000;
/// The close codes by which a WebSocket layer says that it could not take a message (RFC 6455, section 7.4.1).
const NOT_UTF8: u16 = 1007;
const TOO_LARGE: u16 = 1009;
/// What stands for a close frame without a code (RFC 6455, section 7.1.5).
const NO_CODE: u16 = 1005;

impl Session {
    pub(super) fn on_closed(&mut self, conn: ConnId, how: Closed<'_>) {
        let Some(l) = self.lane_of(conn) else {
            self.stats.stale += 1;
            return;
        };
        self.lanes[l].link = None;
        match how {
            Closed::Protocol { code: TOO_LARGE, .. } => self.reject_frame(Reason::TooLarge),
            Closed::Protocol { code: NOT_UTF8, .. } => self.reject_frame(Reason::BadUtf8),
            Closed::Protocol { .. } | Closed::Failed(_) | Closed::Status { .. } | Closed::Frame { .. } => {}
        }
        let mut cause = self.cause_of(l, how);
        let is_channel = self.lanes[l].channel.is_some() && self.lanes[l].phase == Phase::Opening;
        if let (true, Cause::Http { status: 400..=407 | 409..=428, .. }) = (is_channel, &cause) {
            cause = Cause::ChannelGone;
        }
        self.lost(l, cause);
    }

    fn cause_of(&self, l: usize, how: Closed<'_>) -> Cause {
        let dialling = self.lanes[l].phase == Phase::Opening;
        match how {
            Closed::Failed(failure) => Cause::Network {
                step: dialling.then_some(Step::Dial),
                kind: failure.kind,
                detail: self.scrub(failure.detail),
            },
            Closed::Status { status, retry_after, date } => Cause::Http {
                step: Step::Dial,
                status,
                retry_after: retry_after.and_then(|text| http_date::retry_after(text, date, self.wall())),
            },
            Closed::Frame { code, reason } => {
                Cause::Closed { code: code.unwrap_or(NO_CODE), reason: self.scrub(reason) }
            }
            Closed::Protocol { code, detail } => Cause::Protocol { code, detail: self.scrub(detail) },
        }
    }

    /// Lets the connection go without a word: the peer is gone, or nothing is to be said.
    pub(super) fn drop_link(&mut self, l: usize, cause: Cause) {
        if let Some(link) = self.lanes[l].link.take() {
            self.actions.push_back(Action::Drop { conn: link.conn });
        }
        self.lost(l, cause);
    }

    /// Says goodbye to a peer that can hear it, and lets the connection go. Whoever has said it says it once
    /// (RFC 6455, section 5.5.1).
    pub(super) fn close_link(&mut self, l: usize, code: u16, cause: Cause) {
        if let Some(link) = self.lanes[l].link.as_ref().filter(|_| self.lanes[l].phase != Phase::Closing) {
            self.actions.push_back(Action::Close { conn: link.conn, code });
        }
        self.drop_link(l, cause);
    }

    /// The attempt has failed or the connection is gone, and so is what belonged to it. Decides what next.
    pub(super) fn lost(&mut self, l: usize, cause: Cause) {
        let phase = self.lanes[l].phase;
        self.lanes[l].timers.clear();
        self.lanes[l].heard = false;
        self.cancel_for(self.lanes[l].key);
        if let Some(retired) = self.lanes[l].retired {
            return self.retired(l, retired, matches!(cause, Cause::Closed { .. }));
        }
        if phase == Phase::Closing {
            return self.finish(l, Edge::Lost);
        }
        if let Some(times) = self.channel_lost(l, &cause) {
            self.step(l, Edge::Lost);
            return self.end(Cause::ChannelContention { times });
        }
        if self.lost_in_move(l, &cause) {
            return;
        }
        if !self.has_elder(l) {
            self.shares[self.lanes[l].share].recovery.lost();
        }
        self.step(l, Edge::Lost);
        self.stats.peer_faults += u64::from(cause.is_peer_fault());
        if phase != Phase::Live {
            self.lanes[l].attempts = self.lanes[l].attempts.saturating_add(1);
        }
        let refused = phase == Phase::Authenticating || matches!(cause, Cause::Http { .. });
        match cause {
            cause if cause.wants_new_token() && refused => self.after_refusal(l, cause),
            cause if cause.is_fatal() => self.end(cause),
            cause => {
                if cause.wants_new_token() {
                    self.keeper.doubt();
                }
                self.try_again(l, cause);
            }
        }
    }

    /// The server does not take the token: one fresh one is tried at once, then it is final (section 2).
    fn after_refusal(&mut self, l: usize, cause: Cause) {
        if self.lanes[l].token < self.stats.tokens {
            // It was an old one that was refused: there is a newer already.
            return self.wait(l, cause, Duration::ZERO);
        }
        if core::mem::replace(&mut self.lanes[l].refused, true) || !self.keeper.doubt() {
            let refusal = cause.into_refusal();
            return if self.has_elder(l) { self.give_up_move(l, refusal) } else { self.end(refusal) };
        }
        self.wait(l, cause, Duration::ZERO);
    }

    fn try_again(&mut self, l: usize, cause: Cause) {
        let exhausted = self.config.reconnect.max_attempts.is_some_and(|most| self.lanes[l].attempts >= most);
        if exhausted && !self.has_elder(l) {
            let (attempts, was_live) = (self.lanes[l].attempts, self.shares[self.lanes[l].share].was_live);
            return self.end(Cause::Exhausted { attempts, was_live, last: Box::new(cause) });
        }
        let hopeful = !matches!(cause, Cause::Network { kind: Network::Tls, .. });
        let delay = if hopeful { self.lanes[l].backoff.next() } else { self.lanes[l].backoff.longest() };
        let asked = cause.retry_after().unwrap_or_default();
        self.wait(l, cause, delay.max(asked));
    }

    fn wait(&mut self, l: usize, cause: Cause, delay: Duration) {
        let delay = delay.max(self.budget.wait(self.now));
        self.lanes[l].timers.arm(Timer::Retry, self.now + delay);
        self.report(Detail::Retry { cause, delay });
    }

    /// The session is to end with this cause.
    pub(super) fn end(&mut self, cause: Cause) {
        if self.is_closing() {
            return;
        }
        let (requested, overrun) = (cause == Cause::Requested, cause == Cause::Overflow);
        self.ending = Some(cause);
        self.timers.clear();
        if requested {
            self.timers.arm(Timer::Drain, self.now + self.config.timeouts.drain);
        }
        if let Some(request) = self.keeper.cancel() {
            self.actions.push_back(Action::Cancel { request });
        }
        self.cancel(|_| true);
        for l in 0..self.lanes.len() {
            if !matches!(self.lanes[l].phase, Phase::Closing | Phase::Ended) {
                self.end_lane(l);
            }
            if overrun && self.lanes[l].phase == Phase::Closing {
                // There is no room for what may come before the answer.
                self.on_close_unanswered(l);
            }
        }
    }

    /// Says goodbye where there is somebody to say it to, and lets everything else go.
    pub(super) fn end_lane(&mut self, l: usize) {
        self.lanes[l].timers.clear();
        let phase = self.lanes[l].phase;
        let open = matches!(phase, Phase::Authenticating | Phase::Subscribing | Phase::Live | Phase::Parting);
        match &self.lanes[l].link {
            Some(link) if open => {
                self.actions.push_back(Action::Close { conn: link.conn, code: NORMAL });
                self.lanes[l].timers.arm(Timer::CloseAnswer, self.now + self.config.timeouts.close);
                self.go(l, Edge::End);
            }
            Some(link) => {
                self.actions.push_back(Action::Drop { conn: link.conn });
                self.lanes[l].link = None;
                self.finish(l, Edge::End);
            }
            None => self.finish(l, Edge::End),
        }
    }

    pub(super) fn on_close_unanswered(&mut self, l: usize) {
        if let Some(link) = self.lanes[l].link.take() {
            self.actions.push_back(Action::Drop { conn: link.conn });
        }
        match self.lanes[l].retired {
            Some(retired) => self.retired(l, retired, false),
            None => self.finish(l, Edge::Lost),
        }
    }

    /// A connection is gone for good.
    fn finish(&mut self, l: usize, edge: Edge) {
        self.step(l, edge);
        self.lanes[l].timers.clear();
        self.conclude();
    }

    /// With the last connection, what is missing stays missing, and the last item is put down.
    pub(super) fn conclude(&mut self) {
        if !self.is_over() {
            return;
        }
        for share in 0..self.shares.len() {
            if let Some(from) = self.shares[share].recovery.over() {
                let (to, scope) = (self.hole_end(share), self.gap_scope(share));
                self.buffer.gap(GapCause::Ended, from, to, scope);
            }
        }
        let cause = self.ending.take().unwrap_or(Cause::Requested);
        self.buffer.note(Event::Ended(cause));
    }

    pub(super) fn on_drain_too_long(&mut self) {
        for l in 0..self.lanes.len() {
            if self.lanes[l].phase != Phase::Ended {
                self.on_close_unanswered(l);
            }
        }
        self.stats.dropped += self.buffer.abandon();
    }
}
