//! What a browser saved of a WebSocket (HAR 1.2 with the `_webSocketMessages` of Chrome), as something to replay.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosterline_core::{Anchor, Auth, Config, Endpoint, Instant, Subscription, UnixMillis};
use serde::Deserialize;

use crate::redact::Redactor;
use crate::{Dialect, Header, How, Line, Redaction, Replay, Settings, Unreadable, standin};

/// Longer than any browser is open, in seconds: nobody pings, and nobody waits for an answer.
const NEVER: std::time::Duration = std::time::Duration::from_secs(100 * 365 * 86_400);

#[derive(Deserialize)]
struct File {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    #[serde(rename = "_webSocketMessages", default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Request {
    url: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    direction: String,
    /// In seconds since 1970.
    time: f64,
    opcode: u8,
    data: String,
}

/// Makes a replay of the messages that the browser received on the WebSocket that received most of them.
///
/// If the server's answers to authentication and subscription are not among them, they are added.
/// What is in the file is replayed as it is, names and all.
///
/// # Errors
/// It is no such file, or there is no message of a WebSocket in it.
pub fn replay(text: &str) -> Result<Replay, Unreadable> {
    let file: File = serde_json::from_str(text)
        .map_err(|error| Unreadable::new(format!("it is neither a recording nor a HAR file: {error}")))?;
    let received = |entry: &Entry| entry.messages.iter().filter(|it| it.direction == "receive").count();
    let entry = file.log.entries.into_iter().filter(|it| received(it) > 0).max_by_key(received);
    let Some(entry) = entry else {
        return Err(Unreadable::new(
            "no message of a WebSocket is in it; save it from a browser that keeps them, such as Chrome",
        ));
    };
    let messages: Vec<Message> = entry.messages.into_iter().filter(|it| it.direction == "receive").collect();
    let epoch = messages.first().map_or(0.0, |first| first.time);
    let began = Anchor { at: Instant::ZERO, wall: UnixMillis((epoch * 1000.0) as i64) };
    Replay::of(header(&entry.request.url, began)?, lines(&messages, epoch)?)
}

fn header(url: &str, began: Anchor) -> Result<Header, Unreadable> {
    let unfit = |wrong: rosterline_core::Misuse| Unreadable::new(format!("its WebSocket: {wrong}"));
    let url = Endpoint::new(url.split('#').next().unwrap_or(url)).map_err(unfit)?;
    let mut config = Config::new(url, Auth::Token(standin::token(16).as_str().into()), Subscription::all());
    // A browser shows neither pings nor pongs.
    config.heartbeat.interval = NEVER;
    config.timeouts.authenticate = NEVER;
    config.timeouts.subscribe = NEVER;
    config.allow_insecure = true;
    let settings = Settings::of(&config, &Redactor::new(&config, Redaction::Plain, [0; 32]));
    Ok(Header::new(Dialect::Stream, settings, Redaction::Plain, began))
}

fn lines(messages: &[Message], epoch: f64) -> Result<Vec<Line>, Unreadable> {
    let conn = 1;
    let mut lines = vec![Line::Timeout { t: 0 }, Line::Opened { t: 0, conn }];
    let answer = |t, status: &str| Line::Text { t, conn, text: format!("{{\"status\":\"{status}\"}}") };
    let is_there = |status: &str| messages.iter().any(|message| says(message, status));
    let (accepted, confirmed) = (is_there("connected"), is_there("subscribed"));
    if !accepted {
        lines.push(answer(0, "connected"));
        if !confirmed {
            lines.push(answer(0, "subscribed"));
        }
    }
    let mut last = 0;
    for message in messages {
        // A clock that went back is no reason to lose the order.
        last = last.max(((message.time - epoch).max(0.0) * 1e9) as u64);
        let (t, text) = (last, message.data.clone());
        lines.push(match message.opcode {
            1 => Line::Text { t, conn, text },
            2 => {
                let is_base64 = STANDARD.decode(&text).is_ok();
                let base64 = if is_base64 {
                    text
                } else {
                    return Err(Unreadable::new("a binary message in it is no base64"));
                };
                Line::Binary { t, conn, base64 }
            }
            _ => continue,
        });
        if !confirmed && says(message, "connected") {
            lines.push(answer(t, "subscribed"));
        }
    }
    lines.push(Line::Close { t: last });
    lines.push(Line::Closed { t: last, conn, how: How::Frame { code: Some(1000), reason: String::new() } });
    Ok(lines)
}

/// Whether a message is the server's answer with this status.
fn says(message: &Message, status: &str) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_str(&message.data).ok();
    message.opcode == 1 && json.is_some_and(|json| json["status"] == status)
}
