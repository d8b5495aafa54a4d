//! The two sides of the door: what a caller brings to a session, and what it has to carry out.

use alloc::string::String;
use alloc::vec::Vec;

use crate::cause::{Cause, Network};
use crate::{Instant, Secret, UnixMillis};

/// Names one connection attempt. Input for an older one is counted as stale and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Names one request. Replies to an older one are counted as stale and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Something that happened. Plain data: a list of these, with their times, is a recording.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// Time has passed. Harmless when nothing is due.
    Timeout,
    /// An [`Action::Call`] has its answer.
    Replied {
        /// The request.
        request: RequestId,
        /// What came back.
        result: Result<Reply<'a>, Failure<'a>>,
    },
    /// An [`Action::Token`] has its answer.
    Token {
        /// The request.
        request: RequestId,
        /// A token with its lifetime, or why there is none.
        result: Result<Grant<'a>, NoToken<'a>>,
    },
    /// The connection is open: the opening handshake has succeeded.
    Opened {
        /// The connection.
        conn: ConnId,
    },
    /// A frame arrived.
    Frame {
        /// On this connection.
        conn: ConnId,
        /// The frame, lent for the length of the call.
        frame: Frame<'a>,
    },
    /// Everything that was to be sent has been handed to the operating system.
    Flushed {
        /// On this connection.
        conn: ConnId,
    },
    /// The connection ended, or never came to be. Nothing more will be said about it.
    Closed {
        /// The connection.
        conn: ConnId,
        /// How it ended.
        how: Closed<'a>,
    },
    /// The time of day has moved, and not as the monotonic clock did ([`Anchor::has_moved`](crate::Anchor::has_moved)): it
    /// was set, or the machine slept while the monotonic clock stood still.
    Wall {
        /// What it is now.
        wall: UnixMillis,
    },
    /// The application has worked on a batch of events for so long.
    Consumed {
        /// The time from taking the batch's first event to asking for the next batch.
        took: core::time::Duration,
    },
}

/// An incoming WebSocket message or control frame. Pings are answered by the WebSocket layer, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A text message; valid UTF-8, as RFC 6455 demands.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A ping.
    Ping,
    /// A pong with its payload.
    Pong(&'a [u8]),
}

/// An HTTP answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reply<'a> {
    /// The status code.
    pub status: u16,
    /// The header `Retry-After`, if it was there.
    pub retry_after: Option<&'a str>,
    /// The header `Date`, if it was there.
    pub date: Option<&'a str>,
    /// The header `ININ-Correlation-Id`, if it was there: what the service's support asks for.
    pub correlation: Option<&'a str>,
    /// What is left of the request budget, if the headers `inin-ratelimit-*` were there.
    pub quota: Option<Quota>,
    /// The body, at most [`Call::max_body`] bytes of it.
    pub body: &'a [u8],
}

/// What is left of a token's requests in the current window (docs/notifications.md, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests so far: `inin-ratelimit-count`.
    pub count: u32,
    /// Requests that are allowed: `inin-ratelimit-allowed`.
    pub allowed: u32,
    /// Seconds until the window ends: `inin-ratelimit-reset`.
    pub reset: u32,
}

/// Why there is no HTTP answer, or no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// What kind of trouble.
    pub kind: Network,
    /// In the words of the system; without URLs, headers or bodies.
    pub detail: &'a str,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed<'a> {
    /// There was no connection, or it broke: no close frame was seen (1006).
    Failed(Failure<'a>),
    /// The server answered the opening handshake with an HTTP status instead of 101.
    Status {
        /// The status.
        status: u16,
        /// The header `Retry-After`, if it was there.
        retry_after: Option<&'a str>,
        /// The header `Date`, if it was there.
        date: Option<&'a str>,
    },
    /// A close frame was received.
    Frame {
        /// Its code; `None` if it had none.
        code: Option<u16>,
        /// Its reason.
        reason: &'a str,
    },
    /// The peer broke the WebSocket protocol.
    Protocol {
        /// The close code that names the fault: 1002, 1007 or 1009.
        code: u16,
        /// What it did.
        detail: &'a str,
    },
}

/// A token that the application brought.
#[derive(Clone, Copy)]
pub struct Grant<'a> {
    /// The token.
    pub token: &'a str,
    /// How long it can be used, from now.
    pub lifetime: core::time::Duration,
    /// When to ask for the next one, from now; `None`: 300 s before its end, or at half a life below 600 s.
    pub renew_in: Option<core::time::Duration>,
}

impl core::fmt::Debug for Grant<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Grant").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// Why an application has no token to give.
#[derive(Clone, Copy, Debug)]
pub struct NoToken<'a> {
    /// Whether asking again can never help.
    pub fatal: bool,
    /// Why, for a person to read.
    pub why: &'a str,
    /// What went wrong, if it was a [`Keeper`](crate::token::Keeper) elsewhere that asked. Then it counts
    /// instead of the two above.
    pub cause: Option<&'a Cause>,
}

/// Something that the caller has to carry out, and to report on with an [`Input`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Action {
    /// Make this HTTP request and answer with [`Input::Replied`].
    Call {
        /// Its name.
        request: RequestId,
        /// The request.
        call: Call,
    },
    /// Give a token, and answer with [`Input::Token`]. Only under [`Auth::External`](crate::Auth::External).
    Token {
        /// Its name.
        request: RequestId,
        /// Whether the last token was refused, so that the same one will not do.
        refused: bool,
    },
    /// Forget this request: its answer is no longer wanted.
    Cancel {
        /// Its name.
        request: RequestId,
    },
    /// Dial, and answer with [`Input::Opened`] or [`Input::Closed`].
    Open {
        /// The name of the connection.
        conn: ConnId,
        /// Where to: `wss://…` (or `ws://…`). In the `notifications` dialect whoever knows it may listen.
        url: Secret,
    },
    /// Send a message, and answer with [`Input::Flushed`] once it has left.
    Send {
        /// On this connection.
        conn: ConnId,
        /// What to send.
        message: Message,
    },
    /// Send a close frame and go on reading until [`Input::Closed`].
    Close {
        /// The connection.
        conn: ConnId,
        /// The close code.
        code: u16,
    },
    /// Drop the connection as it is, without a closing handshake. [`Input::Closed`] is not expected.
    Drop {
        /// The connection.
        conn: ConnId,
    },
}

/// An outgoing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A text message that holds a secret.
    Secret(Secret),
    /// A ping with its payload.
    Ping([u8; 8]),
}

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct Call {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// Where to: `https://…` (or `http://…`). Redirects must not be followed. It may name a channel, which is as good as a
    /// token.
    pub url: Secret,
    /// Headers by name. Some hold secrets, so all are treated as such.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub body: String,
    /// More of the answer's body than this, in bytes, is not read.
    pub max_body: usize,
}

/// When the session wants to be called next, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The time.
    pub at: Instant,
    /// The timer that is due then.
    pub timer: crate::session::Timer,
}
