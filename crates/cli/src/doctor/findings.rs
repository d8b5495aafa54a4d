//! What the doctor has found, line by line.

use std::io::{self, Write};
use std::time::Duration;

use rosterline_render::Paint;
use rosterline_render::escape::Escaped;
use serde::Serialize;

use crate::exit::Exit;
use crate::output::ndjson;
use crate::settings::values::Format;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    /// A session works, but not as well as it could.
    Warning,
    /// No session works; the process ends so.
    Failed(Exit),
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed(_) => "failed",
        }
    }
}

/// One line.
#[derive(Debug, Serialize)]
struct Check<'a> {
    kind: &'static str,
    name: &'static str,
    verdict: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    advice: &'a str,
    ms: u64,
}

/// The last line.
#[derive(Debug, Serialize)]
struct Summary {
    kind: &'static str,
    ok: u32,
    warnings: u32,
    failed: u32,
}

/// Writes each finding as soon as it is there.
#[derive(Debug)]
pub(super) struct Findings {
    format: Format,
    paint: Paint,
    ok: u32,
    warnings: u32,
    failed: u32,
    exit: Exit,
    /// Whether anything was written.
    begun: bool,
}

impl Findings {
    pub(super) const fn new(format: Format, paint: Paint) -> Self {
        Self { format, paint, ok: 0, warnings: 0, failed: 0, exit: Exit::Ok, begun: false }
    }

    /// Something is as it should be.
    pub(super) fn note(&mut self, name: &'static str, detail: &str, took: Duration) -> io::Result<()> {
        self.add(name, Verdict::Ok, detail, "", took)
    }

    /// Something could be better.
    pub(super) fn warn(
        &mut self,
        name: &'static str,
        detail: &str,
        advice: &str,
        took: Duration,
    ) -> io::Result<()> {
        self.add(name, Verdict::Warning, detail, advice, took)
    }

    pub(super) fn add(
        &mut self,
        name: &'static str,
        verdict: Verdict,
        detail: &str,
        advice: &str,
        took: Duration,
    ) -> io::Result<()> {
        match verdict {
            Verdict::Ok => self.ok += 1,
            Verdict::Warning => self.warnings += 1,
            Verdict::Failed(exit) => {
                self.failed += 1;
                // The first one is what the others may follow from.
                if self.exit == Exit::Ok {
                    self.exit = exit;
                }
            }
        }
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let mut out = io::stdout().lock();
        if self.format == Format::Text {
            let style = match verdict {
                Verdict::Ok => Paint::GREEN,
                Verdict::Warning => Paint::YELLOW,
                Verdict::Failed(_) => Paint::RED,
            };
            let word = self.paint.on(style, &format!("{:<8}", verdict.name()));
            writeln!(out, "{word} {name:<15} {} ({ms} ms)", Escaped::new(detail))?;
            if !advice.is_empty() {
                writeln!(out, "{:24} {}", "", Escaped::new(advice))?;
            }
        } else {
            self.separate(&mut out)?;
            let check = Check { kind: "check", name, verdict: verdict.name(), detail, advice, ms };
            ndjson::write(&mut out, &check)?;
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.failed > 0
    }

    /// The last line; how the process ends.
    pub(super) fn finish(mut self) -> io::Result<Exit> {
        let Self { ok, warnings, failed, .. } = self;
        let mut out = io::stdout().lock();
        if self.format == Format::Text {
            writeln!(out, "\n{ok} ok, {warnings} warnings, {failed} failed")?;
        } else {
            self.separate(&mut out)?;
            ndjson::write(&mut out, &Summary { kind: "summary", ok, warnings, failed })?;
            out.write_all(if self.format == Format::Json { b"\n]\n" } else { b"\n" })?;
        }
        out.flush()?;
        Ok(self.exit)
    }

    /// In JSON what stands before an object: the beginning of the list, or a comma.
    fn separate(&mut self, out: &mut impl Write) -> io::Result<()> {
        let is_first = !std::mem::replace(&mut self.begun, true);
        match self.format {
            Format::Json => out.write_all(if is_first { b"[\n" } else { b"," }),
            Format::Ndjson | Format::Text | Format::Csv => Ok(()),
        }
    }
}
