//! The token endpoint: who gets a token, and for how long it is good (docs/stream.md, section 1).

use std::collections::VecDeque;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosterline_core::{Instant, Rng, Secret};
use serde_json::json;

use super::config::Credentials;
use super::http::{Request, Response};

/// So many tokens are remembered; a client needs one.
const REMEMBERED: usize = 1024;

#[derive(Debug)]
pub(crate) struct Tokens {
    credentials: Option<Credentials>,
    lifetime: Duration,
    rng: Rng,
    issued: VecDeque<Issued>,
}

/// A token that was given out.
#[derive(Debug)]
struct Issued {
    token: Secret,
    client: String,
    until: Instant,
}

impl Tokens {
    pub(crate) fn new(credentials: Option<Credentials>, lifetime: Duration, seed: u64) -> Self {
        let lifetime = lifetime.max(Duration::from_secs(1));
        Self { credentials, lifetime, rng: Rng::stream(seed, "tokens"), issued: VecDeque::new() }
    }

    pub(crate) fn answer(&mut self, request: &Request<'_>, now: Instant) -> Response {
        if request.method != "POST" {
            return Response::error(405, "method not allowed", "tokens are asked for with POST")
                .with("allow", "POST");
        }
        let client = match self.client_of(request) {
            Ok(client) => client,
            Err(refusal) => return refusal,
        };
        let token =
            format!("{:016x}{:016x}{:016x}", self.rng.next_u64(), self.rng.next_u64(), self.rng.next_u64());
        if self.issued.len() == REMEMBERED {
            self.issued.pop_front();
        }
        let body =
            json!({"access_token": token, "token_type": "bearer", "expires_in": self.lifetime.as_secs()});
        self.issued.push_back(Issued { token: Secret::new(token), client, until: now + self.lifetime });
        Response::json(200, body.to_string()).with("cache-control", "no-store")
    }

    /// When `token` expires; `None` if it is not good now.
    pub(crate) fn good_until(&self, token: &str, now: Instant) -> Option<Instant> {
        self.find(token).map(|issued| issued.until).filter(|until| *until > now)
    }

    /// The client that `token` was given to; `None` if it is not good now.
    pub(crate) fn client(&self, token: &str, now: Instant) -> Option<&str> {
        self.find(token).filter(|issued| issued.until > now).map(|issued| &*issued.client)
    }

    fn find(&self, token: &str) -> Option<&Issued> {
        self.issued.iter().find(|issued| issued.token.expose() == token)
    }

    /// A token is good no longer.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.issued.retain(|issued| issued.token.expose() != token);
    }

    /// The client that a request comes from, if it may have a token.
    fn client_of(&self, request: &Request<'_>) -> Result<String, Response> {
        let refusal = |description| Response::error(401, "invalid_client", description);
        let (id, secret) =
            basic(request).ok_or_else(|| refusal("the header Authorization: Basic … is missing"))?;
        if let Some(wanted) = &self.credentials {
            let is = |given: &str, wanted: &str| given == wanted || form_decoded(given) == wanted.as_bytes();
            if !is(&id, &wanted.id) || !is(&secret, wanted.secret.expose()) {
                return Err(refusal("client not found or its secret is wrong"));
            }
        }
        let mut fields = request.body.split(|byte| *byte == b'&');
        let granted = fields.any(|field| field == b"grant_type=client_credentials");
        granted.then_some(id).ok_or_else(|| {
            Response::error(400, "unsupported_grant_type", "the body has to be grant_type=client_credentials")
        })
    }
}

/// Client id and secret of `Authorization: Basic …`.
fn basic(request: &Request<'_>) -> Option<(String, String)> {
    let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// RFC 6749, section 2.3.1, wants both form-encoded; most clients send them as they are. Either is accepted.
fn form_decoded(text: &str) -> Vec<u8> {
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [byte, tail @ ..] = rest {
        let escaped = tail
            .get(..2)
            .filter(|_| *byte == b'%')
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        decoded.push(escaped.unwrap_or(if *byte == b'+' { b' ' } else { *byte }));
        rest = &tail[if escaped.is_some() { 2 } else { 0 }..];
    }
    decoded
}
