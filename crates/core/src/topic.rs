//! What the `notifications` dialect can be subscribed to (docs/notifications.md, section 1).

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use crate::{Id, Misuse};

/// The name of a topic, as the service writes it; or of several with a common beginning, as in
/// `v2.users.{id}?conversations&presence`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Box<str>);

/// What happens to a conversation, by the names of its detail events.
const DETAILS: [&str; 10] = [
    "customer.start",
    "customer.end",
    "user.start",
    "user.end",
    "acd.start",
    "acd.end",
    "flow.start",
    "flow.end",
    "voicemail.start",
    "voicemail.end",
];

impl Topic {
    /// The longest name, in bytes.
    pub const LONGEST: usize = 199;

    /// A topic by its name.
    ///
    /// # Errors
    /// An empty name, one of 200 bytes or more, or one with a character that no topic has.
    pub fn new(name: &str) -> Result<Self, Misuse> {
        let is_odd = |b: u8| !(b.is_ascii_alphanumeric() || b".-_?&{}:".contains(&b));
        match name {
            "" => Err(Misuse::new("topic", "is empty; write it as v2.users.{id}.conversations")),
            _ if name.len() > Self::LONGEST => Err(Misuse::new("topic", "has more than 199 characters")),
            _ if name.bytes().any(is_odd) => {
                Err(Misuse::new("topic", "has a character other than letters, digits and . - _ ? & :"))
            }
            _ => Ok(Self(name.into())),
        }
    }

    /// Every conversation that concerns a queue, on every medium.
    ///
    /// # Errors
    /// An id that no topic can hold.
    pub fn queue(id: &str) -> Result<Self, Misuse> {
        Self::with("queue", "v2.routing.queues.", id, ".conversations")
    }

    /// Every conversation that a user takes part in, on every medium.
    ///
    /// # Errors
    /// An id that no topic can hold.
    pub fn user(id: &str) -> Result<Self, Misuse> {
        Self::with("user", "v2.users.", id, ".conversations")
    }

    /// The starts and ends of one conversation, whose id is known: its detail events.
    ///
    /// # Errors
    /// An id that no topic can hold.
    pub fn conversation(id: &str) -> Result<Vec<Self>, Misuse> {
        let topic = |detail: &&str| {
            Self::with("conversation", "v2.detail.events.conversation.", id, &format!(".{detail}"))
        };
        DETAILS.iter().map(topic).collect()
    }

    fn with(what: &'static str, before: &str, id: &str, after: &str) -> Result<Self, Misuse> {
        if id.is_empty() || id.contains(['.', '?', '&']) {
            return Err(Misuse::new(what, "is no id; it is a UUID, as the service writes it"));
        }
        Self::new(&format!("{before}{id}{after}")).map_err(|wrong| Misuse { what, ..wrong })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The conversation, if it is a topic of one.
    #[must_use]
    pub fn conversation_id(&self) -> Option<Id> {
        let rest = self.0.strip_prefix("v2.detail.events.conversation.")?;
        rest.split(['.', '?']).next().map(Id::new)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn topics_are_spelled_as_the_service_does() {
        let id = "123e4567-e89b-12d3-a456-426614174000";
        let name = |topic: Result<Topic, Misuse>| topic.expect("valid").to_string();
        assert_eq!(name(Topic::queue(id)), format!("v2.routing.queues.{id}.conversations"));
        assert_eq!(name(Topic::user(id)), format!("v2.users.{id}.conversations"));
        let details = Topic::conversation(id).expect("valid");
        assert_eq!(details[3].as_str(), format!("v2.detail.events.conversation.{id}.user.end"));
        assert!(details.iter().all(|topic| topic.conversation_id() == Some(Id::new(id))));
        assert_eq!(Topic::user(id).expect("valid").conversation_id(), None);
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        for name in ["", "v2.users. x", "v2.users.\u{e9}", &"x".repeat(200), "v2\n"] {
            assert!(Topic::new(name).is_err(), "{name}");
        }
        for id in ["", "a.b", "a?b", "a&b", "a b", &"x".repeat(200)] {
            assert!(Topic::queue(id).is_err() && Topic::conversation(id).is_err(), "{id}");
        }
        assert!(Topic::new("v2.users.{id}?presence&routingStatus").is_ok());
    }
}
