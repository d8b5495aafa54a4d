//! Takes our secrets out of what a peer wrote, before a person sees it.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::Secret;

/// Texts from a peer are cut after so many characters.
const MOST: usize = 256;
/// Shorter secrets are not looked for: they would be found everywhere.
const SHORTEST: usize = 4;
const SHOWN: &str = "<secret>";

/// `text`, at most 256 characters of it, without any of `secrets`: as they are, percent-encoded in whole
/// or in part, hexadecimal, or in base64 at any alignment.
pub(crate) fn scrub<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> Box<str> {
    let mut clean = String::from(text);
    for secret in secrets.into_iter().filter(|secret| secret.expose().len() >= SHORTEST) {
        // No spelling is shorter than the secret itself.
        if clean.len() < secret.expose().len() {
            continue;
        }
        clean = hide(&clean, secret.expose().as_bytes());
        for encoding in secret.encodings() {
            if clean.contains(&encoding) {
                clean = clean.replace(&encoding, SHOWN);
            }
        }
    }
    if let Some((end, _)) = clean.char_indices().nth(MOST) {
        clean.truncate(end);
        clean.push('…');
    }
    clean.into_boxed_str()
}

/// Hides `secret` wherever each of its bytes is there, as it is or percent-encoded: which ones are encoded
/// differs from writer to writer.
fn hide(text: &str, secret: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // A secret is whole characters, so what spells it ends with one.
        rest = match spelled(rest.as_bytes(), secret).and_then(|length| rest.get(length..)) {
            Some(behind) => {
                shown.push_str(SHOWN);
                behind
            }
            None => {
                shown.push(first);
                &rest[first.len_utf8()..]
            }
        };
    }
    shown
}

/// How many bytes at the beginning of `text` spell `secret`.
fn spelled(text: &[u8], secret: &[u8]) -> Option<usize> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let number = |high: u8, low: u8| Some(digit(high)? * 16 + digit(low)?);
    let mut length = 0;
    for &byte in secret {
        length += match text[length..] {
            [b'%', high, low, ..] if number(high, low) == Some(byte.into()) => 3,
            [same, ..] if same == byte => 1,
            // The other way to write a space in a form.
            [b'+', ..] if byte == b' ' => 1,
            _ => return None,
        };
    }
    Some(length)
}

/// See [`Secret::encodings`].
pub(crate) fn encodings(secret: &[u8]) -> Vec<String> {
    let each = |write: fn(u8) -> String| secret.iter().map(|byte| write(*byte)).collect::<String>();
    let mut all = Vec::from([each(|byte| format!("{byte:02x}")), each(|byte| format!("{byte:02X}"))]);
    for shift in 0..3usize {
        let mut padded = Vec::from([0u8; 2]);
        padded.truncate(shift);
        padded.extend_from_slice(secret);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            let start = (shift * 8).div_ceil(6);
            let end = padded.len() * 8 / 6;
            all.extend(text.get(start..end).filter(|inner| inner.len() >= SHORTEST).map(String::from));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const TOKEN: &str = "CANARY-7/+x=y";

    fn scrubbed(text: &str) -> String {
        scrub(text, [&Secret::new(TOKEN)]).to_string()
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        assert_eq!(scrubbed(&format!("token {TOKEN} is bad")), "token <secret> is bad");
        assert_eq!(scrubbed("?t=CANARY%2D7%2F%2Bx%3Dy&u"), "?t=<secret>&u");
        assert_eq!(scrubbed("?t=CANARY-7%2f%2bx%3dy&u"), "?t=<secret>&u");
        assert_eq!(scrubbed("?t=CANARY-7/%2Bx%3Dy&u"), "?t=<secret>&u");
        assert_eq!(&*scrub("?q=cr%C3%A8me+br%C3%BBl%C3%A9e", [&Secret::new("crème brûlée")]), "?q=<secret>");
        assert_eq!(scrubbed("43414e4152592d372f2b783d79"), SHOWN);
        for prefix in ["", "a", "ab", "abc", "id:"] {
            for suffix in ["", "z", "zz"] {
                let encoded = STANDARD_NO_PAD.encode(format!("{prefix}{TOKEN}{suffix}"));
                let shown = scrubbed(&encoded);
                assert!(shown.contains(SHOWN), "{prefix}{suffix}: {shown}");
                let rest = shown.len() - SHOWN.len();
                assert!(rest <= (prefix.len() + suffix.len() + 2) * 4 / 3, "{prefix}{suffix}: {shown}");
            }
        }
    }

    #[test]
    fn no_spelling_of_a_secret_is_shorter_than_it_is() {
        for length in SHORTEST..80 {
            let secret = "z".repeat(length);
            for encoding in encodings(secret.as_bytes()) {
                assert!(encoding.len() >= length, "{encoding}");
                assert_eq!(&*scrub(&encoding, [&Secret::new(secret.clone())]), SHOWN);
            }
        }
    }

    #[test]
    fn other_text_is_kept_and_cut() {
        for other in [
            "CANARY-8 is somebody else",
            "CANARY-7/+x=",
            "CANARY-7%2",
            "CANARY-7%2E+x=y",
            "CANARY-7++x=y",
            "100%",
            "%zz%",
            "",
        ] {
            assert_eq!(scrubbed(other), other);
        }
        let long = "é".repeat(300);
        assert_eq!(scrubbed(&long).chars().count(), MOST + 1);
    }
}
