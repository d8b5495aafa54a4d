//! Messages of a server, and what is in them. What is built here is known by how it is built; what is not, is read by a
//! decoder of its own: whether that reads right is what the target `decode` finds out.

use std::fmt::Write as _;

use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Decoded, Decoder, Stamp};
use rosterline_core::{Id, Place, Presence, PresenceKind, Reason, Timestamp, Unknown, Word};

use crate::source::Source;

/// What a message holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The elements of its `events`.
    pub(super) events: Vec<Decoded>,
    /// Its `status`.
    pub(super) status: Option<Box<str>>,
    /// It cannot be opened.
    pub(super) refused: bool,
}

impl Held {
    pub(super) fn status(status: &str) -> Self {
        Self { status: Some(status.into()), ..Self::default() }
    }

    /// What a decoder says.
    pub(super) fn read(body: Body<'_>, stamp: Stamp, limits: &Limits, deliver_unknown: bool) -> Self {
        let mut decoder = Decoder::new();
        match decoder.decode(body, stamp, limits, deliver_unknown) {
            Ok(content) => Self {
                events: decoder.drain().collect(),
                status: content.answer.map(|answer| answer.status),
                refused: false,
            },
            Err(_) => Self { refused: true, ..Self::default() },
        }
    }
}

const INTERACTIONS: [&str; 3] = ["call", "9b2c1f0e-1111-4222-8333-444455556666", "other"];
const PARTICIPANTS: [&str; 3] = ["anna", "bob", "0195b2b0-0000-7000-8000-000000000001"];
/// Around the time at which the session starts; the last two cannot be.
const TIMES: [&str; 8] = [
    "2024-05-01T12:00:00Z",
    "2024-05-01T12:00:01.5Z",
    "2024-05-01T14:00:01.500+02:00",
    "2024-05-01T12:00:03Z",
    "2024-05-01T11:59:00Z",
    "2024-05-01T12:01:00.000Z",
    "2044-05-01T12:00:00Z",
    "1970-01-01T00:00:00Z",
];

/// One join or leave: of 288, so that they meet often.
pub(super) fn presence(source: &mut Source<'_>, stamp: Stamp) -> Presence {
    let (what, who) = (source.below(64), source.below(36));
    Presence {
        at: Timestamp::parse(TIMES[usize::from(what & 7)]).expect("RFC 3339"),
        kind: if what & 8 == 0 { PresenceKind::Joined } else { PresenceKind::Left },
        interaction: Id::new(INTERACTIONS[usize::from(who / 3 % 3)]),
        participant: Id::new(PARTICIPANTS[usize::from(who % 3)]),
        channel: Word::from(if what & 16 == 0 { "voice" } else { "chat" }),
        reason: (what & 32 != 0).then(|| Word::from("transfer")),
        leg: None,
        arrived: stamp.arrived,
        received: stamp.received,
    }
}

/// Writes a message of up to four elements, and says what it holds.
pub(super) fn write(
    text: &mut String,
    source: &mut Source<'_>,
    stamp: Stamp,
    deliver_unknown: bool,
    status: Option<&str>,
) -> Held {
    let mut held = Held { status: status.map(Into::into), ..Held::default() };
    text.clear();
    text.push('{');
    if let Some(status) = status {
        write!(text, r#""status":"{status}","#).expect("a String takes everything");
    }
    text.push_str("\"events\":[");
    for position in 0..=source.below(4) {
        if position > 0 {
            text.push(',');
        }
        held.events.push(element(text, source, stamp, deliver_unknown));
    }
    text.push_str("]}");
    held
}

fn element(text: &mut String, source: &mut Source<'_>, stamp: Stamp, deliver_unknown: bool) -> Decoded {
    const HOLD: &str = r#"{"type":"Hold"}"#;
    match source.below(8) {
        6 => {
            text.push_str(HOLD);
            match deliver_unknown {
                true => Decoded::Unknown(Unknown {
                    kind: Word::from("Hold"),
                    json: HOLD.into(),
                    received: stamp.received,
                }),
                false => Decoded::Filtered,
            }
        }
        7 => {
            text.push('7');
            let place = Place::Event { index: 0, field: "" };
            Decoded::Rejected { reason: Reason::BadEvent, place }
        }
        _ => {
            let event = presence(source, stamp);
            let (kind, at) = (event.kind.name(), event.at);
            let (interaction, participant) = (&event.interaction, &event.participant);
            let channel = &event.channel;
            write!(
                text,
                r#"{{"timestamp":"{at}","type":"{kind}","participant":"{participant}","interaction":"{interaction}","channel":"{channel}""#
            )
            .expect("a String takes everything");
            text.push_str(if event.reason.is_some() { r#","reason":"transfer"}"# } else { "}" });
            Decoded::Presence(event)
        }
    }
}
