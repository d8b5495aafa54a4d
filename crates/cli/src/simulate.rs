//! `simulate`: seeds through the simulator with the oracle on. What fails is made small, and comes with the command that
//! shows it again.

use std::io::{self, IsTerminal as _, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use rosterline_recording::{Background, Options as Recorded, Redaction};
use rosterline_render::escape::Escaped;
use rosterline_sim::{
    Keep, Options, Outcome, Shrunk, Summary, Violation, campaign, cloud_campaign, run_cloud,
};
use serde_json::json;

use crate::exit::Exit;
use crate::record::create;
use crate::settings::Settings;
use crate::settings::values::{self, Dialect};
use crate::{Failure, messages};

/// Runs the seeds.
pub(crate) fn simulate(settings: &Settings) -> Result<Exit, Failure> {
    let seeds = settings.need("seeds", values::seeds)?;
    let length = settings.need("hours", values::hours)?;
    let keep = settings.read("keep", |text| text.parse::<Keep>().map_err(|error| error.to_string()))?;
    let record = settings.text("record");
    let json = settings.is_on("json")?;
    let one = seeds.end - seeds.start == 1;
    let dialect = settings.need("dialect", values::dialect)?;
    let given = ["keep", "record"].into_iter().find(|name| settings.text(name).is_some());
    if let (Dialect::Notifications, Some(name)) = (dialect, given) {
        return Err(settings.wrong(name, "is for worlds of the stream dialect").into());
    }
    if let Some(name) = ["keep", "record"].into_iter().find(|name| !one && settings.text(name).is_some()) {
        return Err(settings.wrong(name, "is for one seed, such as --seeds 17..18").into());
    }
    if one && dialect == Dialect::Notifications {
        let outcome = run_cloud(seeds.start, length);
        show(seeds.start, &outcome, json)?;
        let sound =
            outcome.violation.as_ref().map(|violation| messages::error(&told(seeds.start, violation)));
        return Ok(if sound.is_none() { Exit::Ok } else { Exit::Mismatch });
    }
    if one {
        return alone(seeds.start, length, &keep.unwrap_or_default(), record, json);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let count = seeds.end - seeds.start;
    let draws = io::stderr().is_terminal();
    let progress = |done: u64| {
        if draws {
            // Nobody is there to be told if this fails.
            let _ = write!(io::stderr(), "\r{} of {count} seeds", done.min(count));
        }
    };
    let summary = match dialect {
        Dialect::Stream => campaign(seeds.clone(), length, threads, &progress),
        Dialect::Notifications => cloud_campaign(seeds.clone(), length, threads, &progress),
    };
    if draws {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    tracing::info!("{:.1} s on {threads} threads", began.elapsed().as_secs_f64());
    let missing = summary.missing();
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", as_json(&summary, &missing, length))?;
    } else {
        as_text(&mut out, &summary, &missing, &seeds)?;
    }
    out.flush()?;
    if let Some((seed, violation)) = summary.failures.first() {
        match dialect {
            Dialect::Stream => failed(*seed, length, violation)?,
            Dialect::Notifications => say_again(*seed, length, violation, " --dialect notifications"),
        }
    }
    let sound = summary.failures.is_empty() && missing.is_empty();
    Ok(if sound { Exit::Ok } else { Exit::Mismatch })
}

/// One seed, or a part of it.
fn alone(
    seed: u64,
    length: Duration,
    keep: &Keep,
    record: Option<&str>,
    json: bool,
) -> Result<Exit, Failure> {
    let options = Options::swarm(seed, length).keep(keep);
    tracing::info!("{options}");
    let outcome = match record {
        Some(path) => recorded(options, path)?,
        None => options.run(),
    };
    show(seed, &outcome, json)?;
    match &outcome.violation {
        None => Ok(Exit::Ok),
        // It is as small as it gets.
        Some(violation) if *keep != Keep::default() => {
            messages::error(&told(seed, violation));
            Ok(Exit::Mismatch)
        }
        Some(violation) => {
            failed(seed, length, violation)?;
            Ok(Exit::Mismatch)
        }
    }
}

/// What became of one seed.
fn show(seed: u64, outcome: &Outcome, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let violation = outcome.violation.as_ref().map(|violation| of_violation(seed, violation));
        writeln!(
            out,
            "{}",
            json!({
                "kind": "simulation", "seed": seed, "hash": format!("{:016x}", outcome.hash),
                "events": outcome.events, "simulated_s": outcome.lasted.as_secs_f64(), "violation": violation,
            })
        )?;
    } else {
        write!(out, "{}", outcome.tally)?;
        let hours = outcome.lasted.as_secs_f64() / 3600.0;
        writeln!(out, "\nseed {seed}: {hours:.2} h, {} events, hash {:016x}", outcome.events, outcome.hash)?;
    }
    out.flush()
}

fn told(seed: u64, violation: &Violation) -> String {
    let Violation { invariant, at, what } = violation;
    format!("seed {seed} breaks {invariant} after {:.3} s: {what}", Duration::from_nanos(at.0).as_secs_f64())
}

/// Says how to see a failure again.
fn say_again(seed: u64, length: Duration, violation: &Violation, more: &str) {
    messages::error(&told(seed, violation));
    messages::say(&format!("  again: {}{more}", again(seed, length)));
}

fn again(seed: u64, length: Duration) -> String {
    let hours = length.as_secs_f64() / 3600.0;
    format!("rosterline simulate --seeds {seed}..{} --hours {hours}", seed + 1)
}

/// Says how to see a failure again, and makes it small.
fn failed(seed: u64, length: Duration, violation: &Violation) -> Result<(), Failure> {
    say_again(seed, length, violation, "");
    let Some(Shrunk { keep, violation, strikes, frames }) = Options::swarm(seed, length).shrink() else {
        return Ok(());
    };
    let path = format!("rosterline-seed-{seed}.ndjson");
    recorded(Options::swarm(seed, length).keep(&keep), &path)?;
    let left = format!("{} of {} strikes, {} of {} frame faults", strikes.0, strikes.1, frames.0, frames.1);
    let at = Duration::from_nanos(violation.at.0).as_secs_f64();
    messages::say(&format!(
        "  smaller, with {left}, after {at:.3} s: {} --keep '{keep}'",
        again(seed, length)
    ));
    messages::say(&format!("  recorded; look at it: rosterline replay {path}"));
    Ok(())
}

/// Runs a world, and records its session.
fn recorded(options: Options, path: &str) -> Result<Outcome, Failure> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{path}: {error}"));
    let out = Background::new(create(path.as_ref()).map_err(named)?)?;
    // Nobody lives in there; the secrets are taken out all the same.
    let plain = Recorded { redaction: Redaction::Plain, ..Recorded::default() };
    let (recorder, recording) = rosterline_recording::record(out, &options.config(), &plain);
    let outcome = options.run_before(Box::new(recorder));
    recording.finish().map_err(named)?;
    Ok(outcome)
}

fn as_text(
    out: &mut impl Write,
    summary: &Summary,
    missing: &[(&'static str, &'static str)],
    seeds: &Range<u64>,
) -> io::Result<()> {
    let Summary { seeds: count, simulated, events, hash, tally, twice, failures, .. } = summary;
    write!(out, "{tally}")?;
    for (group, name) in missing {
        writeln!(out, "never occurred: {group}, {name}")?;
    }
    let hours = simulated.as_secs_f64() / 3600.0;
    let (first, last) = (seeds.start, seeds.end);
    writeln!(
        out,
        "\nseeds {first}..{last}: {count} run, {twice} of them twice; {hours:.1} h, {events} events"
    )?;
    for (seed, violation) in failures {
        writeln!(out, "FAILED {}", Escaped::whole(&told(*seed, violation)))?;
    }
    let verdict = match (failures.len(), missing.len()) {
        (0, 0) => "every invariant held".to_owned(),
        (0, never) => format!("every invariant held, but {never} things never occurred"),
        (failed, _) => format!("{failed} seeds failed"),
    };
    writeln!(out, "{verdict}; hash {hash:016x}")
}

fn as_json(
    summary: &Summary,
    missing: &[(&'static str, &'static str)],
    length: Duration,
) -> serde_json::Value {
    let Summary { seeds, simulated, events, hash, tally, twice, failures, .. } = summary;
    let mut groups = serde_json::Map::new();
    for (group, name, count) in tally.iter() {
        let group = groups.entry(group).or_insert_with(|| json!({}));
        group[name] = count.into();
    }
    json!({
        "kind": "simulation", "seeds": seeds, "hours": length.as_secs_f64() / 3600.0,
        "simulated_s": simulated.as_secs_f64(), "events": events, "twice": twice, "hash": format!("{hash:016x}"),
        "occurred": groups,
        "never": missing.iter().map(|(group, name)| format!("{group}: {name}")).collect::<Vec<_>>(),
        "failures": failures.iter().map(|(seed, violation)| of_violation(*seed, violation)).collect::<Vec<_>>(),
    })
}

fn of_violation(seed: u64, violation: &Violation) -> serde_json::Value {
    let Violation { invariant, at, what } = violation;
    json!({ "seed": seed, "invariant": invariant, "at_s": Duration::from_nanos(at.0).as_secs_f64(), "what": what })
}
