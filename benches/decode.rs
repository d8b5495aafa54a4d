//! From a message's text to events: the usual shape, and a shape that takes the careful way.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Decoder, Stamp};
use rosterline_core::{Instant, UnixMillis};

/// How an event looks.
#[derive(Clone, Copy)]
enum Shape {
    /// Plain strings in the order of the specification.
    Usual,
    /// With an escape in its reason.
    Escaped,
}

fn event(shape: Shape, i: usize) -> String {
    let kind = if i % 2 == 0 { "ParticipantJoined" } else { "ParticipantLeft" };
    let reason = match shape {
        Shape::Usual => "transfer",
        Shape::Escaped => "trans\\u0066er",
    };
    let id = i * 0x9e37 % 0xffff;
    format!(
        r#"{{"timestamp":"2024-05-01T12:{:02}:{:02}.{:03}Z","type":"{kind}","participant":"9b2c1f0e-{id:04x}-4222-8333-444455556666","interaction":"1e0f2c9b-{id:04x}-4888-9999-aaaabbbbcccc","channel":"voice","reason":"{reason}"}}"#,
        i / 60 % 60,
        i % 60,
        i % 1000,
    )
}

fn frame(shape: Shape, events: usize) -> String {
    let events: Vec<String> = (0..events).map(|i| event(shape, i)).collect();
    format!(r#"{{"events":[{}]}}"#, events.join(","))
}

fn decode(c: &mut Criterion) {
    let (limits, stamp) = (Limits::default(), Stamp { arrived: Instant::ZERO, received: UnixMillis(0) });
    for (name, shape) in [("usual", Shape::Usual), ("escaped", Shape::Escaped)] {
        let mut group = c.benchmark_group(format!("decode/{name}"));
        for events in [1, 10, 100] {
            let text = frame(shape, events);
            let mut decoder = Decoder::new();
            group.throughput(Throughput::Elements(events as u64));
            group.bench_function(BenchmarkId::from_parameter(events), |b| {
                b.iter(|| {
                    let content = decoder.decode(Body::Text(black_box(&text)), stamp, &limits, false);
                    assert!(content.is_ok());
                    decoder.drain().for_each(|event| drop(black_box(event)));
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
