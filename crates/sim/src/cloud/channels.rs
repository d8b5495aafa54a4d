//! Channels: who has which, what they are subscribed to, and when they go (docs/notifications-mock.md).

use std::collections::BTreeMap;
use std::time::Duration;

use rosterline_core::{Instant, Rng, UnixMillis};

use crate::server::ConnId;

/// So many channels a client may have; with one more, one of them goes.
const MOST: usize = 20;
/// So many channels there are of all clients together, so that memory is bounded: anybody may call themselves a client.
const MOST_OF_ALL: usize = 2000;
/// So many topics a channel may have.
pub(super) const TOPICS: usize = 1000;

/// One channel.
#[derive(Debug)]
pub(super) struct Channel {
    /// The client that it belongs to, and the token by which it was made.
    pub(super) client: String,
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

    /// Makes a channel. Gives its id, and the one that had to go for it.
    pub(super) fn create(
        &mut self,
        client: &str,
        token: &str,
        now: Instant,
        wall: UnixMillis,
    ) -> (String, Option<(String, Channel)>) {
        let of_client = |channel: &Channel| channel.client == client;
        let full = self.all.values().filter(|channel| of_client(channel)).count() >= MOST;
        let first = match full {
            true => self.first_to_go(of_client),
            false if self.all.len() >= MOST_OF_ALL => self.first_to_go(|_| true),
            false => None,
        };
        let evicted = first.and_then(|id| self.all.remove_entry(&id));
        let id = format!(
            "streaming-{}-{:013x}{:013x}",
            self.rng.up_to(9),
            self.rng.next_u64() >> 12,
            self.rng.next_u64() >> 12
        );
        let channel = Channel {
            client: client.to_owned(),
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

    /// One without a connection before those with one, and then the one that was used the longest time ago.
    fn first_to_go(&self, may: impl Fn(&Channel) -> bool) -> Option<String> {
        let all = self.all.iter().filter(|(_, channel)| may(channel));
        all.min_by_key(|(_, channel)| (channel.conn.is_some(), channel.used)).map(|(id, _)| id.clone())
    }

    /// Gives a channel these topics. To subscribe is to begin another day; to be rid of topics is not.
    pub(super) fn set(
        &mut self,
        id: &str,
        topics: Vec<String>,
        subscribed: bool,
        now: Instant,
        wall: UnixMillis,
    ) {
        let Some(channel) = self.all.get_mut(id) else { return };
        (channel.topics, channel.used) = (topics, now);
        if subscribed {
            (channel.expires, channel.expires_wall) = (now + self.life, wall.after(self.life));
        }
    }

    /// Takes out those that are over, by a rule.
    pub(super) fn take(&mut self, over: impl Fn(&Channel) -> bool) -> Vec<(String, Channel)> {
        let over: Vec<String> =
            self.all.iter().filter(|(_, channel)| over(channel)).map(|(id, _)| id.clone()).collect();
        over.into_iter().filter_map(|id| self.all.remove_entry(&id)).collect()
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.all.values().map(|channel| channel.expires).min()
    }

    /// A connection is no longer that of a channel.
    pub(super) fn release(&mut self, conn: ConnId) {
        if let Some(channel) = self.all.values_mut().find(|channel| channel.conn == Some(conn)) {
            channel.conn = None;
        }
    }
}
