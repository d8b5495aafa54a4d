//! How the REST API of both models refuses (docs/notifications-mock.md).

use std::time::Duration;

use serde_json::json;

use crate::faults::HttpFault;
use crate::server::{Request, Response, spoil};

/// An `ErrorBody`.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    let body = json!({ "message": message, "code": code, "status": status, "messageParams": {}, "details": [], "errors": [] });
    Response::json(status, body.to_string())
}

pub(crate) fn not_found() -> Response {
    error(404, "not.found", "The requested resource was not found.")
}

pub(crate) fn bad_request(message: &str) -> Response {
    error(400, "bad.request", message)
}

pub(crate) fn malformed() -> Response {
    bad_request("The request could not be understood by the server due to malformed syntax.")
}

/// There is something, but not by this method.
pub(crate) fn wrong_method(allowed: &'static str) -> Response {
    error(405, "method.not.allowed", "The requested method is not allowed.").with("allow", allowed)
}

/// The budget of requests is used up for so many seconds.
pub(crate) fn too_many(seconds: &str) -> Response {
    let message = format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
    error(429, "too.many.requests.retry.after", &message).with("retry-after", seconds)
}

/// What a fault makes of an answer: a delay, or another one, in the words of the API.
pub(crate) fn spoiled(fault: Option<HttpFault>) -> Result<Duration, Response> {
    match fault {
        None => Ok(Duration::ZERO),
        Some(HttpFault::Refuse { status: 429, retry_after: Some(seconds) }) => Err(too_many(&seconds)),
        Some(HttpFault::Refuse { status, retry_after }) => {
            let refusal = refusal(status);
            Err(match retry_after {
                Some(seconds) => refusal.with("retry-after", seconds),
                None => refusal,
            })
        }
        Some(other @ (HttpFault::Slow(_) | HttpFault::Page | HttpFault::Body(..))) => spoil(other),
    }
}

/// The usual words for a status.
pub(crate) fn refusal(status: u16) -> Response {
    let (code, message) = match status {
        400 => ("bad.request", "The request could not be understood by the server due to malformed syntax."),
        401 => ("bad.credentials", "Invalid login credentials."),
        403 => (
            "missing.permissions",
            "Unable to perform the requested action. You are missing the following permission(s): analytics:conversationDetail:view",
        ),
        404 => ("not.found", "The requested resource was not found."),
        413 => ("payload.too.large", "The response payload was too large."),
        429 => ("too.many.requests", "Rate limit exceeded the maximum [300] requests within [60] seconds"),
        503 => ("service.unavailable", "Service Unavailable - The server is currently unavailable"),
        504 => ("request.timeout", "The request timed out."),
        _ => (
            "internal.server.error",
            "The server encountered an unexpected condition which prevented it from fulfilling the request.",
        ),
    };
    error(status, code, message)
}

/// The token that a request brings, or the refusal of one that brings none.
pub(crate) fn bearer<'r>(request: &'r Request<'_>) -> Result<&'r str, Response> {
    let header = request.header("authorization").unwrap_or_default();
    let bearer = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    bearer.map(|(_, token)| token).ok_or_else(|| {
        let message = "No authentication bearer token specified in authorization header.";
        error(401, "authentication.required", message)
    })
}
