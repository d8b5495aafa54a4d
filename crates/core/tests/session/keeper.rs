//! Section 1 again: the keeper of a token by itself, as a cache that several sessions share uses it.

use std::time::Duration;

use rosterline_core::config::Reconnect;
use rosterline_core::token::{Ask, Keeper};
use rosterline_core::{Auth, Cause, Grant, Instant, NoToken, RequestId, Step};

use crate::rig::seconds;

fn keeper() -> Keeper {
    Keeper::new(Auth::External, &Reconnect::default(), 1)
}

/// The application brings this token, which lives so long.
fn bring(keeper: &mut Keeper, token: &str, lifetime: Duration, now: Instant) {
    assert!(matches!(keeper.ask(RequestId(1)), Some(Ask::Token { refused: false })));
    keeper.brought(Ok(Grant { token, lifetime, renew_in: None }), now).expect("it is a token");
}

#[test]
fn it_says_how_long_its_token_lives_and_when_to_renew_it() {
    let now = Instant::ZERO + seconds(50);
    let mut keeper = keeper();
    assert_eq!((keeper.lifetime(now), keeper.renew_in(now)), (None, None));
    for (life, renewal) in [(900, 600), (600, 300), (599, 299), (500, 250)] {
        bring(&mut keeper, "CANARY-token", seconds(life), now);
        let later = now + seconds(100);
        assert_eq!(keeper.lifetime(later), Some(seconds(life - 100)));
        assert_eq!(
            keeper.renew_in(later).map(|wait| wait.as_secs()),
            Some(renewal - 100),
            "a life of {life} s"
        );
        assert_eq!(keeper.renew_in(now + seconds(life)), Some(Duration::ZERO), "it is due");
    }
}

#[test]
fn it_takes_its_last_eight_tokens_out_of_texts_and_forgets_those_before() {
    let mut keeper = keeper();
    for number in 10..=20 {
        bring(&mut keeper, &format!("CANARY-{number}"), seconds(900), Instant::ZERO);
    }
    assert_eq!(keeper.scrub("CANARY-20 CANARY-19 CANARY-12"), "<secret> <secret> <secret>".into());
    assert_eq!(keeper.scrub("CANARY-11"), "CANARY-11".into(), "the ninth before it");
}

#[test]
fn an_application_without_a_token_may_have_one_later_if_it_does_not_say_never() {
    let why = "no CANARY-token yet";
    for fatal in [false, true] {
        let mut keeper = keeper();
        bring(&mut keeper, "CANARY-token", seconds(900), Instant::ZERO);
        keeper.ask(RequestId(2)).expect("nothing is in flight");
        let told = keeper.brought(Err(NoToken { fatal, why, cause: None }), Instant::ZERO);
        match told.expect_err("there is none") {
            Cause::BadToken(message) if !fatal => assert_eq!(&*message, "no <secret> yet"),
            Cause::Refused { step: Step::Token, message, .. } if fatal => {
                assert_eq!(&*message, "no <secret> yet");
            }
            cause => panic!("{cause:?}"),
        }
        assert_eq!(keeper.hopeless().is_some(), fatal);
    }
}
