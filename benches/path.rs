//! The path of a frame: through a live session, and on into timelines.
//!
//! `cargo bench -p rosterline-benches --bench path` prints the time of one event, by events a frame and by how many
//! interactions they belong to.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rosterline_core::{
    Action, Auth, Config, ConnId, Endpoint, Event, Frame, Input, Instant, Session, Subscription, UnixMillis,
};
use rosterline_timeline::{Limits, Timelines};

const EVENTS: u64 = 50_000;

/// Frames of the usual shape. Half of their events are joins and leaves, as in life.
fn frames(per_frame: u64, interactions: u64) -> Vec<String> {
    let event = |n: u64| {
        let (minute, second, milli) = (n / 60_000 % 60, n / 1000 % 60, n % 1000);
        let (interaction, participant) = (n % interactions, n / interactions % 6);
        let kind = ["ParticipantJoined", "ParticipantHeld", "ParticipantLeft", "ParticipantMuted"][(n % 4) as usize];
        format!(
            r#"{{"timestamp":"2024-05-01T12:{minute:02}:{second:02}.{milli:03}Z","type":"{kind}","participant":"123e4567-e89b-42d3-a456-{participant:012x}","interaction":"{interaction:08x}-e89b-42d3-a456-426614174000","channel":"voice","reason":"transfer"}}"#
        )
    };
    let frame = |first: u64| {
        let events: Vec<String> = (first..first + per_frame).map(event).collect();
        format!(r#"{{"events":[{}]}}"#, events.join(","))
    };
    (0..EVENTS / per_frame).map(|frame_number| frame(frame_number * per_frame)).collect()
}

fn live() -> (Session, ConnId) {
    let url = Endpoint::new("wss://example.com/stream").expect("valid");
    let config = Config::new(url, Auth::Token("token".into()), Subscription::all());
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

/// Feeds every frame, and hands every event out.
fn feed(session: &mut Session, conn: ConnId, frames: &[String], mut take: impl FnMut(Event)) {
    for (n, frame) in frames.iter().enumerate() {
        session.handle(Input::Frame { conn, frame: Frame::Text(frame) }, Instant(n as u64));
        while let Some(event) = session.poll_event() {
            take(event);
        }
    }
}

fn path(c: &mut Criterion) {
    let mut group = c.benchmark_group("path");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    for (per_frame, interactions) in [(1, 1000), (10, 1000), (100, 1000), (10, 1), (10, 10_000)] {
        let frames = frames(per_frame, interactions);
        let shape = format!("{per_frame} a frame, {interactions} interactions");
        group.bench_function(BenchmarkId::new("session", &shape), |b| {
            b.iter_batched_ref(
                live,
                |(session, conn)| feed(session, *conn, &frames, |event| drop(black_box(event))),
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new("session and timelines", &shape), |b| {
            b.iter_batched_ref(
                || (live(), Timelines::new(Limits::default())),
                |((session, conn), timelines)| {
                    feed(session, *conn, &frames, |event| {
                        if let Event::Presence(presence) = &event {
                            black_box(timelines.apply(presence));
                        }
                    });
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, path);
criterion_main!(benches);
