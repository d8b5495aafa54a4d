//! Text from elsewhere, made harmless for whoever shows it.

use std::fmt::{self, Write};

/// The longest piece of foreign text that is shown.
const LONGEST: usize = 256;

/// Shows text with everything escaped that could steer a terminal or deceive its reader: C0 and C1
/// controls, DEL, directional formatting, and line and paragraph separators.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a> {
    text: &'a str,
    most: usize,
}

impl<'a> Escaped<'a> {
    /// At most 256 characters of it.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, most: LONGEST }
    }

    /// All of it: for a sentence of ours around foreign text that was cut before.
    #[must_use]
    pub const fn whole(text: &'a str) -> Self {
        Self { text, most: usize::MAX }
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, c) in self.text.chars().enumerate() {
            if count == self.most {
                return f.write_char('…');
            }
            match is_dangerous(c) {
                true => write!(f, "{}", c.escape_unicode())?,
                false => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Whether a terminal may do something else with `c` than show it in its place.
#[must_use]
pub fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        Escaped::new(text).to_string()
    }

    #[test]
    fn what_could_steer_a_terminal_is_shown_as_its_number() {
        let table = [
            ("plain ünïcode 漢", "plain ünïcode 漢"),
            ("\x1b[31mred", "\\u{1b}[31mred"),
            ("\x1b]8;;http://evil\x07link", "\\u{1b}]8;;http://evil\\u{7}link"),
            ("line\r\nbreak", "line\\u{d}\\u{a}break"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\x7f", "\\u{7f}"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
        ];
        for (text, shown) in table {
            assert_eq!(escaped(text), shown);
        }
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(escaped(&"x".repeat(256)), "x".repeat(256));
        assert_eq!(escaped(&"x".repeat(257)), "x".repeat(256) + "…");
    }
}
