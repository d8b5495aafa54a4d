//! What a runtime has to bring, and the owned forms of what it reports.

use std::fmt;

use futures_core::Stream;
use futures_sink::Sink;
use rosterline_core::{Call, Closed, Failure, Frame, Instant, Message, Network, Quota, Reply, UnixMillis};
use zeroize::Zeroizing;

/// A clock, a sleep, WebSocket connections and HTTP requests: all that a [`Driver`](crate::Driver) needs
/// of the world. Cheap to clone; every clone has the same epoch.
///
/// The futures are polled by one task at a time and dropped to cancel them. None has to be fused: a
/// finished one is not polled again.
pub trait Runtime: Clone + Send + Sync + 'static {
    /// An incoming WebSocket message or control frame.
    type Received: Received + Send;
    /// An open WebSocket. Its stream ends when the connection does; pings are answered by themselves, the
    /// answers leaving with the next flush at the latest. Dropping it drops the connection as it is.
    type Socket: Stream<Item = Result<Self::Received, Ending>>
        + Sink<Outgoing, Error = Ending>
        + Unpin
        + Send
        + 'static;
    /// Wakes its task at a time, or a little later. What it says is not believed: the clock decides.
    type Sleep: Future<Output = ()> + Unpin + Send + 'static;
    /// A connection on its way.
    type Connect: Future<Output = Result<Self::Socket, Ending>> + Unpin + Send + 'static;
    /// An HTTP request on its way.
    type Call: Future<Output = Result<Answer, Trouble>> + Unpin + Send + 'static;

    /// The monotonic clock. It may stand still while the machine sleeps.
    fn now(&self) -> Instant;
    /// The time of day, right or wrong. It is looked at in each pass: where it has moved otherwise than the monotonic clock,
    /// it was set, or the machine slept, and the session is told. So a runtime whose time is its own has one of both.
    fn wall(&self) -> UnixMillis;
    /// Sleeps until the clock shows `until`.
    fn sleep(&self, until: Instant) -> Self::Sleep;
    /// Dials `url` (`wss://…` or `ws://…`) and makes the opening handshake: without extensions, without
    /// following redirects, without a time limit of its own.
    ///
    /// Messages of up to `max_message` bytes must get through; the socket may end with close code 1009 on
    /// larger ones.
    fn connect(&self, url: &str, max_message: usize) -> Self::Connect;
    /// Makes an HTTP request: without following redirects, without a time limit of its own, reading no
    /// more than [`Call::max_body`] bytes of the answer's body.
    fn call(&self, call: Call) -> Self::Call;
}

/// An incoming message that can be looked at in place.
pub trait Received {
    /// What it is.
    fn view(&self) -> Incoming<'_>;
}

/// An incoming message, lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A message, a ping or a pong.
    Frame(Frame<'a>),
    /// A close frame: nothing more will follow.
    Close {
        /// Its code; `None` if it had none.
        code: Option<u16>,
        /// Its reason.
        reason: &'a str,
    },
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A message or a ping.
    Message(Message),
    /// A close frame with this code and no reason.
    Close(u16),
}

/// Why there is no HTTP answer, or no connection: [`Failure`], owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What kind of trouble.
    pub kind: Network,
    /// In the words of the system; without URLs, headers or bodies.
    pub detail: Box<str>,
}

impl Trouble {
    /// Trouble of this kind, in these words.
    #[must_use]
    pub fn new(kind: Network, detail: impl fmt::Display) -> Self {
        Self { kind, detail: detail.to_string().into() }
    }

    /// As a session takes it.
    #[must_use]
    pub fn lend(&self) -> Failure<'_> {
        Failure { kind: self.kind, detail: &self.detail }
    }
}

/// How a connection ended, or why it never came to be: [`Closed`] without a close frame, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// There was no connection, or it broke.
    Failed(Trouble),
    /// The server answered the opening handshake with an HTTP status instead of 101.
    Status {
        /// The status.
        status: u16,
        /// The header `Retry-After`, if it was there.
        retry_after: Option<Box<str>>,
        /// The header `Date`, if it was there.
        date: Option<Box<str>>,
    },
    /// The peer broke the WebSocket protocol.
    Protocol {
        /// The close code that names the fault: 1002, 1007 or 1009.
        code: u16,
        /// What it did.
        detail: Box<str>,
    },
}

impl Ending {
    /// The connection broke, in these words.
    #[must_use]
    pub fn broken(detail: impl fmt::Display) -> Self {
        Self::Failed(Trouble::new(Network::Broken, detail))
    }

    /// As a session takes it.
    #[must_use]
    pub fn lend(&self) -> Closed<'_> {
        match self {
            Self::Failed(trouble) => Closed::Failed(trouble.lend()),
            Self::Status { status, retry_after, date } => {
                Closed::Status { status: *status, retry_after: retry_after.as_deref(), date: date.as_deref() }
            }
            Self::Protocol { code, detail } => Closed::Protocol { code: *code, detail },
        }
    }
}

impl From<Trouble> for Ending {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble)
    }
}

/// An HTTP answer: [`Reply`], owned. Its body may hold a token, so it is never printed and cleared in the
/// end.
#[derive(Clone, Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header `Retry-After`, if it was there.
    pub retry_after: Option<Box<str>>,
    /// The header `Date`, if it was there.
    pub date: Option<Box<str>>,
    /// The header `ININ-Correlation-Id`, if it was there.
    pub correlation: Option<Box<str>>,
    /// What the headers `inin-ratelimit-*` say, if they were there.
    pub quota: Option<Quota>,
    /// The body, at most [`Call::max_body`] bytes of it.
    pub body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// As a session takes it.
    #[must_use]
    pub fn lend(&self) -> Reply<'_> {
        Reply {
            status: self.status,
            retry_after: self.retry_after.as_deref(),
            date: self.date.as_deref(),
            correlation: self.correlation.as_deref(),
            quota: self.quota,
            body: &self.body,
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
