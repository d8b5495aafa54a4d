//! Timelines by themselves: what an event costs, by how many interactions are under way and how long each has become,
//! and what a snapshot costs.
//!
//! `cargo xtask bench timelines` prints the time of one event. Each event is followed by a poll, as an application does it.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rosterline_benches::load::{PARTICIPANTS, Step, at_random, in_turn, jittered};
use rosterline_core::Presence;
use rosterline_timeline::{Limits, Timelines};

fn presences(steps: impl Iterator<Item = Step>) -> Vec<Presence> {
    steps.map(|step| step.told().presence()).collect()
}

/// Room for everything that the benches offer.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.events_per_interaction = 1 << 20;
    limits
}

fn apply(timelines: &mut Timelines, presences: &[Presence]) {
    for presence in presences {
        black_box(timelines.apply(presence));
        while let Some(change) = timelines.poll_change() {
            black_box(change);
        }
    }
}

fn interactions(c: &mut Criterion) {
    let mut group = c.benchmark_group("timelines");
    group.sample_size(10);
    let mut run = |name: &str, presences: Vec<Presence>| {
        group.throughput(Throughput::Elements(presences.len() as u64));
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || Timelines::new(limits()),
                |timelines| apply(timelines, &presences),
                BatchSize::PerIteration,
            );
        });
    };
    run("hot, 1000 in turn", presences(in_turn(1000, 100)));
    run("cold, 100000 in turn", presences(in_turn(100_000, 20)));
    run("cold, 100000 at random", presences(at_random(100_000, 20)));
    group.finish();
}

/// 100,000 events in all, of interactions that come one after the other.
fn growth(c: &mut Criterion) {
    const EVENTS: u64 = 100_000;
    let mut group = c.benchmark_group("timelines/growth");
    group.sample_size(10).throughput(Throughput::Elements(EVENTS));
    for participants in [PARTICIPANTS, 50] {
        for length in [10, 100, 1000, 10_000, 100_000] {
            let steps = (0..EVENTS / length).flat_map(|n| jittered(n, length, participants));
            let presences = presences(steps);
            group.bench_function(BenchmarkId::new(format!("{participants} participants"), length), |b| {
                b.iter_batched_ref(
                    || Timelines::new(limits()),
                    |timelines| apply(timelines, &presences),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

fn snapshot(c: &mut Criterion) {
    let mut group = c.benchmark_group("timelines/snapshot");
    for length in [10, 100, 1000, 10_000, 100_000] {
        let presences = presences(jittered(0, length, PARTICIPANTS));
        let mut timelines = Timelines::new(limits());
        apply(&mut timelines, &presences);
        group.sample_size(10).throughput(Throughput::Elements(length));
        group.bench_function(BenchmarkId::from_parameter(length), |b| {
            b.iter_with_large_drop(|| timelines.get(&presences[0].interaction));
        });
    }
    group.finish();
}

criterion_group!(benches, interactions, growth, snapshot);
criterion_main!(benches);
