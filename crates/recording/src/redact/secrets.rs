//! Secrets, and every form in which they could stand in a text.

use std::borrow::Cow;
use std::collections::VecDeque;

use rosterline_core::Secret;

/// What stands in the place of a secret: the same as in what a session says.
const SHOWN: &str = "<secret>";
/// A shorter secret is no secret, and would be found in any text.
const SHORTEST: usize = 4;
/// So many are remembered: a token an hour for a day, the channels that were made with them, and those of the configuration.
const MOST: usize = 64;

/// The secrets of a session.
#[derive(Default)]
pub(super) struct Secrets {
    known: VecDeque<Known>,
}

struct Known {
    secret: Secret,
    /// How else it may be written: hexadecimal, in base64 at each of its three alignments, and as JSON escapes it.
    forms: Vec<String>,
}

impl Secrets {
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST || self.known.iter().any(|known| known.secret.expose() == secret) {
            return;
        }
        if self.known.len() == MOST {
            self.known.pop_front();
        }
        let secret = Secret::new(secret);
        self.known.push_back(Known { forms: forms(&secret), secret });
    }

    /// A text without them.
    pub(super) fn remove<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = Cow::Borrowed(text);
        for known in &self.known {
            if let Some(hidden) = hide(&clean, known.secret.expose().as_bytes()) {
                clean = Cow::Owned(hidden);
            }
            for form in &known.forms {
                if clean.contains(form.as_str()) {
                    clean = Cow::Owned(clean.replace(form.as_str(), SHOWN));
                }
            }
        }
        clean
    }

    /// Whether one of them is in there.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        matches!(self.remove(&String::from_utf8_lossy(bytes)), Cow::Owned(_))
    }
}

/// The text with a secret hidden that stands there as it is, percent-encoded or escaped as in JSON, wholly or in part.
fn hide(text: &str, secret: &[u8]) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let may_begin = bytes[at] == secret[0] || b"%+\\".contains(&bytes[at]);
        // A secret is whole characters, so what spells it ends with one.
        let length = if may_begin { spelled(&bytes[at..], secret) } else { None };
        match length.filter(|length| text.is_char_boundary(at) && text.is_char_boundary(at + length)) {
            Some(length) => {
                let out = out.get_or_insert_default();
                out.push_str(&text[copied..at]);
                out.push_str(SHOWN);
                at += length;
                copied = at;
            }
            None => at += 1,
        }
    }
    out.map(|mut out| {
        out.push_str(&text[copied..]);
        out
    })
}

/// How much of a text spells the secret.
fn spelled(text: &[u8], secret: &[u8]) -> Option<usize> {
    let (mut length, mut done) = (0, 0);
    while done < secret.len() {
        let byte = secret[done];
        let (read, spelled) = match text[length..] {
            [b'%', high, low, ..] if hexadecimal(&[high, low]) == Some(byte.into()) => (3, 1),
            [same, ..] if same == byte => (1, 1),
            // The other way to write a space in a form.
            [b'+', ..] if byte == b' ' => (1, 1),
            [b'\\', ..] => escape(&text[length..], &secret[done..])?,
            _ => return None,
        };
        (length, done) = (length + read, done + spelled);
    }
    Some(length)
}

/// An escape of JSON, which may itself have been escaped any number of times: how long it is, and how much of the secret
/// it spells.
fn escape(text: &[u8], secret: &[u8]) -> Option<(usize, usize)> {
    let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
    let after = &text[slashes..];
    if let [b'u', digits @ ..] = after {
        let c = digits.get(..4).and_then(hexadecimal).and_then(char::from_u32)?;
        let mut bytes = [0; 4];
        let spelled = c.encode_utf8(&mut bytes).len();
        return secret.starts_with(&bytes[..spelled]).then_some((slashes + 5, spelled));
    }
    (after.first() == secret.first()).then_some((slashes + 1, 1))
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
}

fn forms(secret: &Secret) -> Vec<String> {
    let mut all = secret.encodings();
    let plain = secret.expose();
    let escaped = serde_json::to_string(plain).unwrap_or_default();
    all.extend(escaped.get(1..escaped.len() - 1).filter(|inner| *inner != plain).map(String::from));
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    const TOKEN: &str = "CANARY-7/+x=y";

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(TOKEN);
        secrets
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let secrets = secrets();
        assert_eq!(secrets.remove(&format!("é token {TOKEN} is bad")), "é token <secret> is bad");
        assert_eq!(secrets.remove("?t=CANARY%2D7%2F%2bx%3Dy&u"), "?t=<secret>&u");
        assert_eq!(secrets.remove("43414e4152592d372f2b783d79"), SHOWN);
        for prefix in ["", "a", "ab", "abc"] {
            let encoded = STANDARD.encode(format!("{prefix}{TOKEN}!"));
            assert!(secrets.remove(&encoded).contains(SHOWN), "{prefix}");
        }
        assert_eq!(secrets.remove(r#"{"a":"\u0043ANARY-7\/+x=y"}"#), r#"{"a":"<secret>"}"#);
        assert_eq!(secrets.remove(r"\\u0043ANARY-7\\/+x\u003dy."), "<secret>.");
        let mut other = Secrets::default();
        other.add("crème\\\"");
        assert_eq!(other.remove(r#"cr\u00e8me\\\" cr%C3%A8me\""#), "<secret> <secret>");
    }

    #[test]
    fn other_text_stays() {
        let secrets = secrets();
        for other in ["\\", "\\u00", "C\\u0041", "CANARY-8", "CANARY-7/+x=", "%", "+", "", "100% é"] {
            assert!(matches!(secrets.remove(other), Cow::Borrowed(same) if same == other), "{other}");
            assert!(!secrets.are_in(other.as_bytes()));
        }
    }
}
