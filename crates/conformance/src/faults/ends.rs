//! How connections end on the way, and how a session takes it.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use futures_util::StreamExt as _;
use rosterline_core::{Cause, Detail, Event, GapCause, Network, Status};
use rosterline_mock::{Cut, End, FaultPlan, Options, Toxics, When};
use rosterline_net::Net;

use super::Through;
use crate::sockets::server::{next, next_cause, patiently, until_live};
use crate::traps::HOUR;

fn kind(cause: &Cause) -> Network {
    let Cause::Network { kind, .. } = cause else { panic!("{cause:?}") };
    *kind
}

pub async fn who_is_refused_tries_again_and_nothing_was_missed_before_the_first_subscription<N: Net>() {
    let server = Options::new().quiet();
    // The first dial is hung up on; before the next one has its turn, nobody listens any more.
    let mut toxics = Toxics::default();
    toxics.weather.failures.push_back(Network::Broken);
    let mut through = Through::<N>::start(server, toxics, |config| {
        (config.reconnect.base, config.reconnect.max) = (HOUR / 2, HOUR / 2);
    })
    .await;
    assert_eq!(kind(&next_cause(&mut through.session.events).await), Network::Broken);
    through.proxy.refuse(true).await.expect("the address is ours");
    through.session.runtime.pass(HOUR);
    assert_eq!(kind(&next_cause(&mut through.session.events).await), Network::Connect);
    through.proxy.refuse(false).await.expect("the address is ours");
    through.session.runtime.pass(HOUR);
    let (others, gaps) = through.heal("anna").await;
    assert_eq!((others, gaps), (vec![], vec![]));
    assert_eq!(through.stats().dials, 3);
}

pub async fn a_connection_that_ends_within_a_frame_is_one_gap_and_half_an_event_is_none<N: Net>() {
    for cut in [Cut::Reset, Cut::Fin, Cut::HalfClose] {
        let mut through = Through::<N>::live(|_| {}).await;
        through.emit("anna");
        assert_eq!(through.joined().await, "anna");
        let passed = through.proxy.counts().to_client;
        through.proxy.set(|toxics| toxics.to_client.limit = Some((passed + 20, cut)));
        through.emit("bert");
        assert_eq!(kind(&next_cause(&mut through.session.events).await), Network::Broken, "{cut:?}");
        through.proxy.set(Toxics::clear);
        let (others, gaps) = through.heal("cora").await;
        assert!(others.is_empty(), "{others:?}");
        let causes: Vec<_> = gaps.iter().map(|gap| gap.cause).collect();
        assert_eq!(causes, [GapCause::Reconnect], "{cut:?}");
        let stats = through.stats();
        assert_eq!((stats.received, stats.rejected, stats.reconnects), (2, 0, 1), "{cut:?}");
    }
}

pub async fn tls_that_is_cut_off_or_spoilt_is_a_lost_connection<N: Net>() {
    let mut through = Through::<N>::live_with(Options::new().quiet().tls(true), |_| {}).await;
    for (round, who) in (1..).zip(["anna", "bert"]) {
        let passed = through.proxy.counts().to_client;
        through.proxy.set(|toxics| match who {
            "anna" => toxics.to_client.limit = Some((passed + 20, Cut::Fin)),
            _ => toxics.to_client.spoil = Some(1),
        });
        through.emit(who);
        kind(&next_cause(&mut through.session.events).await);
        through.proxy.set(Toxics::clear);
        let after = format!("after {who}");
        let (others, gaps) = through.heal(&after).await;
        assert_eq!((others, gaps.len()), (vec![], 1), "{who}");
        assert_eq!(through.stats().reconnects, round);
    }
    assert_eq!(through.stats().received, 2);
}

pub async fn a_server_that_never_answers_the_goodbye_is_left<N: Net>() {
    let mut through = Through::<N>::live(|config| {
        // Nothing else ends the wait.
        (config.timeouts.close, config.timeouts.drain) = (Duration::from_millis(50), HOUR);
    })
    .await;
    through.proxy.set(|toxics| toxics.weather.deaf_servers = true);
    through.session.handle.close();
    while let Some(event) = patiently(through.session.events.next()).await {
        assert!(matches!(event, Ok(Event::Status(_))), "{event:?}");
    }
    patiently(through.session.over).await.expect("the driver has ended");
    through.proxy.set(Toxics::clear);
    patiently(through.proxy.until(|counts| counts.open == 0)).await;
}

pub async fn a_server_that_accepts_and_hangs_up_is_dialled_within_the_budget<N: Net>() {
    let plan = FaultPlan::new().ending(When::Always, Duration::ZERO, End::Close(1001, "again".into()));
    let mut through = Through::<N>::start(Options::new().quiet().plan(plan), Toxics::default(), |config| {
        config.reconnect.dial_burst = 4;
        config.reconnect.dial_refill = HOUR;
    })
    .await;
    let mut delays = Vec::new();
    while delays.len() < 4 {
        let event = next(&mut through.session.events).await;
        if let Event::Status(Status { detail: Detail::Retry { cause, delay }, .. }) = event {
            assert!(matches!(cause, Cause::Closed { code: 1001, .. }), "{cause:?}");
            delays.push(delay);
        }
    }
    assert!(delays[..3].iter().all(|delay| *delay < Duration::from_secs(60)), "{delays:?}");
    assert!(delays[3] > Duration::from_secs(3000), "{delays:?}");
    assert_eq!(through.proxy.counts().connections, 4);
    through.session.runtime.pass(HOUR);
    until_live(&mut through.session.events).await;
    assert_eq!(through.proxy.counts().connections, 5);
}
