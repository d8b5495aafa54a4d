//! What has to hold of every measurement, whatever the load and the settings.

use std::time::Duration;

use proptest::prelude::*;
use rosterline_core::Policy;
use rosterline_tune::{Consumer, Load, Measured, Settings, Synthetic, Trial};

fn any_load() -> impl Strategy<Value = Load> {
    let rates = (20u32..2000, 1u32..20, 1u32..12, 1u32..200, 200u64..1500, any::<u64>());
    rates.prop_map(|(rate, burst, frame, interactions, millis, seed)| {
        let (rate, burst) = (f64::from(rate), f64::from(burst));
        let length = Duration::from_millis(millis);
        let synthetic = Synthetic { rate, burst, frame, interactions, length, seed };
        // A short one at a low rate may be empty.
        synthetic
            .load()
            .or_else(|_| Synthetic { rate: 1000.0, burst: 1.0, ..synthetic }.load())
            .expect("frames")
    })
}

fn any_consumer() -> impl Strategy<Value = Consumer> {
    (0u64..5000, 0u64..200).prop_map(|(take, stall)| Consumer {
        take: Duration::from_micros(take),
        stall: Duration::from_millis(stall),
        stall_every: Duration::from_millis(500),
    })
}

fn run(load: &Load, consumer: Consumer, policy: Policy, buffer: usize, seed: u64) -> Measured {
    let settings = Settings { policy, buffer, ..Settings::default() };
    Trial { settings, consumer, scale: 1.0, seed }.run(load)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_larger_buffer_never_loses_more(
        load in any_load(), consumer in any_consumer(), buffer in 1usize..300, more in 1usize..300, seed: u64,
    ) {
        for policy in [Policy::DropOldest, Policy::DropNewest] {
            let (small, large) = (run(&load, consumer, policy, buffer, seed), run(&load, consumer, policy, buffer + more, seed));
            prop_assert!(large.lost <= small.lost, "{policy:?}: {} with {buffer}, {} with {more} more", small.lost, large.lost);
            prop_assert!(large.peak_events >= small.peak_events);
        }
    }

    #[test]
    fn a_pause_loses_nothing_and_a_larger_buffer_pauses_no_longer(
        load in any_load(), consumer in any_consumer(), buffer in 1usize..100, seed: u64,
    ) {
        let small = run(&load, consumer, Policy::Pause, buffer, seed);
        prop_assert_eq!((small.lost, small.dropped, small.gaps), (0, 0, 0));
        let endless = run(&load, consumer, Policy::Pause, 1 << 20, seed);
        prop_assert_eq!((endless.paused, endless.outside), (Duration::ZERO, 0));
        // Where an event waits, before it is read or after, is all the same to it.
        prop_assert_eq!(small.age, endless.age);
    }

    #[test]
    fn what_is_offered_is_delivered_or_lost(
        load in any_load(), consumer in any_consumer(), buffer in 1usize..100, seed: u64,
    ) {
        for policy in [Policy::Pause, Policy::DropOldest, Policy::DropNewest, Policy::End] {
            let measured = run(&load, consumer, policy, buffer, seed);
            prop_assert_eq!(measured.offered, load.offered());
            prop_assert_eq!(measured.delivered + measured.lost, measured.offered);
            prop_assert!(measured.wait.max <= measured.age.max && measured.wait.p50 <= measured.wait.p99);
            prop_assert!(measured.ended || measured.lost == measured.dropped, "{measured:?}");
            prop_assert!(policy == Policy::Pause || measured.peak_events <= buffer as u64, "{measured:?}");
            prop_assert!(measured.lost == 0 || measured.gaps > 0, "no loss without a gap: {measured:?}");
        }
    }

    #[test]
    fn the_same_trial_gives_the_same_result(load in any_load(), consumer in any_consumer(), buffer in 1usize..100, seed: u64) {
        let once = run(&load, consumer, Policy::DropOldest, buffer, seed);
        prop_assert_eq!(once, run(&load, consumer, Policy::DropOldest, buffer, seed));
    }

    #[test]
    fn a_made_up_load_has_the_rate_that_was_asked_for(
        rate in 50u32..300, burst in 1u32..8, frame in 1u32..6, seed: u64,
    ) {
        let length = Duration::from_secs(30);
        let load = Synthetic { rate: f64::from(rate), burst: f64::from(burst), frame, interactions: 50, length, seed };
        let load = load.load().expect("frames");
        let share = load.rate() / f64::from(rate);
        prop_assert!((0.7..1.3).contains(&share), "{share}");
    }
}
