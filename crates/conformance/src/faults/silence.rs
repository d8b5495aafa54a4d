//! Networks that say nothing: what is late, lost or stuck without anybody being told.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use rosterline_core::{Cause, Detail, Event, GapCause, Status, Step, Subscription};
use rosterline_mock::{Drip, Options, Toxics};
use rosterline_net::Net;

use super::{STROKE, Through};
use crate::sockets::server::{next, patiently, until};
use crate::traps::HOUR;

pub async fn silence_in_both_directions_is_found_by_the_heartbeat_and_is_one_gap<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    through.emit("anna");
    assert_eq!(through.joined().await, "anna");
    through.proxy.set(|toxics| (toxics.weather.deaf_clients, toxics.weather.deaf_servers) = (true, true));
    through.emit("bert");
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Pong));
    // What was held up arrives now, at a connection that is gone.
    through.proxy.set(Toxics::clear);
    let (others, gaps) = through.heal("cora").await;
    assert_eq!((others, gaps.len()), (vec![], 1));
    assert_eq!(gaps[0].cause, GapCause::Reconnect);
    assert_eq!(through.stats().reconnects, 1);
}

pub async fn who_is_heard_but_not_answered_is_given_up_only_in_strict_mode<N: Net>() {
    for strict in [false, true] {
        let mut through = Through::<N>::live(|config| config.heartbeat.strict = strict).await;
        through.proxy.set(|toxics| toxics.weather.deaf_servers = true);
        // Five heartbeats, and something is heard between any two strokes.
        let mut cause = None;
        for number in 0..75 {
            through.session.runtime.pass(STROKE);
            cause = joined_or_lost(&mut through, &format!("p{number}")).await;
            if cause.is_some() {
                break;
            }
        }
        if strict {
            assert_eq!(cause, Some(Cause::Timeout(Step::Pong)));
            through.proxy.set(Toxics::clear);
            let (others, gaps) = through.heal("anna").await;
            assert_eq!((others, gaps.len()), (vec![], 1));
        } else {
            assert_eq!(cause, None);
            let stats = through.stats();
            assert_eq!((stats.dials, stats.gaps, stats.last_pong), (1, 0, None));
        }
    }
}

/// Lets somebody join, and waits until that is told, or the connection is lost: for this cause.
async fn joined_or_lost<N: Net>(through: &mut Through<N>, who: &str) -> Option<Cause> {
    through.emit(who);
    loop {
        let event = next(&mut through.session.events).await;
        if let Event::Presence(presence) = event {
            assert_eq!(presence.participant.to_string(), who);
            return None;
        } else if let Event::Status(Status { detail: Detail::Retry { cause, .. }, .. }) = event {
            return Some(cause);
        }
    }
}

pub async fn delays_cost_nothing_and_a_spike_costs_one_reconnect<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    through.proxy.set(|toxics| {
        toxics.weather.latency = Duration::from_millis(200);
        toxics.weather.jitter = Duration::from_millis(150);
    });
    for who in ["anna", "bert", "cora"] {
        through.emit(who);
    }
    for who in ["anna", "bert", "cora"] {
        assert_eq!(through.joined().await, who);
    }
    assert_eq!(through.stats().dials, 1);
    // Nothing arrives for longer than the heartbeat allows, then everything.
    through.proxy.set(|toxics| {
        toxics.clear();
        (toxics.weather.deaf_clients, toxics.weather.deaf_servers) = (true, true);
    });
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Pong));
    through.proxy.set(Toxics::clear);
    let (others, gaps) = through.heal("dora").await;
    assert_eq!((others, gaps.len()), (vec![], 1));
    assert_eq!(through.stats().reconnects, 1);
}

pub async fn an_opening_handshake_that_drips_is_given_up<N: Net>() {
    let mut toxics = Toxics::default();
    toxics.to_client.drip = Some(Drip { bytes: 10_000, pause: Duration::from_millis(300) });
    let mut through = Through::<N>::start(Options::new().quiet(), toxics, |_| {}).await;
    // Something comes, all the time; at this pace the answer would be there in 39 s.
    patiently(through.proxy.until(|counts| counts.to_client >= 2)).await;
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Dial));
    through.proxy.set(Toxics::clear);
    let (others, gaps) = through.heal("anna").await;
    assert_eq!((others, gaps), (vec![], vec![]));
}

pub async fn a_peer_that_stops_reading_is_found_by_the_write_of_a_ping<N: Net>() {
    // The answer to the subscription is not what is looked at.
    let mut through = Through::<N>::live(|config| config.timeouts.subscribe = HOUR).await;
    through.proxy.set(|toxics| toxics.weather.clogged = true);
    let long = Subscription::all().channels([format!("voice{}", "x".repeat(400_000))]).expect("a word");
    // The system takes some megabytes, and then messages wait.
    for _ in 0..40 {
        through.session.handle.subscribe(long.clone());
    }
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Ping));
    through.session.handle.subscribe(Subscription::all());
    through.proxy.set(Toxics::clear);
    let (others, gaps) = through.heal("anna").await;
    assert_eq!((others, gaps.len()), (vec![], 1));
    until(|| through.server.control().counts().open == 1).await;
}
