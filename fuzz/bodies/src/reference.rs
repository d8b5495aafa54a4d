//! A second reader of messages, slow and plain: a tree of everything, then the rules of section 4 of the
//! protocol word by word.

use std::fmt;

use rosterline_core::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A message.
#[derive(Debug)]
pub(crate) enum Message {
    /// Valid JSON that is no message: no object, a field twice, or `events` that is no array.
    Refused,
    /// A message.
    Opened {
        /// Whether it has a `status` other than null.
        status: bool,
        /// Its `events`; none for null.
        events: Option<Vec<Element>>,
    },
}

/// One element of `events`.
#[derive(Debug)]
pub(crate) enum Element {
    /// A join or a leave.
    Presence(Texts),
    /// Of another type.
    Other,
    /// To be rejected.
    Bad,
}

/// What a join or a leave says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) kind: String,
    pub(crate) at: Timestamp,
    pub(crate) participant: String,
    pub(crate) interaction: String,
    pub(crate) channel: String,
    pub(crate) reason: Option<String>,
}

/// Reads a message. `None` if `serde_json` cannot make a tree of it: then nothing is known about it.
pub(crate) fn read(text: &str) -> Option<Message> {
    let json: Json = serde_json::from_str(text).ok()?;
    Some(message(&json).unwrap_or(Message::Refused))
}

fn message(json: &Json) -> Option<Message> {
    let Json::Object(fields) = json else { return None };
    let status = once(fields, "status")?;
    once(fields, "message")?;
    let events = match once(fields, "events")? {
        None => None,
        Some(Json::Null) => Some(Vec::new()),
        Some(Json::Array(elements)) => Some(elements.iter().map(element).collect()),
        Some(Json::Object(_) | Json::Text(_) | Json::Other) => return None,
    };
    Some(Message::Opened { status: !matches!(status, None | Some(Json::Null)), events })
}

/// Longer text in a field spoils its event, in bytes.
const MOST_TEXT: usize = 8192;

fn element(json: &Json) -> Element {
    let Json::Object(fields) = json else { return Element::Bad };
    if let Some(Some(Json::Text(kind))) = once(fields, "type") {
        if kind != "ParticipantJoined" && kind != "ParticipantLeft" {
            return Element::Other;
        }
    }
    texts(fields).map_or(Element::Bad, Element::Presence)
}

fn texts(fields: &[(String, Json)]) -> Option<Texts> {
    let text = |name| match once(fields, name)?? {
        Json::Text(text) => Some(text.clone()).filter(|text| name == "type" || text.len() <= MOST_TEXT),
        Json::Object(_) | Json::Array(_) | Json::Null | Json::Other => None,
    };
    let id = |name| text(name).filter(|id| !id.is_empty());
    Some(Texts {
        kind: text("type")?,
        at: Timestamp::parse(&text("timestamp")?)?,
        participant: id("participant")?,
        interaction: id("interaction")?,
        channel: text("channel")?,
        reason: match once(fields, "reason")? {
            None | Some(Json::Null) => None,
            Some(_) => Some(text("reason")?),
        },
    })
}

/// The value of a field, if any; `None` if it stands there twice.
fn once<'a>(fields: &'a [(String, Json)], name: &str) -> Option<Option<&'a Json>> {
    let mut values = fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    let value = values.next();
    values.next().is_none().then_some(value)
}

/// A JSON value that, unlike `serde_json::Value`, keeps a field that stands twice.
enum Json {
    Null,
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
    Other,
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = array.next_element()? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = object.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}
