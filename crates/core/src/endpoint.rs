//! URLs that credentials may be sent to.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use crate::Misuse;

/// A URL of which scheme, host and port are known to be well formed.
///
/// It holds no user name, password or fragment, so it can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    scheme_end: usize,
    host_start: usize,
    host_end: usize,
}

impl Endpoint {
    /// Reads a URL.
    ///
    /// # Errors
    /// Says what is wrong: no scheme, no host, a port that is no number, credentials, a fragment, or
    /// characters that a URL cannot hold.
    pub fn new(url: &str) -> Result<Self, Misuse> {
        let wrong = |why: &str| Err(Misuse::new("url", why));
        if url.bytes().any(|b| b <= b' ' || b >= 0x7f || b"\"<>\\^`{|}".contains(&b)) {
            return wrong("holds a character that must be percent-encoded");
        }
        let Some(scheme_end) = url.find("://") else {
            return wrong("has no scheme; write it as wss://host/path or https://host");
        };
        if url.contains('#') {
            return wrong("has a fragment (#…); leave it out");
        }
        let host_start = scheme_end + 3;
        let authority_end = url[host_start..].find(['/', '?']).map_or(url.len(), |i| host_start + i);
        let authority = &url[host_start..authority_end];
        if authority.contains('@') {
            return wrong("holds a user name; give credentials by their own settings");
        }
        let host_len = match authority.strip_prefix('[') {
            Some(v6) => match v6.find(']') {
                Some(end) => end + 2,
                None => return wrong("has an IPv6 address without its closing bracket"),
            },
            None => authority.find(':').unwrap_or(authority.len()),
        };
        let (host, port) = authority.split_at(host_len);
        if host.is_empty() {
            return wrong("has no host");
        }
        if !host.starts_with('[') && !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
            return wrong("has a host name with characters that no host name can have");
        }
        match port.strip_prefix(':') {
            None if port.is_empty() => {}
            Some(port) if port.parse::<u16>().is_ok_and(|port| port > 0) => {}
            _ => return wrong("has a port that is no number from 1 to 65535"),
        }
        let host_end = host_start + host_len;
        let text = format!("{}{}", url[..host_end].to_ascii_lowercase(), &url[host_end..]);
        Ok(Self { text, scheme_end, host_start, host_end })
    }

    /// The whole URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme, in lower case.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.text[..self.scheme_end]
    }

    /// The host, in lower case; an IPv6 address in its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.text[self.host_start..self.host_end]
    }

    /// The port, or the one that the scheme stands for.
    #[must_use]
    pub fn port(&self) -> u16 {
        let rest = &self.text[self.host_end..];
        let digits = rest.strip_prefix(':').map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(port) => port,
            None if self.is_secure() => 443,
            None => 80,
        }
    }

    /// Whether TLS protects what is sent there.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        matches!(self.scheme(), "https" | "wss")
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost"
            || host == "[::1]"
            || host.ends_with(".localhost")
            || host.parse::<core::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// This URL with `path` at its end, and without its query.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        let base = self.text.split('?').next().unwrap_or_default();
        base.trim_end_matches('/').to_string() + path
    }

    pub(crate) fn check(&self, what: &'static str, schemes: &[&str], insecure: bool) -> Result<(), Misuse> {
        if !schemes.contains(&self.scheme()) {
            return Err(Misuse::new(what, format!("must start with {}://", schemes.join(":// or "))));
        }
        if !self.is_secure() && !self.is_loopback() && !insecure {
            let why = "has no TLS and is not on this machine: a token would travel in clear";
            return Err(Misuse::new(what, why));
        }
        Ok(())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let url = Endpoint::new("WSS://API.Example.com:8443/a/B?c=D").expect("valid");
        assert_eq!((url.scheme(), url.host(), url.port()), ("wss", "api.example.com", 8443));
        assert_eq!(url.as_str(), "wss://api.example.com:8443/a/B?c=D");
        let url = Endpoint::new("http://[::1]:80").expect("valid");
        assert_eq!((url.host(), url.port(), url.is_loopback()), ("[::1]", 80, true));
        assert_eq!(url.join("/oauth/token"), "http://[::1]:80/oauth/token");
        assert_eq!(url.to_string(), url.as_str());
        let port = |url| Endpoint::new(url).expect("valid").port();
        assert_eq!(["https://a/", "wss://a", "http://a?b", "ws://a"].map(port), [443, 443, 80, 80]);
    }

    #[test]
    fn what_could_send_a_token_astray_is_refused() {
        for url in [
            "",
            "api.example.com",
            "https://",
            "https://user:pass@example.com",
            "https://evil.com\\@example.com",
            "https://example.com#x",
            "https://exa mple.com",
            "https://example.com:0",
            "https://example.com:port",
            "https://example.com:80:80",
            "https://[::1",
            "https://exämple.com",
            "https://example.com\r\nX: y",
        ] {
            assert!(Endpoint::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn no_tls_only_on_this_machine() {
        let check =
            |url: &str, insecure| Endpoint::new(url).expect(url).check("url", &["ws", "wss"], insecure);
        assert!(check("ws://localhost:1/", false).is_ok());
        assert!(check("ws://127.8.0.1", false).is_ok());
        assert!(check("ws://localhost.evil.com", false).is_err());
        assert!(check("ws://127.0.0.1.evil.com", false).is_err());
        assert!(check("ws://example.com", true).is_ok());
        assert!(check("wss://example.com", false).is_ok());
        assert!(check("https://example.com", false).is_err());
    }
}
