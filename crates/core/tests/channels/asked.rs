//! Requests to the API: what they say, what their answers mean, and how they keep a channel alive.

use rosterline_core::{
    Call, Cause, Config, Detail, Event, Input, Reply, Service, State, Status, Step, Topic,
};

use crate::rig::{Rig, config, seconds, snapshot};

const CHANNELS: &str = "/api/v2/notifications/channels";

/// As many topics of users, and details of what is discovered.
fn detailed(topics: usize) -> Config {
    let mut config = config();
    if let Service::Notifications(service) = &mut config.service {
        service.topics = (0..topics).map(|n| Topic::user(&format!("u{n}")).expect("valid")).collect();
        service.details = true;
    }
    config
}

/// How many topics a request names.
fn topics(call: &Call) -> usize {
    call.body.matches("\"id\"").count()
}

/// The cause with which a session ends when this is the answer to its request for a channel.
fn refused(status: u16, body: &str) -> String {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    rig.answer(CHANNELS, status, body);
    match rig.told.last() {
        Some(Event::Ended(Cause::Refused { step: Step::Channel, status, message })) => {
            format!("{status}: {message}")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_says_what_is_missing_once_and_what_to_do_about_it() {
    let missing = r#"{"code":"odd","message":"no","messageParams":{"permission":"a:b:view"}}"#;
    assert_eq!(refused(403, missing), "odd: no; missing permission: a:b:view");
    assert_eq!(refused(403, r#"{"code":"odd","message":"it takes a:b:view"}"#), "odd: it takes a:b:view");
    let advice =
        "bad.credentials: no; the token is not valid (any longer) in this region; check region and client";
    assert_eq!(refused(403, r#"{"code":"bad.credentials","message":"no"}"#), advice);
}

#[test]
fn where_we_are_not_allowed_no_other_token_is_tried() {
    let refusal = refused(401, r#"{"code":"ip.not.authorized","message":"no"}"#);
    assert!(refusal.contains("add this machine's address"), "{refusal}");
}

#[test]
fn a_request_says_what_it_sends_and_how_much_of_the_answer_it_reads() {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    let mut calls = Vec::new();
    let (request, call) = rig.take_call().expect("a channel");
    let body = r#"{"connectUri":"wss://streaming.example.com/x","id":"CANARYx"}"#;
    rig.input(Input::Replied {
        request,
        result: Ok(Reply { status: 200, body: body.as_bytes(), ..Reply::default() }),
    });
    calls.push(call);
    let conn = rig.go_open();
    calls.push(rig.permit());
    rig.text(conn, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.closed(conn, 1006);
    rig.pass(seconds(1));
    rig.go_live();
    rig.pass(seconds(0));
    calls.push(rig.answer("/api/v2/conversations/c", 200, "{}"));
    let most: Vec<usize> = calls.iter().map(|call| call.max_body).collect();
    assert_eq!(most, [64 << 10, 2 << 20, 16 << 20]);
    for call in calls {
        let is_json = call
            .headers
            .iter()
            .any(|(name, value)| *name == "content-type" && value.expose() == "application/json");
        assert_eq!(is_json, call.method != "GET", "{}", call.method);
    }
}

/// A session whose channel lives for 40 minutes, when it asks for more.
fn expiring() -> Rig {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    rig.give_channel(2400);
    rig.go_open();
    rig.permit();
    rig.pass_until_asked();
    rig
}

#[test]
fn an_extension_that_is_not_answered_is_asked_for_again() {
    let mut rig = expiring();
    let (late, _) = rig.take_call().expect("an extension");
    rig.pass_until_asked();
    assert_eq!(rig.permit().method, "PUT");
    rig.input(Input::Replied { request: late, result: Ok(Reply { status: 404, ..Reply::default() }) });
    rig.pass(seconds(0));
    assert_eq!((rig.session.stats().stale, rig.next_path(), rig.state()), (1, None, State::Live));
}

#[test]
fn an_extension_that_fails_is_tried_again_on_the_same_channel_when_the_service_likes() {
    let mut rig = expiring();
    rig.answer("/subscriptions", 500, "{}");
    rig.pass(seconds(0));
    assert_eq!(rig.next_path(), None);
    rig.pass_until_asked();
    let (request, call) = rig.take_call().expect("an extension");
    assert_eq!(call.method, "PUT");
    let asked = rig.now;
    rig.input(Input::Replied {
        request,
        result: Ok(Reply { status: 429, retry_after: Some("60"), ..Reply::default() }),
    });
    rig.pass_until_asked();
    assert_eq!((rig.now.since(asked), rig.permit().method), (seconds(60), "PUT"));
}

#[test]
fn an_extension_that_is_refused_leads_to_another_channel() {
    let mut rig = expiring();
    rig.answer("/subscriptions", 403, r#"{"code":"not.authorized","message":"no"}"#);
    rig.pass(seconds(0));
    assert_eq!(rig.next_path().as_deref(), Some(CHANNELS));
}

#[test]
fn details_are_asked_for_while_a_channel_has_room_for_all_ten_of_a_conversation() {
    for (few, all) in [(990, 1000), (991, 991), (500, 520)] {
        let (mut rig, conn) = Rig::live(detailed(few));
        for id in ["c", "d"] {
            rig.text(conn, &snapshot(id, "2024-05-01T12:00:01.000Z", None));
        }
        rig.pass(seconds(5));
        let asked = rig.take_call().map_or(few, |(_, call)| topics(&call));
        assert_eq!(asked, all);
    }
}

#[test]
fn details_that_have_no_room_are_told_once_and_have_it_when_others_are_over() {
    let (mut rig, conn) = Rig::live(detailed(980));
    let refused = |rig: &Rig| {
        let is = |status: &&Status| matches!(&status.detail, Detail::TopicRefused { why, .. } if why.contains("1,000"));
        rig.statuses().filter(is).count()
    };
    for id in ["c", "d", "e", "f"] {
        rig.text(conn, &snapshot(id, "2024-05-01T12:00:01.000Z", None));
    }
    assert_eq!(refused(&rig), 1);
    rig.pass(seconds(5));
    assert_eq!(topics(&rig.permit()), 1000);
    rig.text(conn, &snapshot("c", "2024-05-01T12:00:01.000Z", Some("2024-05-01T12:00:09.000Z")));
    rig.text(conn, &snapshot("g", "2024-05-01T12:00:10.000Z", None));
    rig.pass(seconds(5));
    let (_, call) = rig.take_call().expect("it asks for the details of another one");
    assert_eq!((topics(&call), refused(&rig)), (1000, 1));
}

#[test]
fn details_are_asked_for_on_the_channel_that_has_room_and_on_no_other() {
    let mut rig = Rig::new(detailed(1500));
    rig.grant(86_399);
    (0..2).for_each(|_| rig.give_channel(86_400));
    let conns = [(); 2].map(|()| rig.take_open().expect("it dials").0);
    for conn in conns {
        rig.input(Input::Opened { conn });
        rig.permit();
    }
    rig.text(conns[0], &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.pass(seconds(5));
    assert_eq!(topics(&rig.permit()), 510);
    assert_eq!(rig.next_path(), None);
}

#[test]
fn topics_that_are_set_after_the_end_open_nothing() {
    let (mut rig, conn) = Rig::live(detailed(1));
    rig.session.close(rig.now);
    rig.drain();
    for is_over in [false, true] {
        let more = (0..2500).map(|n| Topic::user(&format!("m{n}")).expect("valid")).collect();
        rig.session.set_topics(more, rig.now).expect("they are few enough");
        rig.pass(seconds(1));
        assert!(rig.take_open().is_none() && rig.next_path().is_none());
        assert_eq!(rig.session.is_ended(), is_over);
        if !is_over {
            rig.closed(conn, 1000);
        }
    }
}
