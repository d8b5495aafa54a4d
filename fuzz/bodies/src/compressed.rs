//! Compressed messages: packed by another library, perhaps damaged, and opened by the decoder.
//!
//! The first seven bytes say how: packing, level, limits, how much is added to make a bomb of it, and the damage. What is
//! behind them is packed.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use rosterline_core::Reason;
use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Decoder};

use crate::decode::{Reading, read};
use crate::source::Source;

/// How a message is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Gzip,
    /// Gzip in two members.
    Members,
    Zlib,
    Raw,
}

/// What becomes of one message; why it is refused, if it is.
///
/// # Panics
/// If the decoder does, if it gives another message than was packed, if it lets a bomb through or takes something
/// else for one, or if it opens what the other library cannot.
pub fn compressed(data: &[u8]) -> Result<(), Reason> {
    let mut source = Source::new(data);
    let packing = source.pick(&[Packing::Gzip, Packing::Members, Packing::Zlib, Packing::Raw]);
    let level = source.pick(&[6, 0, 1, 9]);
    let limits = Limits {
        frame: usize::MAX,
        inflated: source.pick(&[16 << 20, 1024, 64, 100_000]),
        ratio: source.pick(&[200, 1, 3, usize::MAX]),
        raw_deflate: packing == Packing::Raw,
        ..Limits::default()
    };
    let blank = usize::from(source.pick(&[0u16, 10, 1000, 60_000]));
    let (damage, place) = (source.below(8), source.byte().unwrap_or(0));
    let mut json = source.rest().to_vec();
    json.resize(json.len() + blank, b' ');
    let mut packed = pack(&json, packing, level);
    let intact = packed.clone();
    spoil(&mut packed, damage, place);

    let mut decoder = Decoder::new();
    let found = read(&mut decoder, Body::Binary(&packed), &limits);
    if packed == intact {
        let most = limits.inflated.min(limits.ratio.saturating_mul(packed.len()));
        let expected = if json.len() > most { Err(Reason::Bomb) } else { plain(&json) };
        assert_eq!(found, expected, "{packing:?} of {} bytes in {}", json.len(), packed.len());
    } else if found.is_ok() {
        let unpacked = unpack(&packed, packing).expect("what the decoder opened can be unpacked");
        assert!(unpacked.len() <= limits.inflated, "{} bytes", unpacked.len());
        assert_eq!(found, plain(&unpacked), "packed and plain differ");
    }
    // What one message has left in the decoder's memory must not show in the next.
    assert_eq!(read(&mut decoder, Body::Binary(&packed), &limits), found, "it remembers");
    found.map(|_| ())
}

/// What the decoder says of it when it is not packed.
fn plain(json: &[u8]) -> Reading {
    let text = std::str::from_utf8(json).map_err(|_| Reason::BadUtf8)?;
    read(&mut Decoder::new(), Body::Text(text), &Limits { frame: usize::MAX, ..Limits::default() })
}

fn pack(json: &[u8], packing: Packing, level: u32) -> Vec<u8> {
    let level = Compression::new(level);
    let gzip = |part: &[u8], out: Vec<u8>| {
        let mut encoder = GzEncoder::new(out, level);
        encoder.write_all(part).and_then(|()| encoder.finish())
    };
    let packed = match packing {
        Packing::Gzip => gzip(json, Vec::new()),
        Packing::Members => {
            let (one, other) = json.split_at(json.len() / 2);
            gzip(one, Vec::new()).and_then(|out| gzip(other, out))
        }
        Packing::Zlib => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(json).and_then(|()| encoder.finish())
        }
        Packing::Raw => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(json).and_then(|()| encoder.finish())
        }
    };
    packed.expect("memory takes everything")
}

fn unpack(packed: &[u8], packing: Packing) -> std::io::Result<Vec<u8>> {
    let mut json = Vec::new();
    match packing {
        Packing::Gzip | Packing::Members => MultiGzDecoder::new(packed).read_to_end(&mut json)?,
        Packing::Zlib => ZlibDecoder::new(packed).read_to_end(&mut json)?,
        Packing::Raw => DeflateDecoder::new(packed).read_to_end(&mut json)?,
    };
    Ok(json)
}

/// Damage at a place: 0 is the first byte, 255 the last.
fn spoil(packed: &mut Vec<u8>, damage: u8, place: u8) {
    let at = usize::from(place) * packed.len().saturating_sub(1) / 255;
    match damage {
        1 => packed.truncate(at),
        2 => packed[at] ^= 1,
        3 => packed[at] ^= 0x80,
        4 => packed.push(place),
        5 => packed.insert(at, place),
        6 => {
            packed.remove(at);
        }
        7 => packed[at] = place,
        _ => {}
    }
}
