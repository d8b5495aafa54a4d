//! The usual shape, read by hand in one pass: `{"events":[…]}` with the fields of section 4 as strings.
//!
//! The reader never judges: it takes what is in order beyond doubt. A value that needs more (an escape, a
//! number in a field that we do not know) goes to `serde_json`, an event that may be wrong to the careful
//! reader, and a message of another shape is left to `frame`. What it takes is exactly what `serde_json`
//! would take, which a test holds it to.

use alloc::borrow::Cow;

use crate::{Id, Presence, PresenceKind, Timestamp, Word};

use super::careful;
use super::json;
use super::queue::{Field, Sink};
use super::text::plain_len;

/// A place in a text. A method that gives `None` may have moved it; nothing relies on it then.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// The type of an event.
enum Kind<'a> {
    Known(PresenceKind),
    Other(Cow<'a, str>),
}

/// What was found of an event so far.
#[derive(Default)]
struct Found<'a> {
    at: Option<Timestamp>,
    kind: Option<Kind<'a>>,
    participant: Option<Id>,
    interaction: Option<Id>,
    channel: Option<Word>,
    reason: Option<Option<Word>>,
}

impl<'a> Cursor<'a> {
    /// The start of `text`.
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads a message that holds `events` and nothing else. `None` if it is another one, or no JSON.
    pub(super) fn frame(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        self.token(b'{')?;
        self.peek()?;
        self.literal(b"\"events\"")?;
        self.token(b':')?;
        self.elements(sink)?;
        self.token(b'}')?;
        self.end()
    }

    /// Reads a text that is one array of events. `None` if it is something else.
    pub(super) fn array(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        self.elements(sink)?;
        self.end()
    }

    fn elements(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        self.token(b'[')?;
        if self.peek()? == b']' {
            return self.token(b']');
        }
        loop {
            self.peek()?;
            let start = self.at;
            if self.event(start, sink).is_none() {
                self.at = start;
                careful::element(self.value()?, sink);
            }
            if !self.more(b']')? {
                return Some(());
            }
        }
    }

    /// Reads one event, and puts it into the sink as its last step.
    fn event(&mut self, start: usize, sink: &mut Sink<'_>) -> Option<()> {
        let mut found = Found::default();
        self.token(b'{')?;
        loop {
            self.peek()?;
            let field = self.key()?;
            self.token(b':')?;
            self.peek()?;
            self.field(field, &mut found)?;
            if !self.more(b'}')? {
                break;
            }
        }
        let kind = match found.kind? {
            Kind::Known(kind) => kind,
            Kind::Other(name) => {
                sink.other(&name, &self.text[start..self.at]);
                return Some(());
            }
        };
        sink.presence(Presence {
            at: found.at?,
            kind,
            interaction: found.interaction?,
            participant: found.participant?,
            channel: found.channel?,
            reason: found.reason.flatten(),
            arrived: sink.stamp.arrived,
            received: sink.stamp.received,
        });
        Some(())
    }

    /// Reads a key; [`Field::Whole`] for one that means nothing here.
    fn key(&mut self) -> Option<Field> {
        let known = match *self.rest()?.first_chunk()? {
            [b'"', b't', b'i'] => (Field::Timestamp, self.literal(b"\"timestamp\"")),
            [b'"', b't', b'y'] => (Field::Type, self.literal(b"\"type\"")),
            [b'"', b'p', _] => (Field::Participant, self.literal(b"\"participant\"")),
            [b'"', b'i', _] => (Field::Interaction, self.literal(b"\"interaction\"")),
            [b'"', b'c', _] => (Field::Channel, self.literal(b"\"channel\"")),
            [b'"', b'r', _] => (Field::Reason, self.literal(b"\"reason\"")),
            _ => (Field::Whole, None),
        };
        match known {
            (field, Some(())) => Some(field),
            // An escape could spell one of the names above: `plain` takes none.
            (_, None) => self.plain().map(|_| Field::Whole),
        }
    }

    /// Reads the value of a field. One that stands twice is for the careful reader.
    fn field(&mut self, field: Field, found: &mut Found<'a>) -> Option<()> {
        match field {
            Field::Timestamp => once(&mut found.at, self.timestamp()?),
            Field::Type => once(&mut found.kind, self.kind()?),
            Field::Participant => once(&mut found.participant, self.id()?),
            Field::Interaction => once(&mut found.interaction, self.id()?),
            Field::Channel => once(&mut found.channel, self.word()?),
            Field::Reason if self.literal(b"null").is_some() => once(&mut found.reason, None),
            Field::Reason => once(&mut found.reason, Some(self.word()?)),
            Field::Whole => self.value().map(|_| ()),
        }
    }

    fn timestamp(&mut self) -> Option<Timestamp> {
        // A timestamp of the usual length needs no search for its end: it is read, or it is none.
        if let Some(at) = self.quoted(24).and_then(Timestamp::parse) {
            self.at += 26;
            return Some(at);
        }
        Timestamp::parse(&self.string()?)
    }

    fn kind(&mut self) -> Option<Kind<'a>> {
        if self.literal(b"\"ParticipantJoined\"").is_some() {
            return Some(Kind::Known(PresenceKind::Joined));
        }
        if self.literal(b"\"ParticipantLeft\"").is_some() {
            return Some(Kind::Known(PresenceKind::Left));
        }
        let name = self.string()?;
        Some(careful::kind(&name).map_or(Kind::Other(name), Kind::Known))
    }

    fn id(&mut self) -> Option<Id> {
        // The same for a UUID: its characters need no escape.
        if let Some(id) = self.quoted(36).and_then(Id::from_uuid) {
            self.at += 38;
            return Some(id);
        }
        let text = self.string()?;
        if text.is_empty() { None } else { Some(Id::new(&text)) }
    }

    fn word(&mut self) -> Option<Word> {
        Some(Word::from(&*self.string()?))
    }

    /// Reads a string.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.at;
        if let Some(text) = self.plain() {
            return Some(Cow::Borrowed(text));
        }
        self.at = start;
        json::string(self.value()?)
    }

    /// Reads a string without escapes.
    fn plain(&mut self) -> Option<&'a str> {
        self.literal(b"\"")?;
        let len = plain_len(self.rest()?)?;
        let text = self.text.get(self.at..self.at + len)?;
        self.at += len + 1;
        Some(text)
    }

    /// What stands between two quotes `len` bytes apart, unread. It may hold anything.
    fn quoted(&self, len: usize) -> Option<&'a str> {
        let rest = self.rest()?;
        if rest.first() != Some(&b'"') || rest.get(len + 1) != Some(&b'"') {
            return None;
        }
        self.text.get(self.at + 1..self.at + 1 + len)
    }

    /// Reads any value, and gives its text.
    fn value(&mut self) -> Option<&'a str> {
        let raw = json::value(self.text.get(self.at..)?)?;
        self.at += raw.len();
        Some(raw)
    }

    /// Reads a comma, or the `end` of what is listed: whether there is more of it.
    fn more(&mut self, end: u8) -> Option<bool> {
        let next = self.peek()?;
        self.at += 1;
        if next == b',' {
            return Some(true);
        }
        (next == end).then_some(false)
    }

    /// Skips white space and this byte.
    fn token(&mut self, token: u8) -> Option<()> {
        if self.peek()? != token {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// Skips white space and looks at what follows.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.rest()?.first()? {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                next => return Some(next),
            }
        }
    }

    fn literal<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        if self.rest()?.first_chunk() != Some(literal) {
            return None;
        }
        self.at += N;
        Some(())
    }

    fn end(&mut self) -> Option<()> {
        if self.peek().is_some() { None } else { Some(()) }
    }

    fn rest(&self) -> Option<&'a [u8]> {
        self.text.as_bytes().get(self.at..)
    }
}

/// Fills `slot`; `None` if it was filled before.
fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    if slot.is_some() {
        return None;
    }
    *slot = Some(value);
    Some(())
}
