//! Gaps that are filled by asking.

use rosterline_core::{Cause, ConnId, Detail, Event, Input, Quota, Reply, Source, State, Step};

use crate::rig::{QUEUE, Rig, config, conversation, seconds, snapshot};

/// A session that has lost and regained its connection, with one open conversation.
fn with_a_gap() -> Rig {
    let (mut rig, conn) = Rig::live(config());
    rig.text(conn, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.pass(seconds(10));
    rig.closed(conn, 1006);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(rig.gaps().len(), 1);
    rig.pass(seconds(0));
    rig
}

fn page(conversations: &[&str]) -> String {
    let all: Vec<String> = conversations
        .iter()
        .map(|id| {
            format!(
                r#"{{"conversationId":"{id}","conversationStart":"2024-05-01T12:00:02.000Z","participants":[
                {{"participantId":"p-{id}","purpose":"agent","userId":"u","sessions":[{{"sessionId":"s-{id}","mediaType":"voice","segments":[
                {{"segmentStart":"2024-05-01T12:00:03.000Z","segmentEnd":"2024-05-01T12:00:05.000Z","segmentType":"interact","disconnectType":"peer","queueId":"{QUEUE}"}}]}}]}}]}}"#
            )
        })
        .collect();
    format!(r#"{{"conversations":[{}],"totalHits":{}}}"#, all.join(","), conversations.len())
}

#[test]
fn open_conversations_are_fetched_and_unknown_ones_found_until_the_data_has_settled() {
    let mut rig = with_a_gap();
    let left = conversation("c", "2024-05-01T12:00:01.000Z", Some("2024-05-01T12:00:04.000Z"));
    let call = rig.answer("/api/v2/conversations/c", 200, &left);
    assert_eq!(call.method, "GET");
    let call = rig.answer("/api/v2/analytics/conversations/details/query", 200, "{}");
    assert!(call.body.contains("conversationFilters"), "{}", call.body);
    assert!(rig.repairs().is_empty() && rig.next_path().is_none());
    rig.pass(seconds(60));
    rig.answer("/details/query", 200, &page(&["d"]));
    let repairs = rig.repairs();
    assert_eq!(repairs.iter().map(|repair| repair.recovered).collect::<Vec<_>>(), [3]);
    assert_eq!(repairs[0].gap, *rig.gaps()[0]);
    assert!(
        rig.events()[1..]
            .iter()
            .all(|event| event.leg.as_ref().is_some_and(|leg| leg.source == Source::Backfill))
    );
    assert_eq!(rig.session.stats().gaps_repaired, 1);
    assert!(matches!(rig.told.last(), Some(Event::Repaired(_))), "it closes behind what it brought");
}

#[test]
fn what_nobody_asked_for_is_not_brought() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    let other = page(&["d"]).replace(QUEUE, "another-queue");
    rig.answer("/details/query", 200, &other);
    rig.pass(seconds(60));
    rig.answer("/details/query", 200, &other);
    assert_eq!(rig.repairs()[0].recovered, 0);
    assert_eq!(rig.events().len(), 1);
}

#[test]
fn what_is_known_already_is_brought_though_it_has_left_the_queue_that_was_asked_for() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    let moved = page(&["c", "d"]).replace(QUEUE, "another-queue");
    rig.answer("/details/query", 200, &moved);
    rig.pass(seconds(60));
    rig.answer("/details/query", 200, &moved);
    assert_eq!(rig.repairs()[0].recovered, 1, "the end of c, and nothing of d");
    assert!(rig.events().iter().all(|event| event.interaction == rosterline_core::Id::new("c")));
}

#[test]
fn with_no_time_to_settle_the_first_answer_counts() {
    let mut at_once = config();
    if let rosterline_core::Service::Notifications(service) = &mut at_once.service {
        service.settle = seconds(0);
    }
    let (mut rig, conn) = Rig::live(at_once);
    rig.text(conn, &snapshot("c", "2024-05-01T12:00:01.000Z", Some("2024-05-01T12:00:02.000Z")));
    rig.closed(conn, 1006);
    rig.pass(seconds(1));
    rig.go_live();
    rig.pass(seconds(0));
    rig.answer("/details/query", 200, "{}");
    assert_eq!(rig.repairs().len(), 1);
}

#[test]
fn a_refused_repair_leaves_the_gap_open_and_says_why() {
    let mut rig = with_a_gap();
    let refused = r#"{"code":"missing.permissions","message":"Unable to perform the requested action. You are missing the following permission(s): analytics:conversationDetail:view","status":403}"#;
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    rig.answer("/details/query", 403, refused);
    let failed = rig.statuses().any(|status| {
        matches!(&status.detail, Detail::RepairFailed { cause: Cause::Refused { step: Step::Repair, message, .. }, .. } if message.contains("analytics:conversationDetail:view"))
    });
    assert!(failed && rig.repairs().is_empty());
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn a_conversation_that_is_gone_is_asked_for_in_the_analytics() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 404, r#"{"code":"conversation.error.conversation.not.found"}"#);
    rig.pass(seconds(0));
    rig.answer("/api/v2/analytics/conversations/c/details", 404, "{}");
    rig.pass(seconds(0));
    rig.answer("/details/query", 200, "{}");
    rig.pass(seconds(60));
    rig.answer("/details/query", 200, "{}");
    assert_eq!(rig.repairs().len(), 1);
}

#[test]
fn pages_are_read_to_the_last() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    let ids: Vec<String> = (0..100).map(|n| format!("x{n}")).collect();
    let full = page(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    rig.answer("/details/query", 200, &full);
    let call = rig.answer("/details/query", 200, &page(&["last"]));
    assert!(call.body.contains(r#""pageNumber":2"#), "{}", call.body);
    rig.pass(seconds(60));
    let call = rig.answer("/details/query", 200, "{}");
    assert!(call.body.contains(r#""pageNumber":1"#));
    assert_eq!(rig.repairs()[0].recovered, 202);
}

#[test]
fn a_page_of_some_guest_network_is_no_answer() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 200, "<!doctype html><title>Sign in</title>");
    assert_eq!((rig.session.stats().rejected, rig.repairs().len()), (0, 0));
    rig.pass(seconds(5));
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    rig.answer("/details/query", 200, "{}");
    rig.pass(seconds(60));
    rig.answer("/details/query", 200, "[]");
    assert!(rig.repairs().is_empty());
    rig.pass(seconds(5));
    rig.answer("/details/query", 200, "{}");
    assert_eq!(rig.repairs().len(), 1);
}

/// Answers for the conversation, with what is left of the budget of requests.
fn answer_with(rig: &mut Rig, quota: Quota) {
    let (request, _) = rig.take_call().expect("the conversation");
    let body = conversation("c", "2024-05-01T12:00:01.000Z", None);
    let reply = Reply { status: 200, quota: Some(quota), body: body.as_bytes(), ..Reply::default() };
    rig.input(Input::Replied { request, result: Ok(reply) });
}

#[test]
fn the_last_twenty_requests_of_a_window_are_left_to_the_channels() {
    for (count, allowed, goes_on) in
        [(279, 300, true), (280, 300, false), (10, 30, true), (19, 30, true), (20, 30, false)]
    {
        let mut rig = with_a_gap();
        answer_with(&mut rig, Quota { count, allowed, reset: 40 });
        assert_eq!(rig.next_path().is_some(), goes_on, "{count} of {allowed}");
        if !goes_on {
            rig.pass(seconds(39));
            assert_eq!(rig.next_path(), None);
            rig.pass(seconds(1));
        }
        rig.answer("/details/query", 200, "{}");
    }
}

#[test]
fn a_repair_that_fails_ten_times_in_a_row_is_given_up_and_says_so() {
    let mut rig = with_a_gap();
    for time in 1..=10 {
        assert!(!rig.statuses().any(|it| matches!(it.detail, Detail::RepairFailed { .. })), "{time}");
        rig.answer("/api/v2/conversations/c", 500, "{}");
        assert_eq!(rig.next_path(), None, "not at once");
        for _ in 0..30 {
            rig.pass(seconds(u64::from(rig.next_path().is_none())));
        }
    }
    assert!(rig.statuses().any(|it| matches!(it.detail, Detail::RepairFailed { .. })));
    assert_eq!((rig.next_path(), rig.state()), (None, State::Live));
}

#[test]
fn a_repair_is_worth_one_new_token_and_no_second() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 401, "{}");
    rig.grant(86_399);
    rig.pass(seconds(0));
    let heir = rig.go_open();
    rig.permit();
    rig.pong(heir);
    rig.pass(seconds(1));
    rig.answer("/api/v2/conversations/c", 401, "{}");
    assert_eq!(rig.next_path(), None);
    rig.pass(seconds(2));
    assert_eq!(rig.next_path().as_deref(), Some("/api/v2/conversations/c"));
}

#[test]
fn a_request_of_a_repair_that_is_not_answered_is_made_again() {
    let mut rig = with_a_gap();
    let (late, _) = rig.take_call().expect("the conversation");
    rig.pass(seconds(15));
    assert_eq!(rig.next_path(), None);
    rig.pass(seconds(1));
    assert_eq!(rig.next_path().as_deref(), Some("/api/v2/conversations/c"));
    rig.input(Input::Replied { request: late, result: Ok(Reply { status: 404, ..Reply::default() }) });
    assert_eq!(rig.session.stats().stale, 1);
}

#[test]
fn what_a_repair_finds_of_offers_and_of_nonsense_is_told_too() {
    let mut rig = with_a_gap();
    let call = |id: &str, fields: &str| format!(r#"{{"id":"{id}","state":"disconnected",{fields}}}"#);
    let vain = call(
        "v",
        r#""startAlertingTime":"2024-05-01T12:00:02.000Z","disconnectedTime":"2024-05-01T12:00:03.000Z""#,
    );
    let nonsense = call("n", r#""connectedTime":"noon""#);
    let body = format!(
        r#"{{"id":"c","participants":[{{"id":"a","purpose":"agent","calls":[{vain},{nonsense}]}}]}}"#
    );
    rig.answer("/api/v2/conversations/c", 200, &body);
    let stats = rig.session.stats();
    assert_eq!((stats.unanswered, stats.received, stats.rejected), (1, 2, 1));
    assert!(
        rig.told.iter().any(|it| matches!(it, Event::Unanswered(offer) if offer.leg.session == "v".into()))
    );
}

#[test]
fn a_gap_does_not_end_the_repair_of_the_one_before() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    rig.answer("/details/query", 200, "{}");
    rig.closed(ConnId(2), 1006);
    rig.pass(seconds(2));
    rig.go_live();
    rig.pass(seconds(0));
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    rig.answer("/details/query", 200, "{}");
    rig.pass(seconds(60));
    rig.answer("/details/query", 200, "{}");
    rig.answer("/details/query", 200, "{}");
    let repaired: Vec<_> = rig.repairs().iter().map(|repair| repair.gap.id).collect();
    assert_eq!(repaired, rig.gaps().iter().map(|gap| gap.id).collect::<Vec<_>>());
}

#[test]
fn a_conversation_that_went_on_to_another_queue_is_still_ours() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    rig.answer("/details/query", 200, &page(&["c"]).replace(QUEUE, "another-queue"));
    assert_eq!(rig.events().len(), 2, "{:?}", rig.events());
}

#[test]
fn no_more_than_a_thousand_pages_are_read() {
    let mut rig = with_a_gap();
    rig.answer("/api/v2/conversations/c", 200, &conversation("c", "2024-05-01T12:00:01.000Z", None));
    let full = format!(r#"{{"conversations":[{}]}}"#, vec![r#"{"conversationId":"x"}"#; 100].join(","));
    for page in 1..=1000 {
        let call = rig.answer("/details/query", 200, &full);
        assert!(call.body.contains(&format!(r#""pageNumber":{page}}}"#)), "{page}: {}", call.body);
    }
    assert_eq!(rig.next_path(), None);
    rig.pass(seconds(60));
    assert!(rig.answer("/details/query", 200, "{}").body.contains(r#""pageNumber":1}"#));
}
