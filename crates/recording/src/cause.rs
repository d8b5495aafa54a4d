//! Why there was no token, as it stands in a recording.

use std::time::Duration;

use rosterline_core::Cause;
use serde::{Deserialize, Serialize};

use crate::names;

/// A [`Cause`] that went into a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the variants and fields are those of Cause; durations are in nanoseconds")]
pub enum Why {
    Requested,
    Overflow,
    Network { step: Option<String>, network: String, detail: String },
    Timeout { step: String },
    Http { step: String, status: u16, retry_after: Option<u64> },
    BadToken { what: String },
    Refused { step: String, status: String, message: String },
    Closed { code: u16, reason: String },
    Protocol { code: u16, detail: String },
    BadFrames { count: u32 },
    Exhausted { attempts: u32, was_live: bool, last: Box<Self> },
}

impl Why {
    /// As it may be written: `own` cleans what we say ourselves, `peer` what a server said. `None` for a cause of a
    /// later core.
    pub(crate) fn of(
        cause: &Cause,
        own: &dyn Fn(&str) -> String,
        peer: &dyn Fn(&str) -> String,
    ) -> Option<Self> {
        let nanos = |time: &Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Some(match cause {
            Cause::Requested => Self::Requested,
            Cause::Overflow => Self::Overflow,
            Cause::Network { step, kind, detail } => Self::Network {
                step: step.map(names::of_step),
                network: names::of_network(*kind),
                detail: own(detail),
            },
            Cause::Timeout(step) => Self::Timeout { step: names::of_step(*step) },
            Cause::Http { step, status, retry_after } => Self::Http {
                step: names::of_step(*step),
                status: *status,
                retry_after: retry_after.as_ref().map(nanos),
            },
            Cause::BadToken(what) => Self::BadToken { what: own(what) },
            Cause::Refused { step, status, message } => {
                Self::Refused { step: names::of_step(*step), status: own(status), message: peer(message) }
            }
            Cause::Closed { code, reason } => Self::Closed { code: *code, reason: peer(reason) },
            Cause::Protocol { code, detail } => Self::Protocol { code: *code, detail: own(detail) },
            Cause::BadFrames { count } => Self::BadFrames { count: *count },
            Cause::Exhausted { attempts, was_live, last } => Self::Exhausted {
                attempts: *attempts,
                was_live: *was_live,
                last: Box::new(Self::of(last, own, peer)?),
            },
            // Causes that no request for a token has, or of a later core: that there is no token is told all the same.
            Cause::BadReply { .. }
            | Cause::ChannelGone
            | Cause::ChannelTaken
            | Cause::ChannelContention { .. }
            | _ => return None,
        })
    }

    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Requested => Cause::Requested,
            Self::Overflow => Cause::Overflow,
            Self::Network { step, network, detail } => Cause::Network {
                step: step.as_deref().map(names::step),
                kind: names::network(network),
                detail: detail.as_str().into(),
            },
            Self::Timeout { step } => Cause::Timeout(names::step(step)),
            Self::Http { step, status, retry_after } => Cause::Http {
                step: names::step(step),
                status: *status,
                retry_after: retry_after.map(Duration::from_nanos),
            },
            Self::BadToken { what } => Cause::BadToken(what.as_str().into()),
            Self::Refused { step, status, message } => Cause::Refused {
                step: names::step(step),
                status: status.as_str().into(),
                message: message.as_str().into(),
            },
            Self::Closed { code, reason } => Cause::Closed { code: *code, reason: reason.as_str().into() },
            Self::Protocol { code, detail } => {
                Cause::Protocol { code: *code, detail: detail.as_str().into() }
            }
            Self::BadFrames { count } => Cause::BadFrames { count: *count },
            Self::Exhausted { attempts, was_live, last } => {
                Cause::Exhausted { attempts: *attempts, was_live: *was_live, last: Box::new(last.cause()) }
            }
        }
    }
}
