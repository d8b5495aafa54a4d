//! How an old connection is let go after a planned move: asked a last time, and closed when the answer has come, so that a
//! service that is behind with it can say what it still has to say.

use rosterline_core::{
    Action, Cause, Closed, ConnId, Detail, Event, Failure, Frame, GapCause, Input, Move, Network, Policy,
    State, Step, Topic, UnixMillis,
};

use crate::moves::{CLOSING, begin_move, let_go};
use crate::rig::{Rig, START, at, seconds, snapshot, without_repair};

/// A session that has just moved: what its old connection has brought is of 12:00:01, what the new one has of 12:00:05.
fn moved() -> (Rig, ConnId, ConnId) {
    moved_with(without_repair())
}

fn moved_with(config: rosterline_core::Config) -> (Rig, ConnId, ConnId) {
    let (mut rig, old) = Rig::live(config);
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    let new = begin_move(&mut rig, old);
    rig.text(new, &snapshot("g", "2024-05-01T12:00:05.000Z", None));
    assert_eq!(rig.statuses().last().map(|status| &status.detail), Some(&Detail::Moved));
    assert_eq!(asked(&mut rig), [new, old]);
    (rig, old, new)
}

/// The connections that wait for a pong.
fn asked(rig: &mut Rig) -> Vec<ConnId> {
    std::iter::from_fn(|| rig.take_ping()).collect()
}

/// Lets time pass from deadline to deadline; nobody answers a ping. The connections that are asked meanwhile.
fn pass_in_silence(rig: &mut Rig, until: u64) -> Vec<ConnId> {
    let end = rosterline_core::Instant::ZERO + seconds(until);
    while let Some(deadline) = rig.session.poll_timeout().filter(|deadline| deadline.at <= end) {
        rig.now = deadline.at;
        rig.input(Input::Timeout);
    }
    rig.now = end;
    asked(rig)
}

/// The single gap begins with what the old connection brought last and ends where the new one took over.
fn assert_one_gap_until_the_move(rig: &Rig) {
    let gaps = rig.gaps();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!((gaps[0].cause, gaps[0].from), (GapCause::Reconnect, at("2024-05-01T12:00:01.000Z")));
    assert!(gaps[0].to >= at("2024-05-01T12:00:05.000Z") && gaps[0].to < at("2024-05-01T12:00:06.000Z"));
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn what_a_service_that_is_behind_still_has_to_say_is_told_before_goodbye() {
    let (mut rig, old, _) = moved();
    for second in 2..5 {
        rig.text(old, &snapshot(&format!("{second}"), &format!("2024-05-01T12:00:0{second}.000Z"), None));
        assert!(!rig.is_closing(old));
    }
    let_go(&mut rig, old);
    assert_eq!((rig.events().len(), rig.gaps().len(), rig.state()), (5, 0, State::Live));
}

#[test]
fn only_the_answer_to_the_last_ping_is_followed_by_goodbye() {
    // Of more than 32 pings a heartbeat does not remember the first.
    for unanswered in [0, 1, 40] {
        let (mut rig, old) = Rig::live(without_repair());
        for n in 1..=unanswered {
            assert_eq!(pass_in_silence(&mut rig, n * 30), [old]);
            rig.beat(old);
        }
        let new = begin_move(&mut rig, old);
        rig.beat(new);
        for _ in 0..unanswered {
            rig.pong(old);
            assert!(!rig.is_closing(old), "that was the answer to an earlier one");
        }
        rig.input(Input::Frame { conn: old, frame: Frame::Pong(b"") });
        assert!(!rig.is_closing(old), "no ping of that kind was sent");
        let_go(&mut rig, old);
    }
}

#[test]
fn the_ping_by_which_a_connection_took_over_is_answered_before_its_last_one() {
    let (mut rig, old, new) = moved();
    let_go(&mut rig, old);
    let newer = begin_move(&mut rig, new);
    rig.beat(newer);
    rig.pong(new);
    assert!(!rig.is_closing(new), "that was what it was asked when it took over");
    let_go(&mut rig, new);
}

#[test]
fn pings_go_on_and_the_answers_to_later_ones_are_not_waited_for() {
    let (mut rig, old, new) = moved();
    let mut later = Vec::new();
    for second in 1..=8 {
        later.extend(pass_in_silence(&mut rig, second * 5));
        rig.beat(old);
        rig.beat(new);
    }
    assert_eq!(later.iter().filter(|conn| **conn == old).count(), 1);
    let_go(&mut rig, old);
    pass_in_silence(&mut rig, 43);
    assert!(!rig.is_dropped(old) && rig.gaps().is_empty());
}

#[test]
fn an_old_connection_that_falls_silent_is_dropped_and_what_it_had_is_a_gap() {
    let (mut rig, old, new) = moved();
    pass_in_silence(&mut rig, 9);
    assert!(!rig.is_dropped(old));
    rig.beat(new);
    pass_in_silence(&mut rig, 10);
    assert!(rig.is_dropped(old) && !rig.is_closing(old));
    assert_one_gap_until_the_move(&rig);
}

#[test]
fn an_old_connection_that_never_comes_to_its_answer_has_a_minute() {
    let (mut rig, old, new) = moved();
    for second in 1..60 {
        pass_in_silence(&mut rig, second);
        rig.beat(old);
        rig.beat(new);
    }
    assert!(!rig.is_dropped(old) && rig.gaps().is_empty());
    pass_in_silence(&mut rig, 60);
    assert!(rig.is_dropped(old) && !rig.is_closing(old));
    assert_one_gap_until_the_move(&rig);
}

#[test]
fn a_service_that_closes_by_itself_has_said_everything_if_it_has_answered() {
    for answered in [false, true] {
        let (mut rig, old, _) = moved();
        rig.text(old, CLOSING);
        rig.text(old, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
        if answered {
            rig.pong(old);
        }
        rig.closed(old, 1001);
        match answered {
            // It may have closed before the new one was there.
            false => assert_one_gap_until_the_move(&rig),
            true => assert!(rig.gaps().is_empty() && rig.state() == State::Live),
        }
    }
}

#[test]
fn an_old_connection_that_breaks_before_it_has_answered_is_a_gap() {
    let broken = Failure { kind: Network::Broken, detail: "reset" };
    for how in [Closed::Failed(broken), Closed::Protocol { code: 1002, detail: "reserved bits" }] {
        for answered in [false, true] {
            let (mut rig, old, _) = moved();
            if answered {
                rig.pong(old);
            }
            rig.input(Input::Closed { conn: old, how });
            match answered {
                false => assert_one_gap_until_the_move(&rig),
                true => assert!(rig.gaps().is_empty() && rig.state() == State::Live),
            }
        }
    }
}

#[test]
fn a_service_that_has_answered_may_take_its_time_with_the_close_frame() {
    let (mut rig, old, new) = moved();
    rig.pong(old);
    rig.beat(new);
    pass_in_silence(&mut rig, 3);
    assert!(rig.is_dropped(old) && rig.gaps().is_empty() && rig.state() == State::Live);
}

#[test]
fn without_any_event_before_it_the_gap_begins_when_the_session_was_live() {
    let (mut rig, old) = Rig::live(without_repair());
    rig.pass(seconds(3));
    let new = begin_move(&mut rig, old);
    rig.pong(new);
    rig.input(Input::Closed {
        conn: old,
        how: Closed::Failed(Failure { kind: Network::Broken, detail: "reset" }),
    });
    let gaps = rig.gaps();
    assert_eq!((gaps.len(), gaps[0].from), (1, UnixMillis(START).into()));
}

#[test]
fn garbage_on_an_old_connection_ends_it_with_a_gap() {
    let (mut rig, old, _) = moved();
    for _ in 0..50 {
        rig.text(old, "{");
    }
    assert!(rig.is_closing(old) && rig.is_dropped(old));
    assert_one_gap_until_the_move(&rig);
}

#[test]
fn a_second_move_does_not_wait_for_what_is_left_of_the_first() {
    let (mut rig, old, new) = moved();
    rig.pong(new);
    let newer = begin_move(&mut rig, new);
    rig.pong(newer);
    let_go(&mut rig, new);
    rig.text(old, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
    let_go(&mut rig, old);
    assert_eq!((rig.events().len(), rig.gaps().len(), rig.state()), (3, 0, State::Live));
}

#[test]
fn a_new_token_leads_to_one_move_whatever_is_left_of_the_one_before() {
    let mut rig = Rig::new(without_repair());
    rig.grant(1200);
    let old = rig.go_open();
    rig.permit();
    rig.pass(seconds(899));
    let new = begin_move(&mut rig, old);
    rig.pong(new);
    pass_in_silence(&mut rig, 900);
    rig.grant(1200);
    rig.pass(seconds(0));
    let newer = rig.go_open();
    rig.permit();
    rig.pong(newer);
    let_go(&mut rig, old);
    let_go(&mut rig, new);
    let moves = rig.statuses().filter(|status| matches!(status.detail, Detail::Moving { .. }));
    assert_eq!(
        moves.map(|status| &status.detail).collect::<Vec<_>>(),
        [&Detail::Moving { why: Move::Closing }, &Detail::Moving { why: Move::Token }]
    );
    assert!(rig.gaps().is_empty());
}

#[test]
fn what_an_old_connection_still_brings_does_not_end_the_hole_after_its_heir() {
    let (mut rig, old, new) = moved();
    rig.closed(new, 1006);
    assert_eq!(rig.state(), State::Waiting);
    rig.text(old, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
    let_go(&mut rig, old);
    assert!(rig.gaps().is_empty(), "what is missing is not known yet");
    rig.pass(seconds(2));
    rig.go_open();
    rig.pass(seconds(8));
    rig.permit();
    let (gaps, now) = (rig.gaps(), UnixMillis(START).after(seconds(10)));
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0].to >= now.into(), "it lasts until there is a connection again: {gaps:?}");
}

#[test]
fn an_application_that_is_slow_does_not_cost_an_old_connection_its_answer() {
    let mut small = without_repair();
    small.buffer.capacity = 1;
    let (mut rig, old, new) = moved_with(small);
    let fills = snapshot("h", "2024-05-01T12:00:06.000Z", None);
    rig.session.handle(Input::Frame { conn: new, frame: Frame::Text(&fills) }, rig.now);
    assert!(!rig.session.wants_read());
    // Nobody takes the event, and so nothing is read, for longer than an answer may take.
    while let Some(deadline) = rig.session.poll_timeout().filter(|it| it.at.since(rig.now) <= seconds(40)) {
        rig.session.handle(Input::Timeout, deadline.at);
        while let Some(action) = rig.session.poll_action() {
            assert!(matches!(action, Action::Send { .. }), "{action:?}");
            rig.session.handle(Input::Flushed { conn: old }, deadline.at);
            rig.session.handle(Input::Flushed { conn: new }, deadline.at);
        }
    }
    rig.now = rig.now + seconds(40);
    rig.drain();
    rig.text(old, &snapshot("d", "2024-05-01T12:00:02.000Z", None));
    let_go(&mut rig, old);
    assert_eq!((rig.events().len(), rig.gaps().len()), (4, 0));
}

#[test]
fn where_the_policy_ends_the_session_nothing_is_waited_for() {
    let mut strict = without_repair();
    (strict.buffer.capacity, strict.buffer.policy) = (1, Policy::End);
    let (mut rig, old, new) = moved_with(strict);
    for id in ["d", "e"] {
        let text = snapshot(id, "2024-05-01T12:00:02.000Z", None);
        rig.session.handle(Input::Frame { conn: old, frame: Frame::Text(&text) }, rig.now);
    }
    rig.drain();
    assert!(rig.is_dropped(old) && rig.is_dropped(new) && rig.session.is_ended());
    assert!(matches!(rig.told.last(), Some(Event::Ended(Cause::Overflow))), "{:?}", rig.told.last());
    let causes: Vec<GapCause> = rig.gaps().iter().map(|gap| gap.cause).collect();
    assert!(causes.contains(&GapCause::Overflow) && causes.contains(&GapCause::Reconnect), "{causes:?}");
}

#[test]
fn a_ping_that_cannot_be_written_ends_an_old_connection() {
    let (mut rig, old) = Rig::live(without_repair());
    rig.text(old, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    let new = begin_move(&mut rig, old);
    let first = snapshot("g", "2024-05-01T12:00:05.000Z", None);
    rig.session.handle(Input::Frame { conn: new, frame: Frame::Text(&first) }, rig.now);
    while rig.session.poll_action().is_some() {}
    pass_in_silence(&mut rig, 5);
    assert!(rig.is_dropped(old));
    assert_one_gap_until_the_move(&rig);
    assert!(
        !rig.statuses()
            .any(|it| matches!(&it.detail, Detail::Retry { cause: Cause::Timeout(Step::Ping), .. }))
    );
}

#[test]
fn topics_that_are_set_meanwhile_are_those_of_the_new_connection() {
    let (mut rig, old, _) = moved();
    rig.session.set_topics(vec![Topic::queue("another").expect("valid")], rig.now).expect("it fits");
    rig.drain();
    let call = rig.permit();
    assert!(call.url.expose().contains("CANARY2") && rig.next_path().is_none());
    let_go(&mut rig, old);
    assert_eq!((rig.gaps().len(), rig.state()), (0, State::Live));
}
