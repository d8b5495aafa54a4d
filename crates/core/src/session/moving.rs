//! Planned moves: another channel is made, subscribed and heard of before the old one goes, so that nothing is missed
//! (docs/notifications.md, section 8).

use super::end::NORMAL;
use super::lane::Lane;
use super::requests::Asked;
use super::{Session, Timer};
use crate::event::Move;
use crate::reconnect::Backoff;
use crate::session::phase::{Edge, Phase};
use crate::{Action, Cause, Detail, GapCause, Rng, Service, Timestamp};

/// What may be missing if a connection that was let go does not end in good order: from its newest event to the moment
/// that its heir was confirmed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retired {
    newest: Option<Timestamp>,
    until: Timestamp,
}

impl Session {
    /// Begins a planned move of what a lane is subscribed to, if that is live and no move is on its way.
    pub(super) fn move_on(&mut self, l: usize, why: Move) {
        let share = self.lanes[l].share;
        let moving = |lane: &Lane| lane.share == share && lane.retired.is_none() && lane.phase != Phase::Live;
        if self.is_closing() || self.lanes.iter().any(moving) {
            return;
        }
        let mut heir = self.new_lane(share);
        heir.timers.arm(Timer::Retry, self.now + self.budget.wait(self.now));
        self.lanes.push(heir);
        self.report(Detail::Moving { why });
    }

    /// A lane with a name and a jitter of its own.
    pub(super) fn new_lane(&mut self, share: usize) -> Lane {
        self.last_lane += 1;
        let key = self.last_lane;
        // The first has the draws that a session of one lane has always had.
        let rng = match key {
            1 => Rng::stream(self.config.seed, "backoff"),
            _ => Rng::stream(self.config.seed ^ u64::from(key), "backoff of another lane"),
        };
        Lane::new(key, share, Backoff::new(&self.config.reconnect, rng))
    }

    /// Another lane is live for the same topics, so that this one is its heir.
    pub(super) fn has_elder(&self, l: usize) -> bool {
        self.elder(l).is_some()
    }

    fn elder(&self, l: usize) -> Option<usize> {
        let share = self.lanes[l].share;
        let is_live = |lane: &Lane| lane.share == share && lane.phase == Phase::Live;
        (0..self.lanes.len()).find(|&other| other != l && is_live(&self.lanes[other]))
    }

    /// The heir is confirmed: the old connection says goodbye, and is read to its end. Whatever the service sent before
    /// the heir was there comes before the answer to our close frame.
    pub(super) fn retire_elder(&mut self, l: usize) {
        let Some(elder) = self.elder(l) else { return };
        let share = self.lanes[l].share;
        let newest = self.shares[share].recovery.newest();
        let until = self.hole_end(share);
        self.cancel_for(self.lanes[elder].key);
        let lane = &mut self.lanes[elder];
        lane.timers.clear();
        lane.retired = Some(Retired { newest, until });
        let Some(link) = &lane.link else { return };
        self.actions.push_back(Action::Close { conn: link.conn, code: NORMAL });
        lane.timers.arm(Timer::CloseAnswer, self.now + self.config.timeouts.close);
        self.step(elder, Edge::End);
        self.report(Detail::Moved);
    }

    /// A connection that was let go has ended. If not in good order, what it still had to say may be lost.
    pub(super) fn retired(&mut self, l: usize, retired: Retired, in_order: bool) {
        self.step(l, Edge::Lost);
        self.lanes[l].timers.clear();
        if let (false, Some(from)) = (in_order, retired.newest) {
            let scope = self.gap_scope(self.lanes[l].share);
            self.open_gap(GapCause::Reconnect, from, retired.until, scope);
        }
        self.conclude();
    }

    /// A lane was lost during a planned move. Whether that is all there is to it: an heir tries again or is given up
    /// while its elder lives, and a lost elder leaves everything to its heir.
    pub(super) fn lost_in_move(&mut self, l: usize, cause: &Cause) -> bool {
        let share = self.lanes[l].share;
        if self.has_elder(l) {
            if cause.is_fatal() {
                self.give_up_move(l, cause.clone());
            }
            return cause.is_fatal();
        }
        let is_heir =
            |lane: &Lane| lane.share == share && lane.retired.is_none() && lane.phase != Phase::Ended;
        let heir = (0..self.lanes.len()).find(|&other| other != l && is_heir(&self.lanes[other]));
        let Some(heir) = heir else { return false };
        self.forget_lane(l);
        self.shares[share].recovery.lost();
        self.report(Detail::None);
        let lane = &self.lanes[heir];
        if lane.phase == Phase::Subscribing && !self.is_asked(Asked::Topics(lane.key)) {
            // All that it still waited for was a sign that the old one could go.
            self.on_confirmed(heir);
        }
        true
    }

    /// There is no way to the new channel: the old one stays as long as it can.
    pub(super) fn give_up_move(&mut self, heir: usize, cause: Cause) {
        self.forget_lane(heir);
        self.report(Detail::MoveFailed(cause));
    }

    /// The lane is not needed any more; it goes at the end of this input.
    fn forget_lane(&mut self, l: usize) {
        if self.lanes[l].phase != Phase::Waiting {
            self.step(l, Edge::Lost);
        }
        self.step(l, Edge::End);
        self.lanes[l].timers.clear();
    }

    /// Takes out the lanes that have done their work. One always stays: it knows how the session ended.
    pub(super) fn prune(&mut self) {
        if self.lanes.len() > 1 && !self.is_over() {
            self.lanes.retain(|lane| lane.phase != Phase::Ended);
        }
    }

    /// The channel of a lane that was lost, if that is why: it is never dialled again. How often that happened, if that
    /// is too often.
    pub(super) fn channel_lost(&mut self, l: usize, cause: &Cause) -> Option<u32> {
        let of_token = matches!(cause, Cause::Http { status: 401, .. });
        if !matches!(cause, Cause::ChannelGone | Cause::ChannelTaken) && !of_token {
            return None;
        }
        let channel = self.lanes[l].channel.take()?;
        let expired = channel.expires() <= self.now;
        self.former_channels.extend([channel.id, channel.url]);
        if self.former_channels.len() > FORMER {
            self.former_channels.drain(..2);
        }
        if expired || of_token { None } else { self.contention.count(self.now) }
    }

    /// A channel belongs to the token that it was made with: there is a new one, so every lane moves.
    pub(super) fn move_to_new_token(&mut self) {
        if matches!(self.config.service, Service::Notifications(_)) {
            for l in 0..self.lanes.len() {
                self.move_on(l, Move::Token);
            }
        }
    }
}

/// So many secrets of channels that are gone are remembered: those of the last eight.
const FORMER: usize = 16;
