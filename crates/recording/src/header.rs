//! The first line of a recording.

use std::fmt;

use rosterline_core::{Anchor, Instant, Service, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::Settings;

/// The version of the format that this release writes: `major.minor`. A minor one adds, a major one changes.
pub const SCHEMA: &str = "1.1";

/// What is done to personal data. Secrets are always taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redaction {
    /// Names and everything that could be one are replaced, the same by the same.
    #[default]
    Pseudonyms,
    /// Nothing but secrets is taken out.
    Plain,
}

/// The protocol that a session speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The interaction stream (docs/stream.md).
    Stream,
    /// The notifications of Genesys Cloud (docs/notifications.md).
    Notifications,
}

impl Dialect {
    const ALL: [Self; 2] = [Self::Stream, Self::Notifications];

    /// That of a service.
    #[must_use]
    pub const fn of(service: &Service) -> Self {
        match service {
            Service::Stream { .. } => Self::Stream,
            Service::Notifications(_) => Self::Notifications,
        }
    }

    /// The name in the first line, and in the tool's settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Notifications => "notifications",
        }
    }
}

/// What the first line says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    pub(crate) kind: String,
    /// The version of the format.
    pub schema: String,
    /// The release that wrote it.
    pub version: String,
    /// The protocol that was spoken.
    pub dialect: Dialect,
    /// What was done to personal data.
    pub redaction: Redaction,
    /// When the session was made, in milliseconds since 1970.
    pub(crate) began_unix_ms: i64,
    /// The same moment on its own clock, in nanoseconds.
    pub(crate) session_ns: u64,
    /// The settings of the session.
    pub config: Settings,
}

impl Header {
    /// That of a session that was made at `anchor`.
    pub(crate) fn new(dialect: Dialect, config: Settings, redaction: Redaction, anchor: Anchor) -> Self {
        Self {
            kind: "recording".to_string(),
            schema: SCHEMA.to_string(),
            version: env!("CARGO_PKG_VERSION").to_string(),
            dialect,
            redaction,
            began_unix_ms: anchor.wall.0,
            session_ns: anchor.at.0,
            config,
        }
    }

    /// When the session was made.
    #[must_use]
    pub const fn began(&self) -> Anchor {
        Anchor { at: Instant(self.session_ns), wall: UnixMillis(self.began_unix_ms) }
    }

    /// Reads the first line.
    pub(crate) fn read(line: &str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Kind {
            kind: String,
            schema: String,
            dialect: Option<String>,
        }
        let no_recording = || Unreadable::new("it does not begin with the first line of a recording");
        let Kind { kind, schema, dialect } = serde_json::from_str(line).map_err(|_| no_recording())?;
        if kind != "recording" {
            return Err(no_recording());
        }
        let major = |text: &str| text.split('.').next().and_then(|major| major.parse::<u32>().ok());
        match major(&schema) {
            Some(version) if Some(version) <= major(SCHEMA) => {}
            Some(_) | None => {
                return Err(Unreadable::new(format!(
                    "its format is version {schema}, and this release reads version {SCHEMA}; use a newer release"
                )));
            }
        }
        if let Some(other) = dialect.filter(|name| Dialect::ALL.iter().all(|known| known.name() != name)) {
            return Err(Unreadable::new(format!("it speaks the dialect \"{other}\"; use a newer release")));
        }
        serde_json::from_str(line)
            .map_err(|error| Unreadable::new(format!("its first line cannot be understood: {error}")))
    }
}

/// Why a file cannot be replayed at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    why: String,
}

impl Unreadable {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Unreadable {}
