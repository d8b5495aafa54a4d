//! Incoming messages, as they may be recorded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosterline_core::wire::{Body, Stamp};
use rosterline_core::{Frame, Instant, Reason, UnixMillis, notification_refused};

use super::Redactor;
use super::unpack::{packing, unpack};
use crate::{Dialect, Line, Redaction};

impl Redactor {
    /// The line that a frame makes.
    pub(crate) fn frame(&mut self, t: u64, conn: u64, frame: Frame<'_>) -> Line {
        match frame {
            Frame::Ping => Line::Ping { t, conn },
            Frame::Pong(payload) => Line::Pong { t, conn, payload: self.pong(payload) },
            Frame::Text(text) => self.text(t, conn, text),
            Frame::Binary(bytes) => self.binary(t, conn, bytes),
        }
    }

    /// A pong of ours decides by its payload. Any other answers nothing, whatever is in it, and so do zeros.
    fn pong(&self, payload: &[u8]) -> String {
        let ours = self.pings.iter().any(|ping| ping == payload);
        payload.iter().map(|byte| format!("{:02x}", if ours { *byte } else { 0 })).collect()
    }

    fn text(&mut self, t: u64, conn: u64, text: &str) -> Line {
        match self.refused(Body::Text(text)) {
            None => Line::Text { t, conn, text: self.message(text) },
            Some(reason) if self.may_stay(reason, text.as_bytes()) => {
                Line::Text { t, conn, text: text.to_string() }
            }
            Some(reason) => unreadable(t, conn, reason, text.len(), false),
        }
    }

    fn binary(&mut self, t: u64, conn: u64, bytes: &[u8]) -> Line {
        let packing = if self.dialect == Dialect::Stream { packing(bytes) } else { "none" };
        match self.refused(Body::Binary(bytes)) {
            None => {
                let Ok(text) =
                    String::from_utf8(unpack(bytes, packing, self.limits.inflated.max(bytes.len())))
                else {
                    // The core could open it. If we cannot, nobody sees what is in it.
                    return unreadable(t, conn, Reason::BadCompression, bytes.len(), true);
                };
                let clean = self.message(&text);
                let is_same = clean == text && packing != "none" && !self.secrets.are_in(bytes);
                if self.redaction == Redaction::Plain && is_same {
                    return Line::Binary { t, conn, base64: STANDARD.encode(bytes) };
                }
                Line::Packed { t, conn, packing: packing.to_string(), text: clean }
            }
            Some(reason) => {
                let inside = unpack(bytes, packing, self.limits.inflated);
                if self.may_stay(reason, bytes) && !self.secrets.are_in(&inside) {
                    return Line::Binary { t, conn, base64: STANDARD.encode(bytes) };
                }
                unreadable(t, conn, reason, bytes.len(), true)
            }
        }
    }

    /// Whether a message that cannot be opened is recorded as it is: it may hold anything.
    fn may_stay(&self, reason: Reason, bytes: &[u8]) -> bool {
        self.redaction == Redaction::Plain && reason != Reason::TooLarge && !self.secrets.are_in(bytes)
    }

    /// Why the session will not open a message.
    fn refused(&mut self, body: Body<'_>) -> Option<Reason> {
        if self.dialect == Dialect::Notifications {
            return notification_refused(body, &self.limits);
        }
        let stamp = Stamp { arrived: Instant::ZERO, received: UnixMillis(0) };
        let content = self.decoder.decode(body, stamp, &self.limits, false);
        drop(self.decoder.drain());
        content.err()
    }
}

fn unreadable(t: u64, conn: u64, reason: Reason, bytes: usize, binary: bool) -> Line {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    Line::Unreadable { t, conn, reason: reason.name().to_string(), bytes, binary }
}
