//! Channels: who has which, what they are subscribed to, and when they go (docs/notifications.md, sections 1 and 8).

use std::collections::BTreeMap;
use std::time::Duration;

use rosterline_core::{Id, Instant, Rng, UnixMillis};

use crate::server::ConnId;

/// So many channels a client may have; with one more, the one that was used the longest time ago goes.
const MOST: usize = 20;
/// So many topics a channel may have.
pub(super) const TOPICS: usize = 1000;

/// One channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) token: String,
    pub(super) expires: Instant,
    pub(super) expires_wall: UnixMillis,
    pub(super) used: Instant,
    pub(super) topics: Vec<String>,
    pub(super) conn: Option<ConnId>,
}

/// All of them, by their ids.
#[derive(Debug)]
pub(super) struct Channels {
    pub(super) all: BTreeMap<String, Channel>,
    rng: Rng,
    life: Duration,
}

impl Channels {
    pub(super) fn new(seed: u64, life: Duration) -> Self {
        Self { all: BTreeMap::new(), rng: Rng::stream(seed, "channels"), life }
    }

    /// Makes a channel for the holder of a token. Gives its id, and the one that had to go for it.
    pub(super) fn create(
        &mut self,
        token: &str,
        now: Instant,
        wall: UnixMillis,
    ) -> (String, Option<(String, Channel)>) {
        let evicted = (self.all.len() >= MOST).then(|| self.oldest()).flatten();
        let evicted = evicted.and_then(|id| self.all.remove_entry(&id));
        let id = format!(
            "streaming-{}-{:013x}{:013x}",
            self.rng.up_to(9),
            self.rng.next_u64() >> 12,
            self.rng.next_u64() >> 12
        );
        let channel = Channel {
            token: token.to_owned(),
            expires: now + self.life,
            expires_wall: wall.after(self.life),
            used: now,
            topics: Vec::new(),
            conn: None,
        };
        self.all.insert(id.clone(), channel);
        (id, evicted)
    }

    /// The one that goes first: without a connection before those with one, then by its last use.
    fn oldest(&self) -> Option<String> {
        let oldest = self.all.iter().min_by_key(|(_, channel)| (channel.conn.is_some(), channel.used));
        oldest.map(|(id, _)| id.clone())
    }

    /// It was subscribed to something: it lives for another day.
    pub(super) fn extend(&mut self, id: &str, now: Instant, wall: UnixMillis) {
        let life = self.life;
        if let Some(channel) = self.all.get_mut(id) {
            (channel.expires, channel.expires_wall, channel.used) = (now + life, wall.after(life), now);
        }
    }

    /// Takes out those whose time is over.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<(String, Channel)> {
        let over: Vec<String> =
            self.all.iter().filter(|(_, channel)| channel.expires <= now).map(|(id, _)| id.clone()).collect();
        over.into_iter().filter_map(|id| self.all.remove_entry(&id)).collect()
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.all.values().map(|channel| channel.expires).min()
    }

    pub(super) fn of_conn(&mut self, conn: ConnId) -> Option<&mut Channel> {
        self.all.values_mut().find(|channel| channel.conn == Some(conn))
    }
}

/// What a topic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Conversations of a queue, on all media or one.
    Queue(Id, String),
    /// Conversations of a user.
    User(Id, String),
    /// One kind of detail event of a conversation.
    Detail(Id, String),
    /// Something that exists and of which nothing is told here.
    Silent,
}

/// The names behind a topic that combines several: `a.b?c&d` is `a.b.c` and `a.b.d`.
pub(super) fn expand(topic: &str) -> Vec<String> {
    match topic.split_once('?') {
        None => vec![topic.to_owned()],
        Some((before, parts)) => parts.split('&').map(|part| format!("{before}.{part}")).collect(),
    }
}

/// Reads one name; `None` if there is no such topic.
pub(super) fn about(name: &str) -> Option<About> {
    let after = |before: &str| name.strip_prefix(before)?.split_once('.');
    if let Some((id, rest)) = after("v2.routing.queues.") {
        return of_list(rest)
            .map(|media| About::Queue(Id::new(id), media))
            .or((rest == "users").then_some(About::Silent));
    }
    if let Some((id, rest)) = after("v2.users.") {
        return Some(of_list(rest).map_or(About::Silent, |media| About::User(Id::new(id), media)));
    }
    if let Some((id, rest)) = after("v2.detail.events.conversation.") {
        return DETAILS.contains(&rest).then(|| About::Detail(Id::new(id), rest.to_owned()));
    }
    ["v2.analytics.", "v2.conversations.", "v2.detail.events.agent.", "v2.system.", "channel."]
        .iter()
        .any(|known| name.starts_with(known))
        .then_some(About::Silent)
}

/// The list of a media topic, empty for all media.
fn of_list(rest: &str) -> Option<String> {
    let media = rest.strip_prefix("conversations")?;
    match media.strip_prefix('.') {
        None => media.is_empty().then(String::new),
        Some("summaries") => None,
        Some(list) => Some(list.to_owned()),
    }
}

const DETAILS: [&str; 16] = [
    "acd.start",
    "acd.end",
    "acw",
    "attributes",
    "contact",
    "customer.start",
    "customer.end",
    "flow.start",
    "flow.end",
    "flow.outcome",
    "outbound",
    "user.start",
    "user.end",
    "voicemail.start",
    "voicemail.end",
    "wrapup",
];
