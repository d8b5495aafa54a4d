//! Conversations that start one after another and overlap, and what is told of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use rosterline_core::{Id, Instant, PresenceKind, Rng};
use serde_json::{Value, json};

use super::conversation::{Conversation, Party, uuid};
use super::details::{self, Detail};
use super::plan::CloudFault;
use super::story::{Act, Story};
use super::topics::{About, about, expand};
use super::{Cloud, CloudFact, shapes};
use crate::server::ConnId;

/// What is still to happen.
#[derive(Debug)]
pub(super) struct Play {
    rng: Rng,
    /// How many conversations are still to start; `None`: no end.
    left: Option<u64>,
    next_start: Instant,
    coming: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    /// The beats of conversations that go on, by their number.
    stories: BTreeMap<u64, (Id, Story)>,
    started: u64,
}

impl Play {
    pub(super) fn next_at(&self) -> Option<Instant> {
        let start = (self.left != Some(0)).then_some(self.next_start);
        let beat = self.coming.peek().map(|Reverse((at, _, _))| *at);
        start.into_iter().chain(beat).min()
    }
}

impl Cloud {
    pub(super) fn start(&mut self) {
        if self.play.is_some() || self.config.scenario.is_none() {
            return;
        }
        self.play = Some(Play {
            rng: Rng::stream(self.config.seed, "conversations"),
            left: self.config.conversations,
            next_start: self.now,
            coming: BinaryHeap::new(),
            stories: BTreeMap::new(),
            started: 0,
        });
    }

    /// Lets everything happen that is due.
    pub(super) fn play_on(&mut self) {
        while let Some(mut play) = self.play.take() {
            let now = self.now;
            if play.left != Some(0) && play.next_start <= now {
                self.begin(&mut play);
                self.play = Some(play);
                continue;
            }
            let due = play.coming.peek().is_some_and(|Reverse((at, _, _))| *at <= now);
            let next = if due { play.coming.pop() } else { None };
            let Some(Reverse((_, number, beat))) = next else {
                self.play = Some(play);
                return;
            };
            let (id, story) = &play.stories[&number];
            let (id, step) = (id.clone(), story.beats[beat].clone());
            if beat + 1 == story.beats.len() {
                play.stories.remove(&number);
            }
            self.play = Some(play);
            self.happen(&id, step.role, step.act);
        }
    }

    fn begin(&mut self, play: &mut Play) {
        let Some(scenario) = self.config.scenario else { return };
        let story = Story::generate(scenario, &mut play.rng);
        let id = uuid(&mut play.rng);
        let parties = story.roles.iter().map(|role| {
            let (id, session) = (uuid(&mut play.rng), uuid(&mut play.rng));
            let user = role.user.map(|user| self.users[user].clone());
            let queue = role.queue.map(|queue| self.queues[queue].clone());
            Party::new(role.clone(), id, session, user, queue)
        });
        let parties = parties.collect();
        let started = self.wall();
        let conversation = Conversation { id: id.clone(), media: story.media, started, parties };
        self.conversations.insert(id.clone(), conversation);
        self.order.push_back(id.clone());
        if self.order.len() > self.config.remembered {
            let goes_on = |id: &Id| play.stories.values().any(|(going, _)| going == id);
            let over = self.order.iter().position(|other| *other != id && !goes_on(other));
            let over = over.and_then(|over| self.order.remove(over));
            over.into_iter().for_each(|over| _ = self.conversations.remove(&over));
        }
        let stretch = |lively: Duration| self.config.pace.stretch(lively);
        for (place, beat) in story.beats.iter().enumerate() {
            play.coming.push(Reverse((play.next_start + stretch(beat.offset), play.started, place)));
        }
        play.stories.insert(play.started, (id, story));
        play.started += 1;
        play.left = play.left.map(|left| left - 1);
        let pause = Duration::from_millis(500 + play.rng.up_to(900));
        play.next_start = play.next_start + stretch(pause);
    }

    /// One act of one conversation: the truth first, then everybody who wants to know.
    fn happen(&mut self, id: &Id, role: usize, act: Act) {
        let at = self.wall();
        let Some(conversation) = self.conversations.get_mut(id) else { return };
        let joined = conversation.act(role, act, at);
        let party = &conversation.parties[role];
        if let Some(joined) = joined {
            let truth = self.config.limits.truth;
            if self.facts.len() >= truth {
                self.facts.drain(..self.facts.len() - truth / 2);
            }
            self.facts.push(CloudFact {
                at,
                kind: if joined { PresenceKind::Joined } else { PresenceKind::Left },
                conversation: id.clone(),
                participant: party.id.clone(),
                session: party.session.clone(),
                channel: conversation.media.word.into(),
                purpose: party.role.purpose,
                user: party.user.clone(),
                queue: party.queue.clone(),
                reason: (!joined).then_some(party.reason),
            });
        }
        let details = details::of(conversation, role, act, at);
        self.tell(id, &details);
    }

    fn tell(&mut self, id: &Id, details: &[Detail]) {
        let Some(conversation) = self.conversations.get(id) else { return };
        let mut wanted = Vec::new();
        for channel in self.channels.all.values() {
            let Some(conn) = channel.conn else { continue };
            // Under two topics, a name is told once.
            let names: BTreeSet<String> = channel.topics.iter().flat_map(|topic| expand(topic)).collect();
            let permitted = names.into_iter().filter(|name| self.refusal(name).is_none());
            wanted.extend(permitted.flat_map(|name| {
                let bodies = bodies(&name, conversation, details);
                bodies.into_iter().map(move |body| (conn, name.clone(), body))
            }));
        }
        for (conn, name, body) in wanted {
            let faults = self.rules.frames.next();
            self.deliver(conn, &name, body, &faults);
        }
    }

    fn deliver(&mut self, conn: ConnId, topic: &str, mut body: Value, faults: &[CloudFault]) {
        if faults.contains(&CloudFault::Unknown) {
            body["somethingNew"] = json!({ "list": [1, null, "x"], "id": "none" });
            body["externalTag"] = "new".into();
        }
        let copies = if faults.contains(&CloudFault::Duplicate) { 2 } else { 1 };
        let frames: Vec<String> = (0..copies)
            .map(|_| {
                let metadata = json!({ "CorrelationId": self.correlation() });
                json!({ "topicName": topic, "version": "2", "eventBody": body, "metadata": metadata })
                    .to_string()
            })
            .collect();
        let now = self.now;
        let Some(socket) = self.sockets.get_mut(&conn).filter(|socket| !socket.over) else { return };
        if faults.contains(&CloudFault::Lost) {
            return;
        }
        if faults.contains(&CloudFault::Malformed) {
            self.counts.bad_frames += 1;
            socket.send(frames[0][..frames[0].len() / 2].to_owned(), now);
        }
        let before = socket.last.replace(frames[0].clone());
        self.counts.events += frames.len() as u64;
        for frame in frames {
            if faults.contains(&CloudFault::Reorder) {
                socket.hold(frame, now);
            } else {
                socket.tell(frame, now);
            }
        }
        if faults.contains(&CloudFault::Stale) {
            before.into_iter().for_each(|frame| socket.send(frame, now));
        }
    }
}

/// What a topic tells of a conversation that has just changed.
fn bodies(name: &str, conversation: &Conversation, details: &[Detail]) -> Vec<Value> {
    let of_list = |media: &str| match media {
        "" => vec![shapes::snapshot(conversation)],
        list if list == conversation.media.list => vec![shapes::flat(conversation)],
        _ => Vec::new(),
    };
    match about(name) {
        Some(About::Queue(queue, media)) if conversation.concerns_queue(&queue) => of_list(&media),
        Some(About::User(user, media)) if conversation.concerns_user(&user) => of_list(&media),
        Some(About::Detail(id, kind)) if id == conversation.id => {
            details.iter().filter(|(name, _)| *name == kind).map(|(_, body)| body.clone()).collect()
        }
        Some(About::Queue(..) | About::User(..) | About::Detail(..) | About::Silent) | None => Vec::new(),
    }
}
