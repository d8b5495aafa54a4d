//! Connections that are lost: what was measured has to be possible.

use std::time::Duration;

use rosterline_recording::Dialect;
use rosterline_tune::{Settings, Troubles};

const DIALECTS: [Dialect; 2] = [Dialect::Stream, Dialect::Notifications];

fn troubles(dialect: Dialect) -> Troubles {
    Troubles {
        dialect,
        draws: 6,
        seed: 7,
        latency: Duration::from_millis(50),
        hush: Duration::from_secs(3),
        outage: Duration::from_secs(60),
    }
}

fn settings(heartbeat: u64, pong: u64) -> Settings {
    let seconds = Duration::from_secs;
    Settings { heartbeat: seconds(heartbeat), pong_timeout: seconds(pong), ..Settings::default() }
}

#[test]
fn a_dead_connection_is_given_up_between_the_pong_and_the_next_ping_and_its_pong() {
    for dialect in DIALECTS {
        let found = troubles(dialect).silences(&settings(10, 5));
        let (detected, recovered) = (found.detected, found.recovered);
        // The ping may be on its way already, and its pong is awaited from then on.
        assert!(detected.p50 >= Duration::from_millis(4900), "{dialect:?}: {detected:?}");
        assert!(detected.max <= Duration::from_secs(15), "{dialect:?}: {detected:?}");
        assert!(
            recovered.max > detected.max && recovered.max < detected.max + Duration::from_secs(3),
            "{recovered:?}"
        );
        assert!((355..=365).contains(&found.pings), "{dialect:?}: {} an hour", found.pings);
    }
}

#[test]
fn a_shorter_silence_than_the_pongs_time_fools_nobody_and_a_longer_one_does() {
    for dialect in DIALECTS {
        let fooled = |pong| troubles(dialect).silences(&settings(10, pong)).false_alarms;
        assert_eq!((fooled(2), fooled(5)), (6, 0), "{dialect:?}");
    }
}

#[test]
fn after_an_outage_no_delay_is_longer_than_the_longest() {
    for dialect in DIALECTS {
        let of = |base, max| {
            let (backoff_base, backoff_max) = (Duration::from_millis(base), Duration::from_millis(max));
            troubles(dialect).outages(&Settings { backoff_base, backoff_max, ..Settings::default() })
        };
        let (eager, patient) = (of(500, 5000), of(5000, 20_000));
        assert!(eager.back.max < Duration::from_secs(6), "{dialect:?}: {eager:?}");
        assert!(patient.back.max < Duration::from_secs(21), "{dialect:?}: {patient:?}");
        assert!(eager.dials > 2 * patient.dials, "{eager:?} {patient:?}");
        assert!(eager.most_dials >= eager.dials / 6);
        // Too eager: the session may not dial more often than its budget allows, and comes back later for that.
        let spent = of(100, 2000);
        assert!(spent.most_dials >= 30 && spent.back.max > Duration::from_secs(10), "{dialect:?}: {spent:?}");
    }
}

#[test]
fn the_same_draws_give_the_same_result() {
    let once = troubles(Dialect::Stream);
    assert_eq!(once.outages(&Settings::default()), once.outages(&Settings::default()));
    let other = Troubles { seed: 8, ..once };
    assert_ne!(once.outages(&Settings::default()), other.outages(&Settings::default()));
}
