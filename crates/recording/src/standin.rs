//! What stands for something that must not be in a recording, and does the same.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Decoder, Stamp};
use rosterline_core::{Instant, Reason, UnixMillis, notification_refused};

use crate::Dialect;

/// No message larger than this is made anew, in bytes: the limits of a damaged recording can be anything, and the largest
/// message of a usual configuration is an eighth of it.
const MOST: usize = 1 << 30;

/// A token that is none, about as long as the one that it stands for: the next power of two.
pub(crate) fn token(length: usize) -> String {
    let length = length.clamp(16, 1 << 16).next_power_of_two();
    format!("{:x<length$}", "STANDS-FOR-TOKEN")
}

/// A message that is refused for the given reason; if it can be, of the given length. `None` if nothing is refused so
/// under these limits.
pub(crate) fn message(
    reason: Reason,
    length: usize,
    binary: bool,
    dialect: Dialect,
    limits: &Limits,
) -> Option<Vec<u8>> {
    let length = length.min(limits.frame.saturating_mul(8)).min(MOST);
    let fill = |start: &[u8], rest: u8| {
        let mut bytes = start[..start.len().min(length)].to_vec();
        bytes.resize(length, rest);
        bytes
    };
    let candidates: Vec<Vec<u8>> = match reason {
        // It need not be as long as the original one: the limit of a replay may be another.
        Reason::TooLarge if limits.frame >= MOST => Vec::new(),
        Reason::TooLarge => vec![vec![b' '; length.max(limits.frame.saturating_add(1))]],
        Reason::BadJson => vec![fill(b"{", b'x'), fill(b"{", 0), b"{".to_vec()],
        Reason::BadUtf8 => vec![fill(b"", 0xff), fill(b"{", 0xff), b"{\xff".to_vec()],
        Reason::BadCompression => vec![fill(b"\x1f\x8b", 0), fill(b"\x78\x9c", 0xff), b"\x1f\x8b".to_vec()],
        Reason::Bomb if limits.inflated >= MOST => Vec::new(),
        Reason::Bomb => vec![bomb(limits)],
        // These refuse an event, not a message.
        Reason::BadEvent | Reason::MissingField | Reason::BadField | Reason::BadTimestamp => Vec::new(),
    };
    candidates.into_iter().find(|bytes| refused(bytes, binary, dialect, limits) == Some(reason))
}

/// Why a message is refused, if it is.
fn refused(bytes: &[u8], binary: bool, dialect: Dialect, limits: &Limits) -> Option<Reason> {
    let stamp = Stamp { arrived: Instant::ZERO, received: UnixMillis(0) };
    let body = if binary { Body::Binary(bytes) } else { Body::Text(std::str::from_utf8(bytes).ok()?) };
    if dialect == Dialect::Notifications {
        return notification_refused(body, limits);
    }
    Decoder::new().decode(body, stamp, limits, false).err()
}

/// Zeros that are one too many.
fn bomb(limits: &Limits) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    let (mut left, zeros) = (limits.inflated.saturating_add(1), [0; 4096]);
    while left > 0 {
        let now = left.min(zeros.len());
        // Memory takes everything.
        let _ = out.write_all(&zeros[..now]);
        left -= now;
    }
    out.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_message_that_is_refused_for_it() {
        for raw_deflate in [false, true] {
            let limits = Limits { raw_deflate, inflated: 1 << 20, ..Limits::default() };
            for (reason, shortest) in [
                (Reason::BadJson, 0),
                (Reason::BadUtf8, 1),
                (Reason::TooLarge, limits.frame + 1),
                (Reason::BadCompression, 2),
                (Reason::Bomb, 1000),
            ] {
                for length in [shortest, shortest + 1, shortest + 700] {
                    let found = message(reason, length, true, Dialect::Stream, &limits);
                    assert!(found.is_some(), "{reason:?} of {length}, raw deflate {raw_deflate}");
                    let same = found.is_some_and(|bytes| bytes.len() == length);
                    assert!(same || raw_deflate || reason == Reason::Bomb, "{reason:?} of {length}");
                }
            }
            for reason in [Reason::BadJson, Reason::TooLarge] {
                assert!(message(reason, 5, false, Dialect::Stream, &limits).is_some(), "{reason:?} as text");
            }
        }
    }

    #[test]
    fn the_other_dialect_knows_three_reasons() {
        let limits = Limits::default();
        for (reason, binary) in [(Reason::BadJson, false), (Reason::BadUtf8, true), (Reason::TooLarge, false)]
        {
            let found = message(reason, 700, binary, Dialect::Notifications, &limits);
            assert!(found.is_some(), "{reason:?}");
        }
        assert_eq!(message(Reason::BadCompression, 700, true, Dialect::Notifications, &limits), None);
    }

    #[test]
    fn what_no_memory_could_hold_is_not_made() {
        let limits =
            Limits { frame: usize::MAX, inflated: usize::MAX, ratio: usize::MAX, ..Limits::default() };
        for reason in [Reason::TooLarge, Reason::Bomb] {
            assert_eq!(message(reason, usize::MAX, true, Dialect::Stream, &limits), None, "{reason:?}");
        }
    }

    #[test]
    fn a_token_keeps_its_class_of_length() {
        assert_eq!([1, 16, 17, 700].map(|length| token(length).len()), [16, 16, 32, 1024]);
    }
}
