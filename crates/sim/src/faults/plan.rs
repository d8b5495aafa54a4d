//! Every fault that the server knows.

use std::time::Duration;

use super::{Rule, When};

/// What goes wrong on a server. The default is: nothing.
///
/// ```
/// use rosterline_sim::{End, FaultPlan, FrameFault, HttpFault, When};
/// use std::time::Duration;
///
/// let plan = FaultPlan::new()
///     .token(When::Nth(0), HttpFault::refuse(503))
///     .ending(When::Nth(0), Duration::from_secs(2), End::Cut)
///     .frame(When::Percent(10), FrameFault::Duplicate);
/// assert_eq!(plan.frames.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// What befalls token requests. One a request: the first rule that strikes.
    pub tokens: Vec<Rule<HttpFault>>,
    /// What befalls requests for conversations and analytics. One a request.
    pub queries: Vec<Rule<HttpFault>>,
    /// What befalls opening handshakes. One a handshake.
    pub upgrades: Vec<Rule<HttpFault>>,
    /// What befalls the exchange of authentication and subscription. One a connection.
    pub dialogues: Vec<Rule<DialogueFault>>,
    /// How connections end. One a connection.
    pub endings: Vec<Rule<Ending>>,
    /// What befalls frames with events; all that strike apply.
    pub frames: Vec<Rule<FrameFault>>,
    /// Whether a connection is closed with 4401 when the token it was made with expires.
    pub close_expired: bool,
}

impl FaultPlan {
    /// A plan in which nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault of token requests.
    #[must_use]
    pub fn token(mut self, when: When, fault: HttpFault) -> Self {
        self.tokens.push(Rule { when, fault });
        self
    }

    /// Adds a fault of requests for conversations and analytics.
    #[must_use]
    pub fn query(mut self, when: When, fault: HttpFault) -> Self {
        self.queries.push(Rule { when, fault });
        self
    }

    /// Adds a fault of opening handshakes.
    #[must_use]
    pub fn upgrade(mut self, when: When, fault: HttpFault) -> Self {
        self.upgrades.push(Rule { when, fault });
        self
    }

    /// Adds a fault of the exchange after the handshake.
    #[must_use]
    pub fn dialogue(mut self, when: When, fault: DialogueFault) -> Self {
        self.dialogues.push(Rule { when, fault });
        self
    }

    /// Ends connections `after` they subscribed.
    #[must_use]
    pub fn ending(mut self, when: When, after: Duration, end: End) -> Self {
        self.endings.push(Rule { when, fault: Ending { after, end } });
        self
    }

    /// Adds a fault of event frames.
    #[must_use]
    pub fn frame(mut self, when: When, fault: FrameFault) -> Self {
        self.frames.push(Rule { when, fault });
        self
    }

    /// Closes connections with 4401 when their token expires.
    #[must_use]
    pub fn close_expired(self, close_expired: bool) -> Self {
        Self { close_expired, ..self }
    }
}

/// What befalls an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpFault {
    /// It is answered with this status. 401 says `invalid_client`.
    Refuse {
        /// The status.
        status: u16,
        /// The header `Retry-After`, as it stands: seconds, a date, or nonsense.
        retry_after: Option<String>,
    },
    /// It is answered as always, but so much later.
    Slow(Duration),
    /// It is answered with 200 and a page of HTML.
    Page,
    /// It is answered with this status and this body.
    Body(u16, String),
}

impl HttpFault {
    /// A refusal without `Retry-After`.
    #[must_use]
    pub const fn refuse(status: u16) -> Self {
        Self::Refuse { status, retry_after: None }
    }

    /// A refusal with `Retry-After` in seconds.
    #[must_use]
    pub fn retry_after(status: u16, seconds: u32) -> Self {
        Self::Refuse { status, retry_after: Some(seconds.to_string()) }
    }
}

/// What befalls the exchange of authentication and subscription on one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogueFault {
    /// The token is refused with `{"status":"error","message":…}`, however good it is.
    RefuseToken(String),
    /// The token is never answered.
    IgnoreToken,
    /// The subscription is refused with `{"status":"error","message":…}`.
    RefuseSubscription(String),
    /// The subscription is never answered, and nothing is told.
    IgnoreSubscription,
    /// Events are told from the subscription on, but its acknowledgement comes so much later.
    LateAck(Duration),
    /// Every answer carries further fields, with numbers, objects and nulls.
    ExtraFields,
}

/// How and when a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// So long after it first subscribed.
    pub after: Duration,
    /// How.
    pub end: End,
}

/// How a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// TCP is cut without a close frame (1006).
    Cut,
    /// Nothing is read or written any more, but the socket stays open.
    HalfOpen,
    /// Nothing is read any more, so no ping is answered; events go on.
    Deaf,
    /// A close frame with this code and reason.
    Close(u16, String),
}

/// What befalls a frame with events. No fault takes a true event away from what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// The frame is sent twice.
    Duplicate,
    /// The frame is sent after the next one, or after a second if none comes.
    Reorder,
    /// The frame is sent so much later; others overtake it.
    Delay(Duration),
    /// A frame that is no JSON comes first.
    NoJson,
    /// The frame comes first with its end cut off, then whole.
    Truncated,
    /// One more event stands first in the frame: it lacks all but its type.
    BadEvent,
    /// One more event stands first in the frame: its timestamp has no offset.
    BadTimestamp,
    /// One more event stands first in the frame: its participant is a number.
    BadField,
    /// Every event has fields that nobody knows.
    ExtraFields,
    /// The frame is sent as binary.
    Binary,
    /// The frame is sent as binary, compressed as gzip.
    Gzip,
    /// The frame is sent as binary, compressed as zlib.
    Zlib,
}
