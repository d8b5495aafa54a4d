//! The gzip format (RFC 1952): any number of members, each with a header, deflated data and a checksum.

use crate::Reason;

use super::checksum::crc32;
use super::inflate::{Format, Output};

/// Bits of the header's flag byte.
mod flag {
    pub(super) const HEADER_CRC: u8 = 2;
    pub(super) const EXTRA: u8 = 4;
    pub(super) const NAME: u8 = 8;
    pub(super) const COMMENT: u8 = 16;
    pub(super) const RESERVED: u8 = 0xe0;
}

/// Whether `bytes` start as gzip does. JSON cannot.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Unpacks all members, one after the other; nothing may follow them.
pub(super) fn unpack(mut bytes: &[u8], out: &mut Output<'_>) -> Result<(), Reason> {
    while !bytes.is_empty() {
        let data = skip_header(bytes).ok_or(Reason::BadCompression)?;
        let start = out.len();
        let used = out.stream(data, Format::Raw)?;
        let (trailer, rest) = data[used..].split_first_chunk::<8>().ok_or(Reason::BadCompression)?;
        let unpacked = out.since(start);
        let told = u64::from_le_bytes(*trailer);
        let found = u64::from(unpacked.len() as u32) << 32 | u64::from(crc32(unpacked));
        if told != found {
            return Err(Reason::BadCompression);
        }
        bytes = rest;
    }
    Ok(())
}

/// What follows the header of a member; `None` if it is damaged.
fn skip_header(member: &[u8]) -> Option<&[u8]> {
    let (&[0x1f, 0x8b, 8, flags, ..], mut rest) = member.split_first_chunk::<10>()? else { return None };
    if flags & flag::RESERVED != 0 {
        return None;
    }
    if flags & flag::EXTRA != 0 {
        let (len, extra) = rest.split_first_chunk::<2>()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*len))..)?;
    }
    for text in [flag::NAME, flag::COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & flag::HEADER_CRC != 0 {
        let header = &member[..member.len() - rest.len()];
        let (told, data) = rest.split_first_chunk::<2>()?;
        if u16::from_le_bytes(*told) != crc32(header) as u16 {
            return None;
        }
        rest = data;
    }
    Some(rest)
}
