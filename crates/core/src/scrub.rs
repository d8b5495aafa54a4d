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

/// `text`, at most 256 characters of it, without any of `secrets`: as they are, percent-encoded,
/// hexadecimal, or in base64 at any alignment.
pub(crate) fn scrub<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> Box<str> {
    let mut clean = String::from(text);
    for secret in secrets.into_iter().filter(|secret| secret.expose().len() >= SHORTEST) {
        for spelling in spellings(secret.expose().as_bytes()) {
            if clean.contains(&spelling) {
                clean = clean.replace(&spelling, SHOWN);
            }
        }
    }
    if let Some((end, _)) = clean.char_indices().nth(MOST) {
        clean.truncate(end);
        clean.push('…');
    }
    clean.into_boxed_str()
}

fn spellings(secret: &[u8]) -> Vec<String> {
    let each = |write: fn(u8) -> String| secret.iter().map(|byte| write(*byte)).collect::<String>();
    let mut all = Vec::from([
        String::from_utf8_lossy(secret).into_owned(),
        each(
            |byte| {
                if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02X}") }
            },
        ),
        each(
            |byte| {
                if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02x}") }
            },
        ),
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("{byte:02X}")),
    ]);
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
        assert_eq!(scrubbed("43414e4152592d372f2b783d79"), SHOWN);
        for prefix in ["", "a", "ab", "abc", "id:"] {
            for suffix in ["", "z", "zz"] {
                let encoded = STANDARD_NO_PAD.encode(format!("{prefix}{TOKEN}{suffix}"));
                let shown = scrubbed(&encoded);
                assert!(shown.contains(SHOWN), "{prefix}{suffix}: {shown}");
            }
        }
    }

    #[test]
    fn other_text_is_kept_and_cut() {
        assert_eq!(scrubbed("CANARY-8 is somebody else"), "CANARY-8 is somebody else");
        let long = "é".repeat(300);
        assert_eq!(scrubbed(&long).chars().count(), MOST + 1);
    }
}
