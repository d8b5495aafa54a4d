//! The path of a frame: through a live session, and on into timelines.
//!
//! `cargo bench -p rosterline-benches --bench path` prints the time of one event, by events a frame and by how many
//! interactions they belong to.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rosterline_benches::{Mix, feed, frames, live};
use rosterline_core::Event;
use rosterline_timeline::{Limits, Timelines};

const EVENTS: u64 = 50_000;

fn path(c: &mut Criterion) {
    let mut group = c.benchmark_group("path");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    for (per_frame, interactions) in [(1, 1000), (10, 1000), (100, 1000), (10, 1), (10, 10_000)] {
        let frames = frames(Mix::Life, EVENTS, per_frame, interactions);
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
