//! The truth, as joins and leaves.

use rosterline_core::{Id, Presence, PresenceKind, UnixMillis, Word};

/// One join or leave that really happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudFact {
    /// When.
    pub at: UnixMillis,
    /// Join or leave.
    pub kind: PresenceKind,
    /// The conversation.
    pub conversation: Id,
    /// The participant.
    pub participant: Id,
    /// The communication.
    pub session: Id,
    /// The medium, in our word.
    pub channel: Word,
    /// What the participant is.
    pub purpose: &'static str,
    /// The user, if it is one.
    pub user: Option<Id>,
    /// The queue.
    pub queue: Option<Id>,
    /// Why it left, in the snapshots' spelling.
    pub reason: Option<&'static str>,
}

impl CloudFact {
    /// Whether an event tells this fact.
    #[must_use]
    pub fn is_told_by(&self, presence: &Presence) -> bool {
        presence.kind == self.kind
            && presence.interaction == self.conversation
            && presence.participant == self.participant
            && presence.leg.as_ref().is_some_and(|leg| leg.session == self.session)
    }
}
