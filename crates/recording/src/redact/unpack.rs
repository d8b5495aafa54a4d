//! What is in a packed message.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// How a binary message is packed. It has been opened by the decoder of the core before, or refused by it.
pub(super) fn packing(bytes: &[u8]) -> &'static str {
    match *bytes {
        [0x1f, 0x8b, ..] => "gzip",
        [method, flags, ..]
            if method & 0x0f == 8
                && method >> 4 <= 7
                && (u16::from(method) << 8 | u16::from(flags)) % 31 == 0 =>
        {
            "zlib"
        }
        _ if std::str::from_utf8(bytes).is_ok_and(|text| text.trim_start().starts_with(['{', '['])) => "none",
        _ => "deflate",
    }
}

/// What comes out of it, up to `most` bytes, and as far as it can be unpacked.
pub(super) fn unpack(bytes: &[u8], packing: &str, most: usize) -> Vec<u8> {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let mut out = Vec::new();
    // What is damaged is unpacked up to the damage.
    let _ = match packing {
        "gzip" => MultiGzDecoder::new(bytes).take(most).read_to_end(&mut out),
        "zlib" => ZlibDecoder::new(bytes).take(most).read_to_end(&mut out),
        "deflate" => DeflateDecoder::new(bytes).take(most).read_to_end(&mut out),
        _ => bytes.take(most).read_to_end(&mut out),
    };
    out
}
