//! Identifiers as they came: a UUID in 16 bytes where that loses nothing, text otherwise.

use alloc::boxed::Box;
use core::fmt;

/// The identifier of an interaction or a participant, kept to the letter.
///
/// A canonical lower-case UUID is packed into 16 bytes; every other text is kept as it is. The two never
/// overlap, so equal text gives equal identifiers and the other way round.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Id(Repr);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Repr {
    Uuid([u8; 16]),
    Text(Box<str>),
}

/// Where the hyphens of a UUID's text stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// Where the two digits of each byte stand.
const PAIRS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

impl Id {
    /// The identifier that `text` spells.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match pack(text.as_bytes()) {
            Some(uuid) => Self(Repr::Uuid(uuid)),
            None => Self(Repr::Text(text.into())),
        }
    }

    /// The identifier that `text` spells, if it is a canonical lower-case UUID.
    pub(crate) fn from_uuid(text: &str) -> Option<Self> {
        pack(text.as_bytes()).map(|uuid| Self(Repr::Uuid(uuid)))
    }

    /// The 16 bytes of a canonical lower-case UUID; `None` for any other identifier.
    #[must_use]
    pub const fn uuid(&self) -> Option<&[u8; 16]> {
        match &self.0 {
            Repr::Uuid(bytes) => Some(bytes),
            Repr::Text(_) => None,
        }
    }

    /// Calls `read` with the identifier's text, without an allocation.
    pub fn with_str<T>(&self, read: impl FnOnce(&str) -> T) -> T {
        match &self.0 {
            Repr::Uuid(bytes) => {
                let text = unpack(bytes);
                read(core::str::from_utf8(&text).expect("hexadecimal digits and hyphens are ASCII"))
            }
            Repr::Text(text) => read(text),
        }
    }
}

/// The order of the texts.
impl Ord for Id {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        match (&self.0, &other.0) {
            (Repr::Uuid(a), Repr::Uuid(b)) => a.cmp(b),
            (Repr::Text(a), Repr::Text(b)) => a.cmp(b),
            (Repr::Uuid(a), Repr::Text(b)) => unpack(a)[..].cmp(b.as_bytes()),
            (Repr::Text(a), Repr::Uuid(b)) => a.as_bytes().cmp(&unpack(b)[..]),
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_str(|text| f.pad(text))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_str(|text| write!(f, "{text:?}"))
    }
}

/// Packs 36 characters, eight digits at a time.
fn pack(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.try_into().ok()?;
    if HYPHENS.iter().any(|&i| text[i] != b'-') {
        return None;
    }
    let four = |i: usize| u64::from(u32::from_le_bytes([text[i], text[i + 1], text[i + 2], text[i + 3]]));
    let eight = |i: usize, j: usize| four(i) | four(j) << 32;
    let (a, wrong_a) = digits(eight(0, 4));
    let (b, wrong_b) = digits(eight(9, 14));
    let (c, wrong_c) = digits(eight(19, 24));
    let (d, wrong_d) = digits(eight(28, 32));
    if wrong_a | wrong_b | wrong_c | wrong_d != 0 {
        return None;
    }
    let packed = u128::from(a) | u128::from(b) << 32 | u128::from(c) << 64 | u128::from(d) << 96;
    Some(packed.to_le_bytes())
}

/// The four bytes that eight hexadecimal digits spell, the first digit in the lowest byte of `text`; and
/// whether one of them is none, or not lower-case: any bit but 0.
const fn digits(text: u64) -> (u32, u64) {
    const ONES: u64 = u64::MAX / 255;
    let letter = text >> 6 & ONES;
    let value = (text & ONES * 15) + letter * 9;
    // A digit is 0x30 to 0x39, a letter 0x61 to 0x66. No sum of these carries into the next byte.
    let wrong_kind = text & ONES * 0xf0 ^ (ONES + letter) * 0x30;
    let wrong_range = (value & ONES * 16) | (((value + ONES * 6) >> 4 & ONES) ^ letter);
    let pairs = (value << 4 | value >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    ((fours | fours >> 16) as u32, wrong_kind | wrong_range)
}

fn unpack(bytes: &[u8; 16]) -> [u8; 36] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    for (byte, at) in bytes.iter().zip(PAIRS) {
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn only_the_canonical_form_is_packed() {
        assert!(Id::new("123e4567-e89b-12d3-a456-426614174000").uuid().is_some());
        for text in [
            "123E4567-e89b-12d3-a456-426614174000",
            "123e4567e89b-12d3-a456-4266141740000",
            "123e4567-e89b-12d3-a456-42661417400",
            "123e4567-e89b-12d3-a456-42661417400-",
            "-23e4567-e89b-12d3-a456-426614174000",
            "123e4567-e89b-12d3-a456-4266141740g0",
            "123e4567-e89b-12d3-a456-4266141740:0",
            "123e4567-e89b-12d3-a456-4266141740`0",
            "123e4567-e89b-12d3-a456-4266141740/0",
            "123e4567-e89b-12d3-a456-4266141740é",
            "\u{b1}23e4567-e89b-12d3-a456-42661417400",
            "agent 7",
            "",
        ] {
            assert!(Id::new(text).uuid().is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_to_the_letter(text in ".{0,40}|[-0-9a-f]{36}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
            prop_assert_eq!(Id::new(&text).to_string(), text);
        }

        #[test]
        fn the_order_is_that_of_the_texts(mut texts in prop::collection::vec("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f-]{1,3}", 2..8)) {
            let mut ids: Vec<Id> = texts.iter().map(|text| Id::new(text)).collect();
            ids.sort();
            texts.sort();
            prop_assert_eq!(ids.iter().map(Id::to_string).collect::<Vec<String>>(), texts);
        }
    }
}
