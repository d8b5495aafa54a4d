//! Conversations that start one after another and overlap, and what is told of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use rosterline_core::{Id, Instant, PresenceKind, Rng};
use serde_json::{Value, json};

use super::channels::{About, about, expand};
use super::conversation::{Conversation, Party, uuid};
use super::plan::CloudFault;
use super::story::{Act, Story};
use super::{Cloud, CloudFact, shapes};

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
        let parties = story.roles.iter().map(|role| Party {
            id: uuid(&mut play.rng),
            session: uuid(&mut play.rng),
            user: role.user.map(|user| self.users[user].clone()),
            queue: role.queue.map(|queue| self.queues[queue].clone()),
            role: role.clone(),
            appeared: None,
            offered: None,
            connected: None,
            disconnected: None,
            reason: "",
            held: false,
            working: false,
            ended: None,
        });
        let parties = parties.collect();
        let started = self.wall();
        let conversation = Conversation { id: id.clone(), media: story.media, started, parties, version: 0 };
        self.conversations.insert(id.clone(), conversation);
        self.order.push_back(id.clone());
        if self.order.len() > self.config.remembered {
            let oldest = self.order.pop_front();
            oldest.into_iter().for_each(|oldest| _ = self.conversations.remove(&oldest));
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
        let detail = shapes::detail(conversation, role, act, at);
        self.tell(id, detail.as_ref());
    }

    fn tell(&mut self, id: &Id, detail: Option<&(&'static str, Value)>) {
        let Some(conversation) = self.conversations.get(id) else { return };
        let mut bodies: BTreeMap<String, Value> = BTreeMap::new();
        let mut wanted = Vec::new();
        for channel in self.channels.all.values() {
            let Some(conn) = channel.conn else { continue };
            for name in channel.topics.iter().flat_map(|topic| expand(topic)) {
                let Some(body) = body(&name, conversation, detail) else { continue };
                bodies.entry(name.clone()).or_insert(body);
                wanted.push((conn, name));
            }
        }
        for (conn, name) in wanted {
            let body = bodies[&name].clone();
            let faults = self.rules.frames.next();
            self.deliver(conn, &name, body, &faults);
        }
    }

    fn deliver(&mut self, conn: crate::server::ConnId, topic: &str, mut body: Value, faults: &[CloudFault]) {
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
        let Some(socket) = self.sockets.get_mut(&conn).filter(|socket| !socket.over) else { return };
        if faults.contains(&CloudFault::Lost) {
            return;
        }
        if faults.contains(&CloudFault::Malformed) {
            self.counts.bad_frames += 1;
            socket.send(frames[0][..frames[0].len() / 2].to_owned());
        }
        let before = socket.last.replace(frames[0].clone());
        self.counts.events += frames.len() as u64;
        let now = self.now;
        for frame in frames {
            if faults.contains(&CloudFault::Reorder) { socket.hold(frame, now) } else { socket.tell(frame) }
        }
        if faults.contains(&CloudFault::Stale) {
            before.into_iter().for_each(|frame| socket.send(frame));
        }
    }
}

/// What a topic tells of a conversation that has just changed.
fn body(name: &str, conversation: &Conversation, detail: Option<&(&'static str, Value)>) -> Option<Value> {
    let of_list = |media: &str| match media {
        "" => Some(shapes::snapshot(conversation)),
        list => (list == conversation.media.list).then(|| shapes::flat(conversation)),
    };
    match about(name)? {
        About::Queue(queue, media) if conversation.concerns_queue(&queue) => of_list(&media),
        About::User(user, media) if conversation.concerns_user(&user) => of_list(&media),
        About::Detail(id, kind) if id == conversation.id => {
            detail.filter(|(name, _)| *name == kind).map(|(_, body)| body.clone())
        }
        About::Queue(..) | About::User(..) | About::Detail(..) | About::Silent => None,
    }
}
