//! Text from outside in XML and HTML.

use std::fmt::{self, Write};

use crate::escape::is_dangerous;

/// Text as the content of an element or the value of a quoted attribute, in XML as well as in HTML.
///
/// It stays text: the five characters that mean something to a parser become entities. What could deceive a reader
/// (controls, directional formatting) and what XML 1.0 forbids is shown as its number, `\u{202e}`.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if is_shown_as_number(c) => write!(f, "{}", c.escape_unicode())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Text as it is shown to people, before it is cut: see [`Text`].
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown_as_number(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// Characters that XML 1.0 does not allow are among the controls, but for U+FFFE and U+FFFF; with them go the other
/// code points that are promised never to be characters.
fn is_shown_as_number(c: char) -> bool {
    let code = u32::from(c);
    is_dangerous(c) || code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

/// As much of `text` as is about `room` wide, with an ellipsis where something was cut off. The unit is a hundredth of
/// the font's size. Which font it will be is not known: the widths are those of a wide one.
pub(crate) fn cut(text: &str, room: u32) -> String {
    if width(text) <= room {
        return text.to_string();
    }
    let mut used = ELLIPSIS;
    let fits = |c: &char| {
        used += width_of(*c);
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    kept.trim_end().to_string() + "…"
}

/// About how wide a text is, in hundredths of the font's size.
pub(crate) fn width(text: &str) -> u32 {
    text.chars().fold(0, |width, c| width.saturating_add(width_of(c)))
}

/// The width of an ellipsis.
const ELLIPSIS: u32 = 100;

fn width_of(c: char) -> u32 {
    match c {
        'i' | 'j' | 'l' | 'I' | ' ' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' => 36,
        'f' | 't' | 'r' | '(' | ')' | '-' | '[' | ']' | '/' | '\\' | '·' => 44,
        '…' => ELLIPSIS,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '&' => 100,
        'A'..='Z' => 76,
        '\0'..='\u{2ff}' => 65,
        '\u{300}'..='\u{36f}' => 0,
        '\u{370}'..='\u{10ff}' => 80,
        _ => 106,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_in_elements_and_attributes() {
        let table = [
            ("plain ünïcode 漢 \u{1f600}", "plain ünïcode 漢 \u{1f600}"),
            ("<img src=x onerror='y'>", "&lt;img src=x onerror=&#39;y&#39;&gt;"),
            ("a]]>\"&amp;", "a]]&gt;&quot;&amp;amp;"),
            ("\0\t\n\x1b\x7f\u{9b}", "\\u{0}\\u{9}\\u{a}\\u{1b}\\u{7f}\\u{9b}"),
            ("a\u{202e}b\u{2066}", "a\\u{202e}b\\u{2066}"),
            ("\u{fffe}\u{ffff}\u{1ffff}\u{fdd0}", "\\u{fffe}\\u{ffff}\\u{1ffff}\\u{fdd0}"),
        ];
        for (text, written) in table {
            assert_eq!(Text(text).to_string(), written);
            assert_eq!(Text(&shown(text)).to_string(), written, "what is shown is safe already");
        }
    }

    #[test]
    fn what_is_cut_fits_and_says_so() {
        for text in [
            "short",
            "a name that is rather long",
            "MMMMMMMMMMMM",
            "漢漢漢漢漢漢漢",
            "iiiiiiiiiiiiiiiiiiiiiii",
        ] {
            let kept = cut(text, 700);
            assert!(width(&kept) <= 700, "{kept}");
            assert_eq!(kept == text, width(text) <= 700, "{kept}");
            assert!(kept == text || kept.ends_with('…'), "{kept}");
        }
        assert_eq!(cut("two words", 300), "tw…");
    }
}
