//! Compressed binary messages: gzip, zlib, raw deflate, their damage and their bombs.

use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use flate2::{Compression, GzBuilder};
use proptest::prelude::*;

use super::*;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(vec![], Compression::default());
    packer.write_all(data).unwrap();
    packer.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(vec![], Compression::default());
    packer.write_all(data).unwrap();
    packer.finish().unwrap()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(vec![], Compression::default());
    packer.write_all(data).unwrap();
    packer.finish().unwrap()
}

/// The default limits, with raw deflate allowed.
fn raw() -> Limits {
    Limits { raw_deflate: true, ..Limits::default() }
}

/// A frame whose events differ, as real ones do: it packs about eight to one.
fn varied(count: usize) -> String {
    let events: Vec<String> = (0..count)
        .map(|i| JOINED.replace("9b2c1f0e", &format!("{:08x}", i * 0x9e37_79b1 % 0xffff_ffff)))
        .collect();
    format!(r#"{{"events":[{}]}}"#, events.join(","))
}

#[test]
fn each_packing_is_recognised() {
    for count in [0, 1, 40, 5000] {
        let json = varied(count);
        let plain = text(&json);
        assert_eq!(plain.1.len(), count);
        for packed in [gzip(json.as_bytes()), zlib(json.as_bytes())] {
            assert!(binary(&packed, &Limits::default()) == plain, "{count}");
            assert!(binary(&packed, &raw()) == plain, "{count}");
        }
        assert!(binary(&deflate(json.as_bytes()), &raw()) == plain, "{count}");
        assert!(binary(json.as_bytes(), &raw()) == plain, "{count}");
    }
}

#[test]
fn what_only_looks_a_little_like_zlib_is_read_as_it_is() {
    // Two bytes whose check bits are right, and two whose method is.
    let json = format!("\n\r{}", varied(1));
    assert!(binary(json.as_bytes(), &Limits::default()) == text(&json));
    assert_eq!(binary(b"xyz", &Limits::default()), refused(Reason::BadJson));
}

#[test]
fn raw_deflate_is_behind_its_option() {
    let (content, events) = binary(&deflate(frame(1).as_bytes()), &Limits::default());
    assert!(matches!(content, Err(Reason::BadUtf8 | Reason::BadJson)), "{content:?}");
    assert!(events.is_empty());
}

#[test]
fn with_raw_deflate_broken_json_is_still_called_that() {
    assert_eq!(binary(b" {\"events\":[", &raw()), refused(Reason::BadJson));
    assert_eq!(binary(b"[1]", &raw()), refused(Reason::BadJson));
    assert_eq!(binary(b"{\"a\":\"\xff\"}", &raw()), refused(Reason::BadUtf8));
    assert_eq!(binary(b"\xff\xff\xff", &raw()), refused(Reason::BadCompression));
}

#[test]
fn a_gzip_header_may_hold_everything() {
    let mut packer = GzBuilder::new()
        .filename("events.json")
        .comment("a comment")
        .extra(vec![1, 2, 3])
        .mtime(7)
        .write(vec![], Compression::best());
    packer.write_all(frame(2).as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    assert_eq!(binary(&packed, &Limits::default()).1.len(), 2);

    // With a checksum of the header, which flate2 does not write.
    let body = gzip(frame(2).as_bytes());
    let mut header = body[..10].to_vec();
    header[3] |= 2;
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    let sum = (crc.sum() as u16).to_le_bytes();
    let checked = [&header[..], &sum, &body[10..]].concat();
    assert_eq!(binary(&checked, &Limits::default()).1.len(), 2);
    let wrong = [&header[..], &[sum[0] ^ 1, sum[1]], &body[10..]].concat();
    assert_eq!(binary(&wrong, &Limits::default()), refused(Reason::BadCompression));
}

#[test]
fn gzip_members_follow_each_other() {
    let json = frame(4);
    let (first, second) = json.as_bytes().split_at(300);
    let packed = [gzip(first), gzip(b""), gzip(second)].concat();
    assert_eq!(binary(&packed, &Limits::default()), text(&json));
}

#[test]
fn a_member_cannot_reach_into_the_one_before() {
    // One fixed block: a match of length 3 at distance 1, which is before the member's own start.
    let reaching = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0x03, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let packed = [&gzip(b"{\"events\":[]}   ")[..], &reaching].concat();
    assert_eq!(binary(&packed, &Limits::default()), refused(Reason::BadCompression));
}

#[test]
fn cut_or_continued_data_is_damaged() {
    let json = frame(3);
    for packed in [gzip(json.as_bytes()), zlib(json.as_bytes())] {
        for end in 2..packed.len() {
            assert_eq!(binary(&packed[..end], &Limits::default()), refused(Reason::BadCompression), "{end}");
        }
        let longer = [&packed[..], b"x"].concat();
        assert_eq!(binary(&longer, &Limits::default()), refused(Reason::BadCompression));
    }
    let packed = deflate(json.as_bytes());
    let longer = [&packed[..], b"x"].concat();
    assert_eq!(binary(&longer, &raw()), refused(Reason::BadCompression));
}

#[test]
fn checksums_and_lengths_are_compared() {
    let json = frame(3);
    for packed in [gzip(json.as_bytes()), zlib(json.as_bytes())] {
        let trailer = if packed[0] == 0x1f { 8 } else { 4 };
        for back in 1..=trailer {
            let mut wrong = packed.clone();
            let at = wrong.len() - back;
            wrong[at] ^= 1;
            assert_eq!(binary(&wrong, &Limits::default()), refused(Reason::BadCompression), "{back}");
        }
    }
}

#[test]
fn the_ratio_is_a_limit() {
    let json = format!(r#"{{"events":[]{}}}"#, " ".repeat(100_000));
    for packed in [gzip(json.as_bytes()), zlib(json.as_bytes())] {
        let ratio = json.len().div_ceil(packed.len());
        let fits = Limits { ratio, ..Limits::default() };
        assert!(binary(&packed, &fits).0.is_ok());
        let small = Limits { ratio: ratio - 1, ..Limits::default() };
        assert_eq!(binary(&packed, &small), refused(Reason::Bomb));
        assert_eq!(binary(&packed, &Limits::default()), refused(Reason::Bomb));
    }
}

#[test]
fn the_unpacked_size_is_a_limit_to_the_byte() {
    for count in [1, 40] {
        let json = varied(count);
        let fits = Limits { inflated: json.len(), raw_deflate: true, ..Limits::default() };
        let small = Limits { inflated: json.len() - 1, raw_deflate: true, ..Limits::default() };
        for packed in [gzip(json.as_bytes()), zlib(json.as_bytes()), deflate(json.as_bytes())] {
            assert_eq!(binary(&packed, &fits).1.len(), count);
            assert_eq!(binary(&packed, &small), refused(Reason::Bomb));
        }
        let (first, second) = json.as_bytes().split_at(json.len() / 2);
        let members = [gzip(first), gzip(second)].concat();
        assert_eq!(binary(&members, &fits).1.len(), count);
        assert_eq!(binary(&members, &small), refused(Reason::Bomb));
    }
}

#[test]
fn what_is_unpacked_must_be_a_message() {
    let limits = Limits::default();
    assert_eq!(binary(&gzip(b"[]"), &limits), refused(Reason::BadJson));
    assert_eq!(binary(&zlib(b""), &limits), refused(Reason::BadJson));
    assert_eq!(binary(&gzip(b"{\"a\":\"\xff\"}"), &limits), refused(Reason::BadUtf8));
    assert_eq!(binary(&gzip(&gzip(b"{}")), &limits), refused(Reason::BadUtf8), "packed once, not twice");
}

#[test]
fn one_decoder_unpacks_one_after_another() {
    let mut decoder = Decoder::new();
    let limits = Limits::default();
    for count in [1, 3000, 2, 0, 700] {
        let packed = gzip(varied(count).as_bytes());
        decoder.decode(Body::Binary(&packed), STAMP, &limits, false).unwrap();
        assert_eq!(decoder.drain().count(), count);
        let broken = &packed[..packed.len() - 1];
        assert!(decoder.decode(Body::Binary(broken), STAMP, &limits, false).is_err());
    }
}

proptest! {
    #[test]
    fn damage_is_found(at in 0usize..10_000, bit in 0u8..8) {
        let json = frame(3);
        for packed in [gzip(json.as_bytes()), zlib(json.as_bytes())] {
            let mut wrong = packed;
            let at = at % wrong.len();
            wrong[at] ^= 1 << bit;
            let (content, events) = binary(&wrong, &Limits::default());
            // Some header bits (the time, the system) carry nothing that matters.
            prop_assert!(content.is_err() && events.is_empty() || events.len() == 3);
        }
    }

    #[test]
    fn any_bytes_behind_a_header_are_opened_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), start in 0usize..3) {
        let header: &[u8] = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..], &[0x78, 0x9c], &[]][start];
        let (content, events) = binary(&[header, &bytes].concat(), &raw());
        prop_assert!(content.is_ok() || events.is_empty());
    }
}
