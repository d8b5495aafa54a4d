//! Section 6: the buffer and its policies. (Pausing has a page of its own.)

use std::time::Duration;

use rosterline_core::{Cause, Config, ConnId, Detail, Event, GapCause, Input, Policy, Scope};

use crate::rig::{Rig, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);

fn small(policy: Policy) -> Config {
    let mut config = config();
    config.buffer.capacity = 4;
    config.buffer.policy = policy;
    config
}

fn flood(policy: Policy, events: u32) -> Rig {
    let mut rig = Rig::live(small(policy));
    for n in 0..events {
        rig.text_unread(CONN, &frame([joined(&format!("p{n}"), n)]));
    }
    rig
}

/// What stands in the stream, as short words: a name for an event, `-n` for a gap of n.
fn shape(rig: &Rig) -> Vec<String> {
    let word = |event: &Event| match event {
        Event::Presence(presence) => Some(presence.participant.to_string()),
        Event::Gap(gap) => Some(format!("-{}", gap.dropped)),
        _ => None,
    };
    rig.told.iter().filter_map(word).collect()
}

#[test]
fn drop_oldest_drops_the_oldest_and_says_so_before_the_rest() {
    let mut rig = flood(Policy::DropOldest, 10);
    rig.drain();
    assert_eq!(shape(&rig), ["-6", "p6", "p7", "p8", "p9"]);
    let gap = rig.gaps()[0];
    assert_eq!(gap.cause, GapCause::Overflow);
    assert_eq!(gap.from.to_string(), "2024-05-01T12:00:00Z");
    assert_eq!(gap.to.to_string(), "2024-05-01T12:00:05Z");
    assert_eq!(gap.scope, Scope::Only(["call".into()].into()));
    assert_eq!((rig.session.stats().dropped, rig.session.stats().delivered), (6, 4));
}

#[test]
fn what_waits_is_counted_in_bytes_too() {
    let mut rig = flood(Policy::DropOldest, 3);
    let three = rig.session.stats().buffered_bytes;
    assert!(three > 0 && three % 3 == 0, "{three}");
    let full = flood(Policy::DropOldest, 10).session.stats();
    assert_eq!((full.buffered, full.buffered_bytes), (4, three / 3 * 4));
    rig.drain();
    assert_eq!(rig.session.stats().buffered_bytes, 0);
}

#[test]
fn drop_newest_drops_the_newest_and_says_so_after_the_rest() {
    let mut rig = flood(Policy::DropNewest, 10);
    rig.drain();
    assert_eq!(shape(&rig), ["p0", "p1", "p2", "p3", "-6"]);
    let gap = rig.gaps()[0];
    assert_eq!(
        (gap.from.to_string(), gap.to.to_string()),
        ("2024-05-01T12:00:04Z".into(), "2024-05-01T12:00:09Z".into())
    );
    rig.text(CONN, &frame([joined("z", 20)]));
    assert_eq!(shape(&rig).last().map(String::as_str), Some("z"));
}

#[test]
fn each_run_of_drops_is_one_gap_in_its_place() {
    let mut rig = flood(Policy::DropNewest, 6);
    while !shape(&rig).contains(&"p0".to_owned()) {
        rig.told.extend(rig.session.poll_event());
    }
    rig.text_unread(CONN, &frame([joined("fits", 7), joined("not", 8)]));
    rig.drain();
    assert_eq!(shape(&rig), ["p0", "p1", "p2", "p3", "-2", "fits", "-1"]);
    assert_eq!(rig.session.stats().gaps, 2);
}

#[test]
fn end_ends_the_session_and_hands_out_what_there_is() {
    let mut rig = flood(Policy::End, 4);
    rig.text_unread(CONN, &frame([joined("p4", 5), joined("p5", 6)]));
    assert_eq!((rig.close_codes(), rig.dropped()), (vec![1000], 1));
    rig.text(CONN, &frame([joined("on its way", 7)]));
    assert_eq!(shape(&rig), ["p0", "p1", "p2", "p3", "-2"], "there is no room, and so no wait");
    assert_eq!(rig.ended(), Some(&Cause::Overflow));
}

#[test]
fn pause_stops_reading_and_loses_nothing() {
    let mut rig = Rig::live(small(Policy::Pause));
    assert!(rig.session.wants_read());
    rig.text_unread(CONN, &frame((0..100).map(|n| joined(&format!("p{n}"), n))));
    assert!(!rig.session.wants_read());
    let mut taken = 0;
    while !rig.session.wants_read() {
        taken += usize::from(matches!(rig.session.poll_event(), Some(Event::Presence(_))));
    }
    assert_eq!(taken, 98, "reading goes on at half the buffer");
    rig.drain();
    assert_eq!((rig.session.stats().delivered, rig.session.stats().dropped, rig.gaps().len()), (100, 0, 0));
}

#[test]
fn a_wide_gap_concerns_everything() {
    let mut rig = Rig::live(small(Policy::DropOldest));
    for n in 0..1100 {
        rig.text_unread(CONN, &frame([joined("p", 1).replace("call", &format!("call-{n}"))]));
    }
    rig.drain();
    assert_eq!((rig.gaps()[0].dropped, &rig.gaps()[0].scope), (1096, &Scope::All));
}

#[test]
fn statuses_and_rejections_keep_their_place_and_are_never_dropped() {
    let mut rig = Rig::live(small(Policy::DropOldest));
    for n in 0..6 {
        rig.text_unread(CONN, &frame([joined(&format!("p{n}"), n)]));
        rig.text_unread(CONN, if n % 2 == 0 { "x" } else { r#"{"events":[5]}"# });
    }
    rig.drain();
    let rejected: u64 = rig.told.iter().map(|e| if let Event::Rejected(r) = e { r.count } else { 0 }).sum();
    assert_eq!((rejected, rig.session.stats().rejected), (6, 6));
    assert_eq!(shape(&rig), ["-2", "p2", "p3", "p4", "p5"]);
}

#[test]
fn a_large_share_of_drops_is_a_warning_once() {
    let rig = {
        let mut rig = flood(Policy::DropNewest, 200);
        rig.drain();
        rig
    };
    let warnings =
        rig.details().into_iter().filter(|detail| matches!(detail, Detail::Dropping { .. })).count();
    assert_eq!(warnings, 1);
}

#[test]
fn a_slow_application_is_told_once_an_episode() {
    let mut rig = Rig::live(config());
    for took in [501, 900, 10, 600] {
        rig.input(Input::Consumed { took: Duration::from_millis(took) });
    }
    let lags: Vec<_> =
        rig.details().into_iter().filter(|detail| matches!(detail, Detail::Lagging { .. })).collect();
    assert_eq!(lags.len(), 2);
}

#[test]
fn the_high_water_mark_follows_the_application_if_asked_to() {
    let mut config = small(Policy::Pause);
    config.buffer.capacity = 80;
    config.buffer.adaptive = true;
    let mut rig = Rig::live(config);
    rig.input(Input::Consumed { took: seconds(2) });
    rig.text_unread(CONN, &frame((0..40).map(|n| joined(&format!("p{n}"), n))));
    assert!(!rig.session.wants_read(), "half of the buffer is enough for a slow one");
    rig.drain();
    for _ in 0..5 {
        rig.input(Input::Consumed { took: seconds(0) });
    }
    rig.text_unread(CONN, &frame((0..79).map(|n| joined(&format!("q{n}"), n))));
    assert!(rig.session.wants_read());
}

#[test]
fn heartbeats_go_on_while_nobody_reads() {
    let mut rig = flood(Policy::DropOldest, 50);
    rig.silent = true;
    for _ in 0..20 {
        rig.pass_unread(seconds(15));
        if let Some(payload) = rig.take_ping() {
            let pong = rosterline_core::Frame::Pong(&payload);
            rig.session.handle(Input::Frame { conn: CONN, frame: pong }, rig.now);
        }
    }
    assert_eq!(rig.session.stats().dials, 1);
    assert!(rig.session.stats().round_trip.histogram.count() >= 9);
}

#[test]
fn trouble_that_nobody_reads_of_stays_bounded() {
    let mut rig = Rig::live(small(Policy::DropOldest));
    for n in 0..20_000 {
        rig.text_unread(CONN, &format!(r#"{{"events":[{},{n}]}}"#, joined("p", n % 3000)));
        rig.text_unread(CONN, &frame([joined("p", 1).replace("call", &format!("c{n}"))]));
        rig.text_unread(CONN, r#"{"events":[{}]}"#);
    }
    rig.drain();
    assert!(rig.told.len() < 3000, "{}", rig.told.len());
    let rejected: u64 = rig.told.iter().map(|e| if let Event::Rejected(r) = e { r.count } else { 0 }).sum();
    assert_eq!(rejected, 40_000, "and exact");
}

#[test]
fn huge_events_fill_the_buffer_by_their_size() {
    let long = "x".repeat(8_000);
    let name = |n: u32| format!("{n}-{long}");
    for (policy, kept) in [(Policy::DropOldest, "19-"), (Policy::DropNewest, "0-"), (Policy::Pause, "0-")] {
        let mut config = small(policy);
        config.buffer.capacity = 1000;
        config.buffer.bytes = 65_536;
        let mut rig = Rig::live(config);
        for n in 0..20 {
            if rig.session.wants_read() {
                rig.text_unread(CONN, &frame([joined(&name(n), n)]));
            }
        }
        assert_eq!(rig.session.stats().buffered, 9, "{policy:?}");
        rig.drain();
        assert!(rig.participants().iter().any(|participant| participant.starts_with(kept)), "{policy:?}");
        rig.text(CONN, &frame([joined("small", 30)]));
        assert_eq!(rig.participants().last().map(String::as_str), Some("small"), "{policy:?}");
    }
}

#[test]
fn what_is_lost_out_of_order_is_in_the_gap_too() {
    for policy in [Policy::DropOldest, Policy::DropNewest] {
        let mut rig = Rig::live(small(policy));
        for (n, second) in [40, 10, 30, 20, 45, 5, 50, 15].into_iter().enumerate() {
            rig.text_unread(CONN, &frame([joined(&format!("p{n}"), second)]));
        }
        rig.drain();
        let gap = rig.gaps()[0];
        let span = (gap.from.unix_seconds() - gap.to.unix_seconds(), gap.dropped);
        let expected = if policy == Policy::DropOldest { (10 - 40, 4) } else { (5 - 50, 4) };
        assert_eq!(span, expected, "{policy:?}");
    }
}

#[test]
fn what_counts_as_slow_and_as_much_can_be_set() {
    let mut config = small(Policy::DropNewest);
    config.buffer.lag = seconds(2);
    config.buffer.drop_warning = 80;
    let mut rig = Rig::live(config);
    let warnings = |rig: &Rig| {
        let is_warning = |d: &&&Detail| matches!(d, Detail::Lagging { .. } | Detail::Dropping { .. });
        rig.details().iter().filter(is_warning).map(|warning| (*warning).clone()).collect::<Vec<_>>()
    };
    rig.input(Input::Consumed { took: seconds(2) });
    rig.text_unread(CONN, &frame((0..20).map(|n| joined(&format!("p{n}"), n))));
    rig.text_unread(CONN, &frame([joined("p20", 20)]));
    rig.drain();
    assert_eq!(warnings(&rig), [Detail::Dropping { dropped: 17, received: 21 }], "16 of 20 are 80 %");
    rig.input(Input::Consumed { took: seconds(3) });
    assert_eq!(warnings(&rig).last(), Some(&Detail::Lagging { took: seconds(3) }));
}
