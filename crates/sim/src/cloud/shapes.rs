//! The same truth in every shape that the service has for it (docs/notifications-mock.md).

use rosterline_core::UnixMillis;
use serde_json::{Map, Value, json};

use super::conversation::{Conversation, Party};
use super::story::Act;

/// Where the session of a participant is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a snapshot (Appendix B).
    Snapshot,
    /// As the participant itself (Appendix C).
    Flat,
    /// In the answer of the API.
    Rest,
}

/// The body of a frame of `….conversations`: everything, on every medium.
pub(super) fn snapshot(conversation: &Conversation) -> Value {
    let parties: Vec<Value> = conversation.seen().map(|party| of_topic(conversation, party)).collect();
    json!({
        "id": conversation.id.to_string(), "maxParticipants": parties.len(), "participants": parties,
        "recordingState": "none", "additionalProperties": {},
    })
}

/// The body of a frame of `….conversations.calls` and the like: flat participants (section 5.3).
pub(super) fn flat(conversation: &Conversation) -> Value {
    let party = |party: &Party| {
        let mut out = session(conversation, party, Place::Flat);
        out.insert("id".into(), party.id.to_string().into());
        out.insert("purpose".into(), party.role.purpose.into());
        if let Some(user) = &party.user {
            out.insert("user".into(), json!({ "id": user.to_string() }));
        }
        if let Some(queue) = &party.queue {
            out.insert("queue".into(), json!({ "id": queue.to_string() }));
        }
        if let Some(at) = out.remove("disconnectedTime") {
            out.insert("endTime".into(), at);
        }
        Value::Object(out)
    };
    let parties: Vec<Value> = conversation.seen().map(party).collect();
    json!({ "id": conversation.id.to_string(), "participants": parties })
}

/// The answer of `GET /api/v2/conversations/{id}`: as a snapshot, with its own spelling, segments, and start times.
pub(super) fn rest(conversation: &Conversation) -> Value {
    let party = |party: &Party| {
        let mut out = participant(conversation, party);
        out.insert("startTime".into(), time(party.appeared));
        for list in ["calls", "callbacks", "chats", "emails", "messages", "videos"] {
            out.insert(list.into(), json!([]));
        }
        let mut session = session(conversation, party, Place::Rest);
        session.insert(
            "segments".into(),
            json!([{ "startTime": time(party.offered.or(party.connected)),
            "endTime": time(party.disconnected), "type": "Interact" }]),
        );
        out.insert(conversation.media.list.into(), json!([session]));
        Value::Object(out)
    };
    let parties: Vec<Value> = conversation.seen().map(party).collect();
    let mut out = json!({
        "id": conversation.id.to_string(), "startTime": time(Some(conversation.started)), "participants": parties,
        "recordingState": "NONE", "selfUri": format!("/api/v2/conversations/{}", conversation.id),
    });
    if let Some(end) = conversation.ended() {
        out["endTime"] = time(Some(end));
    }
    out
}

fn of_topic(conversation: &Conversation, party: &Party) -> Value {
    let mut out = participant(conversation, party);
    out.insert(conversation.media.list.into(), json!([session(conversation, party, Place::Snapshot)]));
    Value::Object(out)
}

fn participant(conversation: &Conversation, party: &Party) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| _ = out.insert(name.into(), value);
    put("id", party.id.to_string().into());
    put("purpose", party.role.purpose.into());
    put("wrapupRequired", party.user.is_some().into());
    put("additionalProperties", json!({}));
    if party.role.purpose == "customer" {
        put("name", "Jo Customer".into());
        put("address", "tel:+15550100".into());
    }
    if let Some(user) = &party.user {
        put("userId", user.to_string().into());
    }
    if let Some(queue) = &party.queue {
        put("queueId", queue.to_string().into());
    }
    if party.connected.is_some() {
        put("connectedTime", time(party.connected));
    }
    if party.ended.is_some() {
        put("endTime", time(party.ended));
    }
    if party.working {
        put("startAcwTime", time(party.disconnected));
    }
    if let Some((field, beside)) = party.role.beside {
        put(field, conversation.parties[beside].id.to_string().into());
    }
    out
}

fn session(conversation: &Conversation, party: &Party, place: Place) -> Map<String, Value> {
    let media = conversation.media;
    let initial = if party.offered.is_some() { "alerting" } else { "connected" };
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| _ = out.insert(name.into(), value);
    put("id", party.session.to_string().into());
    put("state", party.state(media).into());
    put("initialState", initial.into());
    put("held", party.held.into());
    if place != Place::Snapshot || media.is_directed {
        put("direction", "inbound".into());
    }
    put("provider", "Edge".into());
    if party.connected.is_some() {
        put("connectedTime", time(party.connected));
    }
    if party.disconnected.is_some() {
        put("disconnectedTime", time(party.disconnected));
        let reason = match place {
            Place::Rest => party.reason.replace(".dnd", ".donotdisturb"),
            Place::Snapshot | Place::Flat => party.reason.to_owned(),
        };
        put("disconnectType", reason.into());
    }
    if party.working {
        let start = time(party.disconnected);
        match place {
            Place::Flat => put("startAcwTime", start),
            Place::Snapshot | Place::Rest => {
                put("afterCallWork", json!({ "state": "pending", "startTime": start }));
            }
        }
    }
    out
}

/// A conversation in the analytics, as they know it at `visible`: what is younger has not arrived there.
pub(super) fn analytics(conversation: &Conversation, visible: UnixMillis) -> Value {
    let known = |at: Option<UnixMillis>| at.filter(|at| *at <= visible);
    let queue_of = |party: &Party| party.queue.as_ref().map(ToString::to_string);
    let party = |party: &Party| {
        let mut segments = Vec::new();
        let mut segment =
            |kind: &str, from: Option<UnixMillis>, to: Option<UnixMillis>, reason: Option<String>| {
                let Some(from) = known(from) else { return };
                let mut out =
                    json!({ "segmentStart": time(Some(from)), "segmentType": kind, "conference": false });
                if let Some(to) = known(to) {
                    out["segmentEnd"] = time(Some(to));
                    if let Some(reason) = reason {
                        out["disconnectType"] = reason.into();
                    }
                }
                if let Some(queue) = queue_of(party) {
                    out["queueId"] = queue.into();
                }
                segments.push(out);
            };
        let reason = Some(camel(party.reason));
        let answered = party.connected;
        segment(
            "alert",
            party.offered,
            answered.or(party.disconnected),
            reason.clone().filter(|_| answered.is_none()),
        );
        let kind = if matches!(party.role.purpose, "ivr" | "botflow") { "ivr" } else { "interact" };
        segment(kind, answered, party.disconnected, reason);
        if party.user.is_some() && answered.is_some() {
            segment("wrapup", party.disconnected, party.ended, None);
        }
        let mut out = json!({
            "participantId": party.id.to_string(), "purpose": party.role.purpose,
            "sessions": [{ "sessionId": party.session.to_string(), "mediaType": conversation.media.word,
                "direction": "inbound", "provider": "Edge", "segments": segments }],
        });
        if let Some(user) = &party.user {
            out["userId"] = user.to_string().into();
        }
        out
    };
    let parties: Vec<Value> =
        conversation.seen().filter(|it| known(it.appeared).is_some()).map(party).collect();
    let mut out = json!({
        "conversationId": conversation.id.to_string(), "conversationStart": time(Some(conversation.started)),
        "originatingDirection": "inbound", "participants": parties,
    });
    if let Some(end) = known(conversation.ended()) {
        out["conversationEnd"] = time(Some(end));
    }
    out
}

/// The detail event that an act makes: the end of its topic's name, and its body (Appendix A).
pub(super) fn detail(
    conversation: &Conversation,
    party: usize,
    act: Act,
    at: UnixMillis,
) -> Option<(&'static str, Value)> {
    let party = &conversation.parties[party];
    let family = match party.role.purpose {
        "customer" => ["customer.start", "customer.end"],
        "acd" => ["acd.start", "acd.end"],
        "ivr" | "botflow" => ["flow.start", "flow.end"],
        _ => ["user.start", "user.end"],
    };
    let begins = act == Act::Offer || act == Act::Connect && party.offered.is_none();
    let ends = matches!(act, Act::Disconnect(_));
    if !begins && !ends {
        return None;
    }
    let mut body = json!({
        "eventTime": at.0, "conversationId": conversation.id.to_string(), "participantId": party.id.to_string(),
        "sessionId": party.session.to_string(), "mediaType": conversation.media.detail, "provider": "Edge",
        "direction": "INBOUND",
    });
    if let Some(user) = &party.user {
        body["userId"] = user.to_string().into();
    }
    // Events of customers and flows have none.
    let queue = party.queue.as_ref().filter(|_| !matches!(family[0], "customer.start" | "flow.start"));
    if let Some(queue) = queue {
        body["queueId"] = queue.to_string().into();
    }
    if ends {
        body["disconnectType"] = upper(party.reason).into();
        let span = |from: Option<UnixMillis>, to: UnixMillis| from.map_or(0, |from| to.0 - from.0);
        let talked = span(party.connected, at);
        let length = if family[1].starts_with("acd") || family[1].starts_with("flow") {
            "connectedDurationMs"
        } else {
            "interactingDurationMs"
        };
        body[length] = talked.into();
        if family[1] == "user.end" {
            body["heldDurationMs"] = 0.into();
            body["alertingDurationMs"] = span(party.offered, party.connected.unwrap_or(at)).into();
        }
    }
    Some((family[usize::from(ends)], body))
}

/// `transfer.conference` as `CONFERENCE_TRANSFER`.
fn upper(reason: &str) -> String {
    let (what, how) = reason.split_once('.').unwrap_or((reason, ""));
    let how = match how {
        "noanswer" => "NO_ANSWER",
        "notavailable" => "NOT_AVAILABLE",
        other => &other.to_ascii_uppercase(),
    };
    let what = what.to_ascii_uppercase();
    match (what.as_str(), how) {
        (_, "") => what,
        ("TRANSPORT", _) => "TRANSPORT_FAILURE".into(),
        _ => format!("{how}_{what}"),
    }
}

/// `transfer.conference` as `conferenceTransfer`.
fn camel(reason: &str) -> String {
    let mut words = upper(reason).to_ascii_lowercase();
    while let Some(at) = words.find('_') {
        words.remove(at);
        words[at..=at].make_ascii_uppercase();
    }
    words
}

/// A time as the service writes it; null for none.
pub(super) fn time(at: Option<UnixMillis>) -> Value {
    at.map_or(Value::Null, |at| at.to_string().into())
}
