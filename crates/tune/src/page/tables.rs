//! The figures behind the charts.

use std::fmt::Write as _;

use rosterline_render::parts::Text;

use crate::confirm::Check;
use crate::sweep::Sweep;
use crate::trial::Measured;
use crate::words::{bytes, setting, thousands, three, time};

/// A table that is folded; the first column holds words, the others numbers.
fn table(out: &mut String, summary: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = write!(
        out,
        "<details><summary>{}</summary>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>",
        Text(summary)
    );
    let class = |place: usize| if place == 0 { "" } else { " class=\"number\"" };
    for (place, name) in head.iter().enumerate() {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(place), Text(name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let _ = write!(out, "<td{}>{}</td>", class(place), Text(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div></details>\n");
}

/// What was expected, and what came.
pub(super) fn checks(out: &mut String, words: &str, checks: &[Check]) {
    let _ = write!(
        out,
        "<h3>{}</h3>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"checks\">\n<thead><tr><th scope=\"col\">What</th>\
         <th scope=\"col\" class=\"number\">Expected</th><th scope=\"col\" class=\"number\">Measured</th>\
         <th scope=\"col\">Holds</th></tr></thead>\n<tbody>\n",
        Text(words)
    );
    for check in checks {
        let (class, word) = if check.holds { ("holds", "yes") } else { ("fails", "no") };
        let _ = writeln!(
            out,
            "<tr class=\"{class}\"><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td><b>{word}</b></td></tr>",
            Text(check.what),
            Text(&check.expected),
            Text(&check.measured)
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// Every policy with every size.
pub(super) fn buffers(out: &mut String, sweep: &Sweep) {
    let head = [
        "Policy",
        "Buffer",
        "Lost",
        "Gaps",
        "p50",
        "p99",
        "Longest",
        "Held, events",
        "Held",
        "Not reading",
        "Longest pause",
        "Left outside",
        "Ended",
    ];
    let row = |name: String, size: u64, it: &Measured| {
        vec![
            name,
            thousands(size),
            it.lost_share(),
            thousands(it.gaps),
            time(it.age.p50),
            time(it.age.p99),
            time(it.age.max),
            thousands(it.peak_events),
            bytes(it.peak_bytes),
            time(it.paused),
            time(it.longest_pause),
            format!("{} frames, {}", thousands(it.outside), bytes(it.outside_bytes)),
            if it.ended { format!("after {}", time(it.lasted)) } else { "no".to_owned() },
        ]
    };
    let swept =
        sweep.buffers.iter().map(|(policy, size, it)| row(policy.name().to_owned(), *size as u64, it));
    let current = &sweep.plan.current;
    let name = format!("{}, as it is set now", current.policy.name());
    let now = row(name, current.buffer as u64, &sweep.current[1]);
    table(out, "The figures", &head, swept.chain([now]));
}

/// Over the load, and over the application's speed.
pub(super) fn latencies(out: &mut String, sweep: &Sweep, rate: f64) {
    let head = ["", "p50", "p99", "Longest", "Waiting at most", "Held"];
    let row = |name: String, it: &Measured| {
        vec![
            name,
            time(it.age.p50),
            time(it.age.p99),
            time(it.age.max),
            thousands(it.peak_events),
            bytes(it.peak_bytes),
        ]
    };
    let name = |factor: f64| format!("×{}, {} events a second", three(factor), three(rate * factor));
    table(
        out,
        "The figures over the load",
        &head,
        sweep.loads.iter().map(|(factor, it)| row(name(*factor), it)),
    );
    let takes = sweep.takes.iter().map(|(take, it)| row(format!("{} for an event", time(*take)), it));
    table(out, "The figures over the application's speed", &head, takes);
}

/// Heartbeats and backoff.
pub(super) fn connections(out: &mut String, sweep: &Sweep) {
    let head = [
        "Heartbeat, pong",
        "Given up, middle",
        "At most",
        "Live again, at most",
        "Pings an hour",
        "Given up wrongly",
    ];
    let silences = sweep.silences.iter().map(|(heartbeat, pong, it)| {
        vec![
            format!("{}, {}", setting(*heartbeat), setting(*pong)),
            time(it.detected.p50),
            time(it.detected.max),
            time(it.recovered.max),
            thousands(it.pings),
            format!("{} of {}", it.false_alarms, it.tried),
        ]
    });
    table(out, "The figures of the heartbeats", &head, silences);
    let head = ["Backoff", "Live again, middle", "At most", "Dials", "Most in one outage"];
    let outages = sweep.outages.iter().map(|(base, max, it)| {
        vec![
            format!("{} to {}", setting(*base), setting(*max)),
            time(it.back.p50),
            time(it.back.max),
            thousands(it.dials),
            thousands(it.most_dials),
        ]
    });
    table(out, "The figures of the backoff", &head, outages);
}
