//! A fleet of sessions after an outage: nobody comes back in step, and the server is not run down.

use std::collections::BTreeMap;
use std::time::Duration;

use rosterline_core::{
    Action, Auth, Closed, Config, ConnId, Endpoint, Failure, Frame, Input, Instant, Network, Secret, Session,
    Subscription, UnixMillis,
};

const FLEET: u64 = 10_000;
const OUTAGE: Duration = Duration::from_secs(300);

fn session(seed: u64) -> Session {
    let url = Endpoint::new("wss://fleet.example.com/stream").expect("valid");
    let mut config = Config::new(url, Auth::Token(Secret::new("token")), Subscription::all());
    (config.seed, config.reconnect.max_attempts) = (seed, None);
    Session::new(config, Instant::ZERO, UnixMillis(0)).expect("valid")
}

/// Does what a session wants at this time; `up`: whether dials succeed. How many there were.
fn step(session: &mut Session, now: Instant, up: bool, live: &mut Option<ConnId>) -> u64 {
    let mut dials = 0;
    session.handle(Input::Timeout, now);
    while let Some(action) = session.poll_action() {
        let Action::Open { conn, .. } = action else { continue };
        dials += 1;
        if !up {
            refuse(session, conn, now);
            continue;
        }
        *live = Some(conn);
        session.handle(Input::Opened { conn }, now);
        for answer in [r#"{"status":"connected"}"#, r#"{"status":"subscribed"}"#] {
            session.handle(Input::Frame { conn, frame: Frame::Text(answer) }, now);
        }
    }
    while session.poll_event().is_some() {}
    dials
}

fn refuse(session: &mut Session, conn: ConnId, now: Instant) {
    let failure = Failure { kind: Network::Connect, detail: "refused" };
    session.handle(Input::Closed { conn, how: Closed::Failed(failure) }, now);
}

#[test]
fn ten_thousand_sessions_come_back_spread_out_and_all_of_them() {
    let mut fleet: Vec<(Session, Option<ConnId>)> = (0..FLEET).map(|seed| (session(seed), None)).collect();
    for (session, live) in &mut fleet {
        step(session, Instant::ZERO, true, live);
    }
    // All at once they lose their connections.
    let began = Instant::ZERO + Duration::from_secs(1);
    for (session, live) in &mut fleet {
        refuse(session, live.take().expect("it was live"), began);
    }
    let mut due: BTreeMap<(Instant, usize), ()> = BTreeMap::new();
    for (place, (session, live)) in fleet.iter_mut().enumerate() {
        step(session, began, false, live);
        due.extend(session.poll_timeout().map(|deadline| ((deadline.at, place), ())));
    }
    let end = began + OUTAGE;
    let mut dials = BTreeMap::<u64, u64>::new();
    let mut back = 0;
    while let Some(((at, place), ())) = due.pop_first() {
        let (session, live) = &mut fleet[place];
        let up = at >= end;
        *dials.entry(at.since(began).as_secs()).or_default() += step(session, at, up, live);
        if live.is_some() {
            back += 1;
            continue;
        }
        due.extend(session.poll_timeout().map(|deadline| ((deadline.at, place), ())));
    }
    assert_eq!(back, FLEET);
    let seconds = |range: std::ops::Range<u64>| range.map(|second| dials.get(&second).copied().unwrap_or(0));
    // The delays have doubled to their longest within a minute and a half; from there the rate is even.
    let steady: Vec<u64> = seconds(90..OUTAGE.as_secs()).collect();
    let mean = steady.iter().sum::<u64>() / steady.len() as u64;
    let peak = seconds(90..OUTAGE.as_secs() + 60).max().unwrap_or_default();
    assert!(peak <= 2 * mean, "at most {peak} dials in a second, {mean} on average");
    // No wave: seconds that lie a delay apart have nothing in common.
    let deviation = |second: usize| steady[second] as f64 - mean as f64;
    let variance: f64 = (0..steady.len()).map(|second| deviation(second).powi(2)).sum();
    for lag in [5, 15, 30, 31] {
        let both = (lag..steady.len()).map(|second| deviation(second) * deviation(second - lag)).sum::<f64>();
        assert!((both / variance).abs() < 0.35, "seconds {lag} apart rise together: {}", both / variance);
    }
    println!("{FLEET} sessions: {mean} dials a second on average, {peak} at most");
}
