//! From settings to a load and a plan.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::time::Duration;

use rosterline_recording::Reader;
use rosterline_render::escape::Escaped;
use rosterline_tune::{Consumer, Goal, Load, NoLoad, Plan, Settings as Tuned, Synthetic, words};

use crate::settings::values;
use crate::settings::{Settings, Wrong};

/// The seed if none is given: the same report every time.
const SEED: u64 = 1;

/// Where the load comes from.
pub(super) struct Source {
    /// In words, for people.
    pub(super) words: String,
    kind: Kind,
}

enum Kind {
    Recording(std::path::PathBuf),
    Synthetic(Synthetic),
}

impl Source {
    pub(super) fn read(settings: &Settings, file: Option<&Path>) -> Result<Self, Wrong> {
        let synthetic = settings.is_on("synthetic")?;
        match (file, synthetic) {
            (Some(file), false) => {
                let name = file.display().to_string();
                let words = format!("the recording {}", Escaped::new(&name));
                Ok(Self { words, kind: Kind::Recording(file.to_path_buf()) })
            }
            (None, true) => {
                let load = synthetic_of(settings)?;
                let words = format!(
                    "made up, {} events a second in bursts of {} times that, {} events a frame, {} interactions at a time, {}, seed {}",
                    words::three(load.rate),
                    words::three(load.burst),
                    load.frame,
                    load.interactions,
                    words::time(load.length),
                    load.seed
                );
                Ok(Self { words, kind: Kind::Synthetic(load) })
            }
            (Some(_), true) => {
                Err(Wrong::new("file", None, "and --synthetic exclude each other; leave one of them out"))
            }
            (None, false) => Err(Wrong::new(
                "file",
                None,
                "is not given; name a recording (`rosterline demo --record run.ndjson` makes one), or give --synthetic",
            )),
        }
    }

    pub(super) fn load(&self, settings: &Settings) -> Result<Load, Wrong> {
        match &self.kind {
            Kind::Recording(file) => recorded(file),
            Kind::Synthetic(load) => load.load().map_err(|why| settings.wrong("synthetic", why.to_string())),
        }
    }

    /// Another load of the same kind, if one can be made.
    pub(super) fn other(&self) -> Result<Option<Load>, Wrong> {
        match &self.kind {
            Kind::Recording(_) => Ok(None),
            Kind::Synthetic(load) => {
                let other = Synthetic { seed: load.seed.wrapping_add(1), ..load.clone() };
                other.load().map(Some).map_err(|why| Wrong::new("synthetic", None, why.to_string()))
            }
        }
    }
}

fn recorded(file: &Path) -> Result<Load, Wrong> {
    let wrong = |why: &dyn std::fmt::Display| {
        Wrong::new("file", None, format!("cannot tune by {}: {why}", file.display()))
    };
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("har")) {
        return Err(wrong(&"it is a HAR file; give what --record wrote"));
    }
    let reader = if file == Path::new("-") {
        Reader::open(BufReader::new(io::stdin()))
    } else {
        let source = File::open(file).map_err(|error| wrong(&error))?;
        Reader::open(BufReader::with_capacity(1 << 16, source))
    };
    let load = Load::of_recording(reader.map_err(|why| wrong(&why))?);
    load.map_err(|why: NoLoad| wrong(&why))
}

fn synthetic_of(settings: &Settings) -> Result<Synthetic, Wrong> {
    let usual = Synthetic::default();
    Ok(Synthetic {
        rate: settings.need("rate", |text| values::factor(text, 0.001..=1e6))?,
        burst: settings.need("burst", |text| values::factor(text, 1.0..=1000.0))?,
        frame: settings.need("frame-events", values::number)?,
        interactions: settings.read("interactions", values::number)?.unwrap_or(usual.interactions),
        length: settings.read("duration", values::duration)?.unwrap_or(usual.length),
        seed: settings.read("seed", values::number)?.unwrap_or(SEED),
    })
}

/// What is swept, and what for.
pub(super) fn plan(settings: &Settings) -> Result<Plan, Wrong> {
    let usual = Plan::default();
    let seed = settings.read("seed", values::number)?.unwrap_or(SEED);
    let or = |name: &'static str, usual: &[Duration]| -> Result<Vec<Duration>, Wrong> {
        let given = settings.read_all(name, values::fine_duration)?;
        Ok(if given.is_empty() { usual.to_vec() } else { given })
    };
    let plan = Plan {
        current: current(settings)?,
        consumer: Consumer {
            take: settings.need("take", values::fine_duration)?,
            stall: settings.need("stall", values::duration)?,
            stall_every: settings.need("stall-every", values::duration)?,
        },
        scale: settings.need("scale", |text| values::factor(text, 0.001..=1000.0))?,
        headroom: settings.need("headroom", |text| values::factor(text, 1.0..=100.0))?,
        goal: settings.need("goal", goal)?,
        max_wait: settings.need("max-wait", values::duration)?,
        detect: settings.need("detect-within", values::duration)?,
        recover: settings.need("recover-within", values::duration)?,
        buffers: settings.read_all("buffers", values::capacity)?,
        policies: match settings.read_all("policies", values::policy)? {
            given if given.is_empty() => usual.policies.clone(),
            given => given,
        },
        loads: match settings.read_all("loads", |text| values::factor(text, 0.001..=1000.0))? {
            given if given.is_empty() => usual.loads.clone(),
            given => given,
        },
        takes: or("takes", &usual.takes)?,
        heartbeats: or("heartbeats", &usual.heartbeats)?,
        pong_timeouts: or("pong-timeouts", &usual.pong_timeouts)?,
        backoff_bases: or("backoff-bases", &usual.backoff_bases)?,
        backoff_maxes: or("backoff-maxes", &usual.backoff_maxes)?,
        latency: settings.need("latency", values::duration)?,
        hush: settings.need("hush", values::duration)?,
        outage: settings.need("outage", values::duration)?,
        draws: settings.need("draws", values::number)?,
        seed,
    };
    check(settings, &plan)?;
    Ok(plan)
}

/// What is set now: what `watch` would take.
fn current(settings: &Settings) -> Result<Tuned, Wrong> {
    Ok(Tuned {
        buffer: settings.need("buffer", values::capacity)?,
        policy: settings.need("policy", values::policy)?,
        pause_max: settings.need("pause-max", values::duration)?,
        heartbeat: settings.need("heartbeat", values::duration)?,
        pong_timeout: settings.need("pong-timeout", values::duration)?,
        backoff_base: settings.need("backoff-base", values::duration)?,
        backoff_max: settings.need("backoff-max", values::duration)?,
        jitter: settings.need("jitter", values::jitter)?,
        max_attempts: settings.need("max-attempts", values::attempts)?,
    })
}

fn goal(text: &str) -> Result<Goal, String> {
    let known = [Goal::Complete, Goal::Fresh].into_iter().find(|goal| goal.name() == text);
    known.ok_or_else(|| "is neither complete nor fresh".to_string())
}

/// What a session would refuse is said before anything runs, with the name of the setting.
fn check(settings: &Settings, plan: &Plan) -> Result<(), Wrong> {
    let beat = Duration::from_millis(10);
    let day = Duration::from_secs(24 * 3600);
    let all = |name: &'static str, values: &[Duration], least: Duration, range: &str| match values
        .iter()
        .all(|value| (least..=day).contains(value))
    {
        true => Ok(()),
        false => Err(settings.wrong(name, format!("must be {range}"))),
    };
    let (now, ms) = (&plan.current, Duration::from_millis(1));
    all("heartbeat", &[now.heartbeat], beat, "10 ms to 24 h")?;
    all("pong-timeout", &[now.pong_timeout], beat, "10 ms to 24 h")?;
    all("heartbeats", &plan.heartbeats, beat, "10 ms to 24 h each")?;
    all("pong-timeouts", &plan.pong_timeouts, beat, "10 ms to 24 h each")?;
    all("backoff-base", &[now.backoff_base], ms, "1 ms to 24 h")?;
    all("backoff-bases", &plan.backoff_bases, ms, "1 ms to 24 h each")?;
    all(
        "backoff-max",
        &[now.backoff_max],
        now.backoff_base,
        "no shorter than backoff-base, and 24 h at most",
    )?;
    all("backoff-maxes", &plan.backoff_maxes, ms, "1 ms to 24 h each")?;
    all("outage", &[plan.outage], ms, "1 ms to 24 h")?;
    all("pause-max", &[now.pause_max], ms, "1 ms to 24 h")?;
    all("take", &[plan.consumer.take], Duration::ZERO, "0 to 24 h")?;
    if !(1..=1000).contains(&plan.draws) {
        return Err(settings.wrong("draws", "must be 1 to 1000"));
    }
    if plan.consumer.stalls() && plan.consumer.stall >= plan.consumer.stall_every {
        return Err(settings.wrong("stall", "must be shorter than stall-every; 0s is none"));
    }
    Ok(())
}
