//! A message as a whole: what it is packed in, and what it holds.

use alloc::boxed::Box;
use core::str;

use crate::Reason;
use crate::config::Limits;

use super::cursor::Cursor;
use super::inflate::{Format, Inflater};
use super::json::Json;
use super::queue::Sink;
use super::{Answer, Content, gzip};

/// Reads the JSON text of a message. Nearly all have the usual shape.
#[inline]
pub(super) fn read(text: &str, sink: &mut Sink<'_>) -> Result<Content, Reason> {
    if Cursor::new(text).frame(sink).is_some() {
        return Ok(Content { answer: None, has_events: true });
    }
    sink.restart();
    any(text, sink)
}

/// Reads one of any shape.
#[inline(never)]
fn any(text: &str, sink: &mut Sink<'_>) -> Result<Content, Reason> {
    let json = Json::read(text).ok_or(Reason::BadJson)?;
    let fields = json.object(&["status", "message", "events"]).ok_or(Reason::BadJson)?;
    if fields.twice.contains(&true) {
        return Err(Reason::BadJson);
    }
    let [status, message, events] = fields.values;
    if let Some(events) = events.filter(|json| !json.is_null()) {
        Cursor::new(events.text()).array(sink).ok_or(Reason::BadJson)?;
    }
    let answer = status.filter(|json| !json.is_null()).map(|status| Answer {
        status: words(status),
        message: message.filter(|json| !json.is_null()).map(words).unwrap_or_default(),
    });
    Ok(Content { answer, has_events: events.is_some() })
}

/// Reads the payload of a binary message, after unpacking it if it is packed.
pub(super) fn open(
    bytes: &[u8],
    limits: &Limits,
    inflater: &mut Inflater,
    sink: &mut Sink<'_>,
) -> Result<Content, Reason> {
    let most = limits.inflated.min(limits.ratio.saturating_mul(bytes.len()));
    if gzip::is_gzip(bytes) {
        return inflater.with(most, |out| gzip::unpack(bytes, out), |json| plain(json, sink));
    }
    if is_zlib(bytes) {
        return inflater.with(most, |out| out.only(bytes, Format::Zlib), |json| plain(json, sink));
    }
    let content = plain(bytes, sink);
    if !limits.raw_deflate || content.is_ok() {
        return content;
    }
    sink.restart();
    let unpacked = inflater.with(most, |out| out.only(bytes, Format::Raw), |json| plain(json, sink));
    match (unpacked, content) {
        (Err(Reason::BadCompression), Err(reason)) if is_like_json(bytes) => Err(reason),
        (unpacked, _) => unpacked,
    }
}

#[inline(never)]
fn plain(bytes: &[u8], sink: &mut Sink<'_>) -> Result<Content, Reason> {
    read(str::from_utf8(bytes).map_err(|_| Reason::BadUtf8)?, sink)
}

/// A zlib header (RFC 1950): deflate, a window of at most 32 KiB, and its check bits. JSON cannot look
/// like it.
fn is_zlib(bytes: &[u8]) -> bool {
    let [method, flags, ..] = *bytes else { return false };
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]) % 31 == 0
}

/// Whether damaged data was meant to be JSON rather than raw deflate.
fn is_like_json(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| b"{[".contains(first))
}

/// The words of a status: its text, or its JSON if it is no text.
fn words(json: Json<'_>) -> Box<str> {
    json.string().map_or_else(|| json.text().into(), |text| text.into_owned().into_boxed_str())
}
