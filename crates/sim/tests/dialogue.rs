//! What the server says to what it is told (docs/stream.md, sections 1 to 4).

mod common;

use std::time::Duration;

use common::{
    BASIC, HANDSHAKE, at, connected, fact, handshake, outputs, quiet, responded, say, subscribed, text,
};
use common::{token, token_request};
use rosterline_core::{Instant, Secret};
use rosterline_sim::{
    Answer, Credentials, Fact, FaultPlan, Frame, Input, Limits, Output, Request, Server, ServerConfig, Start,
};

const GRANT: &str = "grant_type=client_credentials";
const NOW: Instant = Instant::ZERO;

#[test]
fn a_token_is_given_with_its_lifetime() {
    let mut server = quiet(FaultPlan::new());
    let response = responded(server.request(&token_request(&[BASIC], GRANT), NOW));
    let body: serde_json::Value = serde_json::from_str(&response.body).expect("JSON");
    assert_eq!(response.status, 200);
    assert_eq!((&body["token_type"], &body["expires_in"]), (&"bearer".into(), &86_399.into()));
    assert!(body["access_token"].as_str().is_some_and(|token| token.len() > 20));
}

#[test]
fn a_token_request_that_lacks_something_is_refused_with_its_reason() {
    let wrong = ("Authorization", "Bearer aWQ6c2VjcmV0");
    let garbled = ("Authorization", "Basic !");
    for (headers, body, status, error) in [
        (vec![], GRANT, 401, "invalid_client"),
        (vec![wrong], GRANT, 401, "invalid_client"),
        (vec![garbled], GRANT, 401, "invalid_client"),
        (vec![BASIC], "", 400, "unsupported_grant_type"),
        (vec![BASIC], "grant_type=password", 400, "unsupported_grant_type"),
    ] {
        let response = responded(quiet(FaultPlan::new()).request(&token_request(&headers, body), NOW));
        assert_eq!(response.status, status);
        assert!(response.body.contains(error), "{}", response.body);
    }
}

#[test]
fn configured_credentials_are_the_only_ones_raw_or_form_encoded() {
    let credentials = Some(Credentials { id: "id".into(), secret: Secret::from("a+b %") });
    let config = ServerConfig { credentials, scenario: None, ..ServerConfig::default() };
    let mut server = Server::new(config, NOW);
    for (basic, status) in [
        ("Basic aWQ6YStiICU=", 200),     // id:a+b %
        ("Basic aWQ6YSUyQmIrJTI1", 200), // id:a%2Bb+%25
        ("Basic aWQ6YStiKyU=", 401),     // id:a+b+%
        ("Basic aWQ6c2VjcmV0", 401),     // id:secret
    ] {
        let headers = [("authorization", basic)];
        assert_eq!(responded(server.request(&token_request(&headers, GRANT), NOW)).status, status, "{basic}");
    }
}

#[test]
fn every_other_request_is_told_what_is_wrong_with_it() {
    let request = |method, path, headers| Request { method, path, headers, body: b"" };
    let table: [(Request<'_>, u16); 7] = [
        (request("GET", "/", &[]), 404),
        (request("GET", "/oauth/token", &[]), 405),
        (request("POST", rosterline_sim::STREAM_PATH, &[]), 405),
        (handshake(&[]), 426),
        (handshake(&HANDSHAKE[..2]), 426),
        (handshake(&HANDSHAKE[..3]), 400),
        (handshake(&[HANDSHAKE[0], HANDSHAKE[1], ("sec-websocket-version", "8"), HANDSHAKE[3]]), 426),
    ];
    for (request, status) in table {
        assert_eq!(responded(quiet(FaultPlan::new()).request(&request, NOW)).status, status, "{request:?}");
    }
}

#[test]
fn a_handshake_succeeds_with_a_query_too() {
    let request = Request { path: "/api/v2/analytics/conversations/stream?a=b", ..handshake(&HANDSHAKE) };
    let answer = quiet(FaultPlan::new()).request(&request, NOW);
    assert_eq!(answer, Answer::Upgrade { delay: Duration::ZERO });
}

#[test]
fn the_dialogue_goes_as_the_protocol_says() {
    let mut server = quiet(FaultPlan::new());
    let token = token(&mut server, NOW);
    let conn = server.open(NOW).expect("room");
    let auth = format!("{{\"token\":\"{token}\"}}");
    assert_eq!(say(&mut server, conn, &auth, NOW), [text(r#"{"status":"connected"}"#)]);
    let filter = r#"{"filter":{"channels":["voice"]}}"#;
    assert_eq!(say(&mut server, conn, filter, NOW), [text(r#"{"status":"subscribed"}"#)]);
}

#[test]
fn what_is_no_good_token_is_refused_and_closed() {
    for (message, code) in
        [(r#"{"token":"forged"}"#, 4401), (r#"{"filter":{}}"#, 1008), ("no JSON", 1008), ("[]", 1008)]
    {
        let mut server = quiet(FaultPlan::new());
        let conn = server.open(NOW).expect("room");
        let said = say(&mut server, conn, message, NOW);
        let [Output::Send(Frame::Text(answer)), Output::Close(given, _)] = &said[..] else {
            panic!("{said:?}")
        };
        assert!(answer.contains(r#""status":"error""#) && answer.contains("message"), "{answer}");
        assert_eq!(*given, code, "{message}");
    }
}

#[test]
fn an_expired_token_is_refused() {
    let config =
        ServerConfig { scenario: None, token_lifetime: Duration::from_secs(5), ..ServerConfig::default() };
    let mut server = Server::new(config, NOW);
    let token = token(&mut server, NOW);
    let conn = server.open(at(5_000)).expect("room");
    let said = say(&mut server, conn, &format!("{{\"token\":\"{token}\"}}"), at(5_000));
    assert!(matches!(said[..], [Output::Send(_), Output::Close(4401, _)]), "{said:?}");
}

#[test]
fn who_does_not_authenticate_in_time_is_closed() {
    let mut server = quiet(FaultPlan::new());
    let conn = server.open(NOW).expect("room");
    assert_eq!(server.poll_timeout(), Some(at(10_000)));
    server.handle_timeout(at(10_000));
    assert!(matches!(outputs(&mut server, conn)[..], [Output::Send(_), Output::Close(1008, _)]));
}

#[test]
fn nonsense_after_authentication_is_answered_and_the_connection_lives() {
    let mut server = quiet(FaultPlan::new());
    let conn = subscribed(&mut server, NOW);
    for nonsense in ["?", r#"{"filter":7}"#, r#"{"token":"again"}"#] {
        let said = say(&mut server, conn, nonsense, NOW);
        assert!(
            matches!(&said[..], [Output::Send(Frame::Text(answer))] if answer.contains("error")),
            "{said:?}"
        );
    }
    server.emit(vec![fact(1)], NOW);
    assert_eq!(outputs(&mut server, conn).len(), 1);
}

#[test]
fn events_are_batched_and_only_for_who_is_subscribed_from_then_on() {
    let mut server = quiet(FaultPlan::new());
    let silent = connected(&mut server, NOW);
    let conn = connected(&mut server, NOW);
    server.emit(vec![fact(1)], NOW);
    say(&mut server, conn, r#"{"filter":{}}"#, NOW);
    server.emit(vec![fact(2), fact(3).because("client")], NOW);
    let event = |n, more| {
        format!(
            r#"{{"timestamp":"2024-05-01T12:00:00.00{n}Z","type":"ParticipantJoined","participant":"p{n}","interaction":"i","channel":"voice"{more}}}"#
        )
    };
    let frame = format!("{{\"events\":[{},{}]}}", event(2, ""), event(3, r#","reason":"client""#));
    assert_eq!(outputs(&mut server, conn), [text(&frame)]);
    assert_eq!(outputs(&mut server, silent), []);
    let written: Vec<_> = server.told().map(|told| told.written.clone()).collect();
    assert_eq!(written, [vec![], vec![conn], vec![conn]]);
}

#[test]
fn a_filter_passes_what_it_names_and_a_new_one_replaces_it() {
    let (time, mut server) = (fact(0).at, quiet(FaultPlan::new()));
    let conn = connected(&mut server, NOW);
    let facts = [("a", "voice"), ("a", "chat"), ("b", "voice"), ("b", "sms")];
    for (filter, passed) in [
        (r#"{"filter":{}}"#, 4),
        (r#"{"filter":{"id":"a"}}"#, 2),
        (r#"{"filter":{"id":"a","channels":["chat","sms"]}}"#, 1),
        (r#"{"filter":{"id":null,"channels":[]}}"#, 4),
        (r#"{"filter":{"channels":["video"]}}"#, 0),
    ] {
        say(&mut server, conn, filter, NOW);
        let before = server.counts().events;
        let emitted = facts.map(|(interaction, channel)| Fact::joined(time, interaction, "p", channel));
        server.emit(emitted.into(), NOW);
        outputs(&mut server, conn);
        assert_eq!(server.counts().events - before, passed, "{filter}");
    }
    assert_eq!(server.subscriptions().count(), 5);
}

#[test]
fn binary_messages_are_not_spoken() {
    let mut server = quiet(FaultPlan::new());
    let conn = subscribed(&mut server, NOW);
    server.handle(conn, Input::Binary, NOW);
    assert!(matches!(outputs(&mut server, conn)[..], [Output::Close(1003, _)]));
}

#[test]
fn a_client_that_takes_nothing_is_closed_as_too_slow() {
    let limits = Limits { queued_frames: 8, ..Limits::default() };
    let mut server = Server::new(ServerConfig { scenario: None, limits, ..ServerConfig::default() }, NOW);
    let conn = subscribed(&mut server, NOW);
    for number in 0..20 {
        server.emit(vec![fact(number)], NOW);
    }
    assert!(matches!(outputs(&mut server, conn)[..], [Output::Close(1013, _)]));
}

#[test]
fn connections_events_and_the_truth_are_bounded() {
    let limits = Limits { connections: 2, events: 10, truth: 15, ..Limits::default() };
    let mut server = Server::new(ServerConfig { scenario: None, limits, ..ServerConfig::default() }, NOW);
    let conn = subscribed(&mut server, NOW);
    connected(&mut server, NOW);
    assert_eq!(server.open(NOW), None);
    assert_eq!(responded(server.request(&handshake(&HANDSHAKE), NOW)).status, 503);
    server.emit((0..25).map(fact).collect(), NOW);
    assert_eq!(outputs(&mut server, conn).len(), 3);
    assert_eq!(server.told().count(), 15);
    assert!(server.told().all(|told| told.written == [conn]));
    server.emit((25..30).map(fact).collect(), NOW);
    assert_eq!(server.told().filter(|told| told.written.is_empty()).count(), 5);
    outputs(&mut server, conn);
    assert!(server.told().all(|told| told.written == [conn]));
    server.handle(conn, Input::Closed, NOW);
    assert!(server.open(NOW).is_some());
}

#[test]
fn the_feed_starts_with_the_first_subscription_or_at_once() {
    let mut server = Server::new(ServerConfig::default(), NOW);
    assert_eq!(server.poll_timeout(), None);
    subscribed(&mut server, at(1_000));
    assert_eq!(server.poll_timeout(), Some(at(1_000)));
    let server = Server::new(ServerConfig { start: Start::AtOnce, ..ServerConfig::default() }, NOW);
    assert_eq!(server.poll_timeout(), Some(NOW));
}

#[test]
fn no_secret_is_ever_printed() {
    let credentials = Some(Credentials { id: "id".into(), secret: Secret::from("CANARY") });
    let config = ServerConfig { credentials, scenario: None, ..ServerConfig::default() };
    let mut printed = format!("{config:?}");
    let mut server = Server::new(config, NOW);
    let headers = [("authorization", "Basic aWQ6Q0FOQVJZ")];
    let request = token_request(&headers, GRANT);
    let response = responded(server.request(&request, NOW));
    printed += &format!("{request:?} {response:?}");
    let body: serde_json::Value = serde_json::from_str(&response.body).expect("JSON");
    let token = body["access_token"].as_str().expect("a token");
    let conn = server.open(NOW).expect("room");
    server.handle(conn, Input::Text(&format!("{{\"token\":\"{token}\"}}")), NOW);
    printed += &format!("{server:?}");
    for secret in ["CANARY", "Q0FOQVJZ", token] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
