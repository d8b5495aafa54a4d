//! Walking over JSON that is known to be well-formed: only where values end is looked for.

use super::text::quote_at;

/// The values that stand side by side in an array, or in an object, where keys and values take turns.
pub(super) struct Values<'a> {
    text: &'a str,
    rest: &'a [u8],
}

impl<'a> Values<'a> {
    /// Of an array or an object, by its opening bracket. `None` for any other value.
    pub(super) fn of(text: &'a str, open: u8) -> Option<Self> {
        Some(Self { text, rest: text.as_bytes().strip_prefix(&[open])? })
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let between = |byte: &u8| matches!(byte, b',' | b':' | b' ' | b'\n' | b'\t' | b'\r');
        let start = self.rest.iter().position(|byte| !between(byte))?;
        let value = self.rest.get(start..)?;
        let len = len(value)?;
        let at = self.text.len() - value.len();
        self.rest = value.get(len..)?;
        self.text.get(at..at + len)
    }
}

/// How long the value at the start is. `None` if there is none, but the end of what holds it.
fn len(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'}' | b']' => None,
        b'"' => string_len(bytes),
        b'{' | b'[' => container_len(bytes),
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r');
            Some(bytes.iter().position(ends).unwrap_or(bytes.len()))
        }
    }
}

/// With both quotes.
fn string_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += quote_at(bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// With both brackets. However deep it goes, nothing is kept of it but the depth.
fn container_len(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at += string_len(bytes.get(at..)?)?,
            b'{' | b'[' => (at, depth) = (at + 1, depth + 1),
            b'}' | b']' if depth == 1 => return Some(at + 1),
            b'}' | b']' => (at, depth) = (at + 1, depth - 1),
            _ => at += 1,
        }
    }
}
