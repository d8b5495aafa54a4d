//! The usual shape, read by hand in one pass: `{"events":[…]}` with events of plain strings.
//!
//! The reader never judges: it takes what is in order beyond doubt, and hands everything else (an escape,
//! a number, a field twice, a bad timestamp) to the careful one, element by element. What it takes is
//! exactly what `serde_json` would take, which a test holds it to.

use crate::{Id, Presence, PresenceKind, Timestamp, Word};

use super::careful;
use super::json;
use super::queue::Sink;

/// A place in a text. A method that gives `None` may have moved it; nothing relies on it then.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// What was found of an event so far.
#[derive(Default)]
struct Found<'a> {
    at: Option<Timestamp>,
    kind: Option<&'a str>,
    participant: Option<Id>,
    interaction: Option<Id>,
    channel: Option<&'a str>,
    reason: Option<&'a str>,
}

impl<'a> Cursor<'a> {
    /// The start of `text`.
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads a message that holds `events` and nothing else. `None` if it is another one, or no JSON.
    pub(super) fn frame(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        self.token(b'{')?;
        self.space();
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
        if self.token(b']').is_some() {
            return Some(());
        }
        loop {
            self.space();
            let start = self.at;
            if self.event(start, sink).is_none() {
                let raw = json::value(self.text.get(start..)?)?;
                careful::element(raw, sink);
                self.at = start + raw.len();
            }
            if self.token(b',').is_none() {
                return self.token(b']');
            }
        }
    }

    /// Reads one event of plain strings, and puts it into the sink as its last step.
    fn event(&mut self, start: usize, sink: &mut Sink<'_>) -> Option<()> {
        let mut found = Found::default();
        self.token(b'{')?;
        loop {
            self.token(b'"')?;
            let key = self.plain()?;
            self.token(b':')?;
            self.space();
            self.field(key, &mut found)?;
            if self.token(b',').is_none() {
                break;
            }
        }
        self.token(b'}')?;
        let kind = found.kind?;
        let Some(kind) = careful::kind(kind) else {
            sink.other(kind, &self.text[start..self.at]);
            return Some(());
        };
        sink.presence(found.presence(kind, sink)?);
        Some(())
    }

    /// Reads the value of one field. One that stands twice is for the careful reader.
    fn field(&mut self, key: &str, found: &mut Found<'a>) -> Option<()> {
        match key {
            "timestamp" => once(&mut found.at, self.timestamp()?),
            "type" => once(&mut found.kind, self.string()?),
            "participant" => once(&mut found.participant, self.id()?),
            "interaction" => once(&mut found.interaction, self.id()?),
            "channel" => once(&mut found.channel, self.string()?),
            "reason" => once(&mut found.reason, self.string()?),
            _ => self.string().map(|_| ()),
        }
    }

    fn timestamp(&mut self) -> Option<Timestamp> {
        Timestamp::parse(self.string()?)
    }

    fn id(&mut self) -> Option<Id> {
        let text = self.string()?;
        if text.is_empty() { None } else { Some(Id::new(text)) }
    }

    fn string(&mut self) -> Option<&'a str> {
        self.literal(b"\"")?;
        self.plain()
    }

    /// Reads a string without escapes, from behind its opening quote to behind its closing one.
    fn plain(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let len = plain_len(bytes.get(self.at..)?)?;
        let text = self.text.get(self.at..self.at + len)?;
        self.at += len + 1;
        Some(text)
    }

    /// Skips white space and this byte.
    fn token(&mut self, token: u8) -> Option<()> {
        self.space();
        self.literal(&[token])
    }

    fn literal<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        let next = self.text.as_bytes().get(self.at..)?.first_chunk::<N>()?;
        if next != literal {
            return None;
        }
        self.at += N;
        Some(())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }
}

impl Found<'_> {
    fn presence(self, kind: PresenceKind, sink: &Sink<'_>) -> Option<Presence> {
        Some(Presence {
            at: self.at?,
            kind,
            interaction: self.interaction?,
            participant: self.participant?,
            channel: Word::from(self.channel?),
            reason: self.reason.map(Word::from),
            arrived: sink.stamp.arrived,
            received: sink.stamp.received,
        })
    }
}

/// Fills `slot`; `None` if it was filled before.
fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

/// How far the closing quote is, if no escape and no control character (which JSON forbids in a string)
/// comes before it. Eight bytes at a time: subtracting from each byte borrows into its top bit if it is
/// below a bound, and the lowest byte that does so is beyond doubt.
fn plain_len(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    let below = |eight: u64, bound: u64| eight.wrapping_sub(ONES * bound) & !eight;
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let quote = below(eight ^ (ONES * u64::from(b'"')), 1);
        let escape = below(eight ^ (ONES * u64::from(b'\\')), 1);
        let special = (quote | escape | below(eight, 0x20)) & TOPS;
        if special != 0 {
            at += special.trailing_zeros() as usize / 8;
            return (bytes[at] == b'"').then_some(at);
        }
        at += 8;
    }
    let special = bytes[at..].iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20))?;
    (bytes[at + special] == b'"').then_some(at + special)
}
