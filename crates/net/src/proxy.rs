//! HTTP proxies: the `CONNECT` handshake (RFC 9110, section 9.3.6) as a state machine without I/O, which
//! WebSocket libraries leave to their users.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosterline_core::{Endpoint, Misuse, Network, Secret};
use rosterline_driver::Trouble;

/// A proxy to go through: `http://host:port` or `http://user:password@host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    endpoint: Endpoint,
    credentials: Option<(String, Secret)>,
}

impl Proxy {
    /// Reads a proxy's URL. User name and password may be percent-encoded.
    ///
    /// # Errors
    /// Says what is wrong, without repeating it: the scheme is not `http`, there is no host, or the
    /// credentials are not valid.
    pub fn new(url: &str) -> Result<Self, Misuse> {
        let wrong = |why: &str| Misuse { what: "proxy", why: why.into() };
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(wrong("must start with http://"));
        };
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (credentials, bare) = match rest[..authority_end].rfind('@') {
            None => (None, url.to_owned()),
            Some(at) => {
                let (user, password) = rest[..at].split_once(':').unwrap_or((&rest[..at], ""));
                let pair = (percent_decode(user), percent_decode(password));
                let (Some(user), Some(password)) = pair else {
                    return Err(wrong("has credentials with a percent sign that encodes nothing"));
                };
                if user.contains(':') || [&user, &password].iter().any(|text| text.contains(char::is_control))
                {
                    return Err(wrong("has credentials that HTTP cannot carry"));
                }
                (Some((user, Secret::new(password))), format!("http://{}", &rest[at + 1..]))
            }
        };
        let endpoint = Endpoint::new(&bare).map_err(|misuse| Misuse { what: "proxy", ..misuse })?;
        Ok(Self { endpoint, credentials })
    }

    /// Where it is, without its credentials.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// User name and password, if it wants them.
    #[must_use]
    pub fn credentials(&self) -> Option<(&str, &Secret)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password))
    }

    /// What to send first, to be connected with `target`.
    #[must_use]
    pub fn request(&self, target: &Endpoint) -> Secret {
        let authority = format!("{}:{}", target.host(), target.port());
        let authorization = match &self.credentials {
            None => String::new(),
            Some((user, password)) => {
                let pair = Secret::new(format!("{user}:{}", password.expose()));
                format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(pair.expose()))
            }
        };
        Secret::new(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{authorization}\r\n"))
    }
}

/// Reads a proxy's answer, in pieces as they come.
#[derive(Default)]
pub struct Answer {
    head: Vec<u8>,
}

impl Answer {
    /// A longer head is no answer to a `CONNECT`.
    pub const MAX_HEAD: usize = 8 * 1024;
    /// The status by which a proxy asks who we are (RFC 9110, section 15.5.8).
    pub const WANTS_CREDENTIALS: u16 = 407;

    /// Takes the next piece. True once the way is free: everything after this belongs to the target.
    ///
    /// # Errors
    /// The proxy refused, or what it said makes no sense.
    pub fn receive(&mut self, piece: &[u8]) -> Result<bool, Trouble> {
        let fault = |detail: &str| Err(Trouble::new(Network::Proxy, detail));
        // Only what is new can hold the end of the head, together with the last three bytes before it.
        let searched = self.head.len().saturating_sub(3);
        self.head.extend_from_slice(&piece[..piece.len().min(Self::MAX_HEAD + 1 - self.head.len())]);
        let end = self.head[searched..].windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end.map(|at| searched + at + 4) else {
            return if self.head.len() > Self::MAX_HEAD {
                fault("the proxy's answer is too long")
            } else {
                Ok(false)
            };
        };
        match self.status() {
            // The target speaks second in TLS as in HTTP: nothing of it can be here yet.
            Some(200..=299) if end < self.head.len() => fault("the proxy sent more than its answer"),
            Some(200..=299) => Ok(true),
            Some(Self::WANTS_CREDENTIALS) => Err(Self::wants_credentials()),
            Some(status) => fault(&format!("the proxy refused with status {status}")),
            None => fault("the proxy's answer is no HTTP"),
        }
    }

    /// The peer has closed the connection before its answer was complete.
    #[must_use]
    pub fn cut_off() -> Trouble {
        Trouble::new(Network::Proxy, "the proxy closed the connection without an answer")
    }

    /// The proxy does not know us: also what it may answer to a plain request in the target's place.
    #[must_use]
    pub fn wants_credentials() -> Trouble {
        Trouble::new(Network::Proxy, "the proxy wants credentials, or other ones (status 407)")
    }

    fn status(&self) -> Option<u16> {
        let line = self.head.split(|&byte| byte == b'\r').next()?;
        let rest = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
        let digits = rest.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        let ends = rest.get(3).is_none_or(|&byte| byte == b' ');
        ends.then(|| digits.iter().fold(0, |number, &digit| number * 10 + u16::from(digit - b'0')))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("bytes", &self.head.len()).finish()
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(byte);
        if byte == b'%' {
            let [high, low, after @ ..] = rest else { return None };
            let digit = |hex: &u8| char::from(*hex).to_digit(16).and_then(|value| u8::try_from(value).ok());
            *bytes.last_mut()? = digit(high)? * 16 + digit(low)?;
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
