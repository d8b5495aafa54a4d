//! The analytics: an interval that means days, data that comes late, and pages (section 6).

use std::collections::BTreeSet;
use std::time::Duration;

use rosterline_sim::{CloudConfig, HttpFault, Scenario};
use serde_json::{Value, json};

use crate::{Desk, NOON, code, config, ids, of};

const QUERY: &str = "/api/v2/analytics/conversations/details/query";
const TODAY: &str = "2024-05-01T00:00:00.000Z/2024-05-02T00:00:00.000Z";

fn busy(seconds: u64) -> Desk {
    let mut desk = Desk::new(CloudConfig { lag: Duration::ZERO, ..config() });
    desk.seconds(seconds);
    desk
}

fn found(answer: &Value) -> Vec<String> {
    let all = answer["conversations"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().map(|it| it["conversationId"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn an_interval_finds_what_started_on_the_days_that_it_touches() {
    // It is noon: an hour of the morning finds the conversations of the afternoon.
    let mut desk = busy(60);
    let morning = "2024-05-01T01:00:00.000Z/2024-05-01T02:00:00.000Z";
    assert!(!found(&desk.query(&json!({ "interval": morning }).to_string())).is_empty());
    // What began yesterday is not found by today's interval, however long it goes on.
    let wall = rosterline_core::UnixMillis(NOON.0 + 12 * 3_600_000 - 1000);
    let mut desk =
        Desk::new(CloudConfig { wall, conversations: Some(1), lag: Duration::ZERO, ..of(Scenario::Inbound) });
    desk.seconds(20);
    let tomorrow = "2024-05-02T00:00:00.000Z/2024-05-02T01:00:00.000Z";
    assert!(found(&desk.query(&json!({ "interval": tomorrow }).to_string())).is_empty());
    assert_eq!(found(&desk.query(&json!({ "interval": TODAY }).to_string())).len(), 1);
}

#[test]
fn an_answer_without_conversations_has_no_list_of_them() {
    let mut desk = busy(10);
    let answer = desk.query(&json!({ "interval": "2020-01-01T00:00:00Z/2020-01-02T00:00:00Z" }).to_string());
    assert_eq!(answer, json!({ "totalHits": 0 }));
}

#[test]
fn pages_have_25_without_a_word_and_all_of_them_make_the_whole() {
    let mut desk = busy(120);
    let page = |desk: &mut Desk, paging: Value| {
        let answer = desk.query(&json!({ "interval": TODAY, "paging": paging }).to_string());
        (found(&answer), answer["totalHits"].as_u64().expect("a count"))
    };
    let first = desk.query(&json!({ "interval": TODAY }).to_string());
    assert_eq!(found(&first).len(), 25);
    let mut all = BTreeSet::new();
    let mut count = 0;
    for number in 1.. {
        let (some, total) = page(&mut desk, json!({ "pageSize": 40, "pageNumber": number }));
        if some.is_empty() {
            assert_eq!(total, all.len() as u64);
            break;
        }
        count += some.len();
        all.extend(some);
    }
    assert!(count > 80 && count == all.len());
}

#[test]
fn newest_first_is_the_other_way_round() {
    let mut desk = busy(20);
    let up = found(&desk.query(&json!({ "interval": TODAY }).to_string()));
    let mut down = found(&desk.query(&json!({ "interval": TODAY, "order": "desc" }).to_string()));
    down.reverse();
    assert!(up.len() > 5);
    assert_eq!(up, down);
}

#[test]
fn pages_beyond_100_conversations_or_100000_results_are_refused() {
    let mut desk = busy(1);
    for paging in [
        json!({ "pageSize": 101 }),
        json!({ "pageSize": 0 }),
        json!({ "pageNumber": 0 }),
        json!({ "pageNumber": -1 }),
        json!({ "pageNumber": "2" }),
        json!({ "pageSize": 100, "pageNumber": 1001 }),
        json!({ "pageSize": 100, "pageNumber": u64::MAX }),
    ] {
        let body = json!({ "interval": TODAY, "paging": paging }).to_string();
        assert_eq!(code(&desk.ask("POST", QUERY, &body)), (400, "bad.request".into()), "{paging}");
    }
    let last = json!({ "interval": TODAY, "paging": { "pageSize": 100, "pageNumber": 1000 } });
    assert!(desk.query(&last.to_string()).get("conversations").is_none());
}

#[test]
fn filters_ask_for_the_end_the_queue_and_either_of_two() {
    let mut desk = busy(30);
    let predicate =
        |operator: &str| json!({ "type": "dimension", "dimension": "conversationEnd", "operator": operator });
    let ask = |desk: &mut Desk, filters: Value| {
        let body =
            json!({ "interval": TODAY, "paging": { "pageSize": 100 }, "conversationFilters": filters });
        found(&desk.query(&body.to_string())).len()
    };
    let all = ask(&mut desk, json!([]));
    let open = ask(&mut desk, json!([{ "type": "and", "predicates": [predicate("notExists")] }]));
    let over = ask(&mut desk, json!([{ "type": "and", "predicates": [predicate("exists")] }]));
    assert!(open > 0 && over > 0 && open + over == all);
    let either = json!([{ "type": "or", "clauses": [
        { "type": "and", "predicates": [predicate("notExists")] }, { "type": "and", "predicates": [predicate("exists")] } ] }]);
    assert_eq!(ask(&mut desk, either), all);
    let both = json!([{ "type": "and", "predicates": [predicate("notExists"), predicate("exists")] }]);
    assert_eq!(ask(&mut desk, both), 0);
    let queue = desk.cloud.queues()[0].to_string();
    let of_queue = json!({ "interval": TODAY, "paging": { "pageSize": 100 }, "segmentFilters": [
        { "type": "and", "predicates": [{ "dimension": "queueId", "operator": "matches", "value": queue }] }] });
    let some = found(&desk.query(&of_queue.to_string()));
    let truth: BTreeSet<String> = desk
        .cloud
        .facts()
        .iter()
        .filter(|fact| fact.queue.as_ref().is_some_and(|it| it.to_string() == queue))
        .map(|fact| fact.conversation.to_string())
        .collect();
    assert_eq!(some.into_iter().collect::<BTreeSet<_>>(), truth);
}

#[test]
fn the_analytics_know_of_nothing_that_is_younger_than_their_lag() {
    let mut desk = Desk::new(CloudConfig {
        lag: Duration::from_secs(10),
        conversations: Some(1),
        ..of(Scenario::Inbound)
    });
    desk.seconds(9);
    let id = desk.cloud.facts()[0].conversation.to_string();
    let one = format!("/api/v2/analytics/conversations/{id}/details");
    let some = format!("/api/v2/analytics/conversations/details?id={id}");
    assert!(found(&desk.query(&json!({ "interval": TODAY }).to_string())).is_empty());
    assert_eq!(desk.ask("GET", &one, "").status, 404);
    assert_eq!(desk.get(&some), json!({}));
    desk.seconds(1);
    let young = desk.get(&one);
    assert!(young.get("conversationEnd").is_none());
    desk.seconds(20);
    let old = desk.get(&one);
    assert!(old["conversationEnd"].is_string());
    assert!(old["participants"].as_array().map(Vec::len) > young["participants"].as_array().map(Vec::len));
    assert_eq!(desk.get(&some)["conversations"][0], old);
}

#[test]
fn segments_tell_ringing_talk_hold_and_work_without_a_hole() {
    let mut desk = Desk::new(CloudConfig { conversations: Some(1), ..of(Scenario::Consult) });
    desk.seconds(30);
    let id = desk.cloud.facts()[0].conversation.to_string();
    let shown = desk.get(&format!("/api/v2/analytics/conversations/{id}/details"));
    let all = shown["participants"].as_array().expect("participants");
    let agent = all.iter().find(|party| party["purpose"] == "agent").expect("an agent");
    let session = &agent["sessions"][0];
    let segments = session["segments"].as_array().expect("segments");
    let kinds: Vec<&str> = segments.iter().filter_map(|it| it["segmentType"].as_str()).collect();
    assert_eq!(kinds, ["alert", "interact", "hold", "interact", "wrapup"]);
    for pair in segments.windows(2) {
        assert_eq!(pair[0]["segmentEnd"], pair[1]["segmentStart"]);
    }
    let reasons: Vec<&Value> = segments.iter().filter_map(|it| it.get("disconnectType")).collect();
    assert_eq!(reasons, [&json!("peer")], "the reason stands with the last word");
    assert_eq!(segments[3]["disconnectType"], "peer");
    assert_eq!(session["mediaType"], "voice");
}

#[test]
fn whoever_did_not_answer_has_rung_alone_and_its_reason_is_spelled_in_camels() {
    let mut desk = Desk::new(CloudConfig { lag: Duration::ZERO, ..of(Scenario::NoAnswer) });
    desk.seconds(60);
    let answer = desk.query(&json!({ "interval": TODAY, "paging": { "pageSize": 100 } }).to_string());
    let mut reasons = BTreeSet::new();
    for party in answer["conversations"]
        .as_array()
        .expect("some")
        .iter()
        .flat_map(|it| it["participants"].as_array().expect("some"))
    {
        let segments = party["sessions"][0]["segments"].as_array().expect("segments");
        if segments.len() == 1 && segments[0]["segmentType"] == "alert" {
            reasons.extend(segments[0]["disconnectType"].as_str().map(str::to_owned));
        }
    }
    let expected = ["client", "dndEndpoint", "noAnswerTransfer", "system"].map(str::to_owned);
    assert_eq!(reasons, BTreeSet::from(expected));
}

#[test]
fn queues_and_users_are_listed_by_pages() {
    let mut desk = crate::quiet();
    let queues: Vec<String> = desk.cloud.queues().iter().map(ToString::to_string).collect();
    let listed = desk.get("/api/v2/routing/queues?pageSize=100");
    assert_eq!((ids(&listed["entities"]), &listed["total"]), (queues, &json!(4)));
    let mut users = Vec::new();
    for page in 1..=3 {
        let listed = desk.get(&format!("/api/v2/users?pageSize=5&pageNumber={page}"));
        users.extend(ids(&listed["entities"]));
    }
    assert_eq!(users, desk.cloud.users().iter().map(ToString::to_string).collect::<Vec<_>>());
    let one = desk.get(&format!("/api/v2/users/{}", users[0]));
    assert_eq!((&one["id"], &one["name"]), (&json!(users[0]), &json!("User 1")));
}

#[test]
fn a_fault_speaks_the_words_of_the_api_and_a_page_of_a_proxy_its_own() {
    let mut desk = crate::quiet();
    let mut struck = |fault: HttpFault| {
        desk.cloud.fail_queries(1, fault);
        desk.ask("GET", "/api/v2/users", "")
    };
    let busy = struck(HttpFault::Refuse { status: 429, retry_after: Some("7".into()) });
    assert_eq!(
        (code(&busy).1.as_str(), busy.header("retry-after")),
        ("too.many.requests.retry.after", Some("7"))
    );
    assert!(busy.body.contains("in [7] seconds"));
    assert_eq!(code(&struck(HttpFault::refuse(429))), (429, "too.many.requests".into()));
    assert_eq!(code(&struck(HttpFault::refuse(403))), (403, "missing.permissions".into()));
    assert_eq!(code(&struck(HttpFault::refuse(503))), (503, "service.unavailable".into()));
    let page = struck(HttpFault::Page);
    assert!(page.status == 200 && page.body.starts_with("<!doctype html>"));
    assert_eq!(struck(HttpFault::Body(200, "{".into())).body, "{");
}
