//! Names for names: the same for the same, and nobody can tell whose.

use rosterline_core::Id;
use sha2::{Digest as _, Sha256};

/// The shortest pseudonym, in characters: 16 of its digits, so that no two names of a run get the same one.
const SHORTEST: usize = 18;

/// Replaces names by what a key makes of them. Without the key, which is in no recording, nobody can find out whether
/// a pseudonym stands for a name that they guess.
pub(super) struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    pub(super) const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// A UUID for a UUID, and a word for anything else: as long as it was, but for words of less than 18 bytes.
    /// What is empty stays so: it says nothing, and is refused as such.
    pub(super) fn name(&self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        let digest = self.digest(b"name", name);
        if is_uuid(name) {
            let uuid = uuid(&digest);
            let upper = name.bytes().any(|byte| byte.is_ascii_uppercase());
            return if upper { uuid.to_ascii_uppercase() } else { uuid };
        }
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let length = name.len().max(SHORTEST);
        let mut word = format!("p-{}", &digits[..(length - 2).min(digits.len())]);
        word.extend(std::iter::repeat_n('x', length - word.len()));
        word
    }

    pub(super) fn id(&self, id: &Id) -> String {
        id.with_str(|name| self.name(name))
    }

    /// A number with every run of five digits or more replaced: a shorter one is a count, a longer one may be a phone's.
    pub(super) fn number(&self, number: &str) -> String {
        const RUN: usize = 5;
        let digest = self.digest(b"number", number);
        let mut out = String::with_capacity(number.len());
        let mut rest = number;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
            let (run, after) = from.split_at(end);
            out.push_str(before);
            if run.len() < RUN {
                out.push_str(run);
            } else {
                let drawn = digest.iter().cycle().take(run.len()).map(|byte| char::from(b'0' + byte % 10));
                // JSON has no number that starts with a zero.
                out.extend(drawn.enumerate().map(|(at, c)| if at == 0 && c == '0' { '1' } else { c }));
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn digest(&self, what: &[u8], text: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.key);
        hash.update(what);
        hash.update(text);
        hash.finalize().into()
    }
}

/// Whether a text is written like a UUID, in small or in capital letters.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
        && !(text.bytes().any(|byte| byte.is_ascii_uppercase())
            && text.bytes().any(|byte| byte.is_ascii_lowercase()))
}

/// A random UUID (RFC 9562, version 4) of the first 16 bytes.
fn uuid(digest: &[u8; 32]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Pseudonyms = Pseudonyms::new([7; 32]);

    #[test]
    fn a_name_keeps_its_shape_and_nothing_else() {
        let uuid = "9b2c1f0e-1111-4222-8333-444455556666";
        let other = NAMES.name(uuid);
        assert!(Id::new(&other).uuid().is_some() && other != uuid);
        assert!(is_uuid(&NAMES.name(&uuid.to_ascii_uppercase())));
        assert_ne!(NAMES.name(&uuid.to_ascii_uppercase()), other.to_ascii_uppercase());
        for (name, length) in [("a", 18), ("anna@example.com", 18), (&*"é".repeat(50), 100)] {
            assert_eq!(NAMES.name(name).len(), length, "{name}");
        }
        assert_eq!(NAMES.name("anna"), NAMES.name("anna"));
        assert_ne!(NAMES.name("anna"), NAMES.name("annb"));
        assert_ne!(NAMES.name("anna"), Pseudonyms::new([8; 32]).name("anna"));
        assert_eq!(NAMES.name(""), "");
    }

    #[test]
    fn a_number_stays_a_number() {
        for number in ["4915112345678", "-52.520008", "100000e-12345", "0.00001", "10000000000000000000000"] {
            let other = NAMES.number(number);
            assert_ne!(other, number);
            assert_eq!(other.len(), number.len());
            assert!(serde_json::from_str::<f64>(&other).is_ok(), "{other}");
        }
        assert_eq!(NAMES.number("-12.5e3"), "-12.5e3");
    }
}
