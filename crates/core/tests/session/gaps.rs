//! Section 7: what may have been missed, and its repair.

use std::time::Duration;

use rosterline_core::{
    Closed, Config, ConnId, Event, Gap, GapCause, GapId, Input, Policy, Presence, Scope, Subscription,
    Timestamp,
};

use crate::rig::{Rig, asking_for, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);

/// A session that was told of `a`, lost its connection, and is live again on another.
fn interrupted(config: Config) -> (Rig, ConnId) {
    let mut rig = Rig::live(config);
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    let conn = rig.go_live();
    (rig, conn)
}

/// The first event that was told.
fn first(rig: &Rig) -> Presence {
    let mut told = rig.told.iter();
    told.find_map(|event| if let Event::Presence(it) = event { Some(it.clone()) } else { None })
        .expect("one was")
}

fn span(gap: &Gap) -> (String, String) {
    (gap.from.to_string(), gap.to.to_string())
}

#[test]
fn a_reconnect_is_one_gap_from_the_newest_event_to_the_new_confirmation() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(20));
    rig.text(CONN, &frame([joined("late", 10), joined("early", 3)]));
    rig.cut(CONN);
    assert!(rig.gaps().is_empty(), "it has no end yet");
    rig.pass(seconds(5));
    rig.go_live();
    assert_eq!(rig.gaps().len(), 1);
    let gap = rig.gaps()[0];
    assert_eq!((gap.cause, gap.dropped, &gap.scope), (GapCause::Reconnect, 0, &Scope::All));
    assert_eq!(span(gap), ("2024-05-01T12:00:10Z".into(), "2024-05-01T12:00:25.000Z".into()));
}

#[test]
fn with_no_event_seen_it_starts_at_the_first_confirmation() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(20));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(span(rig.gaps()[0]), ("2024-05-01T12:00:00.000Z".into(), "2024-05-01T12:00:21.000Z".into()));
    rig.cut(ConnId(2));
    rig.pass(seconds(2));
    rig.go_live();
    assert_eq!(rig.gaps()[1].from, rig.gaps()[0].from, "the very first one");
}

#[test]
fn what_happened_in_the_millisecond_of_the_new_confirmation_lies_in_it() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(20));
    rig.cut(CONN);
    rig.pass(seconds(1) + Duration::from_nanos(1));
    rig.go_live();
    assert_eq!(rig.gaps()[0].to.to_string(), "2024-05-01T12:00:21.001Z", "12:00:21.000 was missed");

    let mut rig = Rig::live(config());
    rig.cut(CONN);
    rig.pass(Duration::from_nanos(1));
    rig.session.close(rig.now);
    rig.drain();
    assert_eq!(rig.gaps()[0].to.to_string(), "2024-05-01T12:00:00.001Z", "so does one without an end");
}

#[test]
fn attempts_that_fail_in_between_do_not_make_more_of_it() {
    let mut rig = Rig::live(config());
    rig.cut(CONN);
    for _ in 0..3 {
        rig.pass_until_attempt();
        rig.fail_dial();
    }
    rig.pass_until_attempt();
    rig.go_live();
    assert_eq!(rig.gaps().len(), 1);
}

#[test]
fn before_the_first_confirmation_there_is_nothing_to_miss() {
    let mut rig = Rig::new(config());
    rig.grant_next(1000);
    rig.fail_dial();
    rig.pass(seconds(1));
    rig.go_live();
    assert!(rig.gaps().is_empty());
}

#[test]
fn after_events_that_came_before_any_confirmation_a_lost_connection_is_no_restart() {
    let mut rig = Rig::new(config());
    let conn = rig.go_open();
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.text(conn, &frame([joined("early", 1)]));
    rig.cut(conn);
    rig.pass(seconds(1));
    rig.go_live();
    let causes: Vec<GapCause> = rig.gaps().iter().map(|gap| gap.cause).collect();
    assert_eq!(causes, [GapCause::Reconnect], "the process was running all the time");
}

#[test]
fn it_stands_before_the_first_event_of_the_new_connection() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("before", 1)]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    let conn = rig.go_open();
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.text(conn, &frame([joined("after", 2)]));
    rig.text(conn, r#"{"status":"subscribed"}"#);
    let order: Vec<&str> = rig
        .told
        .iter()
        .filter_map(|event| match event {
            Event::Presence(_) => Some("event"),
            Event::Gap(_) => Some("gap"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["event", "gap", "event"]);
    assert_eq!(rig.gaps()[0].from.to_string(), "2024-05-01T12:00:01Z");
}

#[test]
fn an_event_from_the_year_2099_moves_nothing() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("a", 1), joined("future", 2).replace("2024", "2099")]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(rig.gaps()[0].from.to_string(), "2024-05-01T12:00:01Z");
    assert_eq!(rig.participants().len(), 2, "it is delivered all the same");
}

#[test]
fn a_gap_is_as_long_as_it_was_even_if_the_server_is_ahead() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("ahead", 200)]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(span(rig.gaps()[0]), ("2024-05-01T12:03:20Z".into(), "2024-05-01T12:03:21.000Z".into()));
}

#[test]
fn when_the_session_gives_up_it_ends_there_and_stays_open() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(1));
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.cut(CONN);
    for _ in 0..5 {
        rig.pass_until_attempt();
        rig.fail_dial();
    }
    let gap = rig.gaps()[0];
    assert_eq!((gap.cause, gap.from.to_string().as_str()), (GapCause::Ended, "2024-05-01T12:00:01Z"));
    assert_eq!(
        gap.to.unix_seconds(),
        Timestamp::parse("2024-05-01T12:00:32Z").expect("valid").unix_seconds()
    );
    assert_eq!(rig.session.stats().gaps, 1);
}

#[test]
fn closing_while_disconnected_admits_the_gap_and_closing_while_live_has_none() {
    let mut rig = Rig::live(config());
    rig.cut(CONN);
    rig.session.close(rig.now);
    rig.drain();
    assert_eq!(rig.gaps().len(), 1);
    assert!(rig.ended().is_some());

    let mut rig = Rig::live(config());
    rig.session.close(rig.now);
    rig.cut(CONN);
    assert!(rig.gaps().is_empty());
}

#[test]
fn with_a_filter_it_concerns_only_what_was_asked_for() {
    let subscription = Subscription::interaction("call").expect("valid");
    let mut rig = Rig::live(asking_for(subscription));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(rig.gaps()[0].scope, Scope::Only(["call".into()].into()));
}

#[test]
fn a_repair_brings_what_was_dropped_and_no_policy_drops_it_again() {
    for policy in [Policy::DropOldest, Policy::DropNewest] {
        let mut config = config();
        (config.buffer.capacity, config.buffer.policy) = (4, policy);
        let mut rig = Rig::live(config);
        let all: Vec<_> = (0..20).map(|n| joined(&format!("p{n:02}"), n)).collect();
        rig.text_unread(CONN, &frame(&all));
        rig.drain();
        let (id, dropped) = (rig.gaps()[0].id, rig.gaps()[0].dropped);
        assert_eq!((rig.participants().len(), dropped), (4, 16));
        let known = first(&rig);
        let event = |n: u32| Presence {
            participant: format!("p{n:02}").as_str().into(),
            at: Timestamp::parse(&format!("2024-05-01T12:00:{n:02}Z")).expect("valid"),
            ..known.clone()
        };
        rig.session.recovered(id, (0..20).map(event).collect(), rig.now).expect("the gap is open");
        assert_eq!(rig.session.stats().buffered, 16, "they wait beside the buffer");
        rig.text_unread(CONN, &frame([joined("new", 30)]));
        rig.drain();
        let mut told = rig.participants();
        assert_eq!(told.pop().as_deref(), Some("new"));
        told.sort_unstable();
        assert_eq!(told, (0..20).map(|n| format!("p{n:02}")).collect::<Vec<_>>());
        assert_eq!((rig.gaps().len(), rig.session.stats().dropped), (1, 16));
    }
}

#[test]
fn what_a_repair_brings_does_not_move_where_the_next_gap_begins() {
    let (mut rig, conn) = interrupted(config());
    let known = first(&rig);
    let later = Timestamp::parse("2024-05-01T12:00:30Z").expect("valid");
    let brought = Presence { at: later, participant: "b".into(), ..known };
    rig.session.recovered(rig.gaps()[0].id, vec![brought], rig.now).expect("the gap is open");
    rig.cut(conn);
    rig.pass(seconds(3));
    rig.go_live();
    assert_eq!(rig.gaps()[1].from.to_string(), "2024-05-01T12:00:01Z");
}

#[test]
fn after_the_last_item_no_gap_can_be_repaired() {
    let (mut rig, _) = interrupted(config());
    let id = rig.gaps()[0].id;
    rig.session.close(rig.now);
    rig.drain();
    rig.cut(ConnId(2));
    assert!(rig.ended().is_some());
    let misuse = rig.session.recovered(id, vec![], rig.now).expect_err("it is over");
    assert!(misuse.to_string().contains("session: has ended"), "{misuse}");
    assert!(!rig.session.has_events());
}

#[test]
fn a_repair_brings_what_is_new_and_closes_the_gap() {
    let (mut rig, _) = interrupted(config());
    let id = rig.gaps()[0].id;
    let known = first(&rig);
    let missed = Presence { participant: "b".into(), ..known.clone() };
    rig.session.recovered(id, vec![known, missed], rig.now).expect("the gap is open");
    rig.drain();
    assert_eq!(rig.participants(), ["a", "b"]);
    let Some(Event::Repaired(repair)) = rig.told.last() else { panic!("{:?}", rig.told.last()) };
    assert_eq!((repair.gap.id, repair.recovered), (id, 1));
    let stats = rig.session.stats();
    assert_eq!((stats.gaps, stats.gaps_repaired, stats.received, stats.duplicate), (1, 1, 3, 1));
    assert!(rig.session.recovered(id, vec![], rig.now).is_err(), "it is closed");
    assert!(rig.session.recovered(GapId(99), vec![], rig.now).is_err());
}

#[test]
fn it_lasts_until_the_confirmation_however_long_the_answers_take() {
    let mut rig = Rig::live(config());
    rig.pass(seconds(1));
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    let conn = rig.go_open();
    rig.pass(seconds(7));
    rig.text(conn, r#"{"status":"connected"}"#);
    rig.pass(seconds(8));
    assert!(rig.gaps().is_empty(), "nobody has promised anything yet");
    rig.text(conn, r#"{"status":"subscribed"}"#);
    assert_eq!(span(rig.gaps()[0]), ("2024-05-01T12:00:01Z".into(), "2024-05-01T12:00:17.000Z".into()));
}

#[test]
fn of_more_than_1024_open_gaps_the_oldest_stays_open() {
    let mut config = config();
    config.buffer.capacity = 1;
    config.buffer.policy = Policy::DropNewest;
    let mut rig = Rig::live(config);
    for n in 0..1025 {
        rig.text_unread(CONN, &frame([joined(&format!("a{n}"), 1), joined(&format!("b{n}"), 1)]));
        rig.drain();
        rig.told.clear();
    }
    assert_eq!(rig.session.stats().gaps, 1025);
    assert!(rig.session.recovered(GapId(1), vec![], rig.now).is_err());
    for id in 2..=1025 {
        rig.session.recovered(GapId(id), vec![], rig.now).expect("it is one of the last 1,024");
    }
}

#[test]
fn a_repair_that_does_not_fit_waits_beside_the_buffer_and_ends_no_session() {
    let mut config = config();
    config.buffer.capacity = 2;
    config.buffer.policy = Policy::End;
    let (mut rig, _) = interrupted(config);
    let known = first(&rig);
    let missed = ["b", "c", "d"].map(|name| Presence { participant: name.into(), ..known.clone() });
    rig.session.recovered(rig.gaps()[0].id, missed.to_vec(), rig.now).expect("the gap is open");
    rig.drain();
    assert_eq!(rig.ended(), None);
    assert_eq!(rig.participants(), ["a", "b", "c", "d"]);
}

#[test]
fn an_event_that_is_five_minutes_ahead_is_the_newest_and_one_beyond_is_not() {
    let mut rig = Rig::live(config());
    let ahead = joined("b", 300);
    rig.text(CONN, &frame([joined("a", 1), ahead.clone(), ahead.replace("05:00Z", "05:00.001Z")]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    assert_eq!(rig.gaps()[0].from.to_string(), "2024-05-01T12:05:00Z");
}

#[test]
fn gaps_that_concern_other_things_are_not_joined_however_many_words_wait() {
    let mut rig = Rig::live(config());
    (0..1100).for_each(|_| rig.text_unread(CONN, r#"{"status":"news"}"#));
    let call = Subscription::interaction("call").expect("valid");
    for (conn, next) in [(CONN, Some(call)), (ConnId(2), None)] {
        next.into_iter().for_each(|next| rig.session.subscribe(next, rig.now));
        rig.session.handle(Input::Closed { conn, how: Closed::Frame { code: None, reason: "" } }, rig.now);
        rig.pass_unread(seconds(2));
        let conn = rig.take_open().expect("it dials");
        rig.session.handle(Input::Opened { conn }, rig.now);
        for text in [r#"{"status":"connected"}"#, r#"{"status":"subscribed"}"#] {
            rig.text_unread(conn, text);
        }
        if conn == ConnId(2) {
            rig.session.subscribe(Subscription::all(), rig.now);
        }
    }
    rig.drain();
    let scopes: Vec<_> = rig.gaps().iter().map(|gap| gap.scope.clone()).collect();
    assert_eq!(scopes, [Scope::Only(["call".into()].into()), Scope::All]);
}
