//! HTTP, as little of it as a request for a token needs: by HTTP/1.0 the answer comes in one piece, and ends with
//! the connection. A program that has an HTTP client uses that.

use rosterline_core::{Call, Reply};

/// More than this is no answer to a request for a token: a body, and a head before it.
pub(crate) const MAX_ANSWER: usize = 80 * 1024;

pub(crate) fn request(call: &Call) -> String {
    let mut parts = call.url.expose().splitn(4, '/').skip(2);
    let (host, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut request = format!("{} /{path} HTTP/1.0\r\nhost: {host}\r\n", call.method);
    for (name, value) in &call.headers {
        request += &format!("{name}: {}\r\n", value.expose());
    }
    request + &format!("content-length: {}\r\n\r\n{}", call.body.len(), call.body)
}

/// `None` if the answer is no HTTP.
pub(crate) fn reply(answer: &[u8]) -> Option<Reply<'_>> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let header = |name: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    Some(Reply { status, retry_after: header("retry-after"), date: header("date"), body, ..Reply::default() })
}
