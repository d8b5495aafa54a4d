//! The result for people, at a terminal.

use std::io::{self, Write};
use std::time::Duration;

use rosterline_core::Policy;
use rosterline_render::Paint;
use rosterline_render::escape::Escaped;
use rosterline_tune::words::{bytes, thousands, three, time};
use rosterline_tune::{Check, Measured, Report};

use crate::screen::size;

/// No line is longer, on however wide a terminal.
const WIDEST: usize = 110;

/// Writes everything that matters; all figures are in the other formats, and in the page.
pub(super) fn write(out: &mut dyn Write, report: &Report<'_>, paint: Paint) -> io::Result<()> {
    let load = report.load;
    let words = format!(
        "The load: {} ({}). {} joins and leaves in {} frames within {}: {} a second, up to {} within one second.",
        report.source,
        load.dialect.name(),
        thousands(load.offered()),
        thousands(load.frames() as u64),
        time(load.length()),
        three(load.rate()),
        thousands(load.most_within(Duration::from_secs(1)))
    );
    wrap(out, &words, "", "")?;
    buffers(out, report, paint)?;
    latency(out, report, paint)?;
    recommendation(out, report, paint)
}

fn heading(out: &mut dyn Write, paint: Paint, text: &str) -> io::Result<()> {
    writeln!(out, "\n{}", paint.on(Paint::BOLD, text))
}

fn buffers(out: &mut dyn Write, report: &Report<'_>, paint: Paint) -> io::Result<()> {
    let sweep = report.sweep;
    heading(
        out,
        paint,
        &format!("Lost, by size and policy, at {} times the load", three(sweep.plan.headroom)),
    )?;
    let policies = &sweep.plan.policies;
    let head: String = policies.iter().map(|policy| format!("{:>12}", policy.name())).collect();
    writeln!(out, "{:>9}{head}{:>11}{:>10}", "buffer", "no reading", "held")?;
    for size in sweep.sizes() {
        let of =
            |policy: &Policy| sweep.buffers.iter().find(|it| it.0 == *policy && it.1 == size).map(|it| &it.2);
        let lost: String = policies
            .iter()
            .map(|policy| format!("{:>12}", of(policy).map(Measured::lost_share).unwrap_or_default()))
            .collect();
        let paused = of(&Policy::Pause).map(|it| time(it.paused)).unwrap_or_default();
        let held = policies.iter().filter_map(of).map(|it| it.peak_bytes).max().unwrap_or(0);
        let mark = if size == report.found.settings.buffer { " <" } else { "" };
        writeln!(out, "{:>9}{lost}{paused:>11}{:>10}{mark}", thousands(size as u64), bytes(held))?;
    }
    Ok(())
}

fn latency(out: &mut dyn Write, report: &Report<'_>, paint: Paint) -> io::Result<()> {
    let sweep = report.sweep;
    let rate = report.load.rate() * sweep.plan.scale;
    heading(out, paint, "From sending to taking, by load")?;
    writeln!(out, "{:>10}{:>14}{:>14}{:>14}{:>14}", "load", "events/s", "p50", "p99", "longest")?;
    for (factor, it) in &sweep.loads {
        let mark = if sweep.knee.is_some_and(|knee| knee.factor == *factor) { " < knee" } else { "" };
        writeln!(
            out,
            "{:>10}{:>14}{:>14}{:>14}{:>14}{mark}",
            format!("x{}", three(*factor)),
            three(rate * factor),
            time(it.age.p50),
            time(it.age.p99),
            time(it.age.max)
        )?;
    }
    Ok(())
}

fn recommendation(out: &mut dyn Write, report: &Report<'_>, paint: Paint) -> io::Result<()> {
    let found = report.found;
    heading(out, paint, "Taken for granted")?;
    found.assumed.iter().try_for_each(|text| wrap(out, text, "  ", "    "))?;
    heading(out, paint, "Recommended")?;
    for reason in &found.reasons {
        wrap(out, &format!("{} {}: {}", reason.what, reason.value, reason.why), "  ", "    ")?;
    }
    for warning in &found.warnings {
        wrap(out, warning, &format!("  {} ", paint.on(Paint::YELLOW, "warning:")), "    ")?;
    }
    heading(out, paint, "Tried again, all of it together, with other draws")?;
    report.checks.iter().try_for_each(|it| check(out, it, paint))?;
    if !report.real.is_empty() {
        heading(out, paint, "In real time, over loopback")?;
        report.real.iter().try_for_each(|it| check(out, it, paint))?;
    }
    heading(out, paint, "To be pasted behind a command")?;
    writeln!(out, "{}", found.settings.flags())?;
    heading(out, paint, "Or into the configuration file")?;
    write!(out, "{}", found.settings.toml())
}

fn check(out: &mut dyn Write, check: &Check, paint: Paint) -> io::Result<()> {
    let word = if check.holds { paint.on(Paint::GREEN, "holds") } else { paint.on(Paint::RED, "fails") };
    writeln!(out, "  {word}  {}: expected {}, measured {}", check.what, check.expected, check.measured)
}

/// Writes a text in lines that fit.
fn wrap(out: &mut dyn Write, text: &str, first: &str, others: &str) -> io::Result<()> {
    let width = size().0.clamp(40, WIDEST);
    let mut line = first.to_owned();
    let mut begun = false;
    for word in Escaped::whole(text).to_string().split(' ') {
        if begun && line.chars().count() + word.chars().count() + 1 > width {
            writeln!(out, "{line}")?;
            others.clone_into(&mut line);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    writeln!(out, "{line}")
}
