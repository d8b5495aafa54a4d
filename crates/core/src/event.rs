//! What a session tells its application.

use alloc::boxed::Box;
use core::time::Duration;

use crate::cause::Cause;
use crate::gap::{Gap, GapId, Repair};
use crate::rejected::Rejected;
use crate::{Id, Instant, Timestamp, UnixMillis, Word};

/// One item of a session's stream, in the order in which it happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Somebody joined or left an interaction.
    Presence(Presence),
    /// An event of a type that this version gives no meaning to, if the configuration asked for them.
    Unknown(Unknown),
    /// Somebody was asked to join an interaction and did not; only in the `notifications` dialect. It is no presence, and
    /// [`Stats`](crate::Stats) counts it by itself: while more than 1,024 items wait that are no events, it is counted only.
    Unanswered(Offer),
    /// Where the session stands, and trouble that heals by itself.
    Status(Status),
    /// Something may have been missed, or was dropped: here, in its place.
    Gap(Gap),
    /// A gap was filled from a recovery source.
    Repaired(Repair),
    /// Input of the peer that could not be understood. Its neighbours are unharmed.
    Rejected(Rejected),
    /// The session has ended. Always the last item.
    Ended(Cause),
}

/// Whether a participant came or went. The order is that of equal timestamps: a join before a leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PresenceKind {
    /// The participant is present from here on.
    Joined,
    /// The participant is gone from here on.
    Left,
}

impl PresenceKind {
    /// The name on the wire and in the tool's output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Joined => "ParticipantJoined",
            Self::Left => "ParticipantLeft",
        }
    }
}

/// One join or leave of one participant (docs/stream.md, section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// When it happened, by the server's clock.
    pub at: Timestamp,
    /// Join or leave.
    pub kind: PresenceKind,
    /// The interaction it belongs to.
    pub interaction: Id,
    /// Who joined or left.
    pub participant: Id,
    /// The medium: `voice`, `chat`, or any other word that the server uses.
    pub channel: Word,
    /// Why, if the server said so.
    pub reason: Option<Word>,
    /// Which communication of the participant it was; only in the `notifications` dialect.
    pub leg: Option<Box<Leg>>,
    /// When its frame reached the session, by the caller's monotonic clock.
    pub arrived: Instant,
    /// The same moment on the wall clock.
    pub received: UnixMillis,
}

/// One communication of a participant, and who that is. A participant that has two at once is there twice
/// (docs/notifications.md, section 2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leg {
    /// The communication.
    pub session: Id,
    /// What the participant is: `customer`, `agent`, `acd`, `ivr`, or any other word that the server uses.
    pub purpose: Word,
    /// The user, if the participant is one.
    pub user: Option<Id>,
    /// The queue, if one is named.
    pub queue: Option<Id>,
    /// Who told it first.
    pub source: Source,
}

/// A communication that rang, and ended before anybody answered (docs/notifications.md, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The interaction it belongs to.
    pub interaction: Id,
    /// Who did not answer.
    pub participant: Id,
    /// The medium.
    pub channel: Word,
    /// Since when it rang, if the service said so.
    pub from: Option<Timestamp>,
    /// Until when, if the service said so.
    pub to: Option<Timestamp>,
    /// Why it ended, if the service said so.
    pub reason: Option<Word>,
    /// Which communication it was, and whose.
    pub leg: Box<Leg>,
    /// When its frame reached the session, on the wall clock.
    pub received: UnixMillis,
}

/// What told a join or a leave in the `notifications` dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A snapshot of the whole conversation.
    Snapshot,
    /// A detail event.
    Detail,
    /// A request that was made to fill a gap.
    Backfill,
}

impl Source {
    /// The name in the tool's output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Detail => "detail",
            Self::Backfill => "backfill",
        }
    }
}

/// An event whose type has no meaning here, passed on as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The value of its `type` field.
    pub kind: Word,
    /// The whole event, as JSON text.
    pub json: Box<str>,
    /// When its frame reached the session.
    pub received: UnixMillis,
}

/// The state of a session as its user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Getting a token, or dialling.
    Connecting,
    /// The token was sent; the server has not answered yet.
    Authenticating,
    /// The server accepted the token; the subscription was sent.
    Subscribing,
    /// The server confirmed the subscription.
    Live,
    /// Not connected; the next attempt has its time.
    Waiting,
    /// Closing, and handing out what is buffered.
    Draining,
    /// Over.
    Ended,
}

impl State {
    /// The name in the tool's output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Authenticating => "authenticating",
            Self::Subscribing => "subscribing",
            Self::Live => "live",
            Self::Waiting => "waiting",
            Self::Draining => "draining",
            Self::Ended => "ended",
        }
    }
}

/// A change of state, or news within one.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The state at that moment.
    pub state: State,
    /// Attempts in a row that have not reached [`State::Live`] so far.
    pub attempt: u32,
    /// When, on the wall clock.
    pub at: UnixMillis,
    /// What else there is to say.
    pub detail: Detail,
}

/// What a [`Status`] has to say beside its state.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Detail {
    /// The state says it all.
    None,
    /// The last attempt or connection failed for this cause; the next one starts after the delay.
    Retry {
        /// Why the last one ended.
        cause: Cause,
        /// How long until the next one.
        delay: Duration,
    },
    /// The token was renewed; the connection stays.
    TokenRenewed,
    /// Renewing the token failed; the old one is used until it expires, and renewal is tried again.
    RenewalFailed(Cause),
    /// The application took longer over one batch than the configured limit.
    Lagging {
        /// The time that the batch took.
        took: Duration,
    },
    /// More than the configured share of events was dropped in the last window.
    Dropping {
        /// Dropped events of the window.
        dropped: u64,
        /// Received events of the window.
        received: u64,
    },
    /// The time of day was set by a second or more, or the machine slept: all times of day from here on are by the new one.
    /// Deadlines are not touched, nor is the order of events.
    ClockMoved {
        /// By so many milliseconds, into the past if it is negative.
        by_ms: i64,
    },
    /// Reading was paused for the longest allowed time; from here on the oldest events are dropped.
    PauseEnded,
    /// A planned move to another channel has begun: the connection stays until the new one is confirmed, and has said what it
    /// still has to say (docs/notifications.md, section 8).
    Moving {
        /// What makes it necessary.
        why: Move,
    },
    /// The planned move is done: the new connection is confirmed.
    Moved,
    /// The planned move cannot be made: the connection stays as long as it can.
    MoveFailed(Cause),
    /// The service refuses one of the topics; the others are not harmed.
    TopicRefused {
        /// Which one.
        topic: Box<str>,
        /// Its reason, and the permission that is missing, as far as it says so.
        why: Box<str>,
    },
    /// A gap could not be filled: it stays open.
    RepairFailed {
        /// Which one.
        gap: GapId,
        /// Why.
        cause: Cause,
    },
    /// The server said something that is neither an answer nor an event.
    Notice {
        /// Its `status`.
        status: Box<str>,
        /// Its `message`, empty if it had none.
        message: Box<str>,
    },
}

/// What makes a planned move necessary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// The service is about to close the connection.
    Closing,
    /// The channel is about to expire, and could not be extended.
    Expiry,
    /// There is a new token, and the channel belongs to the old one.
    Token,
}

impl Move {
    /// The name in the tool's output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closing => "socket-closing",
            Self::Expiry => "channel-expiry",
            Self::Token => "new-token",
        }
    }
}
