//! What the REST API answers about channels and subscriptions, and its errors (docs/notifications.md, sections 1 and 7).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::wire::json::Json;
use crate::{Secret, Timestamp};

/// A channel that was created.
pub(crate) struct Channel {
    /// Where to listen. Whoever knows it may.
    pub(crate) connect_uri: Secret,
    pub(crate) id: Secret,
    /// When it ends, unless it is subscribed again before; `None` if the answer does not say it.
    pub(crate) expires: Option<Timestamp>,
}

impl Channel {
    /// Reads the answer to a request for a channel.
    ///
    /// # Errors
    /// What is wrong with it, without a word of it.
    pub(crate) fn read<'a>(body: &'a [u8]) -> Result<Self, &'static str> {
        let [uri, id, expires] = Json::read_bytes(body)
            .and_then(|json| json.object(&["connectUri", "id", "expires"]))
            .ok_or("its body is no JSON object")?
            .values;
        let text = |json: Option<Json<'a>>| json.and_then(Json::string).filter(|text| !text.is_empty());
        Ok(Self {
            connect_uri: Secret::new(text(uri).ok_or("its body has no connectUri")?),
            id: Secret::new(text(id).ok_or("its body has no id")?),
            expires: text(expires).and_then(|text| Timestamp::parse(&text)),
        })
    }
}

/// What became of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscribed {
    pub(crate) topic: Box<str>,
    pub(crate) outcome: Outcome,
}

/// Whether a topic was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its events will come.
    Permitted,
    /// They will not.
    Rejected {
        /// Why, in the service's words; empty if it says nothing.
        reason: Box<str>,
        /// The permissions that are missing, as `analytics:conversationDetail:view`.
        permissions: Vec<Box<str>>,
    },
}

/// Reads the answer to a subscription: each topic with what became of it. A state that nobody knows is none of ours to
/// refuse. `None` if it is no such answer.
pub(crate) fn subscribed(body: &[u8]) -> Option<Vec<Subscribed>> {
    let [entities] = Json::read_bytes(body)?.object(&["entities"])?.values;
    let mut all = Vec::new();
    entities?.elements(|json| all.extend(entity(json)))?;
    Some(all)
}

fn entity<'a>(json: Json<'a>) -> Option<Subscribed> {
    let names = ["id", "state", "rejectionReason", "missingPermissions"];
    let [id, state, reason, missing] = json.object(&names)?.values;
    let text = |json: Option<Json<'a>>| json.and_then(Json::string).unwrap_or_default();
    let mut permissions = Vec::new();
    if let Some(missing) = missing {
        let _ = missing.elements(|json| permissions.extend(json.string().map(Box::from)));
    }
    let outcome = match &*text(state) {
        "Rejected" => Outcome::Rejected { reason: text(reason).into(), permissions },
        _ => Outcome::Permitted,
    };
    Some(Subscribed { topic: id.and_then(Json::string)?.into(), outcome })
}

/// A refusal of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    /// The kind of trouble, as `notification.unauthorized.topic`; empty if it is not said.
    pub(crate) code: Box<str>,
    /// In the service's words, empty if it has none.
    pub(crate) message: Box<str>,
    /// The permission that is missing, if one is named.
    pub(crate) permission: Option<Box<str>>,
}

impl ErrorBody {
    /// Reads the body of an answer that is no success. `None` if it is not the API's, as the page of a proxy.
    pub(crate) fn read<'a>(body: &'a [u8]) -> Option<Self> {
        let names = ["code", "message", "messageParams"];
        let [code, message, parameters] = Json::read_bytes(body)?.object(&names)?.values;
        let words = |json: Option<Json<'a>>| json.and_then(Json::string).unwrap_or_default();
        let (code, message) = (words(code), words(message));
        if code.is_empty() && message.is_empty() {
            return None;
        }
        let named =
            parameters.map(Json::text).and_then(permission).or_else(|| permission(&message)).map(Box::from);
        Some(Self { code: code.into(), message: message.into(), permission: named })
    }
}

/// The first permission in a text: `domain:entity:action`.
fn permission(text: &str) -> Option<&str> {
    let is_odd = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '*' | '_' | '-' | '.'));
    text.split(is_odd).find(|word| {
        let parts = word.split(':');
        parts.clone().count() == 3 && parts.clone().all(|part| !part.is_empty())
    })
}

/// What a person should do about an error, by its code; empty if there is nothing to say beyond its message.
pub(crate) fn advice(code: &str) -> &'static str {
    match code {
        "notification.invalid.topic" => {
            "check how the topic is written: v2.routing.queues.{id}.conversations, with an id that exists"
        }
        "notification.subscription.too.many.subscriptions" => {
            "a channel takes 1,000 topics; ask for fewer, or combine those of one user or queue"
        }
        "notification.transport.not.allowed" => {
            "this topic is not delivered over WebSockets; take another one"
        }
        "notification.unable.to.get.channel.id" | "entity.not.found" => {
            "the channel is gone; a new one is needed"
        }
        "notification.unauthorized.topic"
        | "missing.permissions"
        | "missing.any.permissions"
        | "not.authorized"
        | "authz.policy.denied" => "give a role of the OAuth client this permission",
        "notification.unauthorized.divisioned.topic" | "missing.division.permission" => {
            "give the OAuth client's role access to the division of this queue or user"
        }
        "notification.forbidden.topic" => "this topic is not for OAuth clients; take another one",
        "app.not.authorized.for.scope" => "add this scope to the OAuth client",
        "bad.credentials" | "authentication.required" | "credentials.expired" => {
            "the token is not valid (any longer) in this region; check region and client"
        }
        "ip.not.authorized" => "add this machine's address to the organization's allowed addresses",
        "too.many.requests" | "too.many.requests.retry.after" => {
            "the requests of this OAuth client are used up for the moment; give each program its own client"
        }
        "conversation.error.conversation.not.found" | "not.found" => {
            "it does not exist (any longer), or this OAuth client may not see its division"
        }
        "request.entity.too.large" => "ask for fewer topics at a time",
        "payload.too.large" => "ask for a shorter interval",
        _ => "",
    }
}
