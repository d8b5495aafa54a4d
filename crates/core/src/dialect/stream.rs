//! The `stream` dialect (docs/stream.md).

use crate::wire::{Answer, encode};
use crate::{Message, Secret, Subscription};

/// The message that authenticates a connection (section 2).
pub(crate) fn hello(token: &Secret) -> Message {
    Message::Secret(encode::authentication(token))
}

/// The message that subscribes, or replaces a subscription (section 3).
pub(crate) fn subscribe(subscription: &Subscription) -> Message {
    Message::Text(encode::subscription(subscription))
}

/// What the session is waiting to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The answer to [`hello`].
    Acceptance,
    /// The answer to [`subscribe`].
    Confirmation,
    /// Nothing: everything is confirmed.
    Nothing,
}

/// What a message with a `status` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The awaited answer is yes.
    Yes,
    /// The awaited answer is no.
    No,
    /// An answer that was heard before.
    Again,
    /// Something else that the server wants to say.
    Notice,
}

/// Reads a message with a `status`. Any status but the awaited one is a refusal (sections 2 and 3); an
/// answer that comes twice is none.
pub(crate) fn meaning(answer: &Answer, awaited: Awaited) -> Meaning {
    match (awaited, &*answer.status) {
        (Awaited::Acceptance, "connected") | (Awaited::Confirmation, "subscribed") => Meaning::Yes,
        (Awaited::Confirmation, "connected") | (Awaited::Nothing, "connected" | "subscribed") => {
            Meaning::Again
        }
        (Awaited::Acceptance | Awaited::Confirmation, _) => Meaning::No,
        (Awaited::Nothing, _) => Meaning::Notice,
    }
}
