//! The shapes of a conversation, and that all of them tell one truth (sections 2, 3 and 7).

use std::collections::BTreeSet;

use rosterline_core::PresenceKind;
use rosterline_sim::{CloudConfig, CloudFact, Limits, Scenario};
use serde_json::{Value, json};

use crate::{Desk, code, config, of};

const MINUTE: u64 = 60;

/// The frames about conversations that a minute of a scenario brings to these topics.
fn told(scenario: Scenario, topics: impl Fn(&Desk) -> Vec<String>) -> (Desk, Vec<Value>) {
    let mut desk = Desk::new(of(scenario));
    let conn = desk.listen(&topics(&desk));
    desk.seconds(MINUTE);
    let frames = desk.frames(conn).into_iter().filter(|frame| frame["topicName"] != "channel.metadata");
    let frames = frames.collect();
    (desk, frames)
}

fn parties(body: &Value) -> Vec<&Value> {
    body["participants"].as_array().expect("participants").iter().collect()
}

/// The joins and leaves that the newest snapshots tell: conversation, session, kind and time.
fn facts_of(frames: &[Value]) -> BTreeSet<(String, String, String, String)> {
    let mut all = BTreeSet::new();
    for body in frames.iter().map(|frame| &frame["eventBody"]) {
        for party in parties(body) {
            for list in ["calls", "chats", "messages", "callbacks", "emails"] {
                for session in party[list].as_array().map_or(&[][..], Vec::as_slice) {
                    let text = |value: &Value| value.as_str().map(str::to_owned);
                    let Some(joined) = text(&session["connectedTime"]) else { continue };
                    let key = (text(&body["id"]).expect("id"), text(&session["id"]).expect("id"));
                    all.insert((key.0.clone(), key.1.clone(), "join".to_owned(), joined));
                    if let Some(left) = text(&session["disconnectedTime"]) {
                        all.insert((key.0, key.1, "leave".to_owned(), left));
                    }
                }
            }
        }
    }
    all
}

fn truth(facts: &[CloudFact]) -> BTreeSet<(String, String, String, String)> {
    let kind = |fact: &CloudFact| match fact.kind {
        PresenceKind::Joined => "join".to_owned(),
        PresenceKind::Left => "leave".to_owned(),
    };
    let row = |fact: &CloudFact| {
        (fact.conversation.to_string(), fact.session.to_string(), kind(fact), fact.at.to_string())
    };
    facts.iter().map(row).collect()
}

#[test]
fn snapshots_of_all_queues_tell_the_whole_truth_and_nothing_else() {
    let (desk, frames) = told(Scenario::All, Desk::queue_topics);
    let facts = truth(desk.cloud.facts());
    assert!(facts.len() > 100);
    assert_eq!(facts_of(&frames), facts);
}

#[test]
fn agents_have_an_id_and_customers_a_name() {
    let (_, frames) = told(Scenario::Transfer, Desk::queue_topics);
    let all: Vec<&Value> = frames.iter().flat_map(|frame| parties(&frame["eventBody"])).collect();
    for party in &all {
        let agent = party["purpose"] == "agent";
        assert_eq!(
            (party.get("name").is_none(), party["userId"].is_string()),
            (party["purpose"] != "customer", agent)
        );
    }
    assert!(all.iter().any(|party| party["purpose"] == "agent"));
}

#[test]
fn a_snapshot_has_no_list_that_is_empty_and_no_start_time() {
    let (_, frames) = told(Scenario::All, Desk::queue_topics);
    for party in frames.iter().flat_map(|frame| parties(&frame["eventBody"])) {
        let fields = party.as_object().expect("an object");
        assert!(!fields.contains_key("startTime") && !fields.contains_key("queueName"), "{party}");
        assert!(fields.values().all(|value| *value != json!([]) && !value.is_null()), "{party}");
    }
}

#[test]
fn whoever_has_left_for_after_call_work_is_connected_still() {
    let (_, frames) = told(Scenario::Inbound, Desk::queue_topics);
    let all = frames.iter().flat_map(|frame| parties(&frame["eventBody"]));
    let agents: Vec<&Value> = all.filter(|party| party["purpose"] == "agent").collect();
    let session =
        |party: &Value| ["calls", "emails", "callbacks"].iter().find_map(|list| party[*list].get(0).cloned());
    let working = |party: &&&Value| {
        let session = session(party).expect("one");
        session["disconnectedTime"].is_string() && party.get("endTime").is_none()
    };
    let at_work: Vec<&&Value> = agents.iter().filter(working).collect();
    assert!(!at_work.is_empty());
    for party in at_work {
        let session = session(party).expect("one");
        assert_eq!(
            (&session["state"], &session["afterCallWork"]["state"]),
            (&json!("connected"), &json!("pending"))
        );
        assert_eq!(party["startAcwTime"], session["disconnectedTime"]);
    }
    let done = agents.iter().filter(|party| party.get("endAcwTime").is_some());
    assert!(done.clone().count() > 0);
    for party in done {
        let session = session(party).expect("one");
        assert_eq!(
            (&session["state"], &session["afterCallWork"]["state"]),
            (&json!("disconnected"), &json!("complete"))
        );
    }
}

#[test]
fn only_the_agent_that_puts_a_call_on_hold_is_held() {
    let (_, frames) = told(Scenario::Consult, Desk::queue_topics);
    let all = frames.iter().flat_map(|frame| parties(&frame["eventBody"]));
    let held: Vec<&Value> = all.filter(|party| party["calls"][0]["held"] == true).collect();
    assert!(!held.is_empty());
    assert!(
        held.iter()
            .all(|party| party["purpose"] == "agent" && party["calls"][0]["startHoldTime"].is_string())
    );
}

#[test]
fn mails_and_messages_know_no_terminated() {
    let (_, frames) = told(Scenario::ChatBot, Desk::queue_topics);
    let states = |list: &str| -> BTreeSet<String> {
        let all = frames.iter().flat_map(|frame| parties(&frame["eventBody"]));
        all.filter_map(|party| party[list][0]["state"].as_str().map(str::to_owned)).collect()
    };
    assert!(states("chats").contains("terminated"));
    assert!(states("messages").contains("disconnected") && !states("messages").contains("terminated"));
}

#[test]
fn a_user_is_told_of_the_conversations_that_it_is_in() {
    let (desk, frames) =
        told(Scenario::Inbound, |desk| vec![format!("v2.users.{}.conversations", desk.cloud.users()[0])]);
    let user = desk.cloud.users()[0].to_string();
    assert!(!frames.is_empty());
    for frame in &frames {
        assert!(parties(&frame["eventBody"]).iter().any(|party| party["userId"] == *user));
    }
}

#[test]
fn in_a_media_topic_participants_are_their_own_communication() {
    let topics = |desk: &Desk| desk.queue_topics().iter().map(|topic| format!("{topic}.calls")).collect();
    let (desk, frames) = told(Scenario::Transfer, topics);
    let ended = |party: &&&Value| party["state"] == "terminated";
    let all: Vec<&Value> = frames.iter().flat_map(|frame| parties(&frame["eventBody"])).collect();
    assert!(all.iter().filter(ended).count() > 0);
    for party in &all {
        let fields = party.as_object().expect("an object");
        let nested = ["calls", "userId", "queueId", "disconnectedTime", "afterCallWork", "peerId"];
        assert!(nested.iter().all(|name| !fields.contains_key(*name)), "{party}");
        assert_eq!(party["user"]["id"].is_string(), party["purpose"] == "agent");
    }
    assert!(
        all.iter()
            .filter(ended)
            .all(|party| party["endTime"].is_string() && party["disconnectType"].is_string())
    );
    let chats: Vec<String> = desk.queue_topics().iter().map(|topic| format!("{topic}.chats")).collect();
    let (_, none) = told(Scenario::Transfer, |_| chats.clone());
    assert_eq!(none, Vec::<Value>::new());
}

#[test]
fn the_api_shows_a_conversation_with_start_times_segments_and_empty_lists() {
    let mut desk = Desk::new(of(Scenario::NoAnswer));
    desk.seconds(MINUTE);
    let ids: BTreeSet<String> = desk.cloud.facts().iter().map(|fact| fact.conversation.to_string()).collect();
    let mut spellings = BTreeSet::new();
    for id in ids {
        let shown = desk.get(&format!("/api/v2/conversations/{id}"));
        assert_eq!((&shown["id"], &shown["recordingState"]), (&json!(id), &json!("NONE")));
        for party in parties(&shown) {
            assert!(party["startTime"].is_string() && party["chats"] == json!([]), "{party}");
            let session = &party["calls"][0];
            assert!(!session["segments"].as_array().expect("segments").is_empty());
            spellings.extend(session["disconnectType"].as_str().map(str::to_owned));
        }
    }
    assert!(
        spellings.contains("endpoint.donotdisturb") && !spellings.contains("endpoint.dnd"),
        "{spellings:?}"
    );
}

#[test]
fn a_conversation_that_does_not_exist_is_a_404_with_a_code_of_its_own() {
    let mut desk = crate::quiet();
    let refused = desk.ask("GET", "/api/v2/conversations/00000000-0000-4000-8000-000000000000", "");
    assert_eq!(code(&refused), (404, "conversation.error.conversation.not.found".into()));
    assert_eq!(desk.get("/api/v2/conversations"), json!({ "entities": [] }), "a client is no user");
}

/// The detail events of the first conversation of a scenario that have one of these names.
fn details(scenario: Scenario, kinds: &[&str]) -> (Desk, Vec<(String, Value)>) {
    let mut desk = Desk::new(CloudConfig { conversations: Some(1), ..of(scenario) });
    desk.cloud.handle_timeout(desk.now);
    let id = desk.cloud.facts()[0].conversation.clone();
    let topic = |kind: &&str| format!("v2.detail.events.conversation.{id}.{kind}");
    let conn = desk.listen(&kinds.iter().map(topic).collect::<Vec<_>>());
    desk.seconds(25);
    let kind = |frame: &Value| {
        let topic = frame["topicName"].as_str().expect("a topic");
        topic.splitn(6, '.').last().expect("a kind").to_owned()
    };
    let frames = desk.frames(conn).iter().map(|frame| (kind(frame), frame["eventBody"].clone())).collect();
    (desk, frames)
}

#[test]
fn the_end_of_a_user_gives_the_time_of_its_join() {
    let (desk, events) = details(Scenario::Consult, &["user.start", "user.end"]);
    let ends: Vec<&Value> =
        events.iter().filter(|(kind, _)| kind == "user.end").map(|(_, body)| body).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().any(|end| end["heldDurationMs"].as_i64() > Some(0)));
    for end in ends {
        let number = |name: &str| end[name].as_i64().unwrap_or_else(|| panic!("{name}: {end}"));
        let joined = number("eventTime") - number("interactingDurationMs") - number("heldDurationMs");
        let is_join = |fact: &&CloudFact| {
            fact.kind == PresenceKind::Joined && end["sessionId"] == fact.session.to_string()
        };
        let fact = desk.cloud.facts().iter().find(is_join).expect("it joined");
        assert_eq!(joined, fact.at.0);
        assert!(number("alertingDurationMs") > 0 && end["userId"].is_string() && end["queueId"].is_string());
    }
}

#[test]
fn detail_events_have_the_fields_of_their_kind() {
    let (_, events) = details(Scenario::Inbound, &["acd.end", "flow.end", "customer.end", "acw", "wrapup"]);
    let of = |kind: &str| {
        let found = events.iter().find(|(name, _)| name == kind);
        found.map(|(_, body)| body.clone()).unwrap_or_else(|| panic!("no {kind}: {events:?}"))
    };
    let (acd, flow, customer, acw, wrapup) =
        (of("acd.end"), of("flow.end"), of("customer.end"), of("acw"), of("wrapup"));
    assert_eq!((&acd["acdOutcome"], &acd["disconnectType"]), (&json!("ANSWERED"), &json!("TRANSFER")));
    assert!(acd["answeredUserId"].is_string() && acd["connectedDurationMs"].is_u64());
    assert_eq!((&flow["exitReason"], &flow["flowType"]), (&json!("TRANSFER"), &json!("INBOUNDCALL")));
    assert!(flow["connectedDurationMs"].is_u64() && customer["interactingDurationMs"].is_u64());
    assert!(acw["userId"].is_string() && wrapup.get("userId").is_none());
    assert_eq!(acw["wrapupDurationMs"], wrapup["wrapupDurationMs"]);
    for (kind, body) in &events {
        assert!(body["eventTime"].is_i64() && body["sessionId"].is_string(), "{kind}: {body}");
        let with_queue = !["flow.end", "customer.end"].contains(&&**kind);
        assert_eq!(body["queueId"].is_string(), with_queue, "{kind}: {body}");
    }
}

#[test]
fn what_is_remembered_is_bounded_and_what_goes_on_is_not_forgotten() {
    let limits = Limits { truth: 50, ..Limits::default() };
    let mut desk = Desk::new(CloudConfig { remembered: 2, limits, ..config() });
    let mut joined = BTreeSet::new();
    let mut left = BTreeSet::new();
    for _ in 0..120 {
        desk.seconds(1);
        assert!(desk.cloud.facts().len() <= 50);
        for fact in desk.cloud.facts() {
            match fact.kind {
                PresenceKind::Joined => joined.insert(fact.session.clone()),
                PresenceKind::Left => left.insert(fact.session.clone()),
            };
        }
    }
    // Nothing was cut off in its middle: only the newest sessions go on.
    assert!(left.len() > 200 && joined.difference(&left).count() < 30, "{} {}", joined.len(), left.len());
}
