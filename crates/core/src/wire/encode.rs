//! What we send: the messages of sections 2 and 3, and the credentials of section 1.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::{Secret, Subscription};

/// The message that authenticates a connection (section 2).
pub(crate) fn authentication(token: &Secret) -> Secret {
    // The room for the longest escape, so that growing leaves no copy of the token behind.
    let mut text = String::with_capacity(token.expose().len() * 6 + 16);
    text.push_str("{\"token\":");
    quote(&mut text, token.expose());
    text.push('}');
    Secret::new(text)
}

/// The message that subscribes, or replaces a subscription (section 3).
pub(crate) fn subscription(subscription: &Subscription) -> String {
    let mut text = String::from("{\"filter\":{");
    if let Some(id) = subscription.only() {
        text.push_str("\"id\":");
        id.with_str(|id| quote(&mut text, id));
    }
    for (position, channel) in subscription.only_channels().iter().enumerate() {
        text.push_str(match (position, subscription.only()) {
            (0, None) => "\"channels\":[",
            (0, Some(_)) => ",\"channels\":[",
            _ => ",",
        });
        quote(&mut text, channel);
    }
    text.push_str(if subscription.only_channels().is_empty() { "}}" } else { "]}}" });
    text
}

/// The value of the header `Authorization` for the token request (section 1): both parts form-encoded
/// first, as RFC 6749, section 2.3.1, demands.
pub(crate) fn basic(client_id: &str, client_secret: &Secret) -> Secret {
    let room = (client_id.len() + client_secret.expose().len()) * 3 + 1;
    let mut pair = Zeroizing::new(String::with_capacity(room));
    form_encode(&mut pair, client_id);
    pair.push(':');
    form_encode(&mut pair, client_secret.expose());
    let mut value = String::with_capacity(6 + room.div_ceil(3) * 4);
    value.push_str("Basic ");
    STANDARD.encode_string(pair.as_bytes(), &mut value);
    Secret::new(value)
}

/// Appends `text` as a JSON string.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Appends `text` as `application/x-www-form-urlencoded` does.
fn form_encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => write!(out, "%{byte:02X}").expect("a String takes everything"),
        }
    }
}
