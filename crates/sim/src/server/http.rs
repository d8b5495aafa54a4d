//! What comes and goes over HTTP, as data.

use std::time::Duration;

use serde_json::json;

use crate::faults::HttpFault;

/// Where tokens are given (docs/stream.md, section 1).
pub const TOKEN_PATH: &str = "/oauth/token";
/// Where the stream is (docs/stream.md, section 2).
pub const STREAM_PATH: &str = "/api/v2/analytics/conversations/stream";

/// An HTTP request.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, with or without a query.
    pub path: &'a str,
    /// Headers, by names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl std::fmt::Debug for Request<'_> {
    /// Without headers and body: they hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Request<'_> {
    /// The value of a header; the first, if it stands there twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Whether a header that lists words has this one.
    fn lists(&self, name: &str, word: &str) -> bool {
        self.header(name)
            .is_some_and(|value| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(word)))
    }

    pub(crate) fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The value of a parameter of the query, as it stands there.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.path.split_once('?')?;
        query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }

    /// What an opening handshake lacks (RFC 6455, section 4.2.1), as the answer that says so.
    pub(crate) fn lacks_of_upgrade(&self) -> Option<Response> {
        let upgrade = self.lists("upgrade", "websocket") && self.lists("connection", "upgrade");
        if !upgrade || self.header("sec-websocket-version") != Some("13") {
            let response =
                Response::error(426, "upgrade required", "a WebSocket of version 13 is spoken here");
            return Some(response.with("upgrade", "websocket").with("sec-websocket-version", "13"));
        }
        let key = self.header("sec-websocket-key").unwrap_or_default();
        // 16 bytes in base64.
        let valid = key.len() == 24 && key.ends_with("==");
        (!valid).then(|| Response::error(400, "bad request", "Sec-WebSocket-Key is missing or malformed"))
    }
}

/// What the server makes of a request. Both are due after the delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP response.
    Respond {
        /// It.
        response: Response,
        /// How long to wait before it is sent.
        delay: Duration,
    },
    /// 101: the WebSocket handshake succeeds. Once it has, call [`Server::open`](super::Server::open).
    Upgrade {
        /// How long to wait before it is sent.
        delay: Duration,
    },
}

/// An HTTP response.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers, by lower-case names.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl std::fmt::Debug for Response {
    /// Without the body: it may hold a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Response {
    /// A JSON response.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        Self { status, headers: vec![("content-type", "application/json".into())], body }
    }

    /// A refusal in the service's words: `{"error":…,"error_description":…}`.
    #[must_use]
    pub fn error(status: u16, error: &str, description: &str) -> Self {
        Self::json(status, json!({"error": error, "error_description": description}).to_string())
    }

    /// The value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    /// The same response with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The answer that a fault gives in place of the honest one, or the delay that it adds to that.
pub(crate) fn spoil(fault: HttpFault) -> Result<Duration, Response> {
    match fault {
        HttpFault::Slow(delay) => Ok(delay),
        HttpFault::Refuse { status, retry_after } => {
            let (error, description) = match status {
                400 | 401 => ("invalid_client", "client not found or its secret is wrong"),
                403 => ("forbidden", "not authorised"),
                429 => ("too_many_requests", "rate limit exceeded"),
                _ => ("unavailable", "the service is not available"),
            };
            let response = Response::error(status, error, description);
            Err(match retry_after {
                Some(value) => response.with("retry-after", value),
                None => response,
            })
        }
        HttpFault::Page => Err(Response {
            status: 200,
            headers: vec![("content-type", "text/html".into())],
            body: "<!doctype html><title>Sign in</title><p>Welcome to the guest network.</p>".into(),
        }),
        HttpFault::Body(status, body) => Err(Response::json(status, body)),
    }
}
