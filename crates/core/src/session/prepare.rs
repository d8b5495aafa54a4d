//! The way from a token to live in the `notifications` dialect: a channel, a connection to it, its topics
//! (docs/notifications.md, sections 7 and 8).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::channel::{self, Channel};
use super::end::NORMAL;
use super::requests::Asked;
use super::{Session, Timer};
use crate::dialect::notifications::frame::PING;
use crate::dialect::notifications::{reply, rest};
use crate::session::phase::{Edge, Phase};
use crate::{Action, Cause, Detail, Endpoint, Message, Service, Step, Topic};

/// What a new channel's first frame is waited for: the service says something every 30 s, and something of ours is
/// answered at once.
const FIRST_FRAME: Duration = Duration::from_secs(35);

/// Why a topic is not granted that the answer does not speak of.
const LEFT_OUT: &str =
    "the answer to the subscription does not name it: check how it is written, and that its id exists";

impl Session {
    /// There is a token: dials the channel that there is, or asks for one.
    pub(super) fn prepare(&mut self, l: usize) {
        let now = self.now;
        self.lanes[l].channel.take_if(|channel| channel.expires() <= now);
        if self.lanes[l].channel.is_some() {
            return self.dial(l);
        }
        self.go(l, Edge::Prepare);
        self.lanes[l].timers.arm(Timer::Step, now + self.config.timeouts.request);
        if !self.ask(Asked::Channel(self.lanes[l].key), rest::create_channel()) {
            self.lost(l, Cause::BadToken("it ran out".into()));
        }
    }

    pub(super) fn on_channel(&mut self, l: usize, result: Result<&[u8], Cause>) {
        match result.and_then(|body| self.read_channel(body)) {
            Ok(channel) => {
                self.lanes[l].refused = false;
                self.lanes[l].channel = Some(channel);
                self.dial(l);
            }
            Err(cause) => self.lost(l, cause),
        }
    }

    fn read_channel(&self, body: &[u8]) -> Result<Channel, Cause> {
        let bad = |what: &str| Cause::BadReply { step: Step::Channel, what: what.into() };
        let Service::Notifications(service) = &self.config.service else { return Err(bad("no channel")) };
        let made = reply::Channel::read(body).map_err(bad)?;
        let url = match &service.stream_url {
            Some(url) => url.clone(),
            None => {
                let url = Endpoint::new(made.connect_uri.expose());
                let url = url.map_err(|_| bad("the address of the channel is no URL"))?;
                channel::may_dial(&url, &service.api_url).map_err(bad)?;
                url
            }
        };
        let left = made.expires.map(|expires| self.wall().until(expires.unix_millis()));
        // Without a word about it, or with one that a clock has spoilt, it is a day.
        let life = left.filter(|left| !left.is_zero()).unwrap_or(Duration::from_secs(86_400));
        Ok(Channel::new(made.id, url.as_str().into(), life, self.now))
    }

    /// The connection is open: its topics are asked for.
    pub(super) fn ask_for_topics(&mut self, l: usize, edge: Edge) {
        let step = self.now + self.config.timeouts.subscribe;
        self.lanes[l].timers.arm(Timer::Step, step);
        self.go(l, edge);
        if !self.send_topics(l, Asked::Topics(self.lanes[l].key)) {
            self.drop_link(l, Cause::BadToken("it ran out while dialling".into()));
        }
    }

    fn send_topics(&mut self, l: usize, what: Asked) -> bool {
        self.drop_details(self.lanes[l].share);
        let lane = &self.lanes[l];
        let Some(channel) = &lane.channel else { return false };
        let topics = self.shares[lane.share].all_topics();
        // What a new channel has is added to, what an old one has is replaced: that also extends its life.
        let ask = match channel.subscribed {
            true => rest::subscribe(&channel.id, topics),
            false => rest::add_topics(&channel.id, topics),
        };
        self.ask(what, ask)
    }

    pub(super) fn on_topics(&mut self, l: usize, result: Result<&[u8], Cause>) {
        let accepted = match result {
            Ok(body) => self.read_topics(l, body),
            Err(cause) => Err(cause),
        };
        if let Err(cause) = accepted {
            return self.close_link(l, NORMAL, cause);
        }
        self.extended(l);
        if !self.has_elder(l) || self.lanes[l].heard {
            return self.on_confirmed(l);
        }
        // A planned move: the new connection has to show that it works, before the old one goes.
        self.send_text_ping(l);
        self.lanes[l].timers.arm(Timer::Step, self.now + FIRST_FRAME);
    }

    /// What became of each topic: refusals are told one by one, and if nothing else is left they are one. An answer without
    /// a list refuses nothing; a topic that a list leaves out is told, too.
    fn read_topics(&mut self, l: usize, body: &[u8]) -> Result<(), Cause> {
        let Some(answered) = reply::subscribed(body) else { return Ok(()) };
        let topics = &self.shares[self.lanes[l].share].topics;
        let named: BTreeSet<&str> = answered.iter().map(|it| &*it.topic).collect();
        let is_left_out = |topic: &&str| is_one(topic) && !named.contains(topic);
        let left_out = topics.iter().map(Topic::as_str).filter(is_left_out);
        let left_out: Vec<_> = left_out.map(|topic| (Box::from(topic), String::from(LEFT_OUT))).collect();
        let refused: Vec<_> =
            answered.into_iter().filter_map(|it| Some((it.topic, why(it.outcome)?))).collect();
        let is_refused = |topic: &Topic| refused.iter().any(|(refused, _)| **refused == *topic.as_str());
        let all = !topics.is_empty() && topics.iter().all(is_refused);
        if let Some((_, why)) = refused.first().filter(|_| all) {
            let (status, message) = ("every topic is refused".into(), self.scrub(why));
            return Err(Cause::Refused { step: Step::Subscribe, status, message });
        }
        for (topic, why) in left_out.into_iter().chain(refused) {
            let (topic, why) = (self.scrub(&topic), self.scrub(&why));
            self.report(Detail::TopicRefused { topic, why });
        }
        Ok(())
    }

    /// A frame came on a connection that is to take over.
    pub(super) fn heard(&mut self, l: usize) {
        let was = core::mem::replace(&mut self.lanes[l].heard, true);
        let asked = self.is_asked(Asked::Topics(self.lanes[l].key));
        if !was && !asked && self.lanes[l].phase == Phase::Subscribing {
            self.on_confirmed(l);
        }
    }

    pub(super) fn send_text_ping(&mut self, l: usize) {
        if let Some(link) = &mut self.lanes[l].link {
            link.unanswered += 1;
            self.actions.push_back(Action::Send { conn: link.conn, message: Message::Text(PING.into()) });
        }
    }

    /// The topics were set, which has extended the life of the channel.
    fn extended(&mut self, l: usize) {
        let (now, lane) = (self.now, &mut self.lanes[l]);
        let Some(channel) = &mut lane.channel else { return };
        channel.extended(now);
        lane.timers.arm(Timer::Extend, channel.extension_at(&mut self.beats, now));
    }

    /// The channel is due for extension, or the request for one has taken too long.
    pub(super) fn on_extend(&mut self, l: usize) {
        let what = Asked::Extension(self.lanes[l].key);
        if self.is_asked(what) {
            self.cancel(|asked| asked == what);
            return self.on_extension(l, Err(Cause::Timeout(Step::Subscribe)));
        }
        if self.lanes[l].phase != Phase::Live {
            return;
        }
        if self.send_topics(l, what) {
            self.lanes[l].timers.arm(Timer::Extend, self.now + self.config.timeouts.subscribe);
        } else {
            self.on_extension(l, Err(Cause::BadToken("it ran out".into())));
        }
    }

    pub(super) fn on_extension(&mut self, l: usize, result: Result<&[u8], Cause>) {
        let now = self.now;
        let next = self.lanes[l].channel.as_ref().and_then(|channel| channel.next_try(now));
        match (result, next) {
            (Ok(_), _) => self.extended(l),
            (Err(cause), Some(next)) if !cause.is_fatal() && cause != Cause::ChannelGone => {
                let asked = now + cause.retry_after().unwrap_or_default();
                self.lanes[l].timers.arm(Timer::Extend, next.max(asked));
            }
            (Err(_), _) => {
                self.lanes[l].timers.stop(Timer::Extend);
                self.move_on(l, crate::event::Move::Expiry);
            }
        }
    }
}

/// Whether a topic's name is of one alone, so that an answer has to repeat it.
fn is_one(topic: &str) -> bool {
    !topic.contains('?')
}

/// Why a topic was refused; `None` if it was not.
fn why(outcome: reply::Outcome) -> Option<String> {
    let reply::Outcome::Rejected { reason, permissions } = outcome else { return None };
    let mut why = String::from(reason);
    if !permissions.is_empty() {
        why.push_str(if why.is_empty() { "missing permission: " } else { "; missing permission: " });
        why.push_str(&permissions.join(", "));
    }
    Some(why)
}
