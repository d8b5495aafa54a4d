//! One JSON object a line, or one JSON array of the same objects.

use std::io::{self, Write};

use rosterline_render::escape::is_dangerous;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// Writes `value` as JSON on one line, without the line break. What could steer a terminal is written as
/// `\u….`: for a parser it is the same text to the letter.
pub(crate) fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Safe)).map_err(io::Error::from)
}

/// Compact JSON in which every dangerous character is escaped, not only those that JSON demands.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return out.write_all(text.as_bytes());
        }
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_dangerous(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        CompactFormatter.write_char_escape(out, escape)
    }

    /// JSON of the peer, passed on: the same care, since it may hold such characters in its strings only.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, out: &mut W, json: &str) -> io::Result<()> {
        self.write_string_fragment(out, json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_text_is_escaped_and_comes_back_to_the_letter() {
        let text = "a\u{9b}31m \u{202e} \x1b[0m \x7f \u{2028} \"quoted\" ü 漢 \u{1f600}";
        let mut out = Vec::new();
        write(&mut out, &text).expect("memory");
        let json = String::from_utf8(out).expect("UTF-8");
        assert!(!json.chars().any(is_dangerous), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
    }
}
