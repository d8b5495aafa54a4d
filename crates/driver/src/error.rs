//! The end of a stream of events that was not asked for.

use std::fmt;

use rosterline_core::Cause;

/// Why a session is over. Everything that heals by itself is an event instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The session has given up, for this reason.
    Ended(Cause),
    /// The [`Driver`](crate::Driver) was dropped before the session had ended: its runtime was shut down, or its
    /// task cancelled.
    Abandoned,
}

impl Error {
    /// Whether a new session with the same configuration can fare better, after a while: the server or the
    /// network were in trouble. False if a person has to change something first.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Ended(cause) => cause.is_retryable(),
            Self::Abandoned => true,
        }
    }

    /// What a person can do about it; empty where waiting is all.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Ended(cause) => cause.hint(),
            Self::Abandoned => "keep the driver's task and its runtime alive until the stream has ended",
        }
    }

    /// The cause that the session gave.
    #[must_use]
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Ended(cause) => Some(cause),
            Self::Abandoned => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(cause) => cause.fmt(f),
            Self::Abandoned => f.write_str("the driver was dropped before the session had ended"),
        }
    }
}

impl std::error::Error for Error {}
