//! `config show`: every setting that applies, as a config file that could be saved, with its origin.

use super::Settings;
use super::table::{KEYS, Key, Kind, Privacy};
use crate::output::ndjson;

/// The settings as TOML, one a line, with a comment that tells where each came from if `origins` is set.
pub(crate) fn toml(settings: &Settings, origins: bool) -> String {
    let mut out = String::new();
    for key in KEYS {
        let (text, origin) = match settings.given(key.name) {
            Some(given) => {
                (format!("{} = {}", key.name, value(key, &given.values)), given.origin.to_string())
            }
            None => (format!("# {} is not set", key.name), String::new()),
        };
        match origins && !origin.is_empty() {
            true => out.push_str(&format!("{text:<44}  # {origin}\n")),
            false => out.push_str(&format!("{text}\n")),
        }
    }
    out
}

fn value(key: &Key, values: &[String]) -> String {
    let one = values.last().map_or("", String::as_str);
    match (key.privacy, key.kind) {
        (Privacy::Secret, _) => quoted("<secret>"),
        (Privacy::Url, _) => quoted(&without_password(one)),
        (Privacy::Open, Kind::Many) => {
            let items: Vec<String> = values.iter().map(|text| quoted(text)).collect();
            format!("[{}]", items.join(", "))
        }
        (Privacy::Open, Kind::Switch | Kind::Count) => one.to_string(),
        (Privacy::Open, Kind::One) => quoted(one),
    }
}

/// A basic string of TOML. Every string of JSON is one.
fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    ndjson::write(&mut out, &text).expect("memory takes everything");
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// A URL with what stands before its `@` hidden.
pub(super) fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!("{}://<secret>@{}", &url[..scheme], &url[at + 1..])
        }
        (None, Some(at)) => format!("<secret>@{}", &url[at + 1..]),
        _ => url.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_hidden() {
        assert_eq!(without_password("http://me:p@ss@proxy:3128"), "http://<secret>@proxy:3128");
        assert_eq!(without_password("me:pass@proxy:3128"), "<secret>@proxy:3128");
        assert_eq!(without_password("http://proxy:3128"), "http://proxy:3128");
    }
}
