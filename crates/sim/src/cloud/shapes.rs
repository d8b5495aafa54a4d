//! A conversation in the shapes that the service has for the whole of it (docs/notifications-mock.md).

use rosterline_core::UnixMillis;
use serde_json::{Map, Value, json};

use super::conversation::{Conversation, Party};
use super::spelling;

/// How long an agent may let it ring, as the service tells it. Nothing here goes by it.
const ALERTING_TIMEOUT: u32 = 30_000;

/// The body of a frame of `….conversations`: everything, on every medium.
pub(super) fn snapshot(conversation: &Conversation) -> Value {
    let parties: Vec<Value> = conversation
        .seen()
        .map(|party| {
            let mut out = participant(conversation, party);
            let mut session = session(conversation, party);
            session.insert("additionalProperties".into(), json!({}));
            out.insert(conversation.media.list.into(), json!([session]));
            out.insert("additionalProperties".into(), json!({}));
            Value::Object(out)
        })
        .collect();
    json!({
        "id": conversation.id.to_string(), "maxParticipants": parties.len(), "participants": parties,
        "recordingState": "none", "additionalProperties": {},
    })
}

/// The body of a frame of `….conversations.calls` and the like: participants that are their own communication.
pub(super) fn flat(conversation: &Conversation) -> Value {
    let reference = |id: &rosterline_core::Id| json!({ "id": id.to_string() });
    let party = |party: &Party| {
        let mut out = participant(conversation, party);
        let mut session = session(conversation, party);
        for only in ["id", "afterCallWork", "connectedTime"] {
            session.remove(only);
        }
        let ended = session.remove("disconnectedTime");
        let peer = session.remove("peerId");
        for only in ["userId", "queueId", "wrapupExpected"] {
            out.remove(only);
        }
        if !matches!(conversation.media.list, "calls" | "messages") {
            // Of the other media's participants nobody says there whom they listen to.
            out.remove("monitoredParticipantId");
        }
        out.extend(session);
        put(&mut out, "startTime", time(party.appeared));
        put(&mut out, "endTime", ended);
        put(&mut out, "peer", peer);
        put(&mut out, "user", party.user.as_ref().map(reference));
        put(&mut out, "queue", party.shown_queue().map(reference));
        Value::Object(out)
    };
    let parties: Vec<Value> = conversation.seen().map(party).collect();
    let mut out = json!({ "id": conversation.id.to_string(), "participants": parties });
    if conversation.media.list == "calls" {
        out["recordingState"] = "none".into();
    }
    out
}

/// The answer of `GET /api/v2/conversations/{id}`: it has times and segments that a snapshot lacks, lists that are empty, and
/// a spelling of its own.
pub(super) fn rest(conversation: &Conversation) -> Value {
    let party = |party: &Party| {
        let mut out = participant(conversation, party);
        out.remove("wrapupExpected");
        put(&mut out, "startTime", time(party.appeared));
        put(&mut out, "queueName", party.shown_queue().map(|_| "Queue".into()));
        let kind = if party.user.is_some() { "Internal" } else { "External" };
        put(&mut out, "participantType", Some(kind.into()));
        for list in [
            "calls",
            "callbacks",
            "chats",
            "cobrowsesessions",
            "emails",
            "messages",
            "screenshares",
            "videos",
        ] {
            out.insert(list.into(), json!([]));
        }
        let mut session = session(conversation, party);
        put(&mut session, "startAlertingTime", time(party.offered));
        if party.disconnected.is_some() {
            session.insert("disconnectType".into(), spelling::of_rest(party.reason).into());
        }
        session.insert("segments".into(), rest_segments(party));
        out.insert(conversation.media.list.into(), json!([session]));
        Value::Object(out)
    };
    let parties: Vec<Value> = conversation.seen().map(party).collect();
    let mut out = json!({
        "id": conversation.id.to_string(), "startTime": conversation.started.to_string(), "participants": parties,
        "recordingState": "NONE", "divisions": [], "selfUri": format!("/api/v2/conversations/{}", conversation.id),
    });
    if let Some(end) = conversation.ended() {
        out["endTime"] = end.to_string().into();
    }
    out
}

/// A conversation in the analytics, as they know it at `visible`: what is younger has not arrived there.
pub(super) fn analytics(conversation: &Conversation, visible: UnixMillis) -> Value {
    let known = |at: Option<UnixMillis>| at.filter(|at| *at <= visible);
    let party = |party: &Party| {
        let begun = segments(party).into_iter().filter(|segment| segment.from <= visible);
        let segments: Vec<Value> = begun
            .map(|segment| {
                let ended = known(segment.to);
                let mut out = Map::new();
                put(&mut out, "segmentStart", time(Some(segment.from)));
                put(&mut out, "segmentEnd", time(ended));
                put(&mut out, "segmentType", Some(segment.kind.into()));
                put(&mut out, "conference", Some(false.into()));
                put(&mut out, "queueId", party.shown_queue().map(|queue| queue.to_string().into()));
                let reason = ended.filter(|_| segment.is_last).map(|_| spelling::of_analytics(party.reason));
                put(&mut out, "disconnectType", reason.map(Value::from));
                Value::Object(out)
            })
            .collect();
        let mut out = json!({
            "participantId": party.id.to_string(), "purpose": party.role.purpose,
            "sessions": [{ "sessionId": party.session.to_string(), "mediaType": conversation.media.word,
                "direction": "inbound", "provider": conversation.media.provider, "segments": segments }],
        });
        match &party.user {
            Some(user) => out["userId"] = user.to_string().into(),
            None => out["participantName"] = name(party).into(),
        }
        out
    };
    let parties: Vec<Value> =
        conversation.seen().filter(|it| known(it.appeared).is_some()).map(party).collect();
    let mut out = json!({
        "conversationId": conversation.id.to_string(), "conversationStart": conversation.started.to_string(),
        "originatingDirection": "inbound", "divisionIds": [], "participants": parties,
    });
    if let Some(end) = known(conversation.ended()) {
        out["conversationEnd"] = end.to_string().into();
    }
    out
}

/// A stretch of a session in which the same goes on.
struct Segment {
    kind: &'static str,
    from: UnixMillis,
    to: Option<UnixMillis>,
    /// The session ends with it.
    is_last: bool,
}

/// It rings, then they talk and hold in turn, then there is work to do.
fn segments(party: &Party) -> Vec<Segment> {
    let mut all = Vec::new();
    let mut add = |kind, from: Option<UnixMillis>, to: Option<UnixMillis>, is_last| {
        all.extend(from.map(|from| Segment { kind, from, to, is_last }));
    };
    add("alert", party.offered, party.connected.or(party.disconnected), party.connected.is_none());
    let talk = if party.is_flow() { "ivr" } else { "interact" };
    let mut since = party.connected;
    for (held, until) in &party.holds {
        add(talk, since, Some(*held), false);
        let to_the_end = *until == party.disconnected;
        add("hold", Some(*held), *until, to_the_end);
        since = until.filter(|_| !to_the_end);
    }
    add(talk, since, party.disconnected, true);
    if party.user.is_some() && party.connected.is_some() {
        add("wrapup", party.disconnected, party.ended, false);
    }
    all
}

fn rest_segments(party: &Party) -> Value {
    let words = |kind| match kind {
        "alert" => "Alert",
        "ivr" => "IVR",
        "hold" => "Hold",
        "wrapup" => "Wrapup",
        _ => "Interact",
    };
    let segment = |segment: Segment| {
        let mut out = Map::new();
        put(&mut out, "startTime", time(Some(segment.from)));
        put(&mut out, "endTime", time(segment.to));
        put(&mut out, "type", Some(words(segment.kind).into()));
        let reason = segment.to.filter(|_| segment.is_last).map(|_| spelling::of_rest(party.reason));
        put(&mut out, "disconnectType", reason.map(Value::from));
        Value::Object(out)
    };
    segments(party).into_iter().map(segment).collect()
}

/// What a participant has in snapshots and in the API. Agents have no name there, only an id.
fn participant(conversation: &Conversation, party: &Party) -> Map<String, Value> {
    let mut out = Map::new();
    put(&mut out, "id", Some(party.id.to_string().into()));
    put(&mut out, "purpose", Some(party.role.purpose.into()));
    put(&mut out, "wrapupRequired", Some(party.user.is_some().into()));
    put(&mut out, "wrapupExpected", Some(party.user.is_some().into()));
    put(&mut out, "userId", party.user.as_ref().map(|user| user.to_string().into()));
    put(&mut out, "queueId", party.shown_queue().map(|queue| queue.to_string().into()));
    put(&mut out, "connectedTime", time(party.connected));
    put(&mut out, "endTime", time(party.ended));
    match party.role.purpose {
        "customer" => {
            put(&mut out, "name", Some(name(party).into()));
            put(&mut out, "address", Some("tel:+15550100".into()));
        }
        "agent" => {
            let rang = party.offered.map(|_| ALERTING_TIMEOUT.into());
            put(&mut out, "alertingTimeoutMs", rang);
        }
        _ => {}
    }
    if party.user.is_some() && party.connected.is_some() {
        put(&mut out, "startAcwTime", time(party.disconnected));
        put(&mut out, "endAcwTime", time(party.ended));
    }
    let beside = party.role.beside.and_then(|(field, other)| Some((field, conversation.parties.get(other)?)));
    if let Some((field, other)) = beside {
        put(&mut out, field, Some(other.id.to_string().into()));
    }
    out
}

/// A communication.
fn session(conversation: &Conversation, party: &Party) -> Map<String, Value> {
    let media = conversation.media;
    let mut out = Map::new();
    put(&mut out, "id", Some(party.session.to_string().into()));
    put(&mut out, "state", Some(party.state(media).into()));
    let initial = if party.offered.is_some() { "alerting" } else { "connected" };
    put(&mut out, "initialState", Some(initial.into()));
    put(&mut out, "held", Some(party.held_since().is_some().into()));
    put(&mut out, "startHoldTime", time(party.held_since()));
    put(&mut out, "provider", Some(media.provider.into()));
    // The model of a chat has no direction.
    put(&mut out, "direction", (media.list != "chats").then(|| "inbound".into()));
    if media.list == "calls" {
        for no in ["recording", "muted", "confined"] {
            put(&mut out, no, Some(false.into()));
        }
    }
    let peer = conversation.seen().next().filter(|first| first.id != party.id);
    put(&mut out, "peerId", peer.map(|first| first.session.to_string().into()));
    put(&mut out, "connectedTime", time(party.connected));
    put(&mut out, "disconnectedTime", time(party.disconnected));
    put(&mut out, "disconnectType", party.disconnected.map(|_| party.reason.into()));
    if party.user.is_some() && party.connected.is_some() && party.disconnected.is_some() {
        let state = if party.working { "pending" } else { "complete" };
        let mut work = Map::new();
        put(&mut work, "state", Some(state.into()));
        put(&mut work, "startTime", time(party.disconnected));
        put(&mut work, "endTime", time(party.ended));
        out.insert("afterCallWork".into(), work.into());
    }
    out
}

fn name(party: &Party) -> &'static str {
    match party.role.purpose {
        "customer" => "Jo Customer",
        other => other,
    }
}

/// What there is not is left out, as the service does.
fn put(out: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    out.extend(value.map(|value| (name.to_owned(), value)));
}

/// A time as the service writes it.
fn time(at: Option<UnixMillis>) -> Option<Value> {
    at.map(|at| at.to_string().into())
}
