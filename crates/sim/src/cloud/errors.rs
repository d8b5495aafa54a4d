//! How the API refuses (docs/notifications.md, section 7).

use serde_json::json;

use crate::server::Response;

/// An `ErrorBody`.
pub(super) fn error(status: u16, code: &str, message: &str) -> Response {
    let body = json!({ "message": message, "code": code, "status": status, "messageParams": {}, "details": [], "errors": [] });
    Response::json(status, body.to_string())
}

pub(super) fn not_found() -> Response {
    error(404, "not.found", "The requested resource was not found.")
}

pub(super) fn unauthorized(code: &str, message: &str) -> Response {
    error(401, code, message)
}

pub(super) fn bad_request(message: &str) -> Response {
    error(400, "bad.request", message)
}

/// What a fault means here: its status, in the words of the API.
pub(super) fn of_status(response: Response) -> Response {
    let (code, message) = match response.status {
        401 => ("bad.credentials", "Invalid login credentials."),
        403 => (
            "missing.permissions",
            "Unable to perform the requested action. You are missing the following permission(s): analytics:conversationDetail:view",
        ),
        404 => ("not.found", "The requested resource was not found."),
        413 => ("payload.too.large", "The response payload was too large."),
        429 => (
            "too.many.requests.retry.after",
            "Rate limit exceeded the maximum. Retry the request in [1] seconds",
        ),
        503 => ("service.unavailable", "Service Unavailable - The server is currently unavailable"),
        504 => ("request.timeout", "The request timed out."),
        _ => (
            "internal.server.error",
            "The server encountered an unexpected condition which prevented it from fulfilling the request.",
        ),
    };
    let headers = response.headers.into_iter().filter(|(name, _)| *name == "retry-after");
    headers.fold(error(response.status, code, message), |all, (name, value)| all.with(name, value))
}
