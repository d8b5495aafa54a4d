//! From a line back to the input that it was.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosterline_core::config::Limits;
use rosterline_core::{
    Closed, ConnId, Failure, Frame, Grant, Input, Instant, NoToken, Reply, RequestId, Session, UnixMillis,
};

use crate::{Dialect, How, Line, names, standin};

/// Hands in an input that is no frame.
pub(crate) fn input(session: &mut Session, line: &Line, now: Instant) {
    let mut handle = |input: Input<'_>| session.handle(input, now);
    match line {
        Line::Timeout { .. } => handle(Input::Timeout),
        Line::Replied { request, status, retry_after, date, correlation, quota, body, .. } => {
            let reply = Reply {
                status: *status,
                retry_after: retry_after.as_deref(),
                date: date.as_deref(),
                correlation: correlation.as_deref(),
                quota: quota.map(Into::into),
                body: body.as_bytes(),
            };
            handle(Input::Replied { request: RequestId(*request), result: Ok(reply) });
        }
        Line::Unreplied { request, network, detail, .. } => {
            let result = Err(Failure { kind: names::network(network), detail });
            handle(Input::Replied { request: RequestId(*request), result });
        }
        Line::Token { request, token, lifetime, renew_in, .. } => {
            let lifetime = Duration::from_nanos(*lifetime);
            let grant = Grant { token, lifetime, renew_in: renew_in.map(Duration::from_nanos) };
            handle(Input::Token { request: RequestId(*request), result: Ok(grant) });
        }
        Line::NoToken { request, fatal, why, cause, .. } => {
            let cause = cause.as_ref().map(crate::Why::cause);
            let none = NoToken { fatal: *fatal, why, cause: cause.as_ref() };
            handle(Input::Token { request: RequestId(*request), result: Err(none) });
        }
        Line::Opened { conn, .. } => handle(Input::Opened { conn: ConnId(*conn) }),
        Line::Flushed { conn, .. } => handle(Input::Flushed { conn: ConnId(*conn) }),
        Line::Closed { conn, how, .. } => handle(Input::Closed { conn: ConnId(*conn), how: closed(how) }),
        Line::Wall { unix_ms, .. } => handle(Input::Wall { wall: UnixMillis(*unix_ms) }),
        Line::Consumed { took, .. } => handle(Input::Consumed { took: Duration::from_nanos(*took) }),
        // Other functions deal with these.
        Line::Text { .. }
        | Line::Packed { .. }
        | Line::Binary { .. }
        | Line::Unreadable { .. }
        | Line::Ping { .. }
        | Line::Pong { .. }
        | Line::Subscribe { .. }
        | Line::Topics { .. }
        | Line::Recovered { .. }
        | Line::Close { .. }
        | Line::Taken { .. }
        | Line::End { .. }
        | Line::Unknown => {}
    }
}

/// Hands in a frame; one that was recorded without its content is made anew, for these limits.
pub(crate) fn frame(
    session: &mut Session,
    line: &Line,
    now: Instant,
    dialect: Dialect,
    limits: &Limits,
) -> Result<(), String> {
    let bytes;
    let (conn, frame) = match line {
        Line::Ping { conn, .. } => (conn, Frame::Ping),
        Line::Pong { conn, payload, .. } => {
            bytes = unhex(payload).ok_or("the payload of a pong is no hexadecimal number")?;
            (conn, Frame::Pong(&bytes))
        }
        Line::Text { conn, text, .. } => (conn, Frame::Text(text)),
        Line::Packed { conn, text, .. } => (conn, Frame::Binary(text.as_bytes())),
        Line::Binary { conn, base64, .. } => {
            bytes = STANDARD.decode(base64).map_err(|error| format!("no base64: {error}"))?;
            (conn, Frame::Binary(&bytes))
        }
        Line::Unreadable { conn, reason, bytes: length, binary, .. } => {
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            let made =
                names::reason(reason).and_then(|why| standin::message(why, length, *binary, dialect, limits));
            bytes = made.ok_or_else(|| format!("no message is refused as \"{reason}\""))?;
            match std::str::from_utf8(&bytes) {
                Ok(text) if !binary => (conn, Frame::Text(text)),
                Ok(_) | Err(_) => (conn, Frame::Binary(&bytes)),
            }
        }
        // Other functions deal with these.
        Line::Timeout { .. }
        | Line::Replied { .. }
        | Line::Unreplied { .. }
        | Line::Token { .. }
        | Line::NoToken { .. }
        | Line::Opened { .. }
        | Line::Flushed { .. }
        | Line::Closed { .. }
        | Line::Wall { .. }
        | Line::Consumed { .. }
        | Line::Subscribe { .. }
        | Line::Topics { .. }
        | Line::Recovered { .. }
        | Line::Close { .. }
        | Line::Taken { .. }
        | Line::End { .. }
        | Line::Unknown => return Ok(()),
    };
    session.handle(Input::Frame { conn: ConnId(*conn), frame }, now);
    Ok(())
}

fn closed(how: &How) -> Closed<'_> {
    match how {
        How::Failed { network, detail } => Closed::Failed(Failure { kind: names::network(network), detail }),
        How::Status { status, retry_after, date } => {
            Closed::Status { status: *status, retry_after: retry_after.as_deref(), date: date.as_deref() }
        }
        How::Frame { code, reason } => Closed::Frame { code: *code, reason },
        How::Protocol { code, detail } => Closed::Protocol { code: *code, detail },
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}
