//! What may stand of the `notifications` dialect: its frames and the answers of its REST API are JSON whose fields have names
//! that say what is in them.

use super::Redactor;
use super::json::{NO_TEXT, Token, decode, walk};
use super::{is_permission, is_word};
use crate::Redaction;
use rosterline_core::Timestamp;

/// What a value is, by the name of its field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The channel of what is told. It stays whatever it says, as it does in the other dialect.
    Medium,
    /// A word that decides. It stays if it looks like one.
    Code,
    /// Words of the server. Only those stay by which it speaks of its own life.
    Message,
    Time,
    /// A number that decides.
    Measure,
    Topic,
    /// The address of a channel.
    Address,
    Permission,
    /// Whatever else there is: names, ids, addresses, attributes.
    Other,
}

impl Kind {
    fn of(field: &str) -> Self {
        match field {
            "mediaType" => Self::Medium,
            "state" | "disconnectType" | "purpose" | "segmentType" | "systemTopicType" | "reason"
            | "result" | "status" | "code" | "initialState" | "direction" | "version" => Self::Code,
            "message" => Self::Message,
            "connectedTime" | "disconnectedTime" | "startTime" | "endTime" | "startAlertingTime"
            | "conversationStart" | "conversationEnd" | "segmentStart" | "segmentEnd" | "expires" => {
                Self::Time
            }
            "eventTime" | "interactingDurationMs" | "heldDurationMs" | "alertingDurationMs" | "totalHits" => {
                Self::Measure
            }
            "topicName" => Self::Topic,
            "connectUri" => Self::Address,
            "permission" | "permissions" | "missingPermissions" => Self::Permission,
            _ => Self::Other,
        }
    }
}

/// What is around the place in the text.
struct Level {
    is_object: bool,
    /// The next string is the name of a field.
    at_name: bool,
    /// What the values here are.
    kind: Kind,
    /// What an organisation says about its customers, in words of its own: nothing in it stays or decides.
    sealed: bool,
    /// The last field holds such.
    seals: bool,
}

impl Redactor {
    /// A text that is valid JSON, with the values that may stay.
    pub(super) fn cloud(&self, text: &str) -> String {
        // A stack of its own: no depth of nesting exhausts that of the thread.
        let mut levels: Vec<Level> = Vec::new();
        walk(text, &mut |token| {
            let kind = levels
                .last()
                .map_or(Kind::Other, |level| if level.sealed { Kind::Other } else { level.kind });
            match token {
                Token::String { raw, after } => {
                    let decoded = decode(raw);
                    if let Some(level) = levels.last_mut().filter(|level| level.at_name) {
                        (level.at_name, level.kind) =
                            (false, decoded.as_deref().map_or(Kind::Other, Kind::of));
                        level.seals = decoded.as_deref() == Some("attributes");
                        return self.field(raw, decoded.as_deref(), after);
                    }
                    self.value(kind, raw, decoded.as_deref())
                }
                Token::Number(raw) => {
                    let kept = self.redaction == Redaction::Plain || kind == Kind::Measure;
                    (!kept).then(|| self.pseudonyms.number(raw))
                }
                Token::Mark(byte) => {
                    structure(&mut levels, byte, kind);
                    None
                }
            }
        })
    }

    /// The name of a field. That of a list stays: it is the channel of what is in it.
    fn field(&self, raw: &str, text: Option<&str>, after: &str) -> Option<String> {
        let is_list =
            || after.trim_start().strip_prefix(':').is_some_and(|rest| rest.trim_start().starts_with('['));
        let kept = |text: &str| self.redaction == Redaction::Plain || is_word(text) || is_list();
        self.kept(raw, text, kept)
    }

    /// The new text of a value; `None` if it stays as it is written.
    fn value(&self, kind: Kind, raw: &str, text: Option<&str>) -> Option<String> {
        let Some(text) = text else { return self.kept(raw, None, |_| false) };
        // The core knows no topic by a name with an escape in it: it must not become one here.
        let is_topic = if kind == Kind::Topic { !raw.contains('\\') } else { text.starts_with("v2.") };
        if kind == Kind::Address {
            return Some(self.channels.address(text));
        }
        if self.channels.is_one(text) || (is_topic && self.channels.ends(text)) {
            return Some(self.channels.hide(text));
        }
        match self.redaction {
            Redaction::Pseudonyms if is_topic => Some(self.topic(text)),
            Redaction::Plain | Redaction::Pseudonyms => {
                self.kept(raw, Some(text), |text| self.stays(kind, text))
            }
        }
    }

    fn stays(&self, kind: Kind, text: &str) -> bool {
        self.redaction == Redaction::Plain
            || match kind {
                Kind::Medium => true,
                Kind::Code => is_code(text),
                Kind::Message => {
                    ["pong", "WebSocket Heartbeat"].iter().any(|word| text.eq_ignore_ascii_case(word))
                }
                Kind::Time => Timestamp::parse(text).is_some(),
                Kind::Permission => is_permission(text),
                Kind::Measure | Kind::Topic | Kind::Address | Kind::Other => false,
            }
    }

    /// A string that stays if `may`, but for the secrets in it.
    fn kept(&self, raw: &str, text: Option<&str>, may: impl Fn(&str) -> bool) -> Option<String> {
        let Some(text) = text else {
            let kept = self.redaction == Redaction::Plain && !self.secrets.are_in(raw.as_bytes());
            return (!kept).then(|| NO_TEXT.to_string());
        };
        if !may(text) {
            return Some(self.name(text));
        }
        match self.secrets.remove(text) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(clean) => Some(clean),
        }
    }

    /// The name of a topic, with pseudonyms for whom it is about.
    pub(crate) fn topic(&self, topic: &str) -> String {
        if self.redaction == Redaction::Plain || topic == "channel.metadata" {
            return self.own(topic);
        }
        let Some((before, id, rest)) = parts(topic) else {
            let segments = topic.split('.').map(|segment| self.segment(segment));
            return segments.collect::<Vec<_>>().join(".");
        };
        // What follows an id ends with a dot or begins a list of names.
        let (mark, rest) = rest.split_at(rest.len().min(1));
        let rest: Vec<String> = rest.split('.').map(|segment| self.segment(segment)).collect();
        format!("{before}{}{mark}{}", self.name(id), rest.join("."))
    }

    fn segment(&self, segment: &str) -> String {
        let is_plain = segment.split('&').all(is_word) || segment.is_empty();
        if is_plain { self.own(segment) } else { self.name(segment) }
    }
}

/// The beginnings of topics that are about somebody or something.
const ABOUT: [&str; 10] = [
    "v2.users.",
    "v2.routing.queues.",
    "v2.detail.events.conversation.",
    "v2.detail.events.agent.",
    "v2.analytics.conversation.",
    "v2.conversations.",
    "v2.bot.conversation.",
    "v2.speechandtextanalytics.conversation.",
    "v2.speechandtextanalytics.conversations.",
    "v2.workflows.",
];

/// What stands before the id in a topic, the id, and what follows it.
fn parts(topic: &str) -> Option<(&str, &str, &str)> {
    let rest = ABOUT.iter().find_map(|before| topic.strip_prefix(before))?;
    let before = &topic[..topic.len() - rest.len()];
    let end = rest.find(['.', '?']).unwrap_or(rest.len());
    Some((before, &rest[..end], &rest[end..]))
}

/// Follows a bracket or a comma. `kind`: what the values around it are; a list has it from its field.
fn structure(levels: &mut Vec<Level>, byte: u8, kind: Kind) {
    let sealed = levels.last().is_some_and(|level| level.sealed || level.seals);
    let level = |is_object, kind| Level { is_object, at_name: is_object, kind, sealed, seals: false };
    match byte {
        b'{' => levels.push(level(true, Kind::Other)),
        b'[' => levels.push(level(false, kind)),
        b'}' | b']' => _ = levels.pop(),
        b',' => levels.iter_mut().last().into_iter().for_each(|level| level.at_name = level.is_object),
        _ => {}
    }
}

/// Whether a text is a code of the service, as `notification.subscription.too.many.subscriptions` or `404`.
fn is_code(text: &str) -> bool {
    const LONGEST: usize = 80;
    let is_number = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number || text.len() <= LONGEST && text.split('.').all(is_word)
}
