//! The decoder of `rosterline-core`, against what else is known about its input.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Content, Decoded, Decoder, Stamp};
use rosterline_core::{Instant, Presence, PresenceKind, Reason, UnixMillis};

use crate::reference::{self, Element, Message};

/// What an input turned out to be, so that a test can see that the comparisons are not idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// The decoder refused it, and the reference had nothing against that.
    Refused,
    /// The decoder opened it; it is too strange for the reference: deep, or with text that is no Unicode.
    Opened,
    /// Both read it, and found the same.
    Agreed,
    /// It was compressed; another library unpacked it, and what was in it reads the same.
    Unpacked,
}

/// A message as the decoder gives it.
pub(crate) type Reading = Result<(Content, Vec<Decoded>), Reason>;

/// Every message of a test arrives at once.
const STAMP: Stamp = Stamp { arrived: Instant::ZERO, received: UnixMillis(0) };

/// Opens `data` as every kind of message that it can be.
///
/// # Panics
/// If the decoder does, if what it says depends on what it read before, or if it contradicts the reference
/// reader or the other inflater.
pub fn decode(data: &[u8]) -> Seen {
    let mut decoder = Decoder::new();
    let raw_deflate = Limits { raw_deflate: true, ..Limits::default() };
    let _ = read(&mut decoder, Body::Binary(data), &raw_deflate);
    let binary = read(&mut decoder, Body::Binary(data), &Limits::default());
    assert_eq!(binary, read(&mut Decoder::new(), Body::Binary(data), &Limits::default()), "it remembers");

    let Ok(text) = std::str::from_utf8(data) else { return packed(data, &binary) };
    let as_text = read(&mut decoder, Body::Text(text), &Limits::default());
    if as_text.is_ok() {
        assert_eq!(as_text, binary, "text and binary differ");
    }
    match (reference::read(text), &as_text) {
        (Some(message), read) => agree(&message, read),
        (None, Err(_)) => packed(data, &binary),
        (None, Ok(_)) => Seen::Opened,
    }
}

pub(crate) fn read(decoder: &mut Decoder, body: Body<'_>, limits: &Limits) -> Reading {
    let content = decoder.decode(body, STAMP, limits, false);
    let events: Vec<Decoded> = decoder.drain().collect();
    assert!(content.is_ok() || events.is_empty(), "events of a message that was refused");
    assert!(
        content.as_ref().map_or(true, |content| content.has_events || events.is_empty()),
        "events of none"
    );
    Ok((content?, events))
}

/// Data that is no text: if the decoder opened it, another library has to find the same in it.
fn packed(data: &[u8], ours: &Reading) -> Seen {
    let Ok(ours) = ours else { return Seen::Refused };
    let mut json = String::new();
    let unpacked = if data.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(data).read_to_string(&mut json)
    } else {
        ZlibDecoder::new(data).read_to_string(&mut json)
    };
    unpacked.expect("what the decoder opened can be unpacked");
    // It grew, so that the limit for one that arrives like this does not count.
    let limits = Limits { frame: usize::MAX, ..Limits::default() };
    let plain = read(&mut Decoder::new(), Body::Text(&json), &limits).expect("what it opened is a message");
    assert_eq!(&plain, ours, "packed and plain differ");
    Seen::Unpacked
}

/// The reference and the decoder have to say the same, element by element.
fn agree(message: &Message, ours: &Reading) -> Seen {
    let Message::Opened { status, events } = message else {
        assert!(ours.is_err(), "no message, but opened: {ours:?}");
        return Seen::Refused;
    };
    let (content, found) = ours.as_ref().expect("a message that has to be opened");
    assert_eq!(content.answer.is_some(), *status, "an answer is a status");
    assert_eq!(content.has_events, events.is_some(), "events or none");
    let events = events.as_deref().unwrap_or_default();
    assert_eq!(events.len(), found.len(), "every element is counted once");
    for (position, (expected, found)) in events.iter().zip(found).enumerate() {
        assert!(same(expected, found, position), "events[{position}]: {expected:?}, but {found:?}");
    }
    Seen::Agreed
}

fn same(expected: &Element, found: &Decoded, position: usize) -> bool {
    match (expected, found) {
        (Element::Other, Decoded::Filtered) => true,
        (Element::Bad, Decoded::Rejected { place, .. }) => {
            place.to_string().starts_with(&format!("events[{position}]"))
        }
        (Element::Presence(texts), Decoded::Presence(found)) => texts_of(found) == *texts,
        (Element::Other | Element::Bad | Element::Presence(_), _) => false,
    }
}

/// The texts of an event, as the reference gives them.
fn texts_of(presence: &Presence) -> reference::Texts {
    let kind = match presence.kind {
        PresenceKind::Joined => "ParticipantJoined",
        PresenceKind::Left => "ParticipantLeft",
    };
    reference::Texts {
        kind: kind.to_owned(),
        at: presence.at,
        participant: presence.participant.to_string(),
        interaction: presence.interaction.to_string(),
        channel: presence.channel.to_string(),
        reason: presence.reason.as_ref().map(ToString::to_string),
    }
}
