//! Behaviour at the decoder's door.

mod events;
mod hostile;
mod messages;
mod packed;
mod same;

use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use crate::config::Limits;
use crate::{Instant, Presence, Reason, UnixMillis};

use super::{Body, Content, Decoded, Decoder, Stamp};

pub(super) const STAMP: Stamp = Stamp { arrived: Instant(5), received: UnixMillis(7) };

/// One event of the usual shape.
pub(super) const JOINED: &str = r#"{"timestamp":"2024-05-01T12:00:00.123Z","type":"ParticipantJoined","participant":"9b2c1f0e-1111-4222-8333-444455556666","interaction":"9b2c1f0e-7777-4888-9999-aaaabbbbcccc","channel":"voice","reason":"transfer"}"#;

/// What comes out of one message.
type Outcome = (Result<Content, Reason>, Vec<Decoded>);

fn decode_with(body: Body<'_>, limits: &Limits, deliver_unknown: bool) -> Outcome {
    let mut decoder = Decoder::new();
    let content = decoder.decode(body, STAMP, limits, deliver_unknown);
    let events = decoder.drain().collect();
    (content, events)
}

fn text(text: &str) -> Outcome {
    decode_with(Body::Text(text), &Limits::default(), false)
}

fn binary(bytes: &[u8], limits: &Limits) -> Outcome {
    decode_with(Body::Binary(bytes), limits, false)
}

/// The outcome of a message with one event.
fn event(json: &str) -> Decoded {
    let (content, mut events) = text(&format!(r#"{{"events":[{json}]}}"#));
    assert_eq!(content, Ok(Content { answer: None, has_events: true }), "{json}");
    assert_eq!(events.len(), 1, "{json}");
    events.remove(0)
}

fn presence(json: &str) -> Presence {
    let found = event(json);
    let Decoded::Presence(presence) = found else { panic!("{json}: {found:?}") };
    presence
}

fn refused(reason: Reason) -> Outcome {
    (Err(reason), vec![])
}

/// A frame of `count` events of the usual shape.
fn frame(count: usize) -> String {
    format!(r#"{{"events":[{}]}}"#, vec![JOINED; count].join(","))
}
