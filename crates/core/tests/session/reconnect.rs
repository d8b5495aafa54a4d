//! Section 7: when to try again, and when not.

use std::time::Duration;

use rosterline_core::{Cause, Closed, Config, ConnId, Detail, Failure, Input, Instant, Network, State, Step};

use crate::rig::{Rig, config, frame, joined, seconds};

fn delays(rig: &Rig) -> Vec<u64> {
    let delay = |detail: &&Detail| {
        if let Detail::Retry { delay, .. } = detail { Some(delay.as_secs()) } else { None }
    };
    rig.details().iter().filter_map(delay).collect()
}

#[test]
fn every_kind_of_end_leads_to_a_new_attempt() {
    let code = |code| Closed::Frame { code, reason: "" };
    let ends = [
        code(Some(1000)),
        code(Some(1001)),
        code(Some(1002)),
        code(Some(1003)),
        code(Some(1007)),
        code(Some(1008)),
        code(Some(1009)),
        code(Some(1011)),
        code(Some(1012)),
        code(Some(1013)),
        code(Some(4401)),
        code(Some(4403)),
        code(Some(4999)),
        code(None),
        Closed::Protocol { code: 1002, detail: "masked frame" },
        Closed::Failed(Failure { kind: Network::Broken, detail: "reset" }),
    ];
    for how in ends {
        let mut rig = Rig::live(config());
        rig.closed(ConnId(1), how);
        assert_eq!(rig.state(), State::Waiting, "{how:?}");
        rig.pass(seconds(1));
        let asks_for_token =
            rig.actions.iter().any(|action| matches!(action, rosterline_core::Action::Call { .. }));
        let new_token = matches!(how, Closed::Frame { code: Some(1008 | 4401 | 4403), .. });
        assert_eq!(asks_for_token, new_token, "{how:?}");
        let fault = matches!(
            how,
            Closed::Frame { code: Some(1002 | 1003 | 1007 | 1009), .. } | Closed::Protocol { .. }
        );
        assert_eq!(rig.session.stats().peer_faults, u64::from(fault), "{how:?}");
        rig.go_live();
        assert_eq!(rig.session.stats().reconnects, 1);
    }
}

#[test]
fn the_delays_double_and_five_failures_in_a_row_end_the_session() {
    let mut rig = Rig::live(config());
    rig.cut(ConnId(1));
    for _ in 0..5 {
        rig.pass_until_attempt();
        rig.fail_dial();
    }
    assert_eq!(delays(&rig), [1, 2, 4, 8, 16]);
    let Some(Cause::Exhausted { attempts: 5, was_live: true, last }) = rig.ended() else {
        panic!("{:?}", rig.ended())
    };
    assert!(matches!(**last, Cause::Network { step: Some(Step::Dial), kind: Network::Connect, .. }));
    let Some(Detail::Retry { cause, .. }) = rig.details().into_iter().find(|d| **d != Detail::None) else {
        panic!()
    };
    assert!(
        matches!(cause, Cause::Network { step: None, kind: Network::Broken, .. }),
        "it was no dial: {cause}"
    );
    assert_eq!(rig.session.stats().dials, 6);
}

#[test]
fn a_session_that_never_connects_makes_five_dials() {
    let mut rig = Rig::new(config());
    rig.grant_next(86_399);
    for _ in 0..5 {
        rig.pass_until_attempt();
        rig.fail_dial();
    }
    assert!(matches!(rig.ended(), Some(Cause::Exhausted { attempts: 5, was_live: false, .. })));
    assert_eq!(rig.session.stats().dials, 5);
    assert_eq!(delays(&rig), [1, 2, 4, 8]);
}

#[test]
fn attempts_can_be_unlimited_and_the_delay_stays_at_thirty_seconds() {
    let mut config = config();
    config.reconnect.max_attempts = None;
    let mut rig = Rig::new(config);
    rig.grant_next(86_399);
    for _ in 0..40 {
        rig.pass_until_attempt();
        rig.fail_dial();
    }
    assert_eq!(delays(&rig)[4..].iter().max(), Some(&30));
    assert_eq!(rig.ended(), None);
}

#[test]
fn only_a_healthy_minute_starts_the_doubling_again() {
    let mut rig = Rig::live(config());
    let mut conn = ConnId(1);
    for _ in 0..3 {
        rig.pass(Duration::from_millis(500));
        rig.cut(conn);
        rig.pass_until_attempt();
        conn = rig.go_live();
    }
    assert_eq!(delays(&rig), [1, 2, 4]);
    for _ in 0..4 {
        rig.pass(seconds(15));
        rig.text(conn, "{}");
    }
    rig.cut(conn);
    assert_eq!(delays(&rig).last(), Some(&1));
}

#[test]
fn a_server_that_accepts_and_closes_is_not_hammered() {
    let mut config = config();
    config.reconnect.base = Duration::from_millis(1);
    config.reconnect.max = Duration::from_millis(1);
    let mut rig = Rig::live(config);
    let mut dials: Vec<Instant> = Vec::new();
    let mut conn = ConnId(1);
    for _ in 0..50 {
        rig.cut(conn);
        rig.pass_until_attempt();
        dials.push(rig.now);
        conn = rig.go_live();
    }
    let in_ten_minutes =
        |from: Instant| dials.iter().filter(|at| (from..from + seconds(600)).contains(at)).count();
    assert!(dials.iter().all(|&from| in_ten_minutes(from) <= 50));
    assert!(dials[49].since(dials[40]) >= seconds(240), "after the burst, one in 30 s");
}

#[test]
fn a_certificate_that_is_not_trusted_is_tried_seldom() {
    let mut rig = Rig::new(config());
    rig.grant_next(1000);
    let conn = rig.take_open().expect("dials");
    rig.closed(conn, Closed::Failed(Failure { kind: Network::Tls, detail: "unknown issuer" }));
    assert_eq!(delays(&rig), [30]);
}

#[test]
fn jitter_differs_by_seed_and_not_by_run() {
    let wait = |seed| {
        let mut config = Config { seed, ..config() };
        config.reconnect.jitter = true;
        let mut rig = Rig::live(config);
        rig.cut(ConnId(1));
        rig.session.poll_timeout().expect("a deadline").at
    };
    assert_eq!(wait(1), wait(1));
    assert_ne!(wait(1), wait(2));
}

#[test]
fn time_that_goes_back_stands_still() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(5));
    rig.session.handle(Input::Timeout, Instant::ZERO);
    rig.session.close(Instant::ZERO);
    rig.drain();
    let deadline = rig.session.poll_timeout().expect("closing");
    assert!(deadline.at >= rig.now);
}

#[test]
fn going_live_starts_the_row_of_failures_again() {
    let mut rig = Rig::live(config());
    let mut conn = ConnId(1);
    for _ in 0..3 {
        rig.cut(conn);
        for _ in 0..4 {
            rig.pass_until_attempt();
            rig.fail_dial();
        }
        rig.pass_until_attempt();
        conn = rig.go_live();
    }
    assert_eq!(rig.ended(), None);
    assert_eq!(rig.statuses().last().map(|status| status.attempt), Some(0));
}

#[test]
fn a_new_session_can_fare_better_unless_a_person_has_to_change_something_first() {
    let refused =
        || Cause::Refused { step: Step::Token, status: "invalid_client".into(), message: "".into() };
    let gave_up = |last| Cause::Exhausted { attempts: 5, was_live: false, last: Box::new(last) };
    for cause in [Cause::Timeout(Step::Dial), Cause::Closed { code: 1012, reason: "".into() }] {
        assert!(cause.is_retryable() && !cause.is_fatal(), "{cause}");
        assert!(gave_up(cause).is_retryable(), "what it gave up over can pass");
    }
    for cause in [Cause::Requested, Cause::Overflow, refused(), gave_up(refused())] {
        assert!(!cause.is_retryable(), "{cause}");
    }
}

#[test]
fn what_ended_a_connection_is_told_without_our_secrets() {
    let reason = "your token CANARY-token-1 is over";
    let ends = [
        Closed::Frame { code: Some(1000), reason },
        Closed::Protocol { code: 1002, detail: reason },
        Closed::Failed(Failure { kind: Network::Broken, detail: reason }),
    ];
    for how in ends {
        let mut rig = Rig::live(config());
        rig.closed(ConnId(1), how);
        let Some(Detail::Retry { cause, .. }) = rig.details().last() else { panic!("{how:?}") };
        let told = cause.to_string();
        assert!(told.ends_with("your token <secret> is over"), "{told}");
    }
}

#[test]
fn who_gives_up_keeps_what_is_buffered() {
    let mut config = config();
    config.reconnect.max_attempts = Some(1);
    let mut rig = Rig::live(config);
    rig.text_unread(ConnId(1), &frame([joined("a", 1), joined("b", 2)]));
    let broken = Closed::Failed(Failure { kind: Network::Broken, detail: "reset" });
    rig.session.handle(Input::Closed { conn: ConnId(1), how: broken }, rig.now);
    rig.pass_unread(seconds(1));
    let conn = rig.take_open().expect("it dials");
    rig.session.handle(Input::Closed { conn, how: broken }, rig.now);
    rig.pass_unread(seconds(3600));
    rig.drain();
    assert_eq!(rig.participants(), ["a", "b"]);
    assert!(matches!(rig.ended(), Some(Cause::Exhausted { .. })), "{:?}", rig.ended());
    assert_eq!(rig.session.stats().dropped, 0);
}

#[test]
fn a_minute_that_a_connection_did_not_live_to_see_is_not_healthy() {
    let mut config = config();
    config.reconnect.max_attempts = None;
    let mut rig = Rig::live(config);
    rig.cut(ConnId(1));
    for _ in 0..7 {
        rig.pass_until_attempt();
        rig.fail_dial();
    }
    assert_eq!(delays(&rig), [1, 2, 4, 8, 16, 30, 30, 30]);
}
