//! Section 7: ending in good order.

use rosterline_core::{
    Action, Cause, Closed, ConnId, Event, GapCause, Input, Instant, Policy, Presence, PresenceKind, State,
    Timestamp,
};

use crate::rig::{Rig, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);

#[test]
fn it_says_goodbye_and_hands_out_what_is_buffered() {
    let mut rig = Rig::live(config());
    rig.text_unread(CONN, &frame([joined("a", 1)]));
    rig.session.close(rig.now);
    rig.drain();
    assert_eq!(rig.close_codes(), [1000]);
    assert_eq!(rig.state(), State::Draining);
    rig.text(CONN, &frame([joined("on its way", 2)]));
    rig.closed(CONN, Closed::Frame { code: Some(1000), reason: "" });
    assert_eq!(rig.participants(), ["a", "on its way"]);
    assert_eq!(rig.ended(), Some(&Cause::Requested));
    assert!(rig.session.is_ended());
}

#[test]
fn a_peer_that_does_not_answer_has_three_seconds() {
    let mut rig = Rig::live(config());
    rig.session.close(rig.now);
    rig.drain();
    rig.pass(seconds(2));
    assert_eq!(rig.ended(), None);
    rig.pass(seconds(1));
    assert_eq!(rig.ended(), Some(&Cause::Requested));
    assert_eq!(rig.dropped(), 1);
}

#[test]
fn a_drain_that_is_shorter_than_the_wait_for_the_peer_ends_both() {
    let mut config = config();
    config.timeouts.drain = seconds(1);
    let mut rig = Rig::live(config);
    rig.text_unread(CONN, &frame([joined("a", 1)]));
    rig.session.close(rig.now);
    rig.pass_unread(seconds(1));
    assert_eq!((rig.dropped(), rig.session.stats().dropped), (1, 1));
    rig.pass_unread(seconds(10));
    rig.drain();
    let ends = rig.told.iter().filter(|event| matches!(event, Event::Ended(_))).count();
    assert_eq!(ends, 1);
}

#[test]
fn every_wait_ends_at_once() {
    let ways: [fn(&mut Rig); 3] = [
        |_| {},
        |rig| {
            rig.grant_next(1000);
        },
        |rig| {
            let conn = rig.go_live();
            rig.cut(conn);
        },
    ];
    for (n, way) in ways.into_iter().enumerate() {
        let mut rig = Rig::new(config());
        way(&mut rig);
        rig.session.close(rig.now);
        rig.drain();
        assert_eq!(rig.ended(), Some(&Cause::Requested), "way {n}");
        assert!(rig.session.is_ended(), "way {n}");
    }
}

#[test]
fn requests_and_dials_are_let_go() {
    let mut rig = Rig::new(config());
    rig.session.close(rig.now);
    rig.drain();
    assert!(rig.actions.iter().any(|action| matches!(action, Action::Cancel { .. })));

    let mut rig = Rig::new(config());
    rig.grant_next(1000);
    rig.session.close(rig.now);
    rig.drain();
    assert_eq!(rig.dropped(), 1);
}

#[test]
fn an_application_that_does_not_take_the_rest_has_five_seconds_and_what_is_left_is_counted() {
    let mut rig = Rig::live(config());
    rig.text_unread(CONN, &frame([joined("a", 1), joined("b", 2)]));
    rig.session.close(rig.now);
    rig.drain_actions();
    rig.pass_unread(seconds(5));
    let stats = rig.session.stats();
    assert_eq!((stats.dropped, stats.buffered, stats.delivered), (2, 0, 0));
    rig.drain();
    let gap = rig.gaps()[0];
    assert_eq!((gap.cause, gap.dropped), (GapCause::Shutdown, 2));
    assert_eq!(rig.ended(), Some(&Cause::Requested), "and this is the last item");
}

#[test]
fn what_was_dropped_before_and_what_is_left_are_two_gaps() {
    let mut config = config();
    config.buffer.capacity = 2;
    config.buffer.policy = Policy::DropOldest;
    let mut rig = Rig::live(config);
    rig.text_unread(CONN, &frame([joined("a", 1), joined("b", 2), joined("c", 3)]));
    rig.session.close(rig.now);
    rig.pass_unread(seconds(5));
    rig.drain();
    let causes: Vec<_> = rig.gaps().iter().map(|gap| (gap.cause, gap.dropped)).collect();
    assert_eq!(causes, [(GapCause::Overflow, 1), (GapCause::Shutdown, 2)]);
}

#[test]
fn after_the_end_everything_is_inert() {
    let mut rig = Rig::live(config());
    rig.session.close(rig.now);
    rig.drain();
    rig.cut(CONN);
    rig.actions.clear();
    let told = rig.told.len();
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.input(Input::Opened { conn: CONN });
    rig.session.subscribe(rosterline_core::Subscription::all(), rig.now);
    rig.session.close(rig.now);
    rig.pass(seconds(3600));
    assert_eq!((rig.told.len(), rig.actions.len()), (told, 0));
    assert!(!rig.told.iter().any(|event| matches!(event, Event::Presence(_))));
    assert_eq!(rig.session.poll_timeout(), None);
}

#[test]
fn goodbye_is_said_once_whatever_the_peer_does_then() {
    let mut config = config();
    config.limits.bad_frames = 1;
    let mut rig = Rig::live(config);
    rig.session.close(rig.now);
    rig.text(CONN, "no JSON");
    assert_eq!(rig.close_codes(), [1000]);
    assert_eq!(rig.ended(), Some(&Cause::Requested));
}

#[test]
fn nothing_comes_after_the_last_item_even_if_nobody_has_taken_it_yet() {
    let mut rig = Rig::live(config());
    rig.cut(CONN);
    rig.pass_until_attempt();
    rig.session.close(rig.now);
    let Some(Event::Gap(gap)) = rig.session.poll_event() else { panic!("what was missed is told first") };
    let told =
        rig.told.iter().find_map(|event| if let Event::Status(it) = event { Some(it.at) } else { None });
    let missed = Presence {
        at: Timestamp::from(told.expect("it was live")),
        kind: PresenceKind::Joined,
        interaction: "call".into(),
        participant: "a".into(),
        channel: "voice".into(),
        reason: None,
        leg: None,
        arrived: rig.now,
        received: told.expect("it was live"),
    };
    let refused = rig.session.recovered(gap.id, vec![missed], rig.now).expect_err("it has ended");
    assert_eq!(refused.to_string(), "session: has ended: nothing comes after its last item");
    rig.session.handle(Input::Consumed { took: seconds(60) }, rig.now);
    assert_eq!(rig.session.poll_event(), Some(Event::Ended(Cause::Requested)));
    assert_eq!(rig.session.poll_event(), None);
    assert!(rig.session.is_ended());
}

#[test]
fn an_answer_to_a_request_that_was_let_go_changes_nothing() {
    let mut rig = Rig::new(config());
    let (request, _) = rig.take_call().expect("it asks for a token");
    rig.session.close(rig.now);
    rig.drain();
    rig.grant(request, 3600);
    let stats = rig.session.stats();
    assert_eq!((stats.tokens, stats.stale), (0, 1));
}

#[test]
fn at_the_end_of_all_time_nothing_is_due_again_and_again() {
    let mut rig = Rig::live(config());
    rig.session.handle(Input::Timeout, Instant(u64::MAX - 1));
    rig.session.handle(Input::Timeout, Instant(u64::MAX));
    let actions = std::iter::from_fn(|| rig.session.poll_action()).count();
    assert!(actions < 5, "{actions} actions");
}

#[test]
fn it_has_ended_once_everything_was_taken_and_not_before() {
    let mut rig = Rig::live(config());
    assert!(!rig.session.is_ended());
    rig.text_unread(CONN, &frame([joined("a", 1)]));
    rig.session.close(rig.now);
    rig.session
        .handle(Input::Closed { conn: CONN, how: Closed::Frame { code: Some(1000), reason: "" } }, rig.now);
    assert!(
        !rig.session.is_ended() && rig.session.poll_timeout().is_some(),
        "somebody may still take what waits"
    );
    rig.drain();
    assert!(rig.session.is_ended());
}
