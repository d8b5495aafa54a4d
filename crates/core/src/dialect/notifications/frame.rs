//! One frame of the socket (docs/notifications.md, section 4): what kind of message it is.

use alloc::borrow::Cow;

use crate::Reason;
use crate::config::Limits;
use crate::wire::Body;
use crate::wire::index::Index;
use crate::wire::json::Json;

use super::detail::Detail;
use super::snapshot::Snapshot;

/// What asks the server for a [`Message::Pong`] (section 5).
pub(crate) const PING: &str = r#"{"message":"ping"}"#;

/// What a frame is. It has no `Debug`: the name of a channel, which is as good as a token, may stand in it.
pub(crate) enum Message<'a> {
    /// The server's sign of life.
    Heartbeat,
    /// The answer to our ping.
    Pong,
    /// The answer to a message of ours.
    Answer(Answer<'a>),
    /// The service speaks about the channel.
    System(System<'a>),
    /// A conversation as it stands.
    Snapshot(Snapshot<'a>),
    /// The start or the end of a session.
    Detail(Detail<'a>),
    /// What tells nothing about joins and leaves.
    Other {
        /// Its topic, empty if it has none.
        topic: Cow<'a, str>,
        /// Its body as JSON text, `null` if it has none.
        body: &'a str,
    },
}

/// The answer to a message of ours, as `{"message":"subscribe",…}`. What it does not say is empty.
pub(crate) struct Answer<'a> {
    /// `200` if it was done.
    pub(crate) result: Cow<'a, str>,
    pub(crate) status: Cow<'a, str>,
    pub(crate) message: Cow<'a, str>,
}

/// What the service says about a channel.
pub(crate) struct System<'a> {
    pub(crate) kind: SystemKind,
    /// The channel, if it is named: a secret.
    pub(crate) channel: Option<Cow<'a, str>>,
    /// In words, empty if there are none.
    pub(crate) message: Cow<'a, str>,
}

/// What a message of the service means: by its topic, its type and its reason, never by its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemKind {
    /// The socket will be closed in about a minute.
    SocketClosing,
    /// The channel has lost its subscriptions.
    NoLongerSubscribed {
        /// Because somebody else uses it, or another channel took its place.
        another: bool,
    },
    /// The token is no longer valid.
    TokenRevoked,
    /// Anything else, as a changed subscription.
    Other,
}

/// Opens a message. A binary one holds the same text.
///
/// # Errors
/// As [`open`]; and [`Reason::BadUtf8`] or [`Reason::TooLarge`].
pub(crate) fn read<'a>(body: Body<'a>, limits: &Limits, index: &'a mut Index) -> Result<Message<'a>, Reason> {
    let (text, size) = match body {
        Body::Text(text) => (Ok(text), text.len()),
        Body::Binary(bytes) => (core::str::from_utf8(bytes).map_err(|_| Reason::BadUtf8), bytes.len()),
    };
    let text = if size > limits.frame { Err(Reason::TooLarge) } else { text };
    open(text?, index)
}

/// Opens a frame.
///
/// # Errors
/// [`Reason::BadJson`], if it is no JSON object, or holds a field twice that matters.
pub(crate) fn open<'a>(text: &'a str, index: &'a mut Index) -> Result<Message<'a>, Reason> {
    let json = Json::indexed(text, index).ok_or(Reason::BadJson)?;
    let fields = json.object(&["topicName", "eventBody", "result", "status"]).ok_or(Reason::BadJson)?;
    if fields.twice.contains(&true) {
        return Err(Reason::BadJson);
    }
    let [topic, body, result, status] = fields.values;
    let Some(topic) = topic.and_then(Json::string) else {
        let is_answer = result.or(status).is_some();
        return Ok(if is_answer {
            Message::Answer(answer(json))
        } else {
            Message::Other { topic: Cow::Borrowed(""), body: body.unwrap_or(Json::NULL).text() }
        });
    };
    let body = body.unwrap_or(Json::NULL);
    // A topic is plain ASCII; a name with an escape in it is none of those that matter.
    Ok(match topic {
        Cow::Borrowed(topic) => of_topic(topic, body),
        Cow::Owned(_) => Message::Other { topic, body: body.text() },
    })
}

fn of_topic<'a>(topic: &'a str, body: Json<'a>) -> Message<'a> {
    if topic == "channel.metadata" {
        let [message] = texts(body, &["message"]);
        return if message.eq_ignore_ascii_case("pong") { Message::Pong } else { Message::Heartbeat };
    }
    if let Some(name) = topic.strip_prefix("v2.system.") {
        return Message::System(system(name, body));
    }
    if topic == "v2.subscription.updated" {
        return Message::System(system("", body));
    }
    if let Some((conversation, name)) = after(topic, "v2.detail.events.conversation.") {
        if let Some(detail) = Detail::of_topic(conversation, name, body) {
            return Message::Detail(detail);
        }
    }
    let owner = after(topic, "v2.users.").or_else(|| after(topic, "v2.routing.queues."));
    match owner.map(|(_, name)| name.split_once('.').unwrap_or((name, ""))) {
        Some(("conversations", list)) if list != "summaries" => {
            Message::Snapshot(Snapshot::of_topic(body, list))
        }
        _ => Message::Other { topic: Cow::Borrowed(topic), body: body.text() },
    }
}

/// The id after `prefix`, and the name after that.
fn after<'a>(topic: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    topic.strip_prefix(prefix)?.split_once('.')
}

fn system<'a>(name: &'a str, body: Json<'a>) -> System<'a> {
    let [kind, reason, channel, message] =
        texts(body, &["systemTopicType", "reason", "channelId", "message"]);
    let (topic, id) = name.split_once('.').unwrap_or((name, ""));
    let is = |word: &str| topic == word || kind == word;
    let kind = if is("socket_closing") {
        SystemKind::SocketClosing
    } else if is("no_longer_subscribed") {
        SystemKind::NoLongerSubscribed { another: reason == "another_channel_subscribed" }
    } else if is("token_revoked") || reason == "user_tokens_revoked" {
        SystemKind::TokenRevoked
    } else {
        SystemKind::Other
    };
    let channel = [channel, Cow::Borrowed(id)].into_iter().find(|name| !name.is_empty());
    System { kind, channel, message }
}

fn answer(json: Json<'_>) -> Answer<'_> {
    let [result, status, message] = texts(json, &["result", "status", "message"]);
    Answer { result, status, message }
}

/// The texts of some fields; a value that is no text as its JSON, and empty if it is absent or null.
fn texts<'a, const N: usize>(json: Json<'a>, names: &[&str; N]) -> [Cow<'a, str>; N] {
    let values = json.object(names).map_or([None; N], |object| object.values);
    values.map(|value| {
        let json = value.filter(|json| !json.is_null());
        json.map_or(Cow::Borrowed(""), |json| json.string().unwrap_or(Cow::Borrowed(json.text())))
    })
}
