//! Planned moves: another channel is made, subscribed and heard of before the old one goes, so that nothing is missed
//! (docs/notifications.md, section 8).

use core::time::Duration;

use super::lane::Lane;
use super::requests::Asked;
use super::{Session, Timer};
use crate::event::Move;
use crate::reconnect::Backoff;
use crate::session::phase::{Edge, Phase};
use crate::{Cause, Detail, GapCause, Rng, Service, Timestamp};

/// An old connection has so long for what it still has to say: as long as the service leaves a socket that it is about to
/// close (docs/notifications.md, section 8). Without an end, one that never comes to its answer would stay for ever, and the
/// next one beside it.
const LONGEST_PARTING: Duration = Duration::from_secs(60);

/// What is left of a connection that was let go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retired {
    /// So many pongs are still to come before it says goodbye: all that waited for this connection comes before the last one.
    awaited: u32,
    /// What may be missing if it ends before that: from the newest event that came before its heir said anything,
    from: Option<Timestamp>,
    /// to the moment that its heir was confirmed.
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

    /// The first frame of a lane comes: what is told from here on may be its word, and its elder may still be behind.
    pub(super) fn on_first_frame(&mut self, l: usize) {
        self.lanes[l].before = self.told_before(l);
    }

    /// Up to here everything was told when the first frame of a lane came, or by now.
    fn told_before(&self, l: usize) -> Option<Timestamp> {
        let lane = &self.lanes[l];
        lane.before.or_else(|| self.shares[lane.share].recovery.so_far())
    }

    /// The heir is confirmed. The old connection is asked a last time: the answer comes behind whatever the service still has
    /// for it, while a close frame may make the service drop that.
    pub(super) fn retire_elder(&mut self, l: usize) {
        let Some(elder) = self.elder(l) else { return };
        let (from, until) = (self.told_before(l), self.hole_end(self.lanes[l].share));
        self.cancel_for(self.lanes[elder].key);
        self.lanes[elder].timers.clear();
        self.lanes[elder].timers.arm(Timer::CloseAnswer, self.now + LONGEST_PARTING);
        self.send_ping(elder);
        self.step(elder, Edge::Retire);
        let awaited = self.lanes[elder].link.as_ref().map_or(0, |link| link.unanswered);
        self.lanes[elder].retired = Some(Retired { awaited, from, until });
        self.report(Detail::Moved);
    }

    /// The service has answered a ping. A text pong names none: it is the answer to the oldest.
    pub(super) fn on_answered(&mut self, l: usize) {
        let lane = &mut self.lanes[l];
        lane.link.iter_mut().for_each(|link| link.unanswered = link.unanswered.saturating_sub(1));
        let Some(retired) = lane.retired.as_mut().filter(|_| lane.phase == Phase::Parting) else { return };
        retired.awaited = retired.awaited.saturating_sub(1);
        if retired.awaited == 0 {
            self.end_lane(l);
        }
    }

    /// A connection that was let go has ended, by a close frame or not. What it still had to say may be lost, unless the
    /// service has answered since: one that is behind may also have closed it before the heir was there. Who closes a session
    /// wants no more of it.
    pub(super) fn retired(&mut self, l: usize, retired: Retired, closed: bool) {
        self.step(l, Edge::Lost);
        self.lanes[l].timers.clear();
        let in_order = retired.awaited == 0 || closed && self.is_closing();
        if let (false, Some(from)) = (in_order, retired.from) {
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
        let start = self.told_before(heir);
        self.shares[share].recovery.lost_since(start);
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
