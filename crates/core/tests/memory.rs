//! What the session allocates: nothing for a usual frame once it is warm, and a bounded amount whatever comes.

use std::io::Write as _;

use rosterline_core::{
    Action, Auth, Config, ConnId, Endpoint, Frame, Input, Instant, Policy, Session, Subscription, UnixMillis,
};

fn live(policy: Policy) -> (Session, ConnId) {
    let url = Endpoint::new("wss://example.com/stream").expect("valid");
    let mut config = Config::new(url, Auth::Token("CANARY-token".into()), Subscription::all());
    config.buffer.policy = policy;
    config.limits.duplicates = 4096;
    let mut session = Session::new(config, Instant::ZERO, UnixMillis(1_714_564_800_000)).expect("valid");
    session.handle(Input::Timeout, Instant::ZERO);
    let Some(Action::Open { conn, .. }) = session.poll_action() else { panic!("it dials") };
    session.handle(Input::Opened { conn }, Instant::ZERO);
    for answer in [r#"{"status":"connected"}"#, r#"{"status":"subscribed"}"#] {
        session.handle(Input::Frame { conn, frame: Frame::Text(answer) }, Instant::ZERO);
    }
    while session.poll_action().is_some() {}
    while session.poll_event().is_some() {}
    (session, conn)
}

/// Frames of the usual shape, each with another event.
fn frames(from: u64, count: u64) -> Vec<String> {
    let frame = |n: u64| {
        let (minute, second, milli) = (n / 60_000 % 60, n / 1000 % 60, n % 1000);
        format!(
            r#"{{"events":[{{"timestamp":"2024-05-01T12:{minute:02}:{second:02}.{milli:03}Z","type":"ParticipantLeft","participant":"123e4567-e89b-12d3-a456-{n:012x}","interaction":"223e4567-e89b-12d3-a456-426614174000","channel":"voice","reason":"transfer"}}]}}"#
        )
    };
    (from..from + count).map(frame).collect()
}

#[test]
fn a_usual_frame_costs_no_allocation_in_steady_state() {
    let (mut session, conn) = live(Policy::Pause);
    let mut feed = |frames: &[String]| {
        let mut taken = 0;
        for frame in frames {
            session.handle(Input::Frame { conn, frame: Frame::Text(frame) }, Instant(1));
            taken += usize::from(session.poll_event().is_some());
        }
        taken
    };
    assert_eq!(feed(&frames(0, 10_000)), 10_000, "warm: the duplicate filter is full");
    let more = frames(10_000, 10_000);
    let cost = allocation_counter::measure(|| assert_eq!(feed(&more), 10_000));
    assert_eq!(cost.count_total, 0, "{cost:?}");
}

#[test]
fn a_flood_that_nobody_reads_stays_within_its_bound() {
    /// 1,024 events of at most 256 bytes, the filter's 4,096 fingerprints, and room for notes.
    const BOUND: u64 = 2 << 20;
    for policy in [Policy::DropOldest, Policy::DropNewest, Policy::Pause] {
        let (mut session, conn) = live(policy);
        let flood = frames(0, 50_000);
        let cost = allocation_counter::measure(|| {
            for (n, frame) in flood.iter().enumerate() {
                if !session.wants_read() {
                    break;
                }
                session.handle(Input::Frame { conn, frame: Frame::Text(frame) }, Instant(n as u64));
                if n % 3 == 0 {
                    session.handle(Input::Frame { conn, frame: Frame::Text("junk") }, Instant(n as u64));
                }
                while session.poll_action().is_some() {}
            }
        });
        assert!(cost.bytes_max < BOUND, "{policy:?}: {cost:?}");
        let stats = session.stats();
        assert_eq!(stats.buffered, 1024, "{policy:?}");
        assert_eq!(stats.received, stats.buffered + stats.dropped + stats.rejected, "{policy:?}");
    }
}

/// So many events in one frame.
fn huge(events: u64) -> String {
    let events: Vec<String> =
        frames(0, events).iter().map(|frame| frame[11..frame.len() - 2].to_owned()).collect();
    format!(r#"{{"events":[{}]}}"#, events.join(","))
}

#[test]
fn one_huge_frame_is_not_remembered_in_memory() {
    let (mut session, conn) = live(Policy::Pause);
    let huge = huge(15_000);
    let kept = allocation_counter::measure(|| {
        session.handle(Input::Frame { conn, frame: Frame::Text(&huge) }, Instant(1));
        while session.poll_event().is_some() {}
        session.handle(Input::Frame { conn, frame: Frame::Text(r#"{"events":[]}"#) }, Instant(2));
    });
    assert_eq!(session.stats().received, 15_000);
    assert!(kept.bytes_current < 1 << 20, "{kept:?}");
}

#[test]
fn taking_what_a_huge_frame_brought_costs_next_to_nothing() {
    let (mut session, conn) = live(Policy::Pause);
    let huge = huge(5_000);
    session.handle(Input::Frame { conn, frame: Frame::Text(&huge) }, Instant(1));
    let cost = allocation_counter::measure(|| {
        let taken = std::iter::from_fn(|| session.poll_event()).count();
        assert_eq!(taken, 5_000);
    });
    assert!(cost.count_total < 10, "{cost:?}");
}

/// Answers nothing, in so many bytes, as zlib packs them.
fn packed_notice(size: usize) -> Vec<u8> {
    // Digits that hardly pack, so that the limit of the ratio is far away.
    let digits: String =
        (0..size / 8).map(|n: usize| format!("{:08x}", n.wrapping_mul(0x9e37_79b1) as u32)).collect();
    let mut packer = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::default());
    packer.write_all(format!(r#"{{"notice":"{digits}"}}"#).as_bytes()).expect("a Vec takes everything");
    packer.finish().expect("a Vec takes everything")
}

#[test]
fn unpacking_takes_twice_what_it_brings_and_gives_it_back() {
    let (mut session, conn) = live(Policy::Pause);
    let mut unpack = |size: usize| {
        let packed = packed_notice(size);
        let cost = allocation_counter::measure(|| {
            session.handle(Input::Frame { conn, frame: Frame::Binary(&packed) }, Instant(1));
        });
        assert_eq!((session.stats().rejected, session.poll_event()), (0, None));
        cost
    };
    unpack(40_000);
    assert_eq!(unpack(60_000).count_total, 0, "what is usual needs nothing more");
    let cost = unpack(1_000_000);
    assert!(cost.count_total < 12, "{cost:?}");
    assert!(cost.bytes_max < (3 << 20) / 2 + (64 << 10), "{cost:?}");
    assert!(cost.bytes_current <= 32 << 10, "{cost:?}");
}

#[test]
fn a_frame_of_rubbish_takes_no_more_memory_than_its_bytes() {
    let (mut session, conn) = live(Policy::Pause);
    let rubbish = format!(r#"{{"events":[{}0]}}"#, "0,".repeat(500_000));
    let cost = allocation_counter::measure(|| {
        session.handle(Input::Frame { conn, frame: Frame::Text(&rubbish) }, Instant(1));
    });
    assert_eq!(session.stats().rejected, 500_001);
    assert!(cost.bytes_max < 64 << 10, "{cost:?}");
}

#[test]
fn the_request_for_a_token_leaves_no_copy_of_the_secret_behind() {
    // Each character of the second becomes three: had there been no room for that, the text would have moved.
    let costs = ["s", "%"].map(|character| {
        let url = |text| Endpoint::new(text).expect("valid");
        let auth = Auth::ClientCredentials {
            login_url: url("https://login.example.com"),
            client_id: character.into(),
            client_secret: character.repeat(99).as_str().into(),
        };
        let config = Config::new(url("wss://example.com/stream"), auth, Subscription::all());
        let mut session = Session::new(config, Instant::ZERO, UnixMillis(0)).expect("valid");
        let cost = allocation_counter::measure(|| {
            session.handle(Input::Timeout, Instant::ZERO);
            assert!(matches!(session.poll_action(), Some(Action::Call { .. })));
        });
        cost.count_total
    });
    assert_eq!(costs[0], costs[1]);
}
