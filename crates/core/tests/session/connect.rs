//! Sections 2 and 3: connect, authenticate, subscribe.

use rosterline_core::{Action, Cause, Closed, Detail, Event, Frame, Input, State, Step, Subscription};

use crate::rig::{Rig, asking_for, config, frame, joined, seconds};

#[test]
fn the_messages_are_those_of_the_protocol() {
    let subscription = Subscription::interaction("123e4567-e89b-12d3-a456-426614174000")
        .and_then(|one| one.channels(["voice", "chat"]))
        .expect("valid");
    let mut rig = Rig::new(asking_for(subscription));
    let conn = rig.go_open();
    assert_eq!(rig.take_sent().as_deref(), Some(r#"{"token":"CANARY-token-1"}"#));
    assert_eq!(rig.take_sent(), None, "nothing else before the answer");
    rig.text(conn, r#"{"status":"connected"}"#);
    let subscribe = r#"{"filter":{"id":"123e4567-e89b-12d3-a456-426614174000","channels":["voice","chat"]}}"#;
    assert_eq!(rig.take_sent().as_deref(), Some(subscribe));
    rig.text(conn, r#"{"status":"subscribed"}"#);
    let states: Vec<State> = rig.statuses().iter().map(|status| status.state).collect();
    assert_eq!(states, [State::Connecting, State::Authenticating, State::Subscribing, State::Live]);
}

#[test]
fn everything_is_a_filter_without_fields() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.take_sent();
    rig.text(conn, r#"{"status":"connected"}"#);
    assert_eq!(rig.take_sent().as_deref(), Some(r#"{"filter":{}}"#));
}

#[test]
fn an_empty_filter_is_a_mistake_of_the_caller() {
    assert!(Subscription::interaction("").is_err());
    assert!(Subscription::all().channels([""]).is_err());
}

#[test]
fn acknowledgements_may_hold_anything_else() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.text(conn, r#"{"session":{"id":7},"status":"connected","expires":86399,"ok":true,"message":null}"#);
    rig.text(conn, r#"{"status":"subscribed","topics":["a",1]}"#);
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn each_step_has_its_deadline() {
    let mut rig = Rig::new(config());
    rig.grant_next(1000);
    let dialled = rig.take_open().expect("dials");
    rig.pass(seconds(15));
    assert_timeout(&rig, Step::Dial);
    rig.input(Input::Opened { conn: dialled });
    assert_eq!(rig.session.stats().stale, 1, "an old connection that opens late changes nothing");

    rig.pass(seconds(1));
    rig.go_open();
    rig.pass(seconds(10));
    assert_timeout(&rig, Step::Authenticate);

    rig.pass(seconds(2));
    let conn = rig.go_open();
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.pass(seconds(10));
    assert_timeout(&rig, Step::Subscribe);
    assert_eq!(rig.dropped(), 3, "a failed step closes what it opened");
}

fn assert_timeout(rig: &Rig, step: Step) {
    let Some(Detail::Retry { cause: Cause::Timeout(found), .. }) = rig.details().last() else {
        panic!("{:?}", rig.details().last())
    };
    assert_eq!(*found, step);
}

#[test]
fn a_refused_token_is_replaced_once_and_then_it_is_final() {
    let refusals: [fn(&mut Rig); 4] = [
        |rig| {
            let conn = rig.go_open();
            rig.text(conn, r#"{"status":"unauthorized","message":"no"}"#);
        },
        |rig| {
            let conn = rig.go_open();
            rig.closed(conn, Closed::Frame { code: Some(4401), reason: "expired" });
        },
        |rig| refuse_handshake(rig, 401),
        |rig| refuse_handshake(rig, 403),
    ];
    for refuse in refusals {
        let mut rig = Rig::new(config());
        refuse(&mut rig);
        assert_eq!(rig.ended(), None);
        rig.pass(std::time::Duration::ZERO);
        assert!(
            rig.actions.iter().any(|action| matches!(action, Action::Call { .. })),
            "a new token, at once"
        );
        refuse(&mut rig);
        assert!(matches!(rig.ended(), Some(Cause::Refused { .. })), "{:?}", rig.ended());
        rig.pass(seconds(600));
        assert!(rig.take_open().is_none() && rig.take_call().is_none());
    }
}

fn refuse_handshake(rig: &mut Rig, status: u16) {
    if let Some((request, _)) = rig.take_call() {
        rig.grant(request, 1000);
    }
    let conn = rig.take_open().expect("dials");
    rig.closed(conn, Closed::Status { status, retry_after: None, date: None });
}

#[test]
fn an_accepted_token_forgives_an_earlier_refusal() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.text(conn, r#"{"status":"no"}"#);
    rig.pass(seconds(0));
    let conn = rig.go_live();
    rig.closed(conn, Closed::Frame { code: Some(1001), reason: "" });
    rig.pass_until_attempt();
    let conn = rig.go_open();
    rig.text(conn, r#"{"status":"no"}"#);
    assert_eq!(rig.ended(), None);
    rig.pass(seconds(0));
    rig.go_live();
}

#[test]
fn a_busy_server_is_given_the_time_it_asks_for() {
    for (status, retry_after, wait) in
        [(429, Some("20"), 20), (503, Some("1"), 1), (503, None, 1), (404, None, 1)]
    {
        let mut rig = Rig::new(config());
        rig.grant_next(1000);
        let conn = rig.take_open().expect("dials");
        rig.closed(conn, Closed::Status { status, retry_after, date: None });
        rig.pass(seconds(wait) - std::time::Duration::from_millis(1));
        assert!(rig.take_open().is_none(), "{status}");
        rig.pass(std::time::Duration::from_millis(1));
        assert!(rig.take_open().is_some(), "{status}");
    }
}

#[test]
fn a_refused_subscription_is_final_and_says_why() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.text(conn, r#"{"status":"forbidden","message":"scope is missing"}"#);
    let Some(Cause::Refused { step: Step::Subscribe, status, message }) = rig.ended() else { panic!() };
    assert_eq!((&**status, &**message), ("forbidden", "scope is missing"));
    assert_eq!(rig.close_codes(), [1000]);
    assert_eq!(rig.dropped(), 1);
}

#[test]
fn events_before_the_acknowledgements_are_not_lost() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.text(conn, &frame([joined("a", 1)]));
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.text(conn, &frame([joined("b", 2)]));
    rig.text(conn, &format!(r#"{{"status":"subscribed","events":[{}]}}"#, joined("c", 3)));
    assert_eq!(rig.state(), State::Live);
    assert_eq!(rig.participants(), ["a", "b", "c"]);
}

#[test]
fn an_answer_that_comes_twice_changes_nothing() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.text(conn, r#"{"status":"subscribed"}"#);
    rig.text(conn, r#"{"status":"subscribed"}"#);
    assert_eq!(rig.state(), State::Live);
    assert_eq!(rig.session.stats().notices, 2, "but it is counted");
}

#[test]
fn a_new_subscription_replaces_the_old_one_without_reconnecting() {
    let mut rig = Rig::live(config());
    let one = Subscription::interaction("call").expect("valid");
    rig.session.subscribe(one, rig.now);
    rig.drain();
    assert_eq!(rig.take_sent().as_deref(), Some(r#"{"filter":{"id":"call"}}"#));
    assert_eq!(rig.state(), State::Subscribing);
    let conn = rosterline_core::ConnId(1);
    rig.text(conn, &frame([joined("a", 1)]));
    rig.text(conn, r#"{"status":"subscribed"}"#);
    assert_eq!(rig.state(), State::Live);
    assert_eq!((rig.session.stats().dials, rig.participants().len()), (1, 1));
    assert_eq!(rig.session.stats().reconnects, 0, "nothing was lost");
    rig.cut(conn);
    rig.pass(seconds(1));
    let conn = rig.go_open();
    rig.take_sent();
    rig.text(conn, r#"{"status":"connected"}"#);
    assert_eq!(rig.take_sent().as_deref(), Some(r#"{"filter":{"id":"call"}}"#), "and it is kept");
}

#[test]
fn what_the_server_says_besides_is_passed_on() {
    let mut rig = Rig::live(config());
    let conn = rosterline_core::ConnId(1);
    rig.text(conn, r#"{"status":"closing","message":"maintenance"}"#);
    let Some(Detail::Notice { status, message }) = rig.details().last() else { panic!() };
    assert_eq!((&**status, &**message), ("closing", "maintenance"));
    rig.text(conn, r#"{"heartbeat":1}"#);
    assert_eq!(rig.session.stats().notices, 2);
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn frames_of_an_old_connection_change_nothing() {
    let mut rig = Rig::live(config());
    let old = rosterline_core::ConnId(1);
    rig.cut(old);
    rig.pass(seconds(1));
    rig.go_live();
    rig.input(Input::Frame { conn: old, frame: Frame::Text(&frame([joined("ghost", 1)])) });
    rig.cut(old);
    assert_eq!(rig.session.stats().stale, 2);
    assert_eq!(rig.state(), State::Live);
    assert!(!rig.told.iter().any(|event| matches!(event, Event::Presence(_))));
}

#[test]
fn what_a_connection_says_after_it_was_dropped_is_stale() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.pass(seconds(10));
    assert_timeout(&rig, Step::Authenticate);
    rig.text(conn, &frame([joined("ghost", 1)]));
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.cut(conn);
    assert_eq!((rig.session.stats().stale, rig.session.stats().received), (3, 0));
    assert_eq!((rig.state(), rig.take_sent().is_some()), (State::Waiting, true), "the hello, and no more");
    assert_eq!(rig.take_sent(), None);
}

#[test]
fn no_server_makes_us_wait_longer_than_an_hour() {
    for retry_after in ["86400", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let mut rig = Rig::new(config());
        rig.grant_next(86_399);
        let conn = rig.take_open().expect("dials");
        rig.closed(conn, Closed::Status { status: 503, retry_after: Some(retry_after), date: None });
        rig.pass(seconds(3599));
        assert!(rig.take_open().is_none(), "{retry_after}");
        rig.pass(seconds(1));
        assert!(rig.take_open().is_some(), "{retry_after}");
    }
}
