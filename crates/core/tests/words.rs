//! What is shown to people, and what tools read: names, messages and advice.

use std::time::Duration;

use rosterline_core::{Cause, Grant, Move, Network, Policy, Source, State, Step};

fn refused(step: Step, message: &str) -> Cause {
    Cause::Refused { step, status: "forbidden".into(), message: message.into() }
}

fn network(kind: Network) -> Cause {
    Cause::Network { step: None, kind, detail: "it says so".into() }
}

#[test]
fn each_step_can_take_too_long() {
    for (step, message) in [
        (Step::Token, "token request took too long"),
        (Step::Dial, "opening handshake took too long"),
        (Step::Authenticate, "answer to the authentication took too long"),
        (Step::Channel, "creation of a channel took too long"),
        (Step::Subscribe, "answer to the subscription took too long"),
        (Step::Repair, "request to fill a gap took too long"),
        (Step::Ping, "write of a ping took too long"),
        (Step::Pong, "answer to a ping took too long"),
    ] {
        assert_eq!(Cause::Timeout(step).to_string(), message);
    }
}

#[test]
fn what_the_peer_gave_no_reason_for_ends_without_a_colon() {
    let closed = |reason: &str| Cause::Closed { code: 1008, reason: reason.into() }.to_string();
    assert_eq!(closed(""), "closed by the server (1008)");
    assert_eq!(closed("token expired"), "closed by the server (1008): token expired");
    assert_eq!(refused(Step::Subscribe, "").to_string(), "refused (answer to the subscription): forbidden");
    assert_eq!(
        refused(Step::Token, "unknown client").to_string(),
        "refused (token request): forbidden: unknown client"
    );
}

#[test]
fn advice_is_given_where_a_person_can_do_something() {
    let http = |status| Cause::Http { step: Step::Dial, status, retry_after: None };
    for (cause, word) in [
        (refused(Step::Token, ""), "client id and secret"),
        (refused(Step::Subscribe, ""), "what is subscribed to"),
        (refused(Step::Authenticate, ""), "scope"),
        (network(Network::Dns), "region"),
        (network(Network::Connect), "firewall"),
        (network(Network::Tls), "certificate"),
        (network(Network::Proxy), "proxy's URL"),
        (http(404), "check the URL"),
        (http(407), "proxy's credentials"),
        (Cause::Overflow, "larger buffer"),
        (Cause::ChannelContention { times: 3 }, "same credentials"),
    ] {
        assert!(cause.hint().contains(word), "{cause}: {}", cause.hint());
        let last = Cause::Exhausted { attempts: 5, was_live: true, last: cause.clone().into() };
        assert_eq!(last.hint(), cause.hint());
    }
    for cause in [Cause::Requested, network(Network::Broken), http(503), Cause::Timeout(Step::Pong)] {
        assert_eq!(cause.hint(), "", "{cause}: waiting is all");
    }
}

#[test]
fn names_are_those_of_the_output_and_of_the_settings() {
    assert_eq!(Policy::ALL.map(Policy::name), ["pause", "drop-oldest", "drop-newest", "end"]);
    let sources = [Source::Snapshot, Source::Detail, Source::Backfill];
    assert_eq!(sources.map(Source::name), ["snapshot", "detail", "backfill"]);
    let states = [
        (State::Connecting, "connecting"),
        (State::Authenticating, "authenticating"),
        (State::Subscribing, "subscribing"),
        (State::Live, "live"),
        (State::Waiting, "waiting"),
        (State::Draining, "draining"),
        (State::Ended, "ended"),
    ];
    assert_eq!(states.map(|(state, _)| state.name()), states.map(|(_, name)| name));
    let moves = [Move::Closing, Move::Expiry, Move::Token];
    assert_eq!(moves.map(Move::name), ["socket-closing", "channel-expiry", "new-token"]);
}

#[test]
fn a_grant_shows_how_long_it_lasts_and_not_its_token() {
    let grant = Grant { token: "CANARY-token", lifetime: Duration::from_secs(90), renew_in: None };
    assert_eq!(format!("{grant:?}"), "Grant { lifetime: 90s, .. }");
}
