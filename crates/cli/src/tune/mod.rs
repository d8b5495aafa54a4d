//! `tune`: settings by measurement. A load goes through sessions with many settings, in virtual time; what follows is
//! recommended, tried again, and drawn.

mod kinds;
mod lines;
mod plan;
mod real;
mod text;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rosterline_tune::{Check, Load, Report, Trial, page};

use crate::Failure;
use crate::drawing::Drawing;
use crate::exit::Exit;
use crate::output::Look;
use crate::settings::Settings;
use crate::settings::values::{self, Format};
use lines::Out;
use plan::Source;

/// In real time everything may take so much longer: the machine has other things to do.
const REAL_SLACK: Duration = Duration::from_millis(50);

/// Measures, recommends, and tries it again.
pub(crate) async fn tune(settings: &Settings, file: Option<&Path>) -> Result<Exit, Failure> {
    let look = Look::read(settings)?;
    if look.format == Format::Csv {
        return Err(settings
            .wrong("output", "there is no table of it; there are text, ndjson and json")
            .into());
    }
    let plan = plan::plan(settings)?;
    let drawing = Drawing::read(settings, "Rosterline tune")?;
    let real_for =
        settings.is_on("real")?.then(|| settings.need("real-for", values::duration)).transpose()?;
    let source = Source::read(settings, file)?;
    let load = source.load(settings)?;
    if let Some(remark) = &load.remark {
        tracing::warn!("the recording: {remark}");
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let sweep = plan.run(&load, threads, &progress());
    let found = sweep.recommend(&load);
    let other = source.other()?;
    let checks = sweep.confirm(&found, &load, other.as_ref());
    end_progress();
    tracing::info!("{:.1} s on {threads} threads", began.elapsed().as_secs_f64());
    let real = match real_for {
        Some(time) => in_real_time(&load, &sweep, &found, time).await?,
        None => Vec::new(),
    };
    let report = Report {
        source: &source.words,
        load: &load,
        sweep: &sweep,
        found: &found,
        checks: &checks,
        real: &real,
    };
    if let Some(drawing) = drawing {
        drawing.write(&page(&report)).map_err(Failure::Internal)?;
    }
    let mut out = io::stdout().lock();
    match look.format {
        Format::Text => text::write(&mut out, &report, look.paint)?,
        Format::Ndjson | Format::Json | Format::Csv => {
            lines::write(&mut Out::new(&mut out, look.format), &report)?;
        }
    }
    out.flush()?;
    let holds = checks.iter().chain(&real).all(|check| check.holds);
    Ok(if holds { Exit::Ok } else { Exit::Mismatch })
}

/// Runs what is recommended over loopback, with the busiest part of the load and the headroom, and holds it against a run
/// of the same part in virtual time.
async fn in_real_time(
    load: &Load,
    sweep: &rosterline_tune::Sweep,
    found: &rosterline_tune::Recommendation,
    time: Duration,
) -> Result<Vec<Check>, Failure> {
    let plan = &sweep.plan;
    let scale = plan.scale * plan.headroom;
    let part = load.busiest(time.mul_f64(scale));
    let trial: Trial = plan.trial_of(&found.settings, plan.headroom, plan.seed);
    let expected = trial.run(&part);
    tracing::info!("in real time: {:.1} s", part.length().as_secs_f64() / scale);
    let measured = real::run(&trial, &part).await.map_err(Failure::Internal)?;
    let found = rosterline_tune::Recommendation { expected, ..found.clone() };
    Ok(sweep.checks(&found, &measured, REAL_SLACK))
}

/// Says on a terminal how far it has come.
fn progress() -> impl Fn(usize) + Sync {
    let draws = io::stderr().is_terminal();
    move |done| {
        if draws {
            // Nobody is there to be told if this fails.
            let _ = write!(io::stderr(), "\r{done} trials");
        }
    }
}

fn end_progress() {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}
