//! From a message's text to events: the usual shape, one that takes the careful way, and events of other types.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rosterline_benches::{Mix, frames};
use rosterline_core::wire::Decoder;

fn decode(c: &mut Criterion) {
    for (name, mix) in [("usual", Mix::Presence), ("escaped", Mix::Escaped), ("others", Mix::Others)] {
        let mut group = c.benchmark_group(format!("decode/{name}"));
        for per_frame in [1, 10, 100] {
            let frames = frames(mix, 1000, per_frame, 1000);
            let mut decoder = Decoder::new();
            group.throughput(Throughput::Elements(1000));
            group.bench_function(BenchmarkId::from_parameter(per_frame), |b| {
                b.iter(|| rosterline_benches::decode(&mut decoder, &frames, |event| drop(black_box(event))));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
