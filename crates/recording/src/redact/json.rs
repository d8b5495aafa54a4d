//! Changes the values of a JSON text and nothing else: not its structure, its order or its white space.

use std::borrow::Cow;

/// Where a value or a name stands in a message of the `stream` dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// The `status` of a message.
    Status,
    /// The `timestamp` of an event.
    Time,
    /// The `type`, `channel` or `reason` of an event.
    Word,
    /// The name of a field that means something here.
    Field,
    /// Another name of a field.
    Name,
    /// A value anywhere else.
    Value,
}

/// What is around the place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    Message,
    Events,
    Event,
    Other,
}

struct Level {
    around: Around,
    is_object: bool,
    /// The next string is a name.
    at_name: bool,
    /// What the value behind the last name is.
    value: Spot,
    /// The last name is that of the events.
    is_events: bool,
}

/// Gives the new text of a string.
pub(super) type Strings<'a> = dyn FnMut(Spot, &str, Option<&str>) -> Option<String> + 'a;

/// Rewrites a text that is valid JSON, a message of the `stream` dialect. `string` gives the new text of a string, or `None`
/// to leave it as it is written; it sees it as it is written, and what it means, which is nothing if it is no Unicode (a lone
/// surrogate). `number` does the same for numbers.
pub(super) fn rewrite(
    text: &str,
    string: &mut Strings<'_>,
    number: &mut dyn FnMut(&str) -> Option<String>,
) -> String {
    // A stack of its own: no depth of nesting exhausts that of the thread.
    let mut levels: Vec<Level> = Vec::new();
    walk(text, &mut |token| match token {
        Token::String { raw, .. } => {
            let decoded = decode(raw);
            let spot = spot(&mut levels, decoded.as_deref());
            string(spot, raw, decoded.as_deref())
        }
        Token::Number(raw) => number(raw),
        Token::Mark(byte) => {
            structure(&mut levels, byte);
            None
        }
    })
}

/// A piece of a JSON text.
#[derive(Clone, Copy)]
pub(super) enum Token<'t> {
    /// A string as it is written, and the text behind it.
    String { raw: &'t str, after: &'t str },
    /// A number as it is written.
    Number(&'t str),
    /// A bracket, a comma, a colon, or the beginning of what has no meaning here.
    Mark(u8),
}

/// Goes through a text that is valid JSON. `each` gives the new text of a string or a number, or `None` to leave it as it is
/// written.
pub(super) fn walk(text: &str, each: &mut dyn FnMut(Token<'_>) -> Option<String>) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                let raw = &text[start..at];
                match each(Token::String { raw, after: &text[at..] }) {
                    Some(new) => out.push_str(&quoted(&new)),
                    None => out.push_str(raw),
                }
            }
            b'-' | b'0'..=b'9' => {
                at += bytes[at..].iter().take_while(|byte| b"+-.eE0123456789".contains(byte)).count();
                match each(Token::Number(&text[start..at])) {
                    Some(new) => out.push_str(&new),
                    None => out.push_str(&text[start..at]),
                }
            }
            other => {
                at += 1;
                each(Token::Mark(other));
                while at < bytes.len() && !b"\"-0123456789{}[],:".contains(&bytes[at]) {
                    at += 1;
                }
                out.push_str(&text[start..at]);
            }
        }
    }
    out
}

/// Follows a bracket, a comma, or what has no meaning.
fn structure(levels: &mut Vec<Level>, byte: u8) {
    match byte {
        b'{' | b'[' => {
            let is_object = byte == b'{';
            let around = match levels.last() {
                None => Around::Message,
                Some(level) if level.around == Around::Message && level.is_events && !is_object => {
                    Around::Events
                }
                Some(level) if level.around == Around::Events && is_object => Around::Event,
                Some(_) => Around::Other,
            };
            levels.push(Level {
                around,
                is_object,
                at_name: is_object,
                value: Spot::Value,
                is_events: false,
            });
        }
        b'}' | b']' => _ = levels.pop(),
        b',' => levels.iter_mut().last().into_iter().for_each(|level| level.at_name = level.is_object),
        _ => {}
    }
}

/// What the string that stands here is.
fn spot(levels: &mut [Level], text: Option<&str>) -> Spot {
    let Some(level) = levels.last_mut() else { return Spot::Value };
    if !level.at_name {
        return level.value;
    }
    level.at_name = false;
    level.is_events = level.around == Around::Message && text == Some("events");
    level.value = match (level.around, text) {
        (Around::Message, Some("status")) => Spot::Status,
        (Around::Event, Some("timestamp")) => Spot::Time,
        (Around::Event, Some("type" | "channel" | "reason")) => Spot::Word,
        _ => Spot::Value,
    };
    match (level.around, text) {
        (Around::Message, Some("status" | "message" | "events")) => Spot::Field,
        (
            Around::Event,
            Some("timestamp" | "type" | "channel" | "reason" | "participant" | "interaction"),
        ) => Spot::Field,
        _ => Spot::Name,
    }
}

/// Where the string that starts at `at` is over.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// The text of a string; `None` if it is none.
pub(super) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str::<String>(raw).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// A text as JSON; a lone surrogate for the text that stands for one.
fn quoted(text: &str) -> String {
    if text == NO_TEXT { "\"\\ud800\"".to_string() } else { serde_json::to_string(text).unwrap_or_default() }
}

/// Stands for a string that is no Unicode: no pseudonym has a NUL.
pub(super) const NO_TEXT: &str = "\0no text\0";
