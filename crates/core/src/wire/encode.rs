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
pub(crate) fn quote(out: &mut String, text: &str) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_is_set_is_in_a_filter() {
        let all = Subscription::all();
        let one = Subscription::interaction("9b2c1f0e-1111-4222-8333-444455556666").unwrap();
        let id = r#""id":"9b2c1f0e-1111-4222-8333-444455556666""#;
        let channels = r#""channels":["voice","chat"]"#;
        let two = |subscription: Subscription| subscription.channels(["voice", "chat"]).unwrap();
        assert_eq!(subscription(&all), r#"{"filter":{}}"#);
        assert_eq!(subscription(&one), format!(r#"{{"filter":{{{id}}}}}"#));
        assert_eq!(subscription(&two(all)), format!(r#"{{"filter":{{{channels}}}}}"#));
        assert_eq!(subscription(&two(one)), format!(r#"{{"filter":{{{id},{channels}}}}}"#));
    }

    #[test]
    fn credentials_are_form_encoded_before_base64() {
        let value = basic("id", &Secret::from("secret"));
        assert_eq!(value.expose(), "Basic aWQ6c2VjcmV0");
        let value = basic("a:b c", &Secret::from("ü+/*-._~%"));
        let pair = STANDARD.decode(value.expose().strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(pair).unwrap(), "a%3Ab+c:%C3%BC%2B%2F*-._%7E%25");
    }

    #[test]
    fn a_control_character_is_escaped() {
        assert_eq!(authentication(&Secret::from("a\n\u{1}")).expose(), r#"{"token":"a\u000a\u0001"}"#);
    }

    proptest! {
        #[test]
        fn any_text_is_quoted_as_json(text in any::<String>()) {
            let message = authentication(&Secret::from(&*text));
            let read: serde_json::Value = serde_json::from_str(message.expose()).unwrap();
            prop_assert_eq!(read, serde_json::json!({ "token": text }));
            let subscribed = subscription(&Subscription::all().channels([&*text, "x"]).unwrap_or(Subscription::all()));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&subscribed).is_ok());
        }
    }
}
