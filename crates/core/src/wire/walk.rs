//! Walking over JSON that is known to be well-formed: only where values end is looked for.

use super::index::Span;
use super::text::quote_at;

/// The values that stand side by side in an array, or in an object, where keys and values take turns.
pub(super) struct Values<'a> {
    text: &'a str,
    rest: &'a [u8],
    /// The brackets of what is left.
    spans: &'a [Span],
}

/// What is known of a value without looking into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) text: &'a str,
    /// Its brackets, if somebody has looked for them.
    pub(super) spans: &'a [Span],
    /// It is known to be no string with an escape in it.
    pub(super) is_plain: bool,
}

impl<'a> Values<'a> {
    /// Of an array or an object, by its opening bracket. `None` for any other value.
    pub(super) fn of(value: Value<'a>, open: u8) -> Option<Self> {
        let rest = value.text.as_bytes().strip_prefix(&[open])?;
        Some(Self { text: value.text, rest, spans: value.spans.get(1..).unwrap_or_default() })
    }

    /// The brackets of the container that comes next, if they are known.
    fn take_spans(&mut self) -> &'a [Span] {
        let pairs = self.spans.first().map_or(0, |span| span.pairs as usize);
        let (taken, left) = self.spans.split_at_checked(pairs).unwrap_or_default();
        self.spans = left;
        taken
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let between = |byte: &u8| matches!(byte, b',' | b':' | b' ' | b'\n' | b'\t' | b'\r');
        let start = self.rest.iter().position(|byte| !between(byte))?;
        let value = self.rest.get(start..)?;
        let (mut spans, mut is_plain): (&[Span], bool) = (&[], true);
        let len = match value.first()? {
            b'}' | b']' => return None,
            b'"' => {
                let len;
                (len, is_plain) = string(value)?;
                len
            }
            b'{' | b'[' => {
                spans = self.take_spans();
                spans.first().map_or_else(|| container_len(value), |span| Some(span.len as usize))?
            }
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r');
                value.iter().position(ends).unwrap_or(value.len())
            }
        };
        let at = self.text.len() - value.len();
        self.rest = value.get(len..)?;
        Some(Value { text: self.text.get(at..at + len)?, spans, is_plain })
    }
}

/// How long the string at the start is, with both quotes, and whether it is without an escape.
pub(super) fn string(bytes: &[u8]) -> Option<(usize, bool)> {
    let (mut at, mut is_plain) = (1, true);
    loop {
        at += quote_at(bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some((at + 1, is_plain));
        }
        (at, is_plain) = (at + 2, false);
    }
}

/// With both brackets. However deep it goes, nothing is kept of it but the depth.
fn container_len(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at += string(bytes.get(at..)?)?.0,
            b'{' | b'[' => (at, depth) = (at + 1, depth + 1),
            b'}' | b']' if depth == 1 => return Some(at + 1),
            b'}' | b']' => (at, depth) = (at + 1, depth - 1),
            _ => at += 1,
        }
    }
}
