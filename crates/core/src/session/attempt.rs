//! The way from nothing to live: token, dial, authenticate, subscribe (sections 1 to 3 and 7).

use alloc::vec::Vec;
use core::time::Duration;

use super::lane::Link;
use super::{Session, Timer};
use crate::dialect::stream;
use crate::event::Move;
use crate::session::heartbeat::Heartbeat;
use crate::session::phase::{Edge, Phase};
use crate::token::Ask;
use crate::{
    Action, Cause, ConnId, Detail, Failure, GapCause, Grant, Instant, NoToken, Reply, RequestId, Scope,
    Service, Step, Timestamp, Topic, UnixMillis,
};

/// The service says something every 30 s: when it has said nothing for so long, the connection is dead
/// (docs/notifications.md, section 5).
const LONGEST_SILENCE: Duration = Duration::from_secs(35);

impl Session {
    /// The time of the attempt has come.
    pub(super) fn start(&mut self, l: usize) {
        self.go(l, Edge::Start);
        if self.keeper.is_fresh(self.now) {
            self.authorized(l);
        } else {
            self.ask_for_token();
        }
    }

    /// There is a token for this lane.
    fn authorized(&mut self, l: usize) {
        self.lanes[l].token = self.stats.tokens;
        match self.config.service {
            Service::Stream { .. } => self.dial(l),
            Service::Notifications(_) => self.prepare(l),
        }
    }

    /// Asks for a token, or goes on without one if there can be none.
    pub(super) fn ask_for_token(&mut self) {
        if let Some(cause) = self.keeper.hopeless().cloned() {
            return self.without_new_token(cause);
        }
        let request = self.next_request();
        // `None`: a request is in flight, and its answer leads on.
        let Some(ask) = self.keeper.ask(request) else { return };
        self.actions.push_back(match ask {
            Ask::Call(call) => Action::Call { request, call },
            Ask::Token { refused } => Action::Token { request, refused },
        });
        self.timers.arm(Timer::TokenRequest, self.now + self.config.timeouts.token);
    }

    pub(super) fn on_replied(&mut self, request: RequestId, result: Result<Reply<'_>, Failure<'_>>) {
        if self.keeper.pending() != Some(request) {
            return self.on_api_replied(request, result);
        }
        let outcome = self.keeper.replied(result, self.now, self.wall());
        self.on_token_settled(outcome);
    }

    pub(super) fn on_token(&mut self, request: RequestId, result: Result<Grant<'_>, NoToken<'_>>) {
        if self.keeper.pending() != Some(request) {
            self.stats.stale += 1;
            return;
        }
        let outcome = self.keeper.brought(result, self.now);
        self.on_token_settled(outcome);
    }

    pub(super) fn on_token_timeout(&mut self) {
        if let Some(request) = self.keeper.pending() {
            self.actions.push_back(Action::Cancel { request });
        }
        let outcome = self.keeper.timed_out(self.now);
        self.on_token_settled(outcome);
    }

    fn on_token_settled(&mut self, outcome: Result<(), Cause>) {
        self.timers.stop(Timer::TokenRequest);
        match outcome {
            Ok(()) => {
                self.stats.tokens += 1;
                let waiting = self.lanes_in(Phase::Authorizing);
                if waiting.is_empty() && !self.is_closing() {
                    self.report(Detail::TokenRenewed);
                }
                waiting.into_iter().for_each(|l| self.authorized(l));
                self.move_to_new_token();
            }
            Err(cause) => self.without_new_token(cause),
        }
    }

    /// No new token: the old one serves while it lasts; without one the attempt has failed.
    fn without_new_token(&mut self, cause: Cause) {
        let usable = self.keeper.usable(self.now).is_some();
        let waiting = self.lanes_in(Phase::Authorizing);
        if waiting.is_empty() && !self.is_closing() {
            return self.report(Detail::RenewalFailed(cause));
        }
        for l in waiting {
            if usable { self.authorized(l) } else { self.lost(l, cause.clone()) }
        }
    }

    /// The lanes that are in this phase.
    fn lanes_in(&self, phase: Phase) -> Vec<usize> {
        (0..self.lanes.len()).filter(|&l| self.lanes[l].phase == phase).collect()
    }

    pub(super) fn dial(&mut self, l: usize) {
        self.last_conn += 1;
        let conn = ConnId(self.last_conn);
        self.lanes[l].link =
            Some(Link { conn, heartbeat: None, unanswered: 0, bad_frames: 0, is_closing: false });
        self.budget.spend(self.now);
        self.stats.dials += 1;
        let lane = &self.lanes[l];
        let url = match (&lane.channel, self.config.stream_url()) {
            (Some(channel), _) => channel.url.clone(),
            (None, Some(url)) => url.as_str().into(),
            (None, None) => return,
        };
        self.actions.push_back(Action::Open { conn, url });
        self.lanes[l].timers.arm(Timer::Step, self.now + self.config.timeouts.dial);
        self.go(l, Edge::Granted);
    }

    pub(super) fn on_opened(&mut self, conn: ConnId) {
        let Some(l) = self.lane_of(conn).filter(|&l| self.lanes[l].phase == Phase::Opening) else {
            self.stats.stale += 1;
            return;
        };
        if matches!(self.config.service, Service::Notifications(_)) {
            return self.send_subscription(l, conn, Edge::Entered);
        }
        match self.keeper.usable(self.now) {
            Some(token) => {
                let message = stream::hello(token);
                self.actions.push_back(Action::Send { conn, message });
                self.lanes[l].timers.arm(Timer::Step, self.now + self.config.timeouts.authenticate);
                self.go(l, Edge::Opened);
            }
            None => self.drop_link(l, Cause::BadToken("it ran out while dialling".into())),
        }
    }

    /// The server accepted the token.
    pub(super) fn on_accepted(&mut self, l: usize, conn: ConnId) {
        self.lanes[l].refused = false;
        self.send_subscription(l, conn, Edge::Accepted);
    }

    /// The server confirmed the subscription.
    pub(super) fn on_confirmed(&mut self, l: usize) {
        self.lanes[l].timers.stop(Timer::Step);
        self.receiving(l);
        if let Some(link) = self.lanes[l].link.as_mut().filter(|link| link.heartbeat.is_none()) {
            let quiet = matches!(self.config.service, Service::Notifications(_)).then_some(LONGEST_SILENCE);
            let heartbeat = Heartbeat::new(&self.config.heartbeat, &mut self.beats, self.now);
            link.heartbeat = Some(heartbeat.with_quiet(quiet));
            self.lanes[l].timers.arm(Timer::Healthy, self.now + self.config.reconnect.healthy_after);
            self.lanes[l].attempts = 0;
            let share = &mut self.shares[self.lanes[l].share];
            let was_live = core::mem::replace(&mut share.was_live, true);
            self.stats.reconnects += u64::from(was_live && !self.has_elder(l));
        }
        self.go(l, Edge::Confirmed);
        self.retire_elder(l);
        // It may have been said before there was anything to move.
        if self.lanes[l].link.as_ref().is_some_and(|link| link.is_closing) {
            self.move_on(l, Move::Closing);
        }
    }

    /// From here on the server tells us what happens: the hole before it, if there is one, has its end.
    pub(super) fn receiving(&mut self, l: usize) {
        let share = self.lanes[l].share;
        // What was under way on a connection that was let go says nothing of what is to come.
        if self.shares[share].recovery.is_receiving() || self.lanes[l].retired.is_some() {
            return;
        }
        let wall = self.wall();
        // A hole that is older than what we heard first is of a run before this one.
        let is_first = self.shares[share].recovery.first().is_none();
        if let Some(from) = self.shares[share].recovery.receiving(wall) {
            let to = self.hole_end(share);
            let scope = self.gap_scope(share);
            let cause = if is_first { GapCause::Restart } else { GapCause::Reconnect };
            self.open_gap(cause, from, to, scope);
        }
    }

    /// Where a hole ends that reaches up to now: at the first whole millisecond that is not before now. What happened in the
    /// one that has begun may be missing, too.
    pub(super) fn hole_end(&self, share: usize) -> Timestamp {
        const JUST_BELOW_ONE: Duration = Duration::from_nanos(999_999);
        self.servers_time(share, self.now + JUST_BELOW_ONE).into()
    }

    /// The server's time of day: ours, unless that is behind what the server must have by the events that it dated.
    pub(super) fn servers_time(&self, share: usize, at: Instant) -> UnixMillis {
        let (ours, servers) = (self.anchor.wall_at(at), self.shares[share].recovery.at_least(at));
        servers.map_or(ours, |at_least| at_least.max(ours))
    }

    /// What we may have missed is at most what we asked for.
    pub(super) fn gap_scope(&self, share: usize) -> Scope {
        let only = match &self.config.service {
            Service::Stream { subscription, .. } => subscription.only().map(|id| [id.clone()].into()),
            Service::Notifications(_) => {
                self.shares[share].topics.iter().map(Topic::conversation_id).collect()
            }
        };
        only.map_or(Scope::All, Scope::Only)
    }

    pub(super) fn on_step_timeout(&mut self, l: usize) {
        let step = match self.lanes[l].phase {
            Phase::Preparing => Step::Channel,
            Phase::Opening => Step::Dial,
            Phase::Authenticating => Step::Authenticate,
            Phase::Subscribing => Step::Subscribe,
            Phase::Waiting
            | Phase::Authorizing
            | Phase::Live
            | Phase::Parting
            | Phase::Closing
            | Phase::Ended => return,
        };
        self.drop_link(l, Cause::Timeout(step));
    }
}
