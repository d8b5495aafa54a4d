//! Section 7 across runs, and what is due at once after a sleep: the order of things in time.

use rosterline_core::{
    Action, Cause, Closed, Config, ConnId, Event, GapCause, Input, Policy, Presence, PresenceKind, Resume,
    State, Timestamp, UnixMillis,
};

use crate::rig::{Rig, START, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);

/// Somebody joined, so many seconds after the start, in a run before this one.
fn before(participant: &str, second: i64) -> Presence {
    Presence {
        at: Timestamp::from(UnixMillis(START + second * 1000)),
        kind: PresenceKind::Joined,
        interaction: "call".into(),
        participant: participant.into(),
        channel: "voice".into(),
        reason: None,
        leg: None,
        arrived: rosterline_core::Instant::ZERO,
        received: UnixMillis(START),
    }
}

fn resumed() -> Config {
    let newest = Timestamp::from(UnixMillis(START - 60_000));
    Config { resume: Some(Resume { newest, known: vec![before("a", 1)] }), ..config() }
}

#[test]
fn what_happened_between_two_runs_is_a_gap() {
    let rig = Rig::live(resumed());
    let gap = rig.gaps()[0];
    assert_eq!((gap.cause, gap.from.to_string().as_str()), (GapCause::Restart, "2024-05-01T11:59:00.000Z"));
    assert_eq!(gap.to.to_string(), "2024-05-01T12:00:00.000Z");
}

#[test]
fn what_was_told_by_a_run_before_is_not_told_again() {
    let mut rig = Rig::live(resumed());
    rig.text(CONN, &frame([joined("a", 1), joined("b", 2)]));
    assert_eq!((rig.participants(), rig.session.stats().duplicate), (vec!["b".to_string()], 1));
}

#[test]
fn a_run_that_never_went_live_leaves_the_gap_to_the_next() {
    let mut rig = Rig::new(resumed());
    rig.session.close(rig.now);
    rig.drain();
    let gap = rig.gaps()[0];
    assert_eq!((gap.cause, gap.from.to_string().as_str()), (GapCause::Ended, "2024-05-01T11:59:00.000Z"));
}

#[test]
fn after_a_sleep_what_was_due_first_is_done_first() {
    // The first ping is due after 15 to 30 s, and the token is renewed at the half of its life.
    for (life, renewed_first) in [(20, true), (200, false)] {
        let mut rig = Rig::new(config());
        rig.grant_next(life);
        let conn = rig.go_live();
        rig.silent = true;
        rig.stuck = true;
        rig.now = rig.now + seconds(u64::from(life) / 2 + 1).max(seconds(31));
        rig.text(conn, r#"{"events":[]}"#);
        rig.pass(seconds(u64::from(life)));
        let at = |is: fn(&Action) -> bool| rig.actions.iter().position(is);
        let (call, ping) =
            (at(|it| matches!(it, Action::Call { .. })), at(|it| matches!(it, Action::Send { .. })));
        assert!(call.is_some() && ping.is_some(), "{:?}", rig.actions);
        assert_eq!(call < ping, renewed_first, "{life}");
    }
}

#[test]
fn a_refusal_of_a_token_that_was_renewed_meanwhile_costs_no_other() {
    let mut rig = Rig::new(config());
    rig.grant_next(10);
    let conn = rig.take_open().expect("it dials");
    rig.pass(seconds(5));
    rig.grant_next(3600);
    rig.closed(conn, Closed::Status { status: 401, retry_after: None, date: None });
    rig.pass(seconds(0));
    assert!(rig.take_call().is_none(), "it has a newer one already");
    let conn = rig.take_open().expect("it dials at once");
    rig.closed(conn, Closed::Status { status: 401, retry_after: None, date: None });
    rig.pass(seconds(0));
    assert_eq!(rig.ended(), None);
    rig.grant_next(3600);
    assert_eq!(rig.session.stats().tokens, 3, "and the newer one was refused for the first time");
}

#[test]
fn closing_again_does_not_put_off_the_end() {
    let mut rig = Rig::live(config());
    rig.text_unread(CONN, &frame([joined("a", 1)]));
    rig.session.close(rig.now);
    rig.pass_unread(seconds(2));
    rig.session.close(rig.now);
    rig.pass_unread(seconds(3));
    assert_eq!(rig.session.stats().dropped, 1, "5 s after the first time");
    rig.drain();
    assert_eq!(rig.ended(), Some(&Cause::Requested));
}

#[test]
fn while_it_ends_no_token_is_renewed() {
    let mut rig = Rig::new(config());
    rig.grant_next(10);
    let conn = rig.go_live();
    rig.pass(seconds(4));
    rig.session.close(rig.now);
    rig.pass(seconds(2));
    assert!(rig.take_call().is_none() && rig.state() == State::Draining);
    rig.closed(conn, Closed::Frame { code: Some(1000), reason: "" });
    assert!(rig.session.is_ended());
}

#[test]
fn what_waits_when_the_policy_ends_it_is_handed_out_after_a_second_close_too() {
    let mut small = config();
    (small.buffer.capacity, small.buffer.policy) = (1, Policy::End);
    let mut rig = Rig::live(small);
    rig.text_unread(CONN, &frame([joined("a", 1), joined("b", 2)]));
    rig.session.close(rig.now);
    rig.session.handle(Input::Timeout, rig.now);
    rig.drain();
    assert_eq!((rig.participants(), rig.ended()), (vec!["a".to_string()], Some(&Cause::Overflow)));
    assert_eq!(rig.told.iter().filter(|event| matches!(event, Event::Ended(_))).count(), 1);
}
