//! The messages of the `stream` dialect, as a server reads and writes them (docs/stream.md, 2 to 4).

use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use rosterline_core::Secret;
use serde::Deserialize;

use crate::fact::{Fact, Number};
use crate::faults::FrameFault;

/// An outgoing WebSocket message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl Frame {
    /// Its length in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// What a client subscribes to. The default is: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Filter {
    /// One interaction; `None`: all.
    #[serde(default)]
    pub id: Option<String>,
    /// Media; empty: all.
    #[serde(default)]
    pub channels: Vec<String>,
}

impl Filter {
    /// Whether an event passes.
    #[must_use]
    pub fn passes(&self, fact: &Fact) -> bool {
        let interaction = self.id.as_ref().is_none_or(|id| fact.interaction.with_str(|text| text == id));
        interaction
            && (self.channels.is_empty() || self.channels.iter().any(|channel| **channel == *fact.channel))
    }
}

/// What a client said.
pub(super) enum Said {
    Token(Secret),
    Filter(Filter),
    Nonsense,
}

pub(super) fn parse(text: &str) -> Said {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Message {
        Token { token: String },
        Filter { filter: Filter },
    }
    match serde_json::from_str(text) {
        Ok(Message::Token { token }) => Said::Token(Secret::new(token)),
        Ok(Message::Filter { filter }) => Said::Filter(filter),
        Err(_) => Said::Nonsense,
    }
}

/// A frame, and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) frame: Frame,
    /// The true events in it.
    pub(crate) told: Vec<Number>,
    /// Events in it that no client can accept.
    pub(crate) bad_events: u64,
    /// Whether no client can open it at all.
    pub(crate) bad_frame: bool,
}

impl Parcel {
    pub(super) fn plain(frame: Frame) -> Self {
        Self { frame, told: Vec::new(), bad_events: 0, bad_frame: false }
    }

    fn bad(text: &str) -> Self {
        Self { bad_frame: true, ..Self::plain(Frame::Text(text.into())) }
    }
}

/// Frames for `batch`, in the order of sending, the true one last; with those of `faults` that concern what
/// stands in a frame. When it is sent is not decided here.
pub(crate) fn pack(batch: &[(Number, &Fact)], faults: &[FrameFault]) -> Vec<Parcel> {
    let model = batch.first().map(|(_, fact)| *fact);
    let bad: Vec<String> = faults.iter().filter_map(|fault| bad_event(*fault, model?)).collect();
    let bad_events = bad.len() as u64;
    let mut text = String::with_capacity(256 * (batch.len() + bad.len()));
    text.push_str("{\"events\":[");
    let good = batch.iter().map(|(_, fact)| {
        let event = serde_json::to_string(fact).expect("a struct of texts is JSON");
        if faults.contains(&FrameFault::ExtraFields) { widen(&event) } else { event }
    });
    for (place, event) in bad.into_iter().chain(good).enumerate() {
        text.push_str(if place > 0 { "," } else { "" });
        text.push_str(&event);
    }
    text.push_str("]}");
    let mut parcels = Vec::new();
    if faults.contains(&FrameFault::NoJson) {
        parcels.push(Parcel::bad("upstream connect error or disconnect/reset before headers"));
    }
    if faults.contains(&FrameFault::Truncated) {
        // The text starts with ASCII and its ids may be anything, so the cut looks for a boundary.
        let cut = (1..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        parcels.push(Parcel::bad(&text[..cut]));
    }
    let told = batch.iter().map(|(number, _)| *number).collect();
    parcels.push(Parcel { frame: dress(text, faults), told, bad_events, bad_frame: false });
    parcels
}

fn bad_event(fault: FrameFault, model: &Fact) -> Option<String> {
    let text = serde_json::to_string(model).expect("a struct of texts is JSON");
    let mut event: serde_json::Value = serde_json::from_str(&text).expect("it was JSON a moment ago");
    match fault {
        FrameFault::BadEvent => event = serde_json::json!({"type": "ParticipantJoined"}),
        FrameFault::BadTimestamp => event["timestamp"] = "2024-05-01 12:00:00".into(),
        FrameFault::BadField => event["participant"] = 17.into(),
        FrameFault::Duplicate
        | FrameFault::Reorder
        | FrameFault::Delay(_)
        | FrameFault::NoJson
        | FrameFault::Truncated
        | FrameFault::ExtraFields
        | FrameFault::Binary
        | FrameFault::Gzip
        | FrameFault::Zlib => return None,
    }
    Some(event.to_string())
}

/// Fields that nobody knows, before those that everybody does.
pub(super) fn widen(object: &str) -> String {
    object.replacen('{', r#"{"sequence":17,"load":0.25,"tags":[null,true,-1e3],"node":{"id":4},"#, 1)
}

fn dress(text: String, faults: &[FrameFault]) -> Frame {
    // Fast enough for a flood, and small enough to be worth it.
    const LEVEL: u8 = 6;
    if faults.contains(&FrameFault::Gzip) {
        return Frame::Binary(gzip(text.as_bytes(), LEVEL));
    }
    if faults.contains(&FrameFault::Zlib) {
        return Frame::Binary(compress_to_vec_zlib(text.as_bytes(), LEVEL));
    }
    if faults.contains(&FrameFault::Binary) { Frame::Binary(text.into_bytes()) } else { Frame::Text(text) }
}

/// RFC 1952: a header without name and time, the deflated data, its checksum and length.
fn gzip(data: &[u8], level: u8) -> Vec<u8> {
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    out.extend(compress_to_vec(data, level));
    out.extend(crc32(data).to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
