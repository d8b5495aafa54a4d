//! Section 7: a gap that the REST API fills.

use rosterline_core::{
    Action, Backfill, Cause, Closed, Config, ConnId, Detail, Endpoint, Event, Input, Policy, Presence, Reply,
    Service, State, Subscription,
};

use crate::rig::{Rig, asking_for, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);
const QUERY: &str = "/api/v2/analytics/conversations/details/query";

fn with_backfill(mut config: Config) -> Config {
    if let Service::Stream { backfill, .. } = &mut config.service {
        let api_url = Endpoint::new("https://api.example.com").expect("valid");
        *backfill = Some(Backfill { api_url, settle: seconds(60) });
    }
    config
}

/// A session that was told at second 1 that `a` joined, lost its connection at 10, and is live again at 11.
fn interrupted(config: Config) -> Rig {
    interrupted_after(1, config)
}

/// The same, with `a` in another second.
fn interrupted_after(second: u32, config: Config) -> Rig {
    let mut rig = Rig::live(with_backfill(config));
    rig.pass(seconds(second.into()));
    rig.text(CONN, &frame([joined("a", second)]));
    rig.pass(seconds(u64::from(10 - second)));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    rig.pass(seconds(0));
    rig
}

/// Answers the next request, which has to end like this.
fn answer(rig: &mut Rig, path: &str, status: u16, body: &str) {
    let (request, call) = rig.take_call().expect("it asks");
    let url = call.url.expose();
    assert_eq!(url.strip_prefix("https://api.example.com"), Some(path));
    assert!(
        call.headers
            .iter()
            .any(|(name, value)| *name == "authorization" && value.expose().starts_with("Bearer "))
    );
    rig.reply(request, status, body, None);
}

/// The analytics of one conversation: each was there from one second to another, and left for this reason.
fn analytics(id: &str, medium: &str, sessions: &[(&str, u32, u32)]) -> String {
    let sessions = sessions.iter().enumerate().map(|(n, (who, from, to))| {
        format!(
            r#"{{"participantId":"{who}","purpose":"agent","sessions":[{{"sessionId":"s{n}","mediaType":"{medium}","segments":[{{"segmentStart":"2024-05-01T12:00:{from:02}.000Z","segmentEnd":"2024-05-01T12:00:{to:02}.000Z","segmentType":"interact","disconnectType":"noAnswerTransfer"}}]}}]}}"#
        )
    });
    let sessions: Vec<String> = sessions.collect();
    format!(
        r#"{{"conversationId":"{id}","conversationStart":"2024-05-01T12:00:00.000Z","participants":[{}]}}"#,
        sessions.join(",")
    )
}

fn page(conversations: &[String]) -> String {
    format!(r#"{{"conversations":[{}],"totalHits":{}}}"#, conversations.join(","), conversations.len())
}

/// What was told, in short.
fn told(rig: &Rig) -> Vec<String> {
    let short = |it: &Presence| {
        format!(
            "{} {} {}",
            &it.at.to_string()[17..19],
            it.participant,
            it.kind.name().replace("Participant", "")
        )
    };
    rig.told
        .iter()
        .filter_map(|event| match event {
            Event::Presence(it) => Some(short(it)),
            Event::Gap(_) => Some("gap".to_string()),
            Event::Repaired(repair) => Some(format!("repaired, {}", repair.recovered)),
            _ => None,
        })
        .collect()
}

#[test]
fn what_the_query_knows_of_the_gap_is_brought_and_nothing_else() {
    let mut rig = interrupted(config());
    // `a` was told; `c` came when the session heard everything again, but for what was just under way at 13.
    let known = page(&[analytics("call", "voice", &[("a", 1, 5), ("b", 4, 9), ("c", 13, 14)])]);
    answer(&mut rig, QUERY, 200, &known);
    assert_eq!(told(&rig), ["01 a Joined", "gap", "04 b Joined", "05 a Left", "09 b Left", "13 c Joined"]);
    rig.pass(seconds(60));
    answer(
        &mut rig,
        QUERY,
        200,
        &page(&[analytics("call", "voice", &[("a", 1, 5), ("b", 4, 9), ("d", 3, 8)])]),
    );
    assert_eq!(told(&rig)[6..], ["03 d Joined", "08 d Left", "repaired, 6"]);
    let stats = rig.session.stats();
    assert_eq!((stats.received, stats.delivered, stats.duplicate, stats.gaps_repaired), (7, 7, 0, 1));
}

#[test]
fn what_was_told_with_another_reason_or_before_the_subscription_is_no_news() {
    let mut rig = Rig::live(with_backfill(config()));
    rig.text(CONN, &frame([joined("a", 1).replace("\"channel\"", "\"reason\":\"transfer\",\"channel\"")]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    rig.pass(seconds(0));
    let before = analytics("old", "voice", &[("b", 0, 2)]).replace("12:00:00", "11:59:59");
    answer(&mut rig, QUERY, 200, &page(&[analytics("call", "voice", &[("a", 1, 30)]), before]));
    assert_eq!(told(&rig), ["01 a Joined", "gap", "02 b Left"]);
}

#[test]
fn it_is_told_as_the_stream_would_have_told_it() {
    let mut rig = interrupted(config());
    answer(&mut rig, QUERY, 200, &page(&[analytics("call", "voice", &[("b", 4, 9)])]));
    let of_b =
        rig.told.iter().filter_map(|event| if let Event::Presence(it) = event { Some(it) } else { None });
    let of_b: Vec<&Presence> = of_b.skip(1).collect();
    assert!(
        of_b.iter().all(|it| it.leg.is_none() && &*it.channel == "voice" && it.interaction == "call".into())
    );
    assert_eq!(of_b[1].reason.as_deref(), Some("transfer.noanswer"));
    // The server tells of it late: that is nothing new.
    rig.text(ConnId(2), &frame([joined("b", 4)]));
    assert_eq!(rig.session.stats().duplicate, 1);
}

#[test]
fn only_what_was_asked_for_is_brought() {
    let chats = Subscription::all().channels(["chat"]).expect("valid");
    let mut rig = interrupted(asking_for(chats));
    let both = page(&[analytics("call", "voice", &[("b", 4, 9)]), analytics("talk", "chat", &[("c", 5, 6)])]);
    answer(&mut rig, QUERY, 200, &both);
    assert_eq!(told(&rig)[2..], ["05 c Joined", "06 c Left"]);

    let mut rig = interrupted(asking_for(Subscription::interaction("call").expect("valid")));
    let now = r#"{"id":"call","participants":[{"id":"b","calls":[{"id":"s","state":"connected","connectedTime":"2024-05-01T12:00:04.000Z"}]}]}"#;
    answer(&mut rig, "/api/v2/conversations/call", 200, now);
    assert_eq!(told(&rig)[2..], ["04 b Joined", "repaired, 1"]);
}

#[test]
fn what_is_not_there_by_its_id_is_looked_for_once_it_has_settled() {
    let mut rig = interrupted(asking_for(Subscription::interaction("call").expect("valid")));
    answer(&mut rig, "/api/v2/conversations/call", 404, "{}");
    answer(&mut rig, "/api/v2/analytics/conversations/call/details", 404, "{}");
    answer(&mut rig, QUERY, 200, "{}");
    assert!(!told(&rig).iter().any(|it| it.starts_with("repaired")), "it may come yet");
    rig.pass(seconds(60));
    answer(&mut rig, QUERY, 200, &page(&[analytics("call", "voice", &[("b", 4, 9)])]));
    assert_eq!(told(&rig)[2..], ["04 b Joined", "09 b Left", "repaired, 2"]);
}

#[test]
fn what_the_buffer_dropped_is_asked_for_again() {
    let mut small = with_backfill(config());
    (small.buffer.capacity, small.buffer.policy) = (1, Policy::DropOldest);
    let mut rig = Rig::live(small);
    rig.pass(seconds(10));
    rig.text_unread(CONN, &frame([joined("a", 1), joined("b", 2)]));
    rig.drain();
    rig.pass(seconds(0));
    assert_eq!(told(&rig), ["gap", "02 b Joined"]);
    let now = r#"{"id":"call","participants":[{"id":"a","calls":[{"id":"s","state":"connected","connectedTime":"2024-05-01T12:00:01Z"}]}]}"#;
    answer(&mut rig, "/api/v2/conversations/call", 200, now);
    assert_eq!(told(&rig)[2..], ["01 a Joined", "repaired, 1"]);
}

#[test]
fn an_event_of_tomorrow_does_not_put_it_off_to_tomorrow() {
    let mut small = with_backfill(config());
    (small.buffer.capacity, small.buffer.policy) = (1, Policy::DropOldest);
    let mut rig = Rig::live(small);
    rig.pass(seconds(10));
    rig.text_unread(CONN, &frame([joined("a", 1).replace("05-01T", "05-02T"), joined("b", 2)]));
    rig.drain();
    rig.pass(seconds(0));
    answer(&mut rig, "/api/v2/conversations/call", 404, "{}");
    answer(&mut rig, "/api/v2/analytics/conversations/call/details", 404, "{}");
    answer(&mut rig, QUERY, 200, "{}");
    rig.pass(seconds(60));
    answer(&mut rig, QUERY, 200, "{}");
    assert_eq!(told(&rig)[2..], ["repaired, 0"]);
}

#[test]
fn a_refusal_leaves_the_gap_open_and_the_stream_alone() {
    let mut rig = interrupted(config());
    answer(
        &mut rig,
        QUERY,
        403,
        r#"{"code":"missing.permissions","message":"analytics:conversationDetail:view"}"#,
    );
    let said = |detail: &&Detail| matches!(detail, Detail::RepairFailed { cause: Cause::Refused { message, .. }, .. } if message.contains("conversationDetail"));
    assert!(rig.details().iter().any(said));
    assert_eq!(rig.state(), State::Live);
    rig.pass(seconds(600));
    assert_eq!((rig.take_call().is_none(), rig.session.stats().gaps_repaired), (true, 0));
}

#[test]
fn without_a_source_nobody_is_asked() {
    let mut rig = Rig::live(config());
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    rig.pass(seconds(600));
    assert!(rig.take_call().is_none());
}

#[test]
fn its_url_is_checked_like_the_others() {
    let mut config = with_backfill(config());
    if let Service::Stream { backfill: Some(backfill), .. } = &mut config.service {
        backfill.api_url = Endpoint::new("http://api.example.com").expect("valid");
    }
    assert_eq!(config.check().expect_err("in clear").what, "api_url");
    config.allow_insecure = true;
    assert_eq!(config.check(), Ok(()));
}

/// A page of the query as bytes that arrive while the application takes nothing.
fn answer_unread(rig: &mut Rig, status: u16, body: &str) {
    let (request, _) = rig.take_call().expect("it asks");
    let reply = Reply { status, body: body.as_bytes(), ..Reply::default() };
    rig.session.handle(Input::Replied { request, result: Ok(reply) }, rig.now);
    rig.drain_actions();
}

/// As [`interrupted`], but nobody takes anything after the loss.
fn interrupted_unread() -> Rig {
    let mut rig = Rig::live(with_backfill(config()));
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.pass(seconds(10));
    lose_unread(&mut rig, CONN, 1);
    rig
}

/// The connection is lost, and so many seconds later there is another.
fn lose_unread(rig: &mut Rig, conn: ConnId, time: u64) {
    rig.session.handle(Input::Closed { conn, how: Closed::Frame { code: None, reason: "" } }, rig.now);
    rig.pass_unread(seconds(time));
    let conn = rig.take_open().expect("it dials");
    rig.session.handle(Input::Opened { conn }, rig.now);
    for text in [r#"{"status":"connected"}"#, r#"{"status":"subscribed"}"#] {
        rig.text_unread(conn, text);
    }
    rig.pass_unread(seconds(0));
}

/// A session of whose words more than a thousand wait: from here on, gaps of a kind are joined.
fn crowded() -> Rig {
    let mut rig = Rig::live(with_backfill(config()));
    rig.pass(seconds(1));
    rig.text(CONN, &frame([joined("a", 1)]));
    (0..1100).for_each(|_| rig.text_unread(CONN, r#"{"status":"news"}"#));
    rig
}

#[test]
fn what_is_found_before_the_application_knows_of_the_gap_waits_for_that() {
    let mut rig = interrupted_unread();
    let known = page(&[analytics("call", "voice", &[("b", 4, 9)])]);
    answer_unread(&mut rig, 200, &known);
    assert_eq!(rig.session.stats().received, 1, "what is held was not received yet");
    rig.pass_unread(seconds(60));
    answer_unread(&mut rig, 200, &known);
    rig.drain();
    assert_eq!(told(&rig), ["01 a Joined", "gap", "04 b Joined", "09 b Left", "repaired, 2"]);
}

#[test]
fn a_repair_that_was_given_up_before_its_gap_was_told_does_not_begin_again() {
    let mut rig = interrupted_unread();
    answer_unread(&mut rig, 403, r#"{"code":"missing.permissions","message":"no"}"#);
    rig.drain();
    rig.pass(seconds(600));
    assert_eq!((rig.gaps().len(), rig.take_call().is_none()), (1, true));
}

#[test]
fn what_happened_two_seconds_before_the_gap_may_be_missing_and_nothing_earlier() {
    let mut rig = interrupted_after(10, config());
    let known = page(&[analytics("call", "voice", &[("b", 7, 8), ("c", 6, 12)])]);
    answer(&mut rig, QUERY, 200, &known);
    assert_eq!(told(&rig)[2..], ["08 b Left", "12 c Left"]);
}

#[test]
fn an_unanswered_offer_is_nothing_that_a_stream_tells() {
    let mut rig = interrupted(config());
    let vain = r#"{"conversationId":"call","participants":[{"participantId":"b","purpose":"agent","userId":"u","sessions":[{"sessionId":"s","mediaType":"voice","segments":[{"segmentStart":"2024-05-01T12:00:04.000Z","segmentEnd":"2024-05-01T12:00:08.000Z","segmentType":"alert","disconnectType":"noAnswerTransfer"}]}]}]}"#;
    answer(&mut rig, QUERY, 200, &page(&[vain.to_string()]));
    assert_eq!(rig.session.stats().unanswered, 0);
    assert!(!rig.told.iter().any(|event| matches!(event, Event::Unanswered(_))));
}

#[test]
fn gaps_that_become_one_while_nobody_reads_are_repaired_as_one() {
    let mut rig = crowded();
    for (conn, medium) in [(CONN, "voice"), (ConnId(2), "chat")] {
        lose_unread(&mut rig, conn, 9);
        answer_unread(&mut rig, 200, &page(&[analytics(medium, medium, &[("b", 4, 8)])]));
    }
    rig.pass_unread(seconds(70));
    answer_unread(&mut rig, 200, "{}");
    rig.drain();
    assert_eq!(
        told(&rig),
        ["01 a Joined", "gap", "04 b Joined", "08 b Left", "04 b Joined", "08 b Left", "repaired, 4"]
    );
    let gap = rig.gaps()[0];
    let span = [gap.from, gap.to].map(|at| at.to_string()[17..19].to_string());
    assert_eq!((span, rig.session.stats().gaps), (["01".to_string(), "19".to_string()], 1));
    assert_eq!(rig.take_call().map(|(_, call)| call.body), None);
}

#[test]
fn a_query_that_is_on_its_way_when_its_gap_grows_is_made_anew() {
    let mut rig = crowded();
    lose_unread(&mut rig, CONN, 5);
    let (first, _) = rig.take_call().expect("a query");
    lose_unread(&mut rig, ConnId(2), 5);
    assert!(rig.actions.iter().any(|it| matches!(it, Action::Cancel { request } if *request == first)));
    assert!(rig.take_call().expect("another").1.body.contains("12:00:11.000Z"));
    rig.reply(first, 200, "{}", None);
    assert_eq!(rig.session.stats().stale, 1);
}
