//! Detail events: what a start or an end tells by itself (docs/notifications-mock.md).

use rosterline_core::UnixMillis;
use serde_json::{Value, json};

use super::conversation::{Conversation, Party};
use super::spelling;
use super::story::Act;

/// The end of a topic's name, and the body of its frame.
pub(super) type Detail = (&'static str, Value);

/// The detail events that an act makes. A user's start is told when it rings, its end also when nobody answered.
pub(super) fn of(conversation: &Conversation, party: usize, act: Act, at: UnixMillis) -> Vec<Detail> {
    let party = &conversation.parties[party];
    let start = match party.role.purpose {
        "customer" => "customer.start",
        "acd" => "acd.start",
        "ivr" | "botflow" => "flow.start",
        _ => "user.start",
    };
    match act {
        Act::Offer => vec![(start, body(conversation, party, at))],
        Act::Connect if party.offered.is_none() => vec![(start, body(conversation, party, at))],
        Act::Disconnect(_) => vec![end(conversation, party, at)],
        Act::EndWork => after_call_work(conversation, party, at),
        Act::Connect | Act::Hold | Act::Unhold => Vec::new(),
    }
}

/// What all of them have. Customers and flows have no queue, and only users are users.
fn body(conversation: &Conversation, party: &Party, at: UnixMillis) -> Value {
    let mut body = json!({
        "eventTime": at.0, "conversationId": conversation.id.to_string(), "participantId": party.id.to_string(),
        "sessionId": party.session.to_string(), "mediaType": conversation.media.detail,
        "provider": conversation.media.provider, "direction": "INBOUND",
    });
    if conversation.media.detail == "VOICE" {
        body["ani"] = "tel:+15550100".into();
        body["dnis"] = "tel:+15550199".into();
    }
    if let Some(user) = &party.user {
        body["userId"] = user.to_string().into();
    }
    if let Some(queue) = party.shown_queue().filter(|_| party.role.purpose != "customer") {
        body["queueId"] = queue.to_string().into();
    }
    if party.is_flow() {
        body["flowType"] = if party.role.purpose == "ivr" { "INBOUNDCALL" } else { "BOT" }.into();
        body["flowVersion"] = "7.0".into();
    }
    body
}

fn end(conversation: &Conversation, party: &Party, at: UnixMillis) -> Detail {
    let mut body = body(conversation, party, at);
    body["disconnectType"] = spelling::of_details(party.reason).into();
    let there = party.connected.map_or(0, |connected| at.0 - connected.0);
    match party.role.purpose {
        "customer" => {
            body["interactingDurationMs"] = there.into();
            ("customer.end", body)
        }
        "acd" => {
            body["connectedDurationMs"] = there.into();
            // Whoever is connected at that moment has answered.
            let answered =
                conversation.parties.iter().find(|other| other.user.is_some() && other.connected.is_some());
            body["acdOutcome"] = if answered.is_some() { "ANSWERED" } else { "ABANDON" }.into();
            if let Some(user) = answered.and_then(|other| other.user.as_ref()) {
                body["answeredUserId"] = user.to_string().into();
            }
            ("acd.end", body)
        }
        "ivr" | "botflow" => {
            body["connectedDurationMs"] = there.into();
            body["exitReason"] = "TRANSFER".into();
            body["transferType"] = "ACD".into();
            ("flow.end", body)
        }
        _ => {
            let held = party.held_for(at);
            let rang = party.offered.map_or(0, |offered| party.connected.unwrap_or(at).0 - offered.0);
            body["interactingDurationMs"] = (there - held).into();
            body["heldDurationMs"] = held.into();
            body["alertingDurationMs"] = rang.into();
            ("user.end", body)
        }
    }
}

/// After-call work ends with a code for the call. Its `wrapup` names no user.
fn after_call_work(conversation: &Conversation, party: &Party, at: UnixMillis) -> Vec<Detail> {
    let mut acw = body(conversation, party, at);
    acw["wrapupCode"] = "default".into();
    acw["wrapupDurationMs"] = party.disconnected.map_or(0, |since| at.0 - since.0).into();
    let mut wrapup = acw.clone();
    if let Some(fields) = wrapup.as_object_mut() {
        fields.remove("userId");
    }
    vec![("acw", acw), ("wrapup", wrapup)]
}
