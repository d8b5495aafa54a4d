//! Where the server is: three URLs, from a region or given one by one (docs/stream.md, sections 1
//! and 2).

use rosterline_core::Endpoint;

use super::{Settings, Wrong, regions};

const STREAM_PATH: &str = "/api/v2/analytics/conversations/stream";

/// Where tokens come from and where the stream is.
#[derive(Debug)]
pub(super) struct Urls {
    /// Absent if neither the region nor a URL tells.
    pub(super) login: Option<Endpoint>,
    /// Absent likewise.
    pub(super) api: Option<Endpoint>,
    pub(super) stream: Endpoint,
}

/// Where tokens come from and where the API is, in the `notifications` dialect.
#[derive(Debug)]
pub(super) struct Cloud {
    pub(super) login: Endpoint,
    pub(super) api: Endpoint,
    /// Instead of what the service gives.
    pub(super) stream: Option<Endpoint>,
}

impl Cloud {
    /// The URLs that are given; what is not given derives from the region, or from the API's: tokens come from
    /// `login.{domain}`, and from the API itself where that does not start with `api.`.
    pub(super) fn read(settings: &Settings) -> Result<Self, Wrong> {
        let read = |name| settings.read(name, |text| Endpoint::new(text).map_err(|wrong| wrong.why.into()));
        let of_region = |service: &str| {
            settings.read("region", |text| {
                let url = format!("https://{service}.{}", regions::domain(text)?);
                Endpoint::new(&url).map_err(|wrong| wrong.why.into())
            })
        };
        let (login, api, stream) = (read("login-url")?, read("api-url")?, read("stream-url")?);
        let login = match (login, &api) {
            (Some(login), _) => Some(login),
            (None, Some(api)) => Some(login_of(api).map_err(|why| settings.wrong("api-url", why))?),
            (None, None) => of_region("login")?,
        };
        let api = if api.is_some() { api } else { of_region("api")? };
        let (Some(login), Some(api)) = (login, api) else {
            let why = "is not set; give --region (for example us-east-1 or mypurecloud.de), or --api-url for another server";
            return Err(settings.wrong("region", why));
        };
        Ok(Self { login, api, stream })
    }
}

fn login_of(api: &Endpoint) -> Result<Endpoint, String> {
    let url = match api.host().strip_prefix("api.") {
        Some(domain) => api.as_str().replacen(api.host(), &format!("login.{domain}"), 1),
        None => api.as_str().to_string(),
    };
    Endpoint::new(&url).map_err(|wrong| wrong.why.into())
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
        Ok(Self { login: login.or_else(|| api.clone()), api, stream })
    }
}

/// The API of a region: an AWS name, or a raw domain if it holds a dot. Nothing but the characters of a
/// host name: whatever else stood there could send the credentials elsewhere.
fn region(text: &str) -> Result<Endpoint, String> {
    if !regions::is_host(text) {
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
    fn the_login_follows_the_api() {
        let login = |text| login_of(&Endpoint::new(text).expect("valid")).map(|url| url.as_str().to_string());
        assert_eq!(login("https://api.mypurecloud.de"), Ok("https://login.mypurecloud.de".to_string()));
        assert_eq!(login("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080".to_string()));
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
