//! Identifiers as they came: a UUID in 16 bytes where that loses nothing, text otherwise.

use alloc::boxed::Box;
use core::fmt;
use core::hash::{Hash, Hasher};

/// The identifier of an interaction or a participant, kept to the letter.
///
/// A canonical lower-case UUID is packed into 16 bytes; every other text is kept as it is. The two never
/// overlap, so equal text gives equal identifiers and the other way round.
#[derive(Clone, PartialEq, Eq)]
pub struct Id(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Repr {
    Uuid(Uuid),
    Text(Box<str>),
}

/// Sixteen bytes that lie where numbers lie. Behind the mark of their kind they would begin at an odd place, and each move
/// of an event would put them together from pieces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(align(8))]
struct Uuid([u8; 16]);

/// Where the hyphens of a UUID's text stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// Where the two digits of each byte stand.
const PAIRS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

impl Id {
    /// The identifier that `text` spells.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text.as_bytes().try_into().ok().and_then(pack) {
            Some(uuid) => Self(Repr::Uuid(uuid)),
            None => Self(Repr::Text(text.into())),
        }
    }

    /// The identifier that `text` spells, if it is a canonical lower-case UUID.
    pub(crate) fn from_uuid(text: &[u8; 36]) -> Option<Self> {
        pack(text).map(|uuid| Self(Repr::Uuid(uuid)))
    }

    /// The 16 bytes of a canonical lower-case UUID; `None` for any other identifier.
    #[must_use]
    pub const fn uuid(&self) -> Option<&[u8; 16]> {
        match &self.0 {
            Repr::Uuid(Uuid(bytes)) => Some(bytes),
            Repr::Text(_) => None,
        }
    }

    /// Calls `read` with the identifier's text, without an allocation.
    pub fn with_str<T>(&self, read: impl FnOnce(&str) -> T) -> T {
        match &self.0 {
            Repr::Uuid(Uuid(bytes)) => {
                let text = unpack(bytes);
                read(core::str::from_utf8(&text).expect("hexadecimal digits and hyphens are ASCII"))
            }
            Repr::Text(text) => read(text),
        }
    }
}

/// A UUID is one number to the hasher, as it is to everybody else.
impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Uuid(Uuid(bytes)) => state.write_u128(u128::from_ne_bytes(*bytes)),
            Repr::Text(text) => text.hash(state),
        }
    }
}

/// The order of the texts.
impl Ord for Id {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        match (&self.0, &other.0) {
            (Repr::Uuid(a), Repr::Uuid(b)) => a.cmp(b),
            (Repr::Text(a), Repr::Text(b)) => a.cmp(b),
            (Repr::Uuid(Uuid(a)), Repr::Text(b)) => unpack(a)[..].cmp(b.as_bytes()),
            (Repr::Text(a), Repr::Uuid(Uuid(b))) => a.as_bytes().cmp(&unpack(b)[..]),
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The UUID of these 16 bytes.
impl From<[u8; 16]> for Id {
    fn from(bytes: [u8; 16]) -> Self {
        Self(Repr::Uuid(Uuid(bytes)))
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

/// Packs a canonical UUID. The loops have no branches, so that they become vector instructions.
fn pack(text: &[u8; 36]) -> Option<Uuid> {
    if HYPHENS.iter().any(|&i| text[i] != b'-') {
        return None;
    }
    let mut digits = [0; 32];
    for (to, from) in [(0, 0), (8, 9), (12, 14), (16, 19), (20, 24), (28, 32)] {
        digits[to..to + 4].copy_from_slice(&text[from..from + 4]);
    }
    digits[4..8].copy_from_slice(&text[4..8]);
    digits[24..28].copy_from_slice(&text[28..32]);
    let mut wrong = 0;
    for digit in &mut digits {
        let (decimal, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        wrong |= u8::from(decimal > 9 && letter > 5);
        *digit = if decimal > 9 { letter.wrapping_add(10) } else { decimal };
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    (wrong == 0).then_some(Uuid(bytes))
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

    #[test]
    fn the_short_way_to_a_uuid_gives_the_same() {
        let text = b"123e4567-e89b-12d3-a456-426614174000";
        assert_eq!(Id::from_uuid(text), Some(Id::new("123e4567-e89b-12d3-a456-426614174000")));
        assert_eq!(Id::from_uuid(&text.map(|c| c.to_ascii_uppercase())), None);
    }

    proptest! {
        #[test]
        fn every_text_comes_back_to_the_letter(text in ".{0,40}|[-0-9a-f]{36}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
            let id = Id::new(&text);
            prop_assert_eq!(id.to_string(), text);
            if let Some(bytes) = id.uuid() {
                prop_assert_eq!(Id::from(*bytes), id);
            }
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
