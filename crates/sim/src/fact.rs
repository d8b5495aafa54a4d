//! One thing that happened, as a server tells it.

use rosterline_core::{Id, Instant, Presence, PresenceKind, Timestamp, UnixMillis, Word};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// The place of an event in the order in which the server learnt of them.
pub(crate) type Number = u64;

/// One event of one participant, in the terms of docs/stream.md, section 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When it happened.
    pub at: Timestamp,
    /// Its `type`: `ParticipantJoined`, `ParticipantLeft`, or another one.
    pub kind: Word,
    /// The interaction it belongs to.
    pub interaction: Id,
    /// Who it is about.
    pub participant: Id,
    /// The medium.
    pub channel: Word,
    /// Why, if the server says so.
    pub reason: Option<Word>,
}

impl Fact {
    /// `participant` joined `interaction`; without a reason.
    #[must_use]
    pub fn joined(at: Timestamp, interaction: &str, participant: &str, channel: &str) -> Self {
        Self::other(PresenceKind::Joined.name(), at, interaction, participant, channel)
    }

    /// `participant` left `interaction`; without a reason.
    #[must_use]
    pub fn left(at: Timestamp, interaction: &str, participant: &str, channel: &str) -> Self {
        Self::other(PresenceKind::Left.name(), at, interaction, participant, channel)
    }

    /// An event of any type.
    #[must_use]
    pub fn other(kind: &str, at: Timestamp, interaction: &str, participant: &str, channel: &str) -> Self {
        Self {
            at,
            kind: kind.into(),
            interaction: interaction.into(),
            participant: participant.into(),
            channel: channel.into(),
            reason: None,
        }
    }

    /// The same fact with a reason.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    /// Join or leave; `None` for the types that say nothing of presence.
    #[must_use]
    pub fn presence(&self) -> Option<PresenceKind> {
        [PresenceKind::Joined, PresenceKind::Left].into_iter().find(|kind| kind.name() == &*self.kind)
    }

    /// The join or leave as a session tells it that heard of it at this time, which is what a source of repairs brings.
    #[must_use]
    pub fn to_presence(&self, arrived: Instant, received: UnixMillis) -> Option<Presence> {
        Some(Presence {
            at: self.at,
            kind: self.presence()?,
            interaction: self.interaction.clone(),
            participant: self.participant.clone(),
            channel: self.channel.clone(),
            reason: self.reason.clone(),
            leg: None,
            arrived,
            received,
        })
    }
}

/// The event's JSON object.
impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 5 + usize::from(self.reason.is_some());
        let mut event = serializer.serialize_struct("Fact", fields)?;
        event.serialize_field("timestamp", &Written(self.at))?;
        event.serialize_field("type", &*self.kind)?;
        self.participant.with_str(|text| event.serialize_field("participant", text))?;
        self.interaction.with_str(|text| event.serialize_field("interaction", text))?;
        event.serialize_field("channel", &*self.channel)?;
        if let Some(reason) = &self.reason {
            event.serialize_field("reason", &**reason)?;
        }
        event.end()
    }
}

/// A time as it is written, without a text of its own.
struct Written(Timestamp);

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
