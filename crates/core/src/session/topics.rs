//! Which topics stand on which channel, and how that changes while the session lives (docs/notifications.md, section 1).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::time::Duration;

use super::lane::Share;
use super::{Session, Timer};
use crate::config::Notifications;
use crate::session::phase::{Edge, Phase};
use crate::{Detail, Id, Instant, Misuse, Service, Topic};

/// Details of conversations that are discovered are asked for together, this long after the first.
const TOGETHER: Duration = Duration::from_secs(5);

/// Why the details of a conversation are not asked for. It is said once, until there is room again.
const NO_ROOM: &str =
    "every channel has its 1,000 topics: until conversations end, no more of them are followed in detail";

impl Session {
    /// Subscribes to these topics instead, in the `notifications` dialect: now where the session is live, else with the next
    /// connection. Topics that stay keep their channel. A session that ends, or has ended, does nothing about it.
    ///
    /// # Errors
    /// The session speaks the other dialect, there are no topics, or more than 20,000.
    pub fn set_topics(&mut self, topics: Vec<Topic>, now: Instant) -> Result<(), Misuse> {
        self.advance(now);
        let is_closing = self.is_closing();
        let Service::Notifications(service) = &mut self.config.service else {
            return Err(Misuse::new(
                "topics",
                "are of the notifications dialect; this is the stream dialect",
            ));
        };
        let changed = Notifications { topics, ..service.clone() };
        changed.check(self.config.allow_insecure)?;
        if is_closing {
            return Ok(());
        }
        service.topics.clone_from(&changed.topics);
        let fuller = self.distribute(&changed.topics);
        for l in 0..self.lanes.len() {
            let is_on_it = self.lanes[l].phase.next(Edge::Resubscribe).is_some();
            if is_on_it && fuller.contains(&self.lanes[l].share) {
                self.cancel_for(self.lanes[l].key);
                self.ask_for_topics(l, Edge::Resubscribe);
            }
        }
        self.rearm();
        Ok(())
    }

    /// Spreads topics over the shares: each stays where it is, new ones go where there is room. Gives the shares that have
    /// changed.
    pub(super) fn distribute(&mut self, topics: &[Topic]) -> BTreeSet<usize> {
        let wanted: BTreeSet<&Topic> = topics.iter().collect();
        let mut changed = BTreeSet::new();
        let mut there = BTreeSet::new();
        for (at, share) in self.shares.iter_mut().enumerate() {
            let before = share.topics.len();
            share.topics.retain(|topic| wanted.contains(topic));
            there.extend(share.topics.iter().cloned());
            if share.topics.len() < before {
                changed.insert(at);
            }
        }
        for topic in topics {
            if !there.insert(topic.clone()) {
                continue;
            }
            let room = self.shares.iter().position(|share| share.topics.len() < Notifications::TOPICS);
            let at = room.unwrap_or_else(|| self.add_share());
            self.shares[at].topics.push(topic.clone());
            changed.insert(at);
        }
        changed
    }

    /// A share with a lane of its own.
    pub(super) fn add_share(&mut self) -> usize {
        let share = self.shares.len();
        self.shares.push(Share::default());
        let mut lane = self.new_lane(share);
        lane.timers.arm(Timer::Retry, self.now);
        self.lanes.push(lane);
        share
    }

    /// A conversation was heard of: if that is wanted, its details are asked for soon.
    pub(super) fn discovered(&mut self, conversation: &Id) {
        let Service::Notifications(Notifications { details: true, .. }) = &self.config.service else {
            return;
        };
        if self.shares.iter().any(|share| share.details.contains_key(conversation)) {
            return;
        }
        // An id that no topic can hold has no details.
        let Ok(topics) = conversation.with_str(Topic::conversation) else { return };
        let Some(at) = self.room_for(topics.len()) else {
            if !core::mem::replace(&mut self.has_no_room, true) {
                self.report(Detail::TopicRefused { topic: topics[0].as_str().into(), why: NO_ROOM.into() });
            }
            return;
        };
        self.has_no_room = false;
        self.shares[at].details.insert(conversation.clone(), topics);
        let soon = self.now + TOGETHER;
        for lane in self.lanes.iter_mut().filter(|lane| lane.share == at && lane.phase == Phase::Live) {
            let due = lane.timers.get(Timer::Extend).map_or(soon, |due| due.min(soon));
            lane.timers.arm(Timer::Extend, due);
        }
    }

    /// A share with room for so many topics more, if need be by forgetting the details of what is over.
    fn room_for(&mut self, more: usize) -> Option<usize> {
        let has_room = |share: &Share| share.topic_count() + more <= Notifications::TOPICS;
        if let Some(at) = self.shares.iter().position(has_room) {
            return Some(at);
        }
        (0..self.shares.len()).for_each(|share| self.drop_details(share));
        self.shares.iter().position(has_room)
    }

    /// Forgets the details of conversations that are over.
    pub(super) fn drop_details(&mut self, share: usize) {
        let book = &self.book;
        self.shares[share].details.retain(|conversation, _| book.is_open(conversation));
    }
}

impl Share {
    fn topic_count(&self) -> usize {
        self.topics.len() + self.details.values().map(Vec::len).sum::<usize>()
    }

    /// Everything that its channel is to have.
    pub(super) fn all_topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.iter().chain(self.details.values().flatten())
    }
}
