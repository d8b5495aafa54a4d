//! Why a connection or a session ended, and whether trying again can help.

use alloc::boxed::Box;
use alloc::format;
use core::fmt;
use core::time::Duration;

/// The caller's mistake: a command or a configuration that cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse {
    /// The setting or the command.
    pub what: &'static str,
    /// What is wrong with it, and what would be right.
    pub why: Box<str>,
}

impl Misuse {
    pub(crate) fn new(what: &'static str, why: impl Into<Box<str>>) -> Self {
        Self { what, why: why.into() }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl core::error::Error for Misuse {}

/// A step on the way to [`State::Live`](crate::State::Live), or what keeps it alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The request for a token.
    Token,
    /// Dialling, up to the end of the opening handshake.
    Dial,
    /// The answer to the authentication message.
    Authenticate,
    /// The creation of a channel (`notifications` only).
    Channel,
    /// The answer to the subscription.
    Subscribe,
    /// A request that was made to fill a gap.
    Repair,
    /// Writing a ping.
    Ping,
    /// The answer to a ping.
    Pong,
}

impl Step {
    /// The name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token request",
            Self::Dial => "opening handshake",
            Self::Authenticate => "answer to the authentication",
            Self::Channel => "creation of a channel",
            Self::Subscribe => "answer to the subscription",
            Self::Repair => "request to fill a gap",
            Self::Ping => "write of a ping",
            Self::Pong => "answer to a ping",
        }
    }
}

/// What kind of trouble the transport reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// The name has no address.
    Dns,
    /// Nobody listens there, or there is no way to it.
    Connect,
    /// The certificate or the handshake of TLS was not acceptable.
    Tls,
    /// The proxy refused, or wants other credentials.
    Proxy,
    /// The connection broke without a closing handshake (close code 1006).
    Broken,
    /// This process has run out of something, file descriptors for example.
    Resource,
}

/// Why a connection, an attempt or a session ended. Texts from the peer are shortened to 256 characters
/// and free of our secrets; they are not escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The application closed the session.
    Requested,
    /// The buffer was full under the policy `end`.
    Overflow,
    /// The network failed.
    Network {
        /// At which step.
        step: Option<Step>,
        /// How.
        kind: Network,
        /// In the words of the system.
        detail: Box<str>,
    },
    /// A deadline passed.
    Timeout(Step),
    /// The server answered with an HTTP status that is no success.
    Http {
        /// To what.
        step: Step,
        /// The status.
        status: u16,
        /// How long it asked us to wait, at most an hour.
        retry_after: Option<Duration>,
    },
    /// The token endpoint answered 200 with something that is no token.
    BadToken(Box<str>),
    /// An answer of the REST API was no error, and not what it should be.
    BadReply {
        /// To what.
        step: Step,
        /// What is wrong with it.
        what: Box<str>,
    },
    /// The channel is not there any more: it was evicted, or it has expired (docs/notifications.md, section 8).
    ChannelGone,
    /// Another client has taken over the channel.
    ChannelTaken,
    /// Channels were taken over or evicted too often: somebody else uses the same credentials.
    ChannelContention {
        /// How often in the last ten minutes.
        times: u32,
    },
    /// The server does not accept who we are or what we ask for: trying again cannot help.
    Refused {
        /// At which step.
        step: Step,
        /// The server's status word or error code.
        status: Box<str>,
        /// The server's explanation; may be empty.
        message: Box<str>,
    },
    /// The peer closed the connection.
    Closed {
        /// The code of its close frame; 1005 if it held none.
        code: u16,
        /// The reason it gave.
        reason: Box<str>,
    },
    /// The peer broke the WebSocket protocol; the code is the one that says how (1002, 1007, 1009).
    Protocol {
        /// The close code that names the fault.
        code: u16,
        /// What it did.
        detail: Box<str>,
    },
    /// Too many frames in a row could not be opened.
    BadFrames {
        /// How many.
        count: u32,
    },
    /// The configured number of attempts failed.
    Exhausted {
        /// How many.
        attempts: u32,
        /// Whether the session had ever been live.
        was_live: bool,
        /// Why the last one failed.
        last: Box<Cause>,
    },
}

impl Cause {
    /// Whether the session ends with this, rather than trying again. This is the retry policy.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        match self {
            Self::Requested
            | Self::Overflow
            | Self::Refused { .. }
            | Self::ChannelContention { .. }
            | Self::Exhausted { .. } => true,
            Self::BadReply { .. }
            | Self::ChannelGone
            | Self::ChannelTaken
            | Self::Network { .. }
            | Self::Timeout(_)
            | Self::Http { .. }
            | Self::BadToken(_)
            | Self::Closed { .. }
            | Self::Protocol { .. }
            | Self::BadFrames { .. } => false,
        }
    }

    /// Whether a new session with the same configuration can fare better, after a while.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        if let Self::Exhausted { last, .. } = self { last.is_retryable() } else { !self.is_fatal() }
    }

    /// Whether the peer broke a rule, as opposed to the network or the peer's own troubles.
    #[must_use]
    pub const fn is_peer_fault(&self) -> bool {
        match self {
            Self::Closed { code, .. } => matches!(code, 1002 | 1003 | 1007 | 1009),
            Self::Protocol { .. } | Self::BadFrames { .. } | Self::BadToken(_) | Self::BadReply { .. } => {
                true
            }
            Self::ChannelGone
            | Self::ChannelTaken
            | Self::ChannelContention { .. }
            | Self::Requested
            | Self::Overflow
            | Self::Network { .. }
            | Self::Timeout(_)
            | Self::Http { .. }
            | Self::Refused { .. }
            | Self::Exhausted { .. } => false,
        }
    }

    /// Whether the server doubts our token, so that the next attempt needs a new one (sections 2 and 7).
    #[must_use]
    pub const fn wants_new_token(&self) -> bool {
        match self {
            Self::Closed { code, .. } => matches!(code, 1008 | 4401 | 4403),
            Self::Http { step: Step::Dial, status, .. } => matches!(status, 401 | 403),
            Self::Http { step: Step::Channel | Step::Subscribe | Step::Repair, status, .. } => *status == 401,
            Self::Refused { step: Step::Authenticate, .. } => true,
            Self::BadReply { .. }
            | Self::ChannelGone
            | Self::ChannelTaken
            | Self::ChannelContention { .. }
            | Self::Http { .. }
            | Self::Refused { .. }
            | Self::Requested
            | Self::Overflow
            | Self::Network { .. }
            | Self::Timeout(_)
            | Self::BadToken(_)
            | Self::Protocol { .. }
            | Self::BadFrames { .. }
            | Self::Exhausted { .. } => false,
        }
    }

    /// How long the server asked us to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if let Self::Http { retry_after, .. } = self { *retry_after } else { None }
    }

    /// The same trouble, once a fresh token has not helped.
    pub(crate) fn into_refusal(self) -> Self {
        let refused = |step, status, message| Self::Refused { step, status, message };
        if let Self::Http { step, status, .. } = self {
            refused(step, format!("HTTP status {status}").into(), "".into())
        } else if let Self::Closed { code, reason } = self {
            refused(Step::Authenticate, format!("closed with code {code}").into(), reason)
        } else {
            self
        }
    }

    /// What a person can do about it; empty where waiting is all.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { step: Step::Token, .. } => "check the client id and secret, and the login URL",
            Self::Refused { step: Step::Subscribe, .. } => {
                "check what is subscribed to, and what the token may see"
            }
            Self::Refused { step: Step::Channel, .. } => {
                "check that the token is valid in this region, and that its client may use notifications"
            }
            Self::Refused { step: Step::Repair, .. } => {
                "give the client's role analytics:conversationDetail:view and conversation:communication:view"
            }
            Self::Refused { .. } => "check the token's scope (analytics:conversations:view)",
            Self::Network { kind: Network::Dns, .. } => "check the region or the URL",
            Self::Network { kind: Network::Connect, .. } => {
                "check the URL, and whether a firewall is in the way"
            }
            Self::Network { kind: Network::Tls, .. } => {
                "check the server's certificate; a private authority is given with --ca-file"
            }
            Self::Network { kind: Network::Proxy, .. } => "check the proxy's URL and credentials",
            Self::Http { status: 404, .. } => "check the URL",
            Self::Http { status: 407, .. } => "give the proxy's credentials in its URL",
            Self::Overflow => "give it a larger buffer, a faster consumer or another policy",
            Self::ChannelContention { .. } => {
                "another client uses the same credentials: give each one its own, or run only one"
            }
            Self::Exhausted { last, .. } => last.hint(),
            Self::BadReply { .. }
            | Self::ChannelGone
            | Self::ChannelTaken
            | Self::Requested
            | Self::Network { kind: Network::Broken | Network::Resource, .. }
            | Self::Timeout(_)
            | Self::Http { .. }
            | Self::BadToken(_)
            | Self::Closed { .. }
            | Self::Protocol { .. }
            | Self::BadFrames { .. } => "",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("closed on request"),
            Self::Overflow => f.write_str("the buffer was full, and its policy is to end"),
            Self::Network { step: Some(step), detail, .. } => write!(f, "{}: {detail}", step.name()),
            Self::Network { step: None, detail, .. } => write!(f, "connection lost (1006): {detail}"),
            Self::Timeout(step) => write!(f, "{} took too long", step.name()),
            Self::Http { step, status, .. } => write!(f, "{}: HTTP status {status}", step.name()),
            Self::BadReply { step, what } => write!(f, "{}: {what}", step.name()),
            Self::ChannelGone => f.write_str("the channel is gone: evicted or expired"),
            Self::ChannelTaken => f.write_str("another client has taken over the channel"),
            Self::ChannelContention { times } => {
                write!(
                    f,
                    "channel-contention: {times} channels were taken over or evicted within ten minutes"
                )
            }
            Self::BadToken(what) => write!(f, "token request: status 200, but {what}"),
            Self::Refused { step, status, message } if message.is_empty() => {
                write!(f, "refused ({}): {status}", step.name())
            }
            Self::Refused { step, status, message } => {
                write!(f, "refused ({}): {status}: {message}", step.name())
            }
            Self::Closed { code, reason } if reason.is_empty() => write!(f, "closed by the server ({code})"),
            Self::Closed { code, reason } => write!(f, "closed by the server ({code}): {reason}"),
            Self::Protocol { code, detail } => write!(f, "the server broke the protocol ({code}): {detail}"),
            Self::BadFrames { count } => write!(f, "{count} frames in a row could not be opened"),
            Self::Exhausted { attempts: 1, last, .. } => write!(f, "gave up after 1 attempt: {last}"),
            Self::Exhausted { attempts, last, .. } => write!(f, "gave up after {attempts} attempts: {last}"),
        }
    }
}

impl core::error::Error for Cause {}
