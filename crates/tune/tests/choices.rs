//! What is recommended, and whether it holds.

use std::time::Duration;

use rosterline_core::Policy;
use rosterline_tune::{Consumer, Goal, Load, Plan, Recommendation, Report, Settings, Sweep, Synthetic, page};

fn load(rate: f64, seed: u64) -> Load {
    let length = Duration::from_secs(8);
    Synthetic { rate, length, interactions: 50, seed, ..Synthetic::default() }.load().expect("frames")
}

/// A plan that is soon done.
fn plan() -> Plan {
    let seconds = |all: &[u64]| all.iter().map(|one| Duration::from_secs(*one)).collect();
    Plan {
        consumer: Consumer {
            take: Duration::from_millis(1),
            stall: Duration::from_millis(300),
            stall_every: Duration::from_secs(2),
        },
        loads: vec![0.5, 1.0, 2.0, 8.0],
        heartbeats: seconds(&[10, 20]),
        pong_timeouts: seconds(&[2, 5]),
        backoff_bases: seconds(&[1, 5]),
        backoff_maxes: seconds(&[5, 15]),
        draws: 3,
        ..Plan::default()
    }
}

fn found(plan: &Plan, load: &Load) -> (Sweep, Recommendation) {
    let sweep = plan.run(load, 2, &|_| {});
    let found = sweep.recommend(load);
    (sweep, found)
}

#[test]
fn what_is_recommended_holds_with_another_load_and_other_draws() {
    let (first, second) = (load(100.0, 1), load(100.0, 2));
    let (sweep, found) = found(&plan(), &first);
    assert_eq!((found.settings.policy, found.expected.lost), (Policy::Pause, 0));
    let most = sweep.needs.iter().map(|it| it.peak_events).max().expect("draws");
    assert!(found.settings.buffer as u64 >= 2 * most, "{most} waited, and {} fit", found.settings.buffer);
    assert!((found.settings.buffer as u64) < 8 * most, "and not many times as many");
    assert_eq!(
        (found.settings.heartbeat, found.settings.pong_timeout),
        (Duration::from_secs(20), Duration::from_secs(5))
    );
    assert_eq!(
        (found.settings.backoff_base, found.settings.backoff_max),
        (Duration::from_secs(5), Duration::from_secs(15))
    );
    assert!(found.settings.max_attempts > Some(5), "a minute's outage takes more than five dials");
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    for check in sweep.confirm(&found, &first, Some(&second)) {
        assert!(check.holds, "{check:?}");
    }
    for (reason, words) in
        [("buffer", "times the load"), ("policy", "pause"), ("heartbeat", "an hour"), ("backoff", "dials")]
    {
        let reason = found.reasons.iter().find(|it| it.what == reason).expect("a reason");
        assert!(reason.why.contains(words), "{reason:?}");
    }
}

#[test]
fn a_buffer_that_is_too_small_does_not_hold() {
    let load = load(100.0, 1);
    let (sweep, mut found) = found(&plan(), &load);
    found.settings.buffer = 2;
    found.settings.policy = Policy::DropNewest;
    let failed: Vec<&str> =
        sweep.confirm(&found, &load, None).iter().filter(|it| !it.holds).map(|it| it.what).collect();
    assert_eq!(failed, ["events lost"]);
}

#[test]
fn a_heartbeat_has_to_be_in_time_whenever_the_other_end_falls_silent() {
    let load = load(50.0, 1);
    let (sweep, found) = found(&Plan { detect: Duration::from_secs(20), ..plan() }, &load);
    let slow = sweep.silences.iter().find(|it| it.0 == Duration::from_secs(20) && it.2.false_alarms == 0);
    assert!(
        slow.expect("it was tried").2.detected.p50 < Duration::from_secs(20),
        "in time, more often than not"
    );
    assert_eq!(found.settings.heartbeat, Duration::from_secs(10));
}

#[test]
fn who_wants_it_fresh_gets_the_largest_buffer_in_which_nothing_is_old() {
    let load = load(200.0, 1);
    let plan = Plan {
        goal: Goal::Fresh,
        max_wait: Duration::from_millis(400),
        consumer: Consumer { take: Duration::from_millis(3), ..plan().consumer },
        buffers: vec![4, 16, 64, 256, 1024],
        ..plan()
    };
    let (sweep, found) = found(&plan, &load);
    assert_eq!(found.settings.policy, Policy::DropOldest);
    assert!(found.expected.age.max <= plan.max_wait, "{:?}", found.expected.age);
    let next =
        sweep.buffers.iter().find(|it| it.0 == Policy::DropOldest && it.1 == found.settings.buffer * 4);
    assert!(next.expect("not the largest").2.age.max > plan.max_wait);
    assert!(found.expected.lost > 0, "that is the price");
    assert!(found.warnings.iter().all(|it| !it.contains("younger")), "{:?}", found.warnings);
    let plan = Plan { max_wait: Duration::from_millis(100), ..plan };
    let (sweep, found) = self::found(&plan, &load);
    let warned = "keeps every event younger than 100 ms: the application stands still for 300 ms at a time";
    assert!(found.warnings.iter().any(|it| it.contains(warned)), "{:?}", found.warnings);
    assert!(found.expected.age.max > plan.max_wait);
    let smallest = sweep.buffers.iter().find(|it| it.0 == Policy::DropOldest).expect("one of them").1;
    assert!(
        found.expected.age.p99 <= plan.max_wait || found.settings.buffer == smallest,
        "{:?}",
        found.expected.age
    );
}

#[test]
fn an_application_that_is_too_slow_is_told_so() {
    let load = load(200.0, 1);
    let plan = Plan { consumer: Consumer { take: Duration::from_millis(10), ..plan().consumer }, ..plan() };
    let (sweep, found) = found(&plan, &load);
    assert!(
        found
            .warnings
            .iter()
            .any(|it| it.contains("has to be faster; with 2.5 ms") || it.contains("none of the times")),
        "{:?}",
        found.warnings
    );
    assert!(sweep.needs.iter().all(rosterline_tune::Measured::is_overloaded));
}

#[test]
fn what_cannot_be_had_is_admitted() {
    let load = load(50.0, 1);
    let plan = Plan {
        detect: Duration::from_secs(5),
        recover: Duration::from_secs(2),
        buffers: vec![1, 2],
        ..plan()
    };
    let (_, found) = found(&plan, &load);
    for words in ["finds every dead connection within 5 s", "back within 2 s"] {
        assert!(found.warnings.iter().any(|it| it.contains(words)), "{words}: {:?}", found.warnings);
    }
    assert_eq!((found.settings.heartbeat, found.settings.buffer), (Duration::from_secs(10), 2));
    let plan = Plan { hush: Duration::from_secs(20), ..plan };
    let (_, none) = self::found(&plan, &load);
    assert!(none.warnings.iter().any(|it| it.contains("gave up living connections")), "{:?}", none.warnings);
    assert_eq!(none.settings.heartbeat, Settings::default().heartbeat, "nothing better is known");
}

#[test]
fn any_number_of_threads_gives_the_same_page_and_a_hostile_name_stays_text() {
    let load = load(50.0, 3);
    let drawn = |threads| {
        let sweep = plan().run(&load, threads, &|_| {});
        let found = sweep.recommend(&load);
        let checks = sweep.confirm(&found, &load, None);
        let source = "<script>alert('x')</script>\u{202e}.ndjson";
        page(&Report { source, load: &load, sweep: &sweep, found: &found, checks: &checks, real: &checks })
    };
    let once = drawn(1);
    assert_eq!(once, drawn(5));
    assert!(!once.contains("<script") && once.contains("&lt;script&gt;") && once.contains("\\u{202e}"));
    for part in ["<h2>Recommended</h2>", "<h2>Latency</h2>", "in real time", "</html>\n"] {
        assert!(once.contains(part), "{part}");
    }
    assert!(!once.contains(" style=") && !once.contains("NaN") && !once.contains("inf"));
}
