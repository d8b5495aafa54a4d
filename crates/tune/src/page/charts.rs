//! What is drawn of a sweep.

use std::time::Duration;

use rosterline_core::Policy;

use crate::chart::{Axis, Chart, Curve};
use crate::load::Load;
use crate::recommend::Recommendation;
use crate::sweep::Sweep;
use crate::trial::{Measured, nanos};
use crate::words::{bytes, setting, thousands, three, time};

/// So many parts of a load are drawn.
const PARTS: usize = 60;
const RECOMMENDED: &str = "recommended";

/// Joins and leaves a second over time.
pub(super) fn profile(load: &Load) -> Chart {
    let parts = load.profile(PARTS);
    let length = load.length().max(Duration::from_millis(1));
    let part = length / u32::try_from(PARTS).unwrap_or(u32::MAX);
    let rate = |count: u64| (count as f64 / part.as_secs_f64()).round() as u64;
    let most = parts.iter().copied().map(rate).max().unwrap_or(0);
    let told = |(place, count): (u64, u64)| {
        let at = part * u32::try_from(place).unwrap_or(u32::MAX);
        (nanos(at), rate(count), format!("{} a second from {} on", thousands(rate(count)), time(at)))
    };
    let points = (0..).zip(parts).map(told).collect();
    Chart {
        title: "Joins and leaves over time".to_owned(),
        x: Axis::seconds("since the first frame", nanos(length)),
        y: Axis::count("events a second", most),
        curves: vec![Curve { name: "the load".to_owned(), points }],
        marks: Vec::new(),
    }
}

/// A chart over the sizes of the buffer, a curve for each policy.
fn over_buffers(
    sweep: &Sweep,
    found: &Recommendation,
    title: &str,
    y: Axis,
    wanted: impl Fn(Policy) -> bool,
    value: impl Fn(&Measured) -> (u64, String),
) -> Chart {
    let sizes = sweep.sizes();
    let place = |size: usize| sizes.iter().position(|it| *it == size).unwrap_or(0) as u64;
    let point = |(_, size, measured): &(Policy, usize, Measured)| {
        let (value, told) = value(measured);
        (place(*size), value, format!("{told} with {} events", thousands(*size as u64)))
    };
    let curve = |policy: &Policy| Curve {
        name: policy.name().to_owned(),
        points: sweep.buffers.iter().filter(|it| it.0 == *policy).map(point).collect(),
    };
    let curves = sweep.plan.policies.iter().filter(|policy| wanted(**policy)).map(curve).collect();
    let chosen = sizes
        .contains(&found.settings.buffer)
        .then(|| (place(found.settings.buffer), RECOMMENDED.to_owned()));
    Chart {
        title: title.to_owned(),
        x: Axis::steps("buffer, events", sizes.iter().map(|size| thousands(*size as u64))),
        y,
        curves,
        marks: chosen.into_iter().collect(),
    }
}

/// What never came to the application.
pub(super) fn losses(sweep: &Sweep, found: &Recommendation) -> Chart {
    let millionths = |measured: &Measured| measured.lost * 1_000_000 / measured.offered.max(1);
    // What the end of a session costs would leave no room for the others.
    let without_end = sweep.plan.policies.contains(&Policy::End) && sweep.plan.policies.len() > 1;
    let drops = |policy: Policy| policy != Policy::End || !without_end;
    let shown = sweep.buffers.iter().filter(|it| drops(it.0));
    let most = shown.map(|it| millionths(&it.2)).max().unwrap_or(0);
    let value = |measured: &Measured| (millionths(measured), format!("{} lost", measured.lost_share()));
    let more = if without_end { "; end loses all that comes after it" } else { "" };
    let title = format!("Lost, by size and policy{more}");
    over_buffers(sweep, found, &title, Axis::percent("events lost", most), drops, value)
}

/// What the buffer took.
pub(super) fn memory(sweep: &Sweep, found: &Recommendation) -> Chart {
    let axis = Axis::log_bytes("held at most", sweep.buffers.iter().map(|it| it.2.peak_bytes));
    let value = |measured: &Measured| (measured.peak_bytes, format!("{} held", bytes(measured.peak_bytes)));
    over_buffers(sweep, found, "Memory that the waiting events took", axis, |_| true, value)
}

/// How long nothing was read.
pub(super) fn pauses(sweep: &Sweep, found: &Recommendation) -> Chart {
    let most = sweep.buffers.iter().map(|it| nanos(it.2.paused)).max().unwrap_or(0);
    let value =
        |measured: &Measured| (nanos(measured.paused), format!("{} without reading", time(measured.paused)));
    let axis = Axis::seconds("time without reading", most);
    over_buffers(sweep, found, "Reading stopped, under pause", axis, |policy| policy == Policy::Pause, value)
}

/// How old events were when they were taken.
pub(super) fn ages(sweep: &Sweep, found: &Recommendation) -> Chart {
    let axis = Axis::log_time("p99, sending to taking", sweep.buffers.iter().map(|it| nanos(it.2.age.p99)));
    let value = |measured: &Measured| (nanos(measured.age.p99), format!("p99 {}", time(measured.age.p99)));
    over_buffers(sweep, found, "Age of 99 of 100 events, by size and policy", axis, |_| true, value)
}

/// The median and p99 of these measurements.
fn spread(points: &[(u64, &Measured, String)]) -> Vec<Curve> {
    type Rank = fn(&Measured) -> Duration;
    let ranks: [(&str, Rank); 2] = [("p99", |it| it.age.p99), ("p50", |it| it.age.p50)];
    let curve = |(name, rank): (&str, Rank)| Curve {
        name: name.to_owned(),
        points: points
            .iter()
            .map(|(x, it, told)| (*x, nanos(rank(it)), format!("{} {told}", time(rank(it)))))
            .collect(),
    };
    ranks.map(curve).into()
}

fn ages_of<'a>(measured: impl Iterator<Item = &'a Measured>) -> impl Iterator<Item = u64> {
    measured.flat_map(|it| [nanos(it.age.p50), nanos(it.age.p99)])
}

/// The waiting over the load, with the knee.
pub(super) fn loads(sweep: &Sweep) -> Chart {
    let thousandths = |factor: f64| (factor * 1000.0).round() as u64;
    let told = |(factor, measured): &'_ (f64, Measured)| {
        format!("at {} times the load, busy for {} %", three(*factor), busy(measured))
    };
    let points: Vec<_> = sweep.loads.iter().map(|it| (thousandths(it.0), &it.1, told(it))).collect();
    let knee = sweep.knee.map(|knee| (thousandths(knee.factor), format!("knee ×{}", three(knee.factor))));
    Chart {
        title: "Waiting over the offered load".to_owned(),
        x: Axis::log_multiple("multiple of the load", points.iter().map(|it| it.0)),
        y: Axis::log_time("sending to taking", ages_of(sweep.loads.iter().map(|it| &it.1))),
        curves: spread(&points),
        marks: knee.into_iter().collect(),
    }
}

/// How much of its time the application was busy, in percent.
fn busy(measured: &Measured) -> String {
    three(measured.busy.as_secs_f64() * 100.0 / measured.lasted.as_secs_f64().max(1e-9))
}

/// The waiting over the time that the application takes for an event.
pub(super) fn takes(sweep: &Sweep) -> Chart {
    let told = |(_, measured): &(Duration, Measured)| {
        format!("and {} events waiting at most", thousands(measured.peak_events))
    };
    let points: Vec<_> = (0..).zip(&sweep.takes).map(|(place, it)| (place, &it.1, told(it))).collect();
    let now = sweep.takes.iter().position(|it| it.0 == sweep.plan.consumer.take);
    Chart {
        title: "Waiting over the speed of the application".to_owned(),
        x: Axis::steps("time for an event", sweep.takes.iter().map(|it| time(it.0))),
        y: Axis::log_time("sending to taking", ages_of(sweep.takes.iter().map(|it| &it.1))),
        curves: spread(&points),
        marks: now.map(|place| (place as u64, "as assumed".to_owned())).into_iter().collect(),
    }
}

/// A chart over the first of two settings, a curve for each value of the second.
fn over_pairs<M>(
    label: &str,
    pairs: &[(Duration, Duration, M)],
    chosen: (Duration, Duration),
    name: impl Fn(Duration) -> String,
    value: impl Fn(&M) -> (u64, String),
) -> (Axis, Vec<Curve>, Vec<(u64, String)>) {
    let (mut these, mut those): (Vec<_>, Vec<_>) = pairs.iter().map(|it| (it.0, it.1)).unzip();
    these.sort_unstable();
    these.dedup();
    those.sort_unstable();
    those.dedup();
    let place = |this: Duration| these.iter().position(|it| *it == this).map(|place| place as u64);
    let point = |(this, _, measured): &(Duration, Duration, M)| {
        let (value, told) = value(measured);
        (place(*this).unwrap_or(0), value, format!("{told} with {}", setting(*this)))
    };
    let curve = |that: &Duration| Curve {
        name: name(*that),
        points: pairs.iter().filter(|it| it.1 == *that).map(point).collect(),
    };
    let curves = those.iter().map(curve).collect();
    let known = pairs.iter().any(|it| (it.0, it.1) == chosen);
    let mark = place(chosen.0).filter(|_| known).map(|at| (at, format!("{RECOMMENDED}: {}", name(chosen.1))));
    (Axis::steps(label, these.iter().map(|this| setting(*this))), curves, mark.into_iter().collect())
}

/// How long a dead connection is taken for a living one.
pub(super) fn silences(sweep: &Sweep, found: &Recommendation) -> Chart {
    let most = sweep.silences.iter().map(|it| nanos(it.2.detected.max)).max().unwrap_or(0);
    let chosen = (found.settings.heartbeat, found.settings.pong_timeout);
    let (x, curves, marks) = over_pairs(
        "from ping to ping",
        &sweep.silences,
        chosen,
        |pong| {
            let fooled = sweep.silences.iter().any(|it| it.1 == pong && it.2.false_alarms > 0);
            format!("pong within {}{}", setting(pong), if fooled { ", gives up living ones" } else { "" })
        },
        |measured| {
            let told = format!(
                "{} at most, {} pings an hour, {} of {} given up wrongly",
                time(measured.detected.max),
                measured.pings,
                measured.false_alarms,
                measured.tried
            );
            (nanos(measured.detected.max), told)
        },
    );
    Chart {
        title: "Until a dead connection is given up".to_owned(),
        x,
        y: Axis::seconds("at most", most),
        curves,
        marks,
    }
}

/// How long a session stays away after an outage.
pub(super) fn outages(sweep: &Sweep, found: &Recommendation) -> Chart {
    let most = sweep.outages.iter().map(|it| nanos(it.2.back.max)).max().unwrap_or(0);
    let chosen = (found.settings.backoff_base, found.settings.backoff_max);
    let (x, curves, marks) = over_pairs(
        "first delay",
        &sweep.outages,
        chosen,
        |max| format!("up to {}", setting(max)),
        |measured| {
            let told = format!(
                "{} at most, {} dials in {} outages",
                time(measured.back.max),
                measured.dials,
                measured.tried
            );
            (nanos(measured.back.max), told)
        },
    );
    Chart {
        title: "Until the session is live again after an outage".to_owned(),
        x,
        y: Axis::seconds("at most", most),
        curves,
        marks,
    }
}
