//! Behaviour at the dialect's doors: a frame or an answer goes in, what the book tells comes out.

mod analytics;
mod captured;
mod details;
mod frames;
mod hostile;
mod memory;
mod random;
mod replies;
mod requests;
mod rules;
mod snapshots;
mod spellings;
mod truth;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::wire::Stamp;
use crate::wire::index::Index;
use crate::wire::json::Json;
use crate::{Instant, Presence, PresenceKind, Timestamp, UnixMillis};

use super::analytics::Page;
use super::book::Book;
use super::frame::{self, Message};
use super::snapshot::Snapshot;
use super::statement::Report;
use super::told::Told;

const CONVERSATION: &str = "b0000000-0000-4000-8000-000000000000";

/// When frames are received, unless a test says otherwise: 12:30:00.
const RECEIVED: &str = "2024-05-01T12:30:00.000Z";

fn at(time: &str) -> Timestamp {
    Timestamp::parse(&format!("2024-05-01T{time}Z")).expect("a time of day")
}

fn millis(time: &str) -> i64 {
    at(time).unix_millis().0
}

fn stamp(received: &str) -> Stamp {
    let received = Timestamp::parse(received).expect("valid").unix_millis();
    Stamp { arrived: Instant(7), received }
}

fn new_book() -> Book {
    Book::new(10_000)
}

/// The report of an answer of the analytics.
fn page_of(body: &str) -> Page<'_> {
    Page::new(Json::read(body).expect("is JSON"))
}

/// The report of an answer about one conversation.
fn answer_of(body: &str) -> Snapshot<'_> {
    Snapshot::of_answer(Json::read(body).expect("is JSON"))
}

/// A frame of an all-media topic.
fn snapshot(body: &Value) -> String {
    frame("v2.users.u.conversations", body)
}

fn frame(topic: &str, body: &Value) -> String {
    let metadata = json!({ "CorrelationId": "2074b130-f0a0-4722-9063-cdbac74c0aee" });
    json!({ "topicName": topic, "version": "2", "eventBody": body, "metadata": metadata }).to_string()
}

/// A frame of a detail event of [`CONVERSATION`].
fn detail(name: &str, body: &Value) -> String {
    frame(&format!("v2.detail.events.conversation.{CONVERSATION}.{name}"), body)
}

/// What the book tells of a frame.
fn told(book: &mut Book, text: &str) -> Vec<Told> {
    match frame::open(text, &mut Index::default()).expect("a JSON object") {
        Message::Snapshot(report) => told_of(book, &report),
        Message::Detail(report) => told_of(book, &report),
        Message::Heartbeat
        | Message::Pong
        | Message::Answer(_)
        | Message::System(_)
        | Message::Other { .. } => panic!("a report: {text}"),
    }
}

fn told_of(book: &mut Book, report: &dyn Report) -> Vec<Told> {
    let mut all = Vec::new();
    book.take(report, stamp(RECEIVED), &mut |told| all.push(told));
    book.audit();
    all
}

/// The same as lines: `joined 12:00:00 agent a1 voice s1`, `missed …`, `known`, `rejected bad-timestamp at …`.
fn lines(book: &mut Book, text: &str) -> Vec<String> {
    told(book, text).iter().map(line).collect()
}

fn lines_of(book: &mut Book, report: &dyn Report) -> Vec<String> {
    told_of(book, report).iter().map(line).collect()
}

fn line(told: &Told) -> String {
    match told {
        Told::New(presence) => line_of(presence),
        Told::Known => "known".to_string(),
        Told::Missed(offer) => {
            let reason = offer.reason.as_ref().map_or(String::new(), |reason| format!(", {reason}"));
            let time = |time: Option<Timestamp>| time.map_or("?".to_string(), time_of_day);
            let (from, to) = (time(offer.from), time(offer.to));
            let who = format!(
                "{} {} {} {}",
                offer.leg.purpose, offer.participant, offer.channel, offer.leg.session
            );
            format!("missed {from} to {to} {who}{reason}")
        }
        Told::Rejected { reason, place } => format!("rejected {} at {place}", reason.name()),
    }
}

fn line_of(presence: &Presence) -> String {
    let kind = match presence.kind {
        PresenceKind::Joined => "joined",
        PresenceKind::Left => "left",
    };
    let leg = presence.leg.as_ref().expect("the dialect has them");
    let reason = presence.reason.as_ref().map_or(String::new(), |reason| format!(", {reason}"));
    let (time, who, session) = (time_of_day(presence.at), &presence.participant, &leg.session);
    format!("{kind} {time} {} {who} {} {session}{reason}", leg.purpose, presence.channel)
}

/// `12:00:00`, with the fraction if there is one.
fn time_of_day(at: Timestamp) -> String {
    let text = at.utc().to_string();
    text[11..text.len() - 1].trim_end_matches(".000").to_string()
}

/// A participant with one call.
fn with_call(participant: &str, purpose: &str, mut call: Value) -> Value {
    call["id"] = json!(format!("{participant}-call"));
    json!({ "id": participant, "purpose": purpose, "calls": [call] })
}

fn conversation(participants: &[Value]) -> Value {
    json!({ "id": CONVERSATION, "participants": participants })
}

/// A frame with one participant, `a`, an agent with one call.
fn agent(call: Value) -> String {
    snapshot(&conversation(&[with_call("a", "agent", call)]))
}
