//! `--export`: the files that a replay leaves behind.

mod perfetto;
mod sheet;

use std::io;

use rosterline_core::{Anchor, Event, Instant};
use rosterline_render::Paint;

use crate::output::lines::Line;
use crate::output::{Lines, Look, Sink};
use crate::report::Report;
use crate::settings::values::{Format, Show};
use crate::settings::{Settings, Wrong};
use crate::target::Target;

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Svg,
    Perfetto,
    Json,
    Csv,
}

impl Form {
    fn named(name: &str) -> Option<Self> {
        match name {
            "html" => Some(Self::Html),
            "svg" => Some(Self::Svg),
            "perfetto" => Some(Self::Perfetto),
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// All files that were asked for.
pub(crate) struct Exports {
    files: Vec<(Form, Target)>,
    /// The lines of those that hold lines: every kind of them, whatever is shown.
    streams: Vec<Stream>,
}

struct Stream {
    report: Report,
    lines: Lines<Vec<u8>>,
    target: Target,
}

impl Exports {
    /// Reads the setting. `legs`: whether events name their communications. `began`: when the session was made.
    pub(crate) fn read(settings: &Settings, legs: bool, began: Anchor) -> Result<Self, Wrong> {
        let mut exports = Self { files: Vec::new(), streams: Vec::new() };
        for text in settings.list("export") {
            let wrong = |why: &str| settings.wrong("export", format!("\"{text}\" {why}"));
            let (form, name) =
                text.split_once('=').ok_or_else(|| wrong("names no file; write it like html=run.html"))?;
            let form = Form::named(form).ok_or_else(|| {
                wrong("has no form that is known; there are html, svg, perfetto, json and csv")
            })?;
            let target = Target::new(settings, "export", name)?;
            let format = match form {
                Form::Json => Format::Json,
                Form::Csv => Format::Csv,
                Form::Html | Form::Svg | Form::Perfetto => {
                    exports.files.push((form, target));
                    continue;
                }
            };
            exports.streams.push(Stream::new(format, legs, began, target));
        }
        Ok(exports)
    }

    /// Takes an event.
    pub(crate) fn take(&mut self, event: &Event, at: Instant) -> io::Result<()> {
        self.streams
            .iter_mut()
            .try_for_each(|stream| stream.report.take(event.clone(), at, &mut stream.lines))
    }

    /// Writes all of them. `report` holds the timelines that are in memory, and `page` draws them.
    ///
    /// # Errors
    /// The system's, with the name of the file.
    pub(crate) fn write(&mut self, report: &Report, page: &str, summary: &Line) -> io::Result<()> {
        for (form, target) in &self.files {
            match form {
                Form::Html => target.write(page.as_bytes())?,
                Form::Svg => target.write(sheet::draw(report.timelines()).as_bytes())?,
                Form::Perfetto => target.write(&perfetto::trace(report.timelines()))?,
                // These are streams.
                Form::Json | Form::Csv => {}
            }
        }
        for mut stream in self.streams.drain(..) {
            stream.report.end(&mut stream.lines)?;
            stream.lines.finish(summary.clone())?;
            stream.target.write(&stream.lines.into_inner()?)?;
        }
        Ok(())
    }
}

impl Stream {
    fn new(format: Format, legs: bool, began: Anchor, target: Target) -> Self {
        let show = Show {
            events: true,
            timelines: true,
            live: false,
            gaps: true,
            status: true,
            rejected: true,
            raw: true,
        };
        let look = Look { format, paint: Paint(false), show, terminal: false, legs };
        Self { report: Report::new(show, began), lines: Lines::new(Vec::new(), &look), target }
    }
}
