//! Section 1: the token.

use std::time::Duration;

use rosterline_core::{Action, Auth, Cause, Detail, Failure, Grant, Input, Network, NoToken, State, Step};

use crate::rig::{Rig, SECRET, config, seconds};

#[test]
fn the_request_is_the_one_of_the_protocol() {
    let mut rig = Rig::new(config());
    let (_, call) = rig.take_call().expect("it asks for a token first");
    assert_eq!((call.method, call.url.expose()), ("POST", "https://login.example.com/oauth/token"));
    assert_eq!((&*call.body, call.max_body), ("grant_type=client_credentials", 65_536));
    let header = |name| call.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.expose());
    assert_eq!(header("authorization"), Some("Basic Y2xpZW50OkNBTkFSWS1jbGllbnQtc2VjcmV0"));
    assert_eq!(header("content-type"), Some("application/x-www-form-urlencoded"));
    assert!(rig.take_open().is_none(), "nothing is dialled without a token");
}

#[test]
fn it_is_renewed_300_seconds_before_its_end_without_dropping_the_session() {
    let mut rig = Rig::new(config());
    rig.grant_next(3600);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 3299);
    assert!(rig.take_call().is_none(), "too early");
    quiet(&mut rig, conn, 2);
    rig.grant_next(3600);
    assert_eq!(rig.details().last(), Some(&&Detail::TokenRenewed));
    assert_eq!(rig.state(), State::Live);
    assert_eq!(rig.session.stats().dials, 1);
    assert_eq!(rig.session.stats().tokens, 2);
}

/// Lets time pass on a connection that is alive.
fn quiet(rig: &mut Rig, conn: rosterline_core::ConnId, time: u64) {
    for _ in 0..time {
        rig.pass(seconds(1));
        rig.text(conn, r#"{"events":[]}"#);
    }
}

#[test]
fn a_short_life_is_renewed_at_its_half() {
    let mut rig = Rig::new(config());
    rig.grant_next(100);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 49);
    assert!(rig.take_call().is_none());
    quiet(&mut rig, conn, 2);
    assert!(rig.take_call().is_some());
}

#[test]
fn the_old_token_serves_while_renewal_fails_and_until_its_end() {
    let mut rig = Rig::new(config());
    rig.grant_next(1000);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 701);
    let (request, _) = rig.take_call().expect("due");
    rig.reply(request, 503, "", None);
    assert!(matches!(rig.details().last(), Some(Detail::RenewalFailed(Cause::Http { status: 503, .. }))));
    assert_eq!(rig.state(), State::Live);
    rig.cut(conn);
    rig.pass(seconds(1));
    let (request, _) = rig.take_call().expect("a reconnect asks again first");
    rig.reply(request, 503, "", None);
    assert!(rig.take_open().is_some(), "and takes the old one, which is good for 290 s more");
}

#[test]
fn an_expired_token_is_never_sent() {
    let mut rig = Rig::new(config());
    rig.grant_next(700);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 401);
    let (request, _) = rig.take_call().expect("due");
    rig.reply(request, 500, "", Some("600"));
    quiet(&mut rig, conn, 300);
    rig.cut(conn);
    rig.pass(seconds(1));
    let (request, _) = rig.take_call().expect("it asks again");
    rig.reply(request, 500, "", None);
    assert!(rig.take_open().is_none(), "and does not go back to the old one");
}

#[test]
fn a_refusal_of_the_credentials_is_final() {
    let invalid = r#"{"error":"invalid_client","error_description":"client not found"}"#;
    for (status, body, word) in [
        (400, invalid, "invalid_client"),
        (401, r#"{"error":"invalid_grant"}"#, "invalid_grant"),
        (403, "<html>no</html>", "HTTP 403"),
        (404, "", "HTTP 404"),
    ] {
        let mut rig = Rig::new(config());
        let (request, _) = rig.take_call().expect("a request");
        rig.reply(request, status, body, None);
        let Some(Cause::Refused { step: Step::Token, status, .. }) = rig.ended() else {
            panic!("{status}: {:?}", rig.ended())
        };
        assert_eq!(&**status, word);
        assert!(rig.session.is_ended());
    }
}

#[test]
fn trouble_of_the_endpoint_is_retried_and_its_wish_to_wait_is_honoured() {
    for (status, retry_after, wait) in [
        (429, Some("7"), 7),
        (429, None, 1),
        (429, Some("Wed, 01 May 2024 12:00:09 GMT"), 9),
        (503, Some("soon"), 1),
        (500, None, 1),
        (200, None, 1),
    ] {
        let mut rig = Rig::new(config());
        let (request, _) = rig.take_call().expect("a request");
        rig.reply(request, status, r#"{"access_token":"","expires_in":1}"#, retry_after);
        assert_eq!(rig.state(), State::Waiting);
        rig.pass(seconds(wait) - Duration::from_millis(1));
        assert!(rig.take_call().is_none(), "{status}");
        rig.pass(Duration::from_millis(1));
        assert!(rig.take_call().is_some(), "{status}");
    }
}

#[test]
fn a_silent_endpoint_has_ten_seconds() {
    let mut rig = Rig::new(config());
    let (request, _) = rig.take_call().expect("a request");
    rig.pass(seconds(10));
    assert!(
        rig.actions.iter().any(|action| matches!(action, Action::Cancel { request: r } if *r == request))
    );
    assert!(matches!(
        rig.details().last(),
        Some(Detail::Retry { cause: Cause::Timeout(Step::Token), delay }) if *delay == seconds(1)
    ));
    rig.grant(request, 100);
    assert_eq!(rig.session.stats().stale, 1, "an answer that comes too late changes nothing");
    assert_eq!(rig.state(), State::Waiting);
}

#[test]
fn an_answer_that_is_no_token_names_what_is_wrong_and_never_the_token() {
    for body in [
        "",
        "null",
        "[]",
        r#"{"token_type":"bearer","expires_in":86399}"#,
        r#"{"access_token":"CANARY-x","expires_in":0}"#,
        r#"{"access_token":"CANARY-x","expires_in":-1}"#,
        r#"{"access_token":"CANARY-x","expires_in":"soon"}"#,
        r#"{"access_token":"CANARY-x"}"#,
        r#"{"access_token":7,"expires_in":100}"#,
    ] {
        let mut rig = Rig::new(config());
        let (request, _) = rig.take_call().expect("a request");
        rig.reply(request, 200, body, None);
        let Some(Detail::Retry { cause, .. }) = rig.details().last() else { panic!("{body}") };
        assert!(matches!(cause, Cause::BadToken(_)), "{body}: {cause}");
        let text = format!("{cause} {cause:?}");
        assert!(text.contains("200") && !text.contains("CANARY"), "{text}");
    }
}

#[test]
fn the_network_is_retried_too() {
    let mut rig = Rig::new(config());
    let (request, _) = rig.take_call().expect("a request");
    let failure = Failure { kind: Network::Connect, detail: "connection refused" };
    rig.input(Input::Replied { request, result: Err(failure) });
    assert_eq!(rig.state(), State::Waiting);
    for _ in 1..5 {
        rig.pass(seconds(30));
        if let Some((request, _)) = rig.take_call() {
            rig.input(Input::Replied { request, result: Err(failure) });
        }
    }
    assert!(matches!(rig.ended(), Some(Cause::Exhausted { attempts: 5, was_live: false, .. })));
}

#[test]
fn only_one_request_is_in_flight() {
    let mut rig = Rig::new(config());
    assert!(rig.take_call().is_some());
    rig.pass(seconds(9));
    assert!(rig.take_call().is_none());
}

#[test]
fn an_application_can_bring_its_own() {
    let mut rig = Rig::new(rosterline_core::Config { auth: Auth::External, ..config() });
    let Some(Action::Token { request, refused: false }) = rig.actions.pop() else {
        panic!("{:?}", rig.actions)
    };
    rig.input(Input::Token {
        request,
        result: Ok(Grant { token: "CANARY-own", lifetime: seconds(900), renew_in: None }),
    });
    let conn = rig.go_open();
    assert_eq!(rig.take_sent().as_deref(), Some(r#"{"token":"CANARY-own"}"#));
    rig.text(conn, r#"{"status":"denied"}"#);
    rig.pass(Duration::ZERO);
    let Some(Action::Token { request, refused: true }) = rig.actions.pop() else {
        panic!("{:?}", rig.actions)
    };
    rig.input(Input::Token { request, result: Err(NoToken { fatal: true, why: "logged out", cause: None }) });
    assert!(matches!(rig.ended(), Some(Cause::Refused { step: Step::Token, .. })));
}

#[test]
fn a_given_token_is_used_as_it_is_and_its_refusal_is_final() {
    let auth = Auth::Token("CANARY-given".into());
    let mut rig = Rig::new(rosterline_core::Config { auth, ..config() });
    let conn = rig.go_open();
    assert_eq!(rig.take_sent().as_deref(), Some(r#"{"token":"CANARY-given"}"#));
    rig.text(conn, r#"{"status":"error","message":"token CANARY-given is expired"}"#);
    let Some(Cause::Refused { step: Step::Authenticate, message, .. }) = rig.ended() else { panic!() };
    assert_eq!(&**message, "token <secret> is expired");
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let mut rig = Rig::new(config());
    let text = format!("{:?} {:?}", rig.session, rig.actions);
    assert!(!text.contains(SECRET) && !text.contains("Y2xpZW50"), "{text}");
    rig.go_open();
    let text = format!("{:?} {:?} {:?}", rig.session, rig.actions, rig.told);
    assert!(!text.contains("CANARY"), "{text}");
}

#[test]
fn a_token_that_others_use_too_is_renewed_when_its_owner_says() {
    let mut rig = Rig::new(rosterline_core::Config { auth: Auth::External, ..config() });
    let Some(Action::Token { request, .. }) = rig.actions.pop() else { panic!("{:?}", rig.actions) };
    let grant = Grant { token: "CANARY-own", lifetime: seconds(310), renew_in: Some(seconds(10)) };
    rig.input(Input::Token { request, result: Ok(grant) });
    let conn = rig.go_live();
    quiet(&mut rig, conn, 11);
    assert!(rig.actions.iter().any(|action| matches!(action, Action::Token { refused: false, .. })));
}

#[test]
fn secrets_of_a_login_elsewhere_are_taken_out_too() {
    let config = config();
    let mut rig = Rig::live(rosterline_core::Config { secrets: vec!["CANARY-elsewhere".into()], ..config });
    rig.text(rosterline_core::ConnId(1), r#"{"status":"note","message":"you are CANARY-elsewhere"}"#);
    let Some(Detail::Notice { message, .. }) = rig.details().last() else { panic!("{:?}", rig.details()) };
    assert_eq!(&**message, "you are <secret>");
}

#[test]
fn a_life_of_no_time_at_all_does_not_hammer_the_endpoint() {
    let mut rig = Rig::new(config());
    rig.grant_next(1);
    let conn = rig.go_live();
    let mut requests = 0;
    for _ in 0..100 {
        rig.pass(Duration::from_millis(100));
        rig.text(conn, "{}");
        if let Some((request, _)) = rig.take_call() {
            requests += 1;
            let body = r#"{"access_token":"CANARY-short","expires_in":0.0001}"#;
            rig.reply(request, 200, body, None);
        }
    }
    assert!((15..=20).contains(&requests), "{requests} in 10 s");
}

#[test]
fn a_renewal_that_fails_is_tried_again_later_and_no_sooner_than_it_is_told() {
    let mut rig = Rig::new(config());
    rig.grant_next(1000);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 701);
    for (retry_after, wait) in [(None, 1), (Some("9"), 9), (None, 4)] {
        let (request, _) = rig.take_call().expect("due");
        rig.reply(request, 503, "", retry_after);
        rig.pass(seconds(wait) - Duration::from_millis(1));
        assert!(rig.take_call().is_none(), "sooner than {wait} s");
        rig.pass(Duration::from_millis(1));
    }
    assert!(rig.take_call().is_some());
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn a_renewal_that_is_refused_is_never_tried_again_and_the_old_token_serves_to_its_end() {
    let mut rig = Rig::new(config());
    rig.grant_next(1000);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 701);
    let (request, _) = rig.take_call().expect("due");
    rig.reply(request, 401, r#"{"error":"invalid_client"}"#, None);
    quiet(&mut rig, conn, 100);
    assert!(rig.take_call().is_none() && rig.state() == State::Live);
    rig.cut(conn);
    rig.pass(seconds(1));
    let conn = rig.go_live();
    quiet(&mut rig, conn, 250);
    rig.cut(conn);
    rig.pass(seconds(2));
    assert!(matches!(rig.ended(), Some(Cause::Refused { step: Step::Token, .. })), "{:?}", rig.ended());
}

#[test]
fn a_new_token_serves_the_next_connection() {
    let mut rig = Rig::new(config());
    rig.grant_next(3600);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 3301);
    rig.grant_next(3600);
    rig.cut(conn);
    rig.pass(seconds(1));
    rig.go_open();
    assert_eq!(rig.take_sent().as_deref(), Some(r#"{"token":"CANARY-token-2"}"#));
}

#[test]
fn in_the_moment_of_its_end_a_token_is_over() {
    for (early, dials) in [(1, true), (0, false)] {
        let mut rig = Rig::new(config());
        rig.grant_next(700);
        let conn = rig.go_live();
        quiet(&mut rig, conn, 400);
        let (request, _) = rig.take_call().expect("due");
        rig.reply(request, 500, "", Some("3600"));
        quiet(&mut rig, conn, 298);
        rig.pass(seconds(1) - Duration::from_nanos(early));
        rig.cut(conn);
        rig.pass(seconds(1));
        let (request, _) = rig.take_call().expect("an attempt asks first");
        rig.now = rosterline_core::Instant::ZERO + seconds(700) - Duration::from_nanos(early);
        rig.reply(request, 500, "", None);
        assert_eq!(rig.take_open().is_some(), dials, "{early} ns before its end");
    }
}

#[test]
fn credentials_are_form_encoded_before_they_are_joined() {
    let login_url = rosterline_core::Endpoint::new("https://login.example.com").expect("valid");
    let auth =
        Auth::ClientCredentials { login_url, client_id: "a:b".into(), client_secret: "c d/é:%".into() };
    let mut rig = Rig::new(rosterline_core::Config { auth, ..config() });
    let (_, call) = rig.take_call().expect("a request");
    let header = call.headers.iter().find(|(name, _)| *name == "authorization").expect("it is there");
    // a%3Ab:c+d%2F%C3%A9%3A%25
    assert_eq!(header.1.expose(), "Basic YSUzQWI6YytkJTJGJUMzJUE5JTNBJTI1");
}

#[test]
fn a_refusal_without_an_error_code_repeats_nothing_of_its_body() {
    for body in ["<html>\n\u{1b}[31mno\n</html>", r#"{"error":7,"secret":"x"}"#, "no\r\nX-Forged: y"] {
        let mut rig = Rig::new(config());
        let (request, _) = rig.take_call().expect("a request");
        rig.reply(request, 403, body, None);
        let Some(Cause::Refused { step: Step::Token, status, message }) = rig.ended() else {
            panic!("{body}")
        };
        assert_eq!((&**status, &**message), ("HTTP 403", ""), "{body}");
    }
}

#[test]
fn a_token_that_runs_out_while_dialling_is_not_sent() {
    let mut rig = Rig::new(config());
    rig.grant_next(5);
    let conn = rig.take_open().expect("dials");
    rig.pass(seconds(5));
    rig.input(Input::Opened { conn });
    assert_eq!(rig.take_sent(), None);
    assert_eq!((rig.dropped(), rig.state()), (1, State::Waiting));
    assert!(matches!(rig.details().last(), Some(Detail::Retry { cause: Cause::BadToken(_), .. })));
}

#[test]
fn a_token_that_is_brought_too_late_changes_nothing() {
    let mut rig = Rig::new(rosterline_core::Config { auth: Auth::External, ..config() });
    let Some(Action::Token { request, .. }) = rig.actions.pop() else { panic!("{:?}", rig.actions) };
    rig.pass(seconds(10));
    let grant = Grant { token: "CANARY-late", lifetime: seconds(900), renew_in: None };
    rig.input(Input::Token { request, result: Ok(grant) });
    assert_eq!((rig.session.stats().stale, rig.session.stats().tokens), (1, 0));
    assert_eq!((rig.state(), rig.take_open()), (State::Waiting, None));
}

#[test]
fn a_token_that_was_replaced_is_taken_out_of_what_the_server_says_too() {
    let mut rig = Rig::new(config());
    rig.grant_next(100);
    let conn = rig.go_live();
    quiet(&mut rig, conn, 51);
    rig.grant_next(100);
    rig.text(conn, r#"{"status":"note","message":"CANARY-token-1 opened this, not CANARY-token-2"}"#);
    let Some(Detail::Notice { message, .. }) = rig.details().last() else { panic!("{:?}", rig.details()) };
    assert_eq!(&**message, "<secret> opened this, not <secret>");
    for _ in 0..20 {
        quiet(&mut rig, conn, 51);
        rig.grant_next(100);
    }
    let printed = format!("{:?}", rig.session);
    assert!(!printed.contains("CANARY"), "{printed}");
    assert!(printed.matches("<secret>").count() < 20, "only the last few are kept");
}

#[test]
fn an_old_opening_changes_nothing_even_when_the_token_has_run_out() {
    let mut rig = Rig::new(config());
    rig.grant_next(5);
    let conn = rig.take_open().expect("dials");
    rig.pass(seconds(5));
    rig.input(Input::Opened { conn: rosterline_core::ConnId(99) });
    assert_eq!((rig.dropped(), rig.session.stats().stale), (0, 1), "another connection's");

    let mut rig = Rig::new(config());
    rig.grant_next(100);
    let live = rig.go_live();
    quiet(&mut rig, live, 55);
    let (request, _) = rig.take_call().expect("due");
    rig.reply(request, 500, "", Some("3600"));
    quiet(&mut rig, live, 50);
    let stale = rig.session.stats().stale;
    rig.input(Input::Opened { conn: live });
    assert_eq!(
        (rig.state(), rig.dropped(), rig.session.stats().stale),
        (State::Live, 0, stale + 1),
        "its own, again"
    );
    assert_ne!(conn, rosterline_core::ConnId(99));
}

#[test]
fn each_request_has_a_number_of_its_own() {
    let mut rig = Rig::new(config());
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..4 {
        let (request, _) = rig.take_call().expect("a request");
        assert!(seen.insert(request), "{request:?} was there before");
        rig.reply(request, 500, "", None);
        rig.pass(seconds(31));
    }
}
