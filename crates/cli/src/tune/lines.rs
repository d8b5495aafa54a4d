//! The result as lines for programs: one object each, `kind` first, a summary last.

use std::io::{self, Write};
use std::time::Duration;

use rosterline_tune::{Check, Measured, Outages, Report, Settings, Silences};
use serde::Serialize;

use super::kinds::{
    CheckLine, KneeLine, LoadLine, OutageLine, Ranks, ReasonLine, RecommendationLine, SilenceLine,
    SummaryLine, TextLine, TrialLine, ms,
};
use crate::output::ndjson;
use crate::settings::values::Format;

/// Writes objects, one a line, or all of them as a list.
pub(super) struct Out<'a> {
    out: &'a mut dyn Write,
    format: Format,
    begun: bool,
}

impl<'a> Out<'a> {
    pub(super) fn new(out: &'a mut dyn Write, format: Format) -> Self {
        Self { out, format, begun: false }
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let is_first = !std::mem::replace(&mut self.begun, true);
        if self.format == Format::Json {
            self.out.write_all(if is_first { b"[\n" } else { b"," })?;
        }
        ndjson::write(self.out, line)?;
        self.out.write_all(b"\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        match self.format {
            Format::Json => self.out.write_all(b"]\n"),
            Format::Ndjson | Format::Text | Format::Csv => Ok(()),
        }
    }
}

/// Writes everything.
pub(super) fn write(out: &mut Out<'_>, report: &Report<'_>) -> io::Result<()> {
    let load = report.load;
    out.line(&LoadLine {
        kind: "load",
        source: report.source,
        dialect: load.dialect.name(),
        frames: load.frames() as u64,
        events: load.offered(),
        seconds: load.length().as_secs_f64(),
        rate: load.rate(),
        most_in_1s: load.most_within(Duration::from_secs(1)),
        left_out: load.left_out,
    })?;
    trials(out, report)?;
    connections(out, report)?;
    decisions(out, report)?;
    let all = || report.checks.iter().chain(report.real);
    let sweep = report.sweep;
    out.line(&SummaryLine {
        kind: "summary",
        trials: 4
            + sweep.needs.len()
            + sweep.buffers.len()
            + sweep.loads.len()
            + sweep.takes.len()
            + sweep.silences.len()
            + sweep.outages.len(),
        events: load.offered(),
        lost: report.found.expected.lost,
        checks: all().count(),
        failed: all().filter(|check| !check.holds).count(),
        warnings: report.found.warnings.len(),
    })?;
    out.finish()
}

fn trials(out: &mut Out<'_>, report: &Report<'_>) -> io::Result<()> {
    let sweep = report.sweep;
    let plan = &sweep.plan;
    let (take, stress) = (plan.consumer.take, plan.scale * plan.headroom);
    let now = |settings: &Settings| (Some(settings.buffer), Some(settings.policy.name()));
    out.line(&trial("current", now(&plan.current), plan.scale, take, &sweep.current[0]))?;
    out.line(&trial("current", now(&plan.current), stress, take, &sweep.current[1]))?;
    for measured in &sweep.needs {
        out.line(&trial("unlimited", (None, None), stress, take, measured))?;
    }
    for (policy, buffer, measured) in &sweep.buffers {
        out.line(&trial("buffer", (Some(*buffer), Some(policy.name())), stress, take, measured))?;
    }
    for (factor, measured) in &sweep.loads {
        out.line(&trial("load", (None, None), plan.scale * factor, take, measured))?;
    }
    if let Some(knee) = &sweep.knee {
        out.line(&KneeLine {
            kind: "knee",
            factor: knee.factor,
            past: knee.past,
            rate: report.load.rate() * plan.scale * knee.factor,
            p99_ms: ms(knee.p99),
            lowest_p99_ms: ms(knee.lowest),
        })?;
    }
    sweep
        .takes
        .iter()
        .try_for_each(|(take, measured)| out.line(&trial("take", (None, None), stress, *take, measured)))
}

fn trial(
    sweep: &'static str,
    (buffer, policy): (Option<usize>, Option<&'static str>),
    scale: f64,
    take: Duration,
    it: &Measured,
) -> TrialLine {
    TrialLine {
        kind: "trial",
        sweep,
        buffer,
        policy,
        scale,
        take_us: take.as_nanos() as f64 / 1e3,
        offered: it.offered,
        delivered: it.delivered,
        lost: it.lost,
        lost_percent: it.lost_percent(),
        dropped: it.dropped,
        gaps: it.gaps,
        wait_ms: Ranks::of(&it.wait),
        age_ms: Ranks::of(&it.age),
        peak_events: it.peak_events,
        peak_bytes: it.peak_bytes,
        paused_ms: ms(it.paused),
        longest_pause_ms: ms(it.longest_pause),
        outside_frames: it.outside,
        outside_bytes: it.outside_bytes,
        busy_ms: ms(it.busy),
        idle_ms: ms(it.idle),
        lasted_ms: ms(it.lasted),
        ended: it.ended,
    }
}

fn connections(out: &mut Out<'_>, report: &Report<'_>) -> io::Result<()> {
    let sweep = report.sweep;
    let now = &sweep.plan.current;
    out.line(&silence("current", now.heartbeat, now.pong_timeout, &sweep.current_silences))?;
    for (heartbeat, pong, measured) in &sweep.silences {
        out.line(&silence("heartbeat", *heartbeat, *pong, measured))?;
    }
    out.line(&outage("current", now.backoff_base, now.backoff_max, &sweep.current_outages))?;
    sweep
        .outages
        .iter()
        .try_for_each(|(base, max, measured)| out.line(&outage("backoff", *base, *max, measured)))
}

fn silence(sweep: &'static str, heartbeat: Duration, pong: Duration, it: &Silences) -> SilenceLine {
    SilenceLine {
        kind: "silence",
        sweep,
        heartbeat_ms: ms(heartbeat),
        pong_timeout_ms: ms(pong),
        detected_ms: Ranks::of(&it.detected),
        recovered_ms: Ranks::of(&it.recovered),
        pings_per_hour: it.pings,
        false_alarms: it.false_alarms,
        tried: it.tried,
    }
}

fn outage(sweep: &'static str, base: Duration, max: Duration, it: &Outages) -> OutageLine {
    OutageLine {
        kind: "outage",
        sweep,
        backoff_base_ms: ms(base),
        backoff_max_ms: ms(max),
        back_ms: Ranks::of(&it.back),
        dials: it.dials,
        most_dials: it.most_dials,
        tried: it.tried,
    }
}

fn decisions(out: &mut Out<'_>, report: &Report<'_>) -> io::Result<()> {
    let found = report.found;
    for text in &found.assumed {
        out.line(&TextLine { kind: "assumed", text })?;
    }
    for reason in &found.reasons {
        out.line(&ReasonLine {
            kind: "reason",
            setting: reason.what,
            value: &reason.value,
            why: &reason.why,
        })?;
    }
    for text in &found.warnings {
        out.line(&TextLine { kind: "warning", text })?;
    }
    let check = |time: &'static str, it: &Check, out: &mut Out<'_>| {
        let Check { what, expected, measured, holds } = it;
        out.line(&CheckLine { kind: "check", time, what, expected, measured, holds: *holds })
    };
    report.checks.iter().try_for_each(|it| check("virtual", it, out))?;
    report.real.iter().try_for_each(|it| check("real", it, out))?;
    let settings = &found.settings;
    out.line(&RecommendationLine {
        kind: "recommendation",
        buffer: settings.buffer,
        policy: settings.policy.name(),
        pause_max_ms: ms(settings.pause_max),
        heartbeat_ms: ms(settings.heartbeat),
        pong_timeout_ms: ms(settings.pong_timeout),
        backoff_base_ms: ms(settings.backoff_base),
        backoff_max_ms: ms(settings.backoff_max),
        max_attempts: settings.max_attempts,
        flags: settings.flags(),
        toml: settings.toml(),
    })
}
