//! Where the server is: three URLs, from a region or given one by one (docs/stream.md, sections 1
//! and 2).

use rosterline_core::Endpoint;

use super::{Settings, Wrong};

const STREAM_PATH: &str = "/api/v2/analytics/conversations/stream";

/// Where tokens come from and where the stream is.
#[derive(Debug)]
pub(super) struct Urls {
    /// Absent if neither the region nor a URL tells.
    pub(super) login: Option<Endpoint>,
    pub(super) stream: Endpoint,
}

impl Urls {
    /// The URLs that are given; what is not given derives from the API's, and that from the region.
    pub(super) fn read(settings: &Settings) -> Result<Self, Wrong> {
        let read = |name| settings.read(name, |text| Endpoint::new(text).map_err(|wrong| wrong.why.into()));
        let (login, stream) = (read("login-url")?, read("stream-url")?);
        let api = match read("api-url")? {
            Some(api) => Some(api),
            None => settings.read("region", region)?,
        };
        let stream = match (stream, &api) {
            (Some(stream), _) => stream,
            (None, Some(api)) => stream_of(api).map_err(|why| settings.wrong("api-url", why))?,
            (None, None) => {
                let why = "is not set; give --region (for example us-east-1 or mypurecloud.de), or --api-url for another server";
                return Err(settings.wrong("region", why));
            }
        };
        Ok(Self { login: login.or(api), stream })
    }
}

/// The API of a region: an AWS name, or a raw domain if it holds a dot. Nothing but the characters of a
/// host name: whatever else stood there could send the credentials elsewhere.
fn region(text: &str) -> Result<Endpoint, String> {
    let plain = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() > 200 || !text.split('.').all(plain) {
        return Err("is neither an AWS region (us-east-1) nor a domain (mypurecloud.de)".to_string());
    }
    let url = match text.contains('.') {
        true => format!("https://api.{text}"),
        false => format!("https://api.{text}.mypurecloud.com"),
    };
    Endpoint::new(&url).map_err(|wrong| wrong.why.into())
}

fn stream_of(api: &Endpoint) -> Result<Endpoint, String> {
    let scheme = match api.scheme() {
        "https" => "wss",
        "http" => "ws",
        _ => return Err("must start with https:// (or http://, to this machine)".to_string()),
    };
    let rest = &api.as_str()[api.scheme().len()..];
    let base = rest.split('?').next().unwrap_or(rest).trim_end_matches('/');
    Endpoint::new(&format!("{scheme}{base}{STREAM_PATH}")).map_err(|wrong| wrong.why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        let api = |text| region(text).map(|url| url.as_str().to_string());
        assert_eq!(api("us-east-1").as_deref(), Ok("https://api.us-east-1.mypurecloud.com"));
        assert_eq!(api("mypurecloud.de").as_deref(), Ok("https://api.mypurecloud.de"));
        for text in
            ["", "evil.com/", "evil.com#", "a@b.c", "evil.com:1", "a b", "..", "a.", "-a", "é.fr", "a\r\nb"]
        {
            assert!(region(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_stream_follows_the_api() {
        let stream =
            |text| stream_of(&Endpoint::new(text).expect("valid")).map(|url| url.as_str().to_string());
        let path = "/api/v2/analytics/conversations/stream";
        assert_eq!(stream("http://127.0.0.1:8080"), Ok(format!("ws://127.0.0.1:8080{path}")));
        assert_eq!(stream("https://[::1]:8443/"), Ok(format!("wss://[::1]:8443{path}")));
        assert!(stream("ftp://example.com").is_err());
    }
}
