//! The lines of a recording between its first and its last.

use rosterline_core::{Id, Instant, Leg, Presence, PresenceKind, Quota, Source, Timestamp, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::Why;

/// One line: something that went into the session, or an event that the application took. `t` is the time on the
/// session's clock, in nanoseconds, and so are all durations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "docs/recordings.md explains each field, once for all readers")]
pub enum Line {
    /// `Input::Timeout`.
    Timeout {
        t: u64,
    },
    /// `Input::Replied`, with an answer. Of its body only what decides is there, and never a token.
    Replied {
        t: u64,
        request: u64,
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quota: Option<Left>,
        body: String,
    },
    /// `Input::Replied`, without an answer.
    Unreplied {
        t: u64,
        request: u64,
        network: String,
        detail: String,
    },
    /// `Input::Token`, with one. The token is a stand-in.
    Token {
        t: u64,
        request: u64,
        token: String,
        lifetime: u64,
        renew_in: Option<u64>,
    },
    /// `Input::Token`, without one.
    NoToken {
        t: u64,
        request: u64,
        fatal: bool,
        why: String,
        cause: Option<Why>,
    },
    /// `Input::Opened`.
    Opened {
        t: u64,
        conn: u64,
    },
    /// A text message.
    Text {
        t: u64,
        conn: u64,
        text: String,
    },
    /// A binary message that held this text, packed as it says: `none`, `gzip`, `zlib` or `deflate`.
    Packed {
        t: u64,
        conn: u64,
        packing: String,
        text: String,
    },
    /// A binary message, byte for byte.
    Binary {
        t: u64,
        conn: u64,
        base64: String,
    },
    /// A message that could not be opened, without its content: why not, and how long it was.
    Unreadable {
        t: u64,
        conn: u64,
        reason: String,
        bytes: u64,
        binary: bool,
    },
    /// A ping.
    Ping {
        t: u64,
        conn: u64,
    },
    /// A pong, with its payload in hexadecimal digits.
    Pong {
        t: u64,
        conn: u64,
        payload: String,
    },
    /// `Input::Flushed`.
    Flushed {
        t: u64,
        conn: u64,
    },
    /// `Input::Closed`.
    Closed {
        t: u64,
        conn: u64,
        how: How,
    },
    /// `Input::Wall`.
    Wall {
        t: u64,
        unix_ms: i64,
    },
    /// `Input::Consumed`.
    Consumed {
        t: u64,
        took: u64,
    },
    /// The command to subscribe to something else.
    Subscribe {
        t: u64,
        interaction: Option<String>,
        channels: Vec<String>,
    },
    Topics {
        t: u64,
        topics: Vec<String>,
    },
    /// The command that brings what a gap has swallowed.
    Recovered {
        t: u64,
        gap: u64,
        events: Vec<Told>,
    },
    /// The command to close.
    Close {
        t: u64,
    },
    /// The application took an event. `what` tells enough of it to know it again.
    Taken {
        t: u64,
        what: String,
    },
    /// The end of a recording that was ended in order: the lines before this one, and the SHA-256 of their bytes.
    End {
        lines: u64,
        sha256: String,
    },
    /// A kind that this release does not know. It is passed over.
    #[serde(other)]
    Unknown,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are those of Closed")]
pub enum How {
    /// Without a close frame, or before it was made.
    Failed { network: String, detail: String },
    /// With an HTTP status instead of 101.
    Status { status: u16, retry_after: Option<String>, date: Option<String> },
    /// With a close frame.
    Frame { code: Option<u16>, reason: String },
    /// By a breach of the WebSocket protocol.
    Protocol { code: u16, detail: String },
}

/// An event that a recovery source has told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of Presence")]
pub struct Told {
    pub at: String,
    pub joined: bool,
    pub interaction: String,
    pub participant: String,
    pub channel: String,
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<ToldLeg>,
    pub arrived: u64,
    pub received: i64,
}

/// The communication of an event that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of Leg")]
pub struct ToldLeg {
    pub session: String,
    pub purpose: String,
    pub user: Option<String>,
    pub queue: Option<String>,
    pub source: String,
}

/// What is left of the request budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of Quota")]
pub struct Left {
    pub count: u32,
    pub allowed: u32,
    pub reset: u32,
}

impl From<Quota> for Left {
    fn from(Quota { count, allowed, reset }: Quota) -> Self {
        Self { count, allowed, reset }
    }
}

impl From<Left> for Quota {
    fn from(Left { count, allowed, reset }: Left) -> Self {
        Self { count, allowed, reset }
    }
}

impl Line {
    /// When it happened; `None` for what has no time.
    #[must_use]
    pub const fn time(&self) -> Option<Instant> {
        match self {
            Self::Timeout { t }
            | Self::Replied { t, .. }
            | Self::Unreplied { t, .. }
            | Self::Token { t, .. }
            | Self::NoToken { t, .. }
            | Self::Opened { t, .. }
            | Self::Text { t, .. }
            | Self::Packed { t, .. }
            | Self::Binary { t, .. }
            | Self::Unreadable { t, .. }
            | Self::Ping { t, .. }
            | Self::Pong { t, .. }
            | Self::Flushed { t, .. }
            | Self::Closed { t, .. }
            | Self::Wall { t, .. }
            | Self::Consumed { t, .. }
            | Self::Subscribe { t, .. }
            | Self::Topics { t, .. }
            | Self::Recovered { t, .. }
            | Self::Close { t }
            | Self::Taken { t, .. } => Some(Instant(*t)),
            Self::End { .. } | Self::Unknown => None,
        }
    }
}

impl Told {
    /// `None` if its time cannot be read.
    pub(crate) fn presence(&self) -> Option<Presence> {
        Some(Presence {
            at: Timestamp::parse(&self.at)?,
            kind: if self.joined { PresenceKind::Joined } else { PresenceKind::Left },
            interaction: Id::new(&self.interaction),
            participant: Id::new(&self.participant),
            channel: self.channel.as_str().into(),
            reason: self.reason.as_deref().map(Into::into),
            leg: self.leg.as_ref().map(|leg| Box::new(leg.leg())),
            arrived: Instant(self.arrived),
            received: UnixMillis(self.received),
        })
    }
}

impl ToldLeg {
    fn leg(&self) -> Leg {
        let sources = [Source::Snapshot, Source::Detail, Source::Backfill];
        Leg {
            session: Id::new(&self.session),
            purpose: self.purpose.as_str().into(),
            user: self.user.as_deref().map(Id::new),
            queue: self.queue.as_deref().map(Id::new),
            // A source of a later release has told something that was missing.
            source: sources
                .into_iter()
                .find(|source| source.name() == self.source)
                .unwrap_or(Source::Backfill),
        }
    }
}
