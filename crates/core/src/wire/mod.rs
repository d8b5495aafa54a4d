//! From a WebSocket frame's bytes to events, and back: the wire format of docs/stream.md.
//!
//! [`Decoder`] opens incoming messages (section 4). Frames of the usual shape are read by hand in one
//! pass; everything else goes through `serde_json`, with the same result.

mod careful;
mod checksum;
mod cursor;
mod frame;
mod gzip;
mod inflate;
mod queue;
mod text;
mod usual;
mod walk;

pub(crate) mod encode;
pub(crate) mod http_date;
pub(crate) mod index;
pub(crate) mod json;
pub(crate) mod token;

use alloc::boxed::Box;
use core::fmt;

use crate::config::Limits;
use crate::timestamp::Minute;
use crate::{Instant, Place, Presence, Reason, UnixMillis, Unknown};

use inflate::Inflater;
use queue::Queue;

/// Opens messages into events, one message at a time.
///
/// Its buffers are used again, so that in steady state a message costs no allocation beyond what its
/// events own; what a huge message needed is given back after it.
///
/// ```
/// use rosterline_core::config::Limits;
/// use rosterline_core::wire::{Body, Decoded, Decoder, Stamp};
/// use rosterline_core::{Instant, UnixMillis};
///
/// let text = r#"{"events":[{"timestamp":"2024-05-01T12:00:00.123Z","type":"ParticipantJoined",
///     "participant":"agent","interaction":"call","channel":"voice"}, 7]}"#;
/// let stamp = Stamp { arrived: Instant::ZERO, received: UnixMillis(0) };
///
/// let mut decoder = Decoder::new();
/// let content = decoder.decode(Body::Text(text), stamp, &Limits::default(), false).expect("is JSON");
/// assert!(content.has_events && content.answer.is_none());
///
/// let events: Vec<Decoded> = decoder.drain().collect();
/// assert!(matches!(&events[0], Decoded::Presence(joined) if &*joined.channel == "voice"));
/// assert!(matches!(&events[1], Decoded::Rejected { place, .. } if place.to_string() == "events[1]"));
/// ```
#[derive(Default)]
pub struct Decoder {
    queue: Queue,
    minute: Minute,
    inflater: Inflater,
}

impl Decoder {
    /// A decoder that holds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens one message. What an earlier one left in the queue is gone.
    ///
    /// Its events wait for [`drain`](Self::drain): all of them, or none if there is an error. With
    /// `deliver_unknown`, events of other types are [`Decoded::Unknown`] instead of [`Decoded::Filtered`].
    ///
    /// # Errors
    /// Why the message as a whole cannot be opened: [`Reason::TooLarge`], [`Reason::BadCompression`],
    /// [`Reason::Bomb`], [`Reason::BadUtf8`] or [`Reason::BadJson`]. A known field that stands twice in the
    /// message makes it `BadJson`: nobody can say which one is meant.
    pub fn decode(
        &mut self,
        body: Body<'_>,
        stamp: Stamp,
        limits: &Limits,
        deliver_unknown: bool,
    ) -> Result<Content, Reason> {
        let mut sink = self.queue.fill(&mut self.minute, stamp, deliver_unknown);
        let content = match body {
            Body::Text(text) if text.len() > limits.frame => Err(Reason::TooLarge),
            Body::Binary(bytes) if bytes.len() > limits.frame => Err(Reason::TooLarge),
            Body::Text(text) => frame::read(text, &mut sink),
            Body::Binary(bytes) => frame::open(bytes, limits, &mut self.inflater, &mut sink),
        };
        if content.is_err() {
            self.queue.empty();
        }
        content
    }

    /// Takes the events of the last message, in its order. What is not taken is dropped with the iterator.
    pub fn drain(&mut self) -> impl Iterator<Item = Decoded> + '_ {
        self.queue.drain()
    }

    /// What is next of the last message.
    pub(crate) fn next(&mut self) -> Option<Next> {
        self.queue.next()
    }

    /// The presence that is next.
    pub(crate) fn presence(&self) -> Option<&Presence> {
        self.queue.presence()
    }

    /// Takes the presence that is next.
    #[inline]
    pub(crate) fn take_presence(&mut self) -> Option<Presence> {
        self.queue.take_presence()
    }
}

/// Elements of a message's `events` as the session takes them: it looks at a join or a leave before it moves it, once.
pub(crate) enum Next {
    /// A join or a leave, which waits to be taken.
    Presence,
    Unknown(Unknown),
    /// So many in a row of other types.
    Filtered(u32),
    Rejected {
        reason: Reason,
        place: Place,
    },
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}

/// When a message reached us; its events carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// By the caller's monotonic clock.
    pub arrived: Instant,
    /// The same moment on the wall clock.
    pub received: UnixMillis,
}

/// The payload of a WebSocket message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Of a text message.
    Text(&'a str),
    /// Of a binary message: JSON, plain or compressed with gzip, zlib or (behind
    /// [`Limits::raw_deflate`]) raw deflate.
    Binary(&'a [u8]),
}

/// One element of a message's `events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A join or a leave.
    Presence(Presence),
    /// An event of another type, where those are wanted.
    Unknown(Unknown),
    /// An event of another type, where they are not.
    Filtered,
    /// An event that could not be understood. Its neighbours are unharmed.
    Rejected {
        /// What is wrong.
        reason: Reason,
        /// Where.
        place: Place,
    },
}

/// What a message holds beside its events. One that has neither is a notice without words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The answer, if it has a `status` other than null.
    pub answer: Option<Answer>,
    /// Whether it has `events`, be they empty or null.
    pub has_events: bool,
}

/// A message with a `status` (sections 2 and 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its `status`; one that is no string, as its JSON text.
    pub status: Box<str>,
    /// Its `message`, empty if it has none; one that is no string, as its JSON text.
    pub message: Box<str>,
}

#[cfg(test)]
mod tests;
