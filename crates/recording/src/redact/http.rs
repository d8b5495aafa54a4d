//! The answers to requests: what decides, and never a token or a channel.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Redactor;
use crate::standin;

impl Redactor {
    /// The answer of the REST API. A channel that it gives is known as a secret from here on. What is no JSON decides
    /// nothing by what it says.
    pub(crate) fn api_body(&mut self, body: &[u8]) -> String {
        let Ok(raw) = serde_json::from_slice::<&RawValue>(body) else { return String::new() };
        let fields: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
        let text = |name| fields.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        if let (Some(id), Some(uri)) = (text("id"), text("connectUri")) {
            self.learn(&id);
            uri.rsplit('/').next().into_iter().for_each(|last| self.learn(last));
            self.channels.add(&id);
        }
        self.cloud(raw.get())
    }

    /// A body that means the same. Its token is known as a secret from here on.
    pub(crate) fn body(&mut self, body: &[u8]) -> String {
        let fields: Option<BTreeMap<String, &RawValue>> = serde_json::from_slice(body).ok();
        // Nothing can be read out of it, and out of nothing neither.
        let Some(fields) = fields else { return String::new() };
        let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok();
        let mut out = Map::new();
        let mut numbers = String::new();
        for (name, raw) in fields {
            match (name.as_str(), text(raw)) {
                ("access_token", Some(token)) => {
                    self.learn(&token);
                    let stand_in = if token.is_empty() { token } else { standin::token(token.len()) };
                    out.insert(name, stand_in.into());
                }
                ("expires_in", None) if raw.get().starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                    // To the letter: no number is rounded on its way.
                    numbers = format!(",\"expires_in\":{}", raw.get());
                }
                ("error", Some(code)) => _ = out.insert(name, self.own(&code).into()),
                ("error_description" | "description", Some(words)) => {
                    _ = out.insert(name, self.peer(&words).into());
                }
                ("access_token" | "expires_in" | "error" | "error_description" | "description", _) => {
                    // Of the wrong type, whatever it says.
                    out.insert(name, Value::Null);
                }
                _ => {}
            }
        }
        let body = Value::Object(out).to_string();
        let inner = body.trim_start_matches('{').trim_end_matches('}');
        format!("{{{}{}}}", inner, if inner.is_empty() { numbers.trim_start_matches(',') } else { &numbers })
    }
}
