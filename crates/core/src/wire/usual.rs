//! The usual shape, read by hand in one pass: `{"events":[…]}` with the fields of section 4 as strings.
//!
//! The reader never judges: it takes what is in order beyond doubt. A value that needs more (an escape, a
//! number in a field that we do not know) goes to `serde_json`, an event that may be wrong to the careful
//! reader, and a message of another shape is left to `frame`. What it takes is exactly what `serde_json`
//! would take, which a test holds it to.

use alloc::borrow::Cow;

use crate::timestamp::Minute;
use crate::{Id, Presence, PresenceKind, Timestamp, Word};

use super::careful;
use super::cursor::Cursor;
use super::queue::{Field, Sink};
use super::text::is_plain;

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
    /// Reads a message that holds `events` and nothing else. `None` if it is another one, or no JSON.
    pub(super) fn frame(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        if self.literal(b"{\"events\":[").is_none() {
            self.token(b'{')?;
            self.peek()?;
            self.literal(b"\"events\"")?;
            self.token(b':')?;
            self.token(b'[')?;
        }
        self.elements(sink)?;
        self.token(b'}')?;
        self.end()
    }

    /// Reads a text that is one array of events. `None` if it is something else.
    pub(super) fn array(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        self.token(b'[')?;
        self.elements(sink)?;
        self.end()
    }

    /// Reads what stands in the array, and its end.
    fn elements(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        if self.peek()? == b']' {
            return self.token(b']');
        }
        loop {
            match self.straight(sink) {
                Some(behind) => self.rest = behind,
                None => self.element(sink)?,
            }
            if !self.more(b']')? {
                return Some(());
            }
        }
    }

    /// Reads any element.
    #[inline(never)]
    fn element(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        self.peek()?;
        let start = self.rest;
        if self.event(sink).is_none() {
            self.rest = start;
            careful::element(self.value()?, sink);
        }
        Some(())
    }

    /// Reads an event that is spelled and ordered as in the specification, without white space and with UUIDs: as
    /// [`event`](Self::event) would, in a third of the time. It gives what stands behind the event.
    #[inline(always)]
    fn straight(mut self, sink: &mut Sink<'_>) -> Option<&'a [u8]> {
        let start = self.at();
        let time = self.between(b"{\"timestamp\":\"", b"\",\"type\":")?;
        // Its type says whether the time is worth reading.
        let Some(kind) = self.known() else { return self.straight_other(start, time, sink) };
        let at = sink.minute.parse(time)?;
        let participant = Id::from_uuid(self.between(b",\"participant\":\"", b"\"")?)?;
        let interaction = Id::from_uuid(self.between(b",\"interaction\":\"", b"\",\"channel\":")?)?;
        let (channel, reason) = self.channel_and_reason()?;
        let (arrived, received) = (sink.stamp.arrived, sink.stamp.received);
        sink.presence(Presence {
            at,
            kind,
            interaction,
            participant,
            channel,
            reason,
            leg: None,
            arrived,
            received,
        });
        Some(self.rest)
    }

    /// Reads on from the type of such an event, if it is another one: nothing but where its strings end.
    #[inline(never)]
    fn straight_other(mut self, start: usize, time: &[u8; 24], sink: &mut Sink<'_>) -> Option<&'a [u8]> {
        let kind = self.plain()?;
        let participant: &[u8; 36] = self.between(b",\"participant\":\"", b"\"")?;
        let interaction: &[u8; 36] = self.between(b",\"interaction\":\"", b"\",\"channel\":")?;
        if !(is_plain(time) && is_plain(participant) && is_plain(interaction)) {
            return None;
        }
        self.skip()?;
        if self.literal(b",\"reason\":").is_some() {
            self.skip()?;
        }
        self.literal(b"}")?;
        sink.other(kind, &self.text[start..self.at()]);
        Some(self.rest)
    }

    /// Reads the end of such an event.
    #[inline(always)]
    fn channel_and_reason(&mut self) -> Option<(Word, Option<Word>)> {
        let channel = self.channel()?;
        let reason = match self.literal(b",\"reason\":") {
            Some(()) => Some(self.reason()?),
            None => None,
        };
        self.literal(b"}")?;
        Some((channel, reason))
    }

    /// Reads one event with its fields in any order, and puts it into the sink as its last step. (Inlined, it would keep
    /// what is usual from being inlined.)
    #[inline(never)]
    fn event(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        let start = self.at();
        let mut found = Found::default();
        self.token(b'{')?;
        loop {
            self.peek()?;
            let field = self.key()?;
            self.token(b':')?;
            self.peek()?;
            self.field(field, &mut found, sink.minute)?;
            if !self.more(b'}')? {
                break;
            }
        }
        let kind = match found.kind? {
            Kind::Known(kind) => kind,
            Kind::Other(name) => {
                sink.other(&name, &self.text[start..self.at()]);
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
            leg: None,
            arrived: sink.stamp.arrived,
            received: sink.stamp.received,
        });
        Some(())
    }

    /// Reads a key; [`Field::Whole`] for one that means nothing here.
    fn key(&mut self) -> Option<Field> {
        let known = match *self.rest.first_chunk()? {
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
    fn field(&mut self, field: Field, found: &mut Found<'a>, minute: &mut Minute) -> Option<()> {
        match field {
            Field::Timestamp => once(&mut found.at, self.timestamp(minute)?),
            Field::Type => once(&mut found.kind, self.kind()?),
            Field::Participant => once(&mut found.participant, self.id()?),
            Field::Interaction => once(&mut found.interaction, self.id()?),
            Field::Channel => once(&mut found.channel, self.channel()?),
            Field::Reason if self.literal(b"null").is_some() => once(&mut found.reason, None),
            Field::Reason => once(&mut found.reason, Some(self.reason()?)),
            Field::Whole => self.value().map(|_| ()),
        }
    }

    fn kind(&mut self) -> Option<Kind<'a>> {
        if let Some(kind) = self.known() {
            return Some(Kind::Known(kind));
        }
        let name = self.string()?;
        Some(careful::kind(&name).map_or(Kind::Other(name), Kind::Known))
    }

    /// Reads one of the two types; stays where it is if there is another.
    fn known(&mut self) -> Option<PresenceKind> {
        if self.literal(b"\"ParticipantJoined\"").is_some() {
            return Some(PresenceKind::Joined);
        }
        self.literal(b"\"ParticipantLeft\"").map(|()| PresenceKind::Left)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::queue::Queue;
    use crate::wire::tests::{JOINED, STAMP};
    use alloc::format;

    /// Whether the careful reader is not needed for an event: in its usual order, and in any.
    fn by_hand(event: &str) -> [bool; 2] {
        let (mut queue, mut minute) = (Queue::default(), Minute::default());
        let mut sink = queue.fill(&mut minute, STAMP, false);
        [Cursor::new(event).straight(&mut sink).is_some(), Cursor::new(event).event(&mut sink).is_some()]
    }

    /// The event with other words in it.
    fn with(from: &str, to: &str) -> [bool; 2] {
        assert!(JOINED.contains(from), "{from}");
        by_hand(&JOINED.replace(from, to))
    }

    #[test]
    fn what_servers_usually_send_is_read_by_hand() {
        assert_eq!(by_hand(JOINED), [true; 2]);
        for channel in ["chat", "email"] {
            assert_eq!(with("voice", channel), [true; 2], "{channel}");
        }
        for reason in ["client", "peer", "flow"] {
            assert_eq!(with("\"transfer\"", &format!("\"{reason}\"")), [true; 2], "{reason}");
        }
        assert_eq!(with(",\"reason\":\"transfer\"", ""), [true; 2]);
        assert_eq!(with("ParticipantJoined", "ParticipantMuted"), [true; 2]);
        assert_eq!(with("\"transfer\"", "null"), [false, true]);
        assert_eq!(with("9b2c1f0e-7777", "call-7777"), [false, true], "an id that is no UUID");
        assert_eq!(with("00.123Z", "00Z"), [false, true], "a time without a fraction");
        assert_eq!(with("\"voice\"", "\"v\\u006fice\""), [true; 2], "an escape");
        assert_eq!(with("\"reason\"", "\"other\""), [false, true], "a field that nobody knows");
        assert_eq!(with(":", " : "), [false, false], "no time");
        assert_eq!(with(",\"", " ,\n\""), [false, true], "white space");
    }

    #[test]
    fn what_may_be_wrong_is_left_to_the_careful_reader() {
        assert_eq!(with("\"reason\":\"transfer\"", "\"channel\":\"voice\""), [false; 2], "twice");
        assert_eq!(with("\"transfer\"", "7"), [false; 2]);
        assert_eq!(with(",\"channel\":\"voice\"", ""), [false; 2], "missing");
        assert_eq!(with("2024-05-01", "2024-02-31"), [false; 2]);
    }
}
