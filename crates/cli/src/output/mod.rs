//! What the tool writes to stdout, in each of its formats.

pub(crate) mod csv;
pub(crate) mod lines;
mod look;
pub(crate) mod ndjson;
pub(crate) mod text;

use std::io::{self, Write};
use std::time::Duration;

use rosterline_core::State;
use rosterline_render::Paint;
use rosterline_timeline::Timelines;

use crate::screen;
use crate::settings::values::{Format, Show};
use lines::Line;

pub(crate) use look::Look;

/// What an output that draws looks at.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) timelines: &'a Timelines,
    pub(crate) state: State,
    /// Events that were delivered.
    pub(crate) events: u64,
    /// Gaps that nobody repaired.
    pub(crate) open_gaps: u64,
}

/// Where lines go.
pub(crate) trait Sink {
    /// Takes a line. Whether it is to be shown has been decided.
    fn line(&mut self, line: &Line) -> io::Result<()>;

    /// Nothing more is known to come at the moment: what was taken becomes visible.
    fn flush(&mut self) -> io::Result<()>;

    /// How often [`look`](Sink::look) is called.
    fn frame(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// A moment to draw, if this is an output that draws.
    fn look(&mut self, _scene: &Scene<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Takes the summary, and ends the output in good order.
    fn finish(&mut self, summary: Line) -> io::Result<()>;
}

/// Whether `show` asks for a line. The summary is always shown.
pub(crate) fn is_shown(show: Show, line: &Line) -> bool {
    match line {
        Line::Event(_) => show.events,
        Line::Raw(_) => show.raw,
        Line::Timeline(_) => show.timelines,
        Line::Gap(..) => show.gaps,
        Line::Status(_) | Line::Ended(..) => show.status,
        Line::Rejected(_) => show.rejected,
        Line::Summary(_) => true,
    }
}

/// A writer of lines in one of the formats. It is buffered: a reader sees a line with the next
/// [`flush`](Sink::flush).
pub(crate) struct Lines<W: Write> {
    out: io::BufWriter<W>,
    format: Format,
    paint: Paint,
    /// Whether the reader is a terminal.
    terminal: bool,
    /// Whether events name their communications.
    legs: bool,
    /// Whether anything was written.
    begun: bool,
}

impl<W: Write> Lines<W> {
    pub(crate) fn new(out: W, look: &Look) -> Self {
        let Look { format, paint, terminal, legs, .. } = *look;
        Self { out: io::BufWriter::with_capacity(1 << 16, out), format, paint, terminal, legs, begun: false }
    }

    /// What was written into, with everything in it.
    pub(crate) fn into_inner(self) -> io::Result<W> {
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let first = !std::mem::replace(&mut self.begun, true);
        match self.format {
            Format::Ndjson => {
                ndjson::write(&mut self.out, line)?;
                self.out.write_all(b"\n")
            }
            Format::Json => {
                // The comma stands before an object, so that a line is whole as soon as it is there.
                self.out.write_all(if first { b"[\n" } else { b"," })?;
                ndjson::write(&mut self.out, line)?;
                self.out.write_all(b"\n")
            }
            Format::Csv => {
                if first {
                    csv::header(&mut self.out, self.legs)?;
                }
                match line {
                    Line::Event(event) => csv::row(&mut self.out, event, self.legs, self.terminal),
                    Line::Raw(_)
                    | Line::Timeline(_)
                    | Line::Gap(..)
                    | Line::Status(_)
                    | Line::Ended(..)
                    | Line::Rejected(_)
                    | Line::Summary(_) => Ok(()),
                }
            }
            Format::Text => writeln!(self.out, "{}", text::render(line, screen::size().0, self.paint)),
        }
    }
}

impl<W: Write> Sink for Lines<W> {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, summary: Line) -> io::Result<()> {
        self.write(&summary)?;
        if self.format == Format::Json {
            self.out.write_all(b"]\n")?;
        }
        self.flush()
    }
}
