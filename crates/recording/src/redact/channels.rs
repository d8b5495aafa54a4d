//! The channels of the `notifications` dialect: whoever knows the id of one may listen, and where it stands decides. So each has
//! a stand-in.

use std::collections::VecDeque;

use rosterline_core::{Endpoint, Secret};

/// So many channels are remembered: a new one for every token, for a day, and as many again that were evicted.
const MOST: usize = 64;

/// The channels that a session was given.
#[derive(Default)]
pub(super) struct Channels {
    known: VecDeque<(Secret, String)>,
    count: u64,
}

impl Channels {
    /// A channel was created.
    pub(super) fn add(&mut self, id: &str) {
        if id.is_empty() || self.is_one(id) {
            return;
        }
        if self.known.len() == MOST {
            self.known.pop_front();
        }
        self.count += 1;
        self.known.push_back((Secret::new(id), format!("STANDS-FOR-CHANNEL-{}", self.count)));
    }

    /// Whether a text is the id of a channel.
    pub(super) fn is_one(&self, text: &str) -> bool {
        self.known.iter().any(|(id, _)| id.expose() == text)
    }

    /// Whether a topic ends with the id of a channel.
    pub(super) fn ends(&self, topic: &str) -> bool {
        self.end_of(topic).is_some()
    }

    /// The text with the stand-in for the channel that it ends with.
    pub(super) fn hide(&self, text: &str) -> String {
        match self.end_of(text) {
            Some((before, stand_in)) => format!("{before}{stand_in}"),
            None => text.to_string(),
        }
    }

    /// An address as good as that of the channel that was created last: the same for everything that is looked at before it is
    /// dialled, and nothing that opens it.
    pub(super) fn address(&self, uri: &str) -> String {
        const NONE: &str = "no address";
        let Ok(url) = Endpoint::new(uri) else { return NONE.to_string() };
        let stand_in = self.known.back().map_or("STANDS-FOR-CHANNEL", |(_, stand_in)| stand_in);
        let end = uri.find("://").map_or(0, |at| at + 3);
        let authority = uri[end..].find(['/', '?', '#']).map_or(uri.len(), |at| end + at);
        let address = format!("{}/channels/{stand_in}", &uri[..authority]);
        let is_same = |other: &Endpoint| {
            (other.scheme(), other.host(), other.port()) == (url.scheme(), url.host(), url.port())
        };
        Endpoint::new(&address).ok().filter(is_same).map_or_else(|| NONE.to_string(), |_| address)
    }

    fn end_of<'t>(&self, text: &'t str) -> Option<(&'t str, &str)> {
        self.known.iter().find_map(|(id, stand_in)| {
            let before = text.strip_suffix(id.expose())?;
            (before.is_empty() || before.ends_with('.')).then_some((before, stand_in.as_str()))
        })
    }
}
