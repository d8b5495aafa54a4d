//! Planned moves: nothing is missed.

use rosterline_core::{Closed, ConnId, Detail, Event, Failure, GapCause, Input, Move, Network, State};

use crate::rig::{Rig, at, config, seconds, snapshot, without_repair};

pub(crate) const CLOSING: &str =
    r#"{"topicName":"v2.system.socket_closing","eventBody":{"message":"Websocket closing soon"}}"#;

/// Told that its connection is about to close, a session has another one, whose topics are permitted.
pub(crate) fn begin_move(rig: &mut Rig, old: ConnId) -> ConnId {
    rig.text(old, CLOSING);
    rig.pass(seconds(0));
    let new = rig.go_open();
    rig.permit();
    new
}

/// The service answers the last ping of an old connection, then its close frame.
pub(crate) fn let_go(rig: &mut Rig, old: ConnId) {
    rig.pong(old);
    assert!(rig.is_closing(old));
    rig.closed(old, 1000);
}

/// A session in the middle of a move, with its old connection and its new one.
fn moving() -> (Rig, ConnId, ConnId) {
    let (mut rig, old) = Rig::live(config());
    let new = begin_move(&mut rig, old);
    (rig, old, new)
}

#[test]
fn a_notice_of_closing_leads_to_another_channel_without_a_gap() {
    let (mut rig, old) = Rig::live(config());
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.text(old, CLOSING);
    rig.pass(seconds(0));
    rig.give_channel(86_400);
    let (new, url) = rig.take_open().expect("it dials");
    assert!(url.ends_with("CANARY2"));
    rig.input(Input::Opened { conn: new });
    rig.permit();
    assert_eq!(rig.take_ping(), Some(new), "it wants to hear of the new connection");
    assert!(!rig.is_closing(old));
    // What comes on both meanwhile is one event.
    rig.text(old, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
    rig.text(new, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
    assert_eq!(rig.take_ping(), Some(old), "the old one is asked a last time");
    assert!(!rig.is_closing(old));
    // What was under way on the old one is not lost, neither before the answer nor behind it.
    rig.text(old, &snapshot("e", "2024-05-01T12:00:03.000Z", None));
    rig.pong(old);
    assert!(rig.is_closing(old));
    rig.text(old, &snapshot("f", "2024-05-01T12:00:03.000Z", None));
    rig.closed(old, 1000);
    rig.text(new, &snapshot("g", "2024-05-01T12:00:04.000Z", None));
    assert_eq!(rig.events().len(), 5);
    assert!(rig.gaps().is_empty());
    assert!(
        rig.statuses()
            .all(|status| matches!(status.state, State::Connecting | State::Subscribing | State::Live))
    );
    assert_eq!(rig.statuses().last().map(|status| status.state), Some(State::Live));
    assert_eq!(rig.session.stats().reconnects, 0);
    let details: Vec<_> = rig.statuses().map(|status| status.detail.clone()).collect();
    assert!(details.contains(&Detail::Moving { why: Move::Closing }) && details.contains(&Detail::Moved));
}

#[test]
fn a_session_that_has_moved_for_weeks_is_no_larger_for_it() {
    let (mut rig, mut conn) = Rig::live(config());
    let mut size = |times: u32| {
        for _ in 0..times {
            let new = begin_move(&mut rig, conn);
            rig.pong(new);
            let_go(&mut rig, conn);
            rig.pass(seconds(60));
            conn = new;
        }
        format!("{:?}", rig.session).len()
    };
    let few = size(10);
    assert!(size(50) < few + few / 2);
}

#[test]
fn an_old_connection_that_breaks_before_its_heir_is_there_is_one_gap() {
    let (mut rig, old) = Rig::live(config());
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.text(old, CLOSING);
    rig.pass(seconds(0));
    rig.text(old, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
    rig.closed(old, 1001);
    rig.pass(seconds(3));
    rig.give_channel(86_400);
    let (new, _) = rig.take_open().expect("it dials");
    rig.input(Input::Opened { conn: new });
    rig.permit();
    assert_eq!(rig.state(), State::Live);
    let gaps: Vec<_> = rig.gaps().iter().map(|gap| (gap.cause, gap.from)).collect();
    assert_eq!(gaps, [(GapCause::Reconnect, at("2024-05-01T12:00:02.000Z"))]);
}

#[test]
fn what_a_new_connection_has_told_already_does_not_vouch_for_the_old_one() {
    let (mut rig, old) = Rig::live(without_repair());
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.text(old, CLOSING);
    rig.pass(seconds(0));
    let new = rig.go_open();
    rig.text(old, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
    // The service has subscribed it; its answer is under way.
    rig.text(new, &snapshot("e", "2024-05-01T12:00:05.000Z", None));
    rig.text(old, &snapshot("f", "2024-05-01T12:00:03.000Z", None));
    rig.closed(old, 1006);
    rig.permit();
    let gaps: Vec<_> = rig.gaps().iter().map(|gap| (gap.cause, gap.from)).collect();
    assert_eq!(gaps, [(GapCause::Reconnect, at("2024-05-01T12:00:02.000Z"))]);
}

#[test]
fn an_old_connection_that_does_not_end_in_order_may_have_lost_something() {
    let (mut rig, old) = Rig::live(config());
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    let new = begin_move(&mut rig, old);
    rig.pong(new);
    let failure = Failure { kind: Network::Broken, detail: "reset" };
    rig.input(Input::Closed { conn: old, how: Closed::Failed(failure) });
    assert_eq!(rig.gaps().len(), 1);
}

#[test]
fn a_new_token_and_the_end_of_a_channel_lead_to_moves() {
    let mut rig = Rig::new(config());
    rig.grant(1200);
    let old = rig.go_open();
    rig.permit();
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.pass(seconds(900));
    rig.grant(1200);
    rig.pass(seconds(0));
    let new = rig.go_open();
    rig.permit();
    rig.pong(new);
    let_go(&mut rig, old);
    assert!(rig.gaps().is_empty());
}

#[test]
fn a_channel_is_extended_by_subscribing_again() {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    rig.give_channel(240);
    let conn = rig.go_open();
    rig.permit();
    rig.pass(seconds(231));
    assert_eq!(rig.permit().method, "PUT");
    rig.pass(seconds(231));
    rig.answer("/subscriptions", 404, r#"{"code":"not.found","message":"","status":404}"#);
    rig.pass(seconds(0));
    let new = rig.go_open();
    rig.permit();
    rig.pong(new);
    let_go(&mut rig, conn);
    assert!(!rig.told.iter().any(|event| matches!(event, Event::Gap(_))));
}

#[test]
fn a_move_that_is_refused_leaves_the_old_connection_alone() {
    let (mut rig, old) = Rig::live(config());
    rig.text(old, CLOSING);
    rig.pass(seconds(0));
    rig.answer(
        "/api/v2/notifications/channels",
        403,
        r#"{"code":"not.authorized","message":"no","status":403}"#,
    );
    assert!(rig.statuses().any(|status| matches!(status.detail, Detail::MoveFailed(_))));
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    assert_eq!((rig.events().len(), rig.state()), (1, State::Live));
}

#[test]
fn an_heir_that_waits_for_its_first_frame_takes_over_when_its_elder_breaks() {
    let (mut rig, old, new) = moving();
    rig.closed(old, 1001);
    assert_eq!(rig.state(), State::Live);
    rig.text(new, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    assert_eq!(rig.events().len(), 1);
}

#[test]
fn a_session_that_is_closed_during_a_move_ends_with_both_connections() {
    let (mut rig, old, new) = moving();
    rig.pong(new);
    rig.session.close(rig.now);
    rig.drain();
    assert!(rig.is_closing(old) && rig.is_closing(new), "the old one is waited for no longer");
    assert_eq!(rig.state(), State::Draining);
    rig.closed(new, 1000);
    assert!(!rig.session.is_ended(), "the old one is still being read");
    rig.closed(old, 1000);
    assert!(
        rig.session.is_ended() && matches!(rig.told.last(), Some(Event::Ended(_))),
        "{:?}",
        rig.told.last()
    );
    assert!(rig.gaps().is_empty(), "who closes a session wants no more of it");
}

#[test]
fn a_retired_connection_may_say_what_it_likes_about_its_channel() {
    let (mut rig, old, new) = moving();
    rig.pong(new);
    rig.text(old, r#"{"topicName":"v2.system.no_longer_subscribed.x","eventBody":{"reason":"another_channel_subscribed"}}"#);
    let_go(&mut rig, old);
    assert!(rig.gaps().is_empty() && rig.state() == State::Live);
}

#[test]
fn what_is_announced_before_there_is_anything_to_move_is_not_forgotten() {
    for permitted_first in [false, true] {
        let (mut rig, old) = Rig::live(config());
        rig.text(old, CLOSING);
        rig.pass(seconds(0));
        let new = rig.go_open();
        if permitted_first {
            rig.permit();
            rig.text(new, CLOSING);
        } else {
            rig.text(new, CLOSING);
            rig.permit();
        }
        rig.pong(new);
        let_go(&mut rig, old);
        rig.pass(seconds(0));
        let newer = rig.go_open();
        rig.permit();
        rig.pong(newer);
        let_go(&mut rig, new);
        assert!(rig.gaps().is_empty() && rig.state() == State::Live);
        assert_eq!(rig.statuses().filter(|status| status.detail == Detail::Moved).count(), 2);
    }
}

#[test]
fn a_first_connection_may_be_announced_to_close_too() {
    let mut rig = Rig::new(config());
    let first = rig.go_open();
    rig.text(first, CLOSING);
    rig.permit();
    rig.pass(seconds(0));
    let second = rig.go_open();
    rig.permit();
    rig.pong(second);
    let_go(&mut rig, first);
    assert!(rig.gaps().is_empty() && rig.state() == State::Live);
}
