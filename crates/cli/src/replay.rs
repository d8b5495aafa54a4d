//! `replay`: a recording runs again, and the same report is made of it.

use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::Path;
use std::time::Duration;

use rosterline_core::Instant;
use rosterline_recording::{Dialect, Ending, Mismatch, Replay, Unreadable, har};
use rosterline_render::Paint;
use rosterline_render::escape::Escaped;
use tokio::time::Instant as Real;

use crate::difference::difference;
use crate::exit::Exit;
use crate::export::Exports;
use crate::output::lines::Line;
use crate::output::{Lines, Look, Sink, text};
use crate::report::Report;
use crate::settings::values::{self, Format};
use crate::settings::{Settings, Wrong};
use crate::signals::Signals;
use crate::{Failure, messages};

/// Replays a file to its end.
pub(crate) async fn replay(settings: &Settings, file: &Path) -> Result<Exit, Failure> {
    let mut look = Look::read(settings)?;
    let speed = settings.need("speed", values::speed)?;
    let golden = settings.text("assert").map(|name| golden(settings, name)).transpose()?;
    let replay = open(file)?;
    look.legs = replay.header().dialect == Dialect::Notifications;
    let exports = Exports::read(settings, look.legs, replay.began())?;
    let Some(golden) = golden else {
        let mut sink = Lines::new(io::stdout().lock(), &look);
        return Run::new(replay, &look, exports).run(&mut sink, speed).await;
    };
    if settings.text("output") == Some("auto") {
        look.format = Format::Ndjson;
    }
    // What is compared does not depend on where the difference is shown.
    look.terminal = false;
    let mut found = Vec::new();
    let exit = Run::new(replay, &look, exports).run(&mut Lines::new(&mut found, &look), speed).await?;
    let Some(difference) = difference(&golden, &found) else { return Ok(exit) };
    let mut out = io::stdout().lock();
    out.write_all(difference.as_bytes())?;
    out.flush()?;
    let name = settings.text("assert").unwrap_or_default();
    messages::error(&format!("the output is not what {name} says; if it is right, write it there anew"));
    Ok(Exit::Mismatch)
}

fn golden(settings: &Settings, name: &str) -> Result<Vec<u8>, Wrong> {
    fs::read(name).map_err(|error| {
        let advice = "write it with --output ndjson, and look at it";
        settings.wrong("assert", format!("cannot read {name}: {error}; {advice}"))
    })
}

/// Opens what can be replayed.
fn open(file: &Path) -> Result<Replay, Wrong> {
    let name = file.display();
    let wrong =
        |why: &dyn std::fmt::Display| Wrong::new("file", None, format!("cannot replay {name}: {why}"));
    let unreadable = |why: Unreadable| wrong(&why);
    if file == Path::new("-") {
        return Replay::open(BufReader::new(io::stdin())).map_err(unreadable);
    }
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("har")) {
        let text = fs::read_to_string(file).map_err(|error| wrong(&error))?;
        return har::replay(&text).map_err(unreadable);
    }
    let source = File::open(file).map_err(|error| wrong(&error))?;
    Replay::open(BufReader::with_capacity(1 << 16, source)).map_err(unreadable)
}

/// A replay that is under way.
struct Run<'a> {
    replay: Replay,
    report: Report,
    exports: Exports,
    look: &'a Look,
    /// The time of the last event that was taken.
    last: Option<Instant>,
}

impl<'a> Run<'a> {
    fn new(replay: Replay, look: &'a Look, exports: Exports) -> Self {
        let report = Report::new(look.show, replay.began());
        Self { replay, report, exports, look, last: None }
    }

    async fn run(&mut self, sink: &mut dyn Sink, speed: Option<f64>) -> Result<Exit, Failure> {
        let ended = self.pass_on(sink, speed).await?;
        self.report.end(sink)?;
        let last = self.last.filter(|_| self.report.ended().is_some()).unwrap_or(self.replay.now());
        let summary = self.report.summary(&self.replay.stats(), last.since(self.replay.began().at));
        let summary = Line::Summary(Box::new(summary));
        let words = (self.look.format == Format::Csv).then(|| text::render(&summary, 80, Paint(false)));
        let page = self.report.page("Rosterline replay", last);
        self.exports.write(&self.report, &page, &summary).map_err(Failure::Internal)?;
        sink.finish(summary)?;
        if let Some(words) = words {
            messages::say(&words);
        }
        self.remark();
        let Err(mismatch) = ended else { return Ok(Exit::Ok) };
        messages::error(&mismatch);
        Ok(Exit::Mismatch)
    }

    /// Passes all events on, each in its time. A signal ends it, and what there was until then is told.
    async fn pass_on(
        &mut self,
        sink: &mut dyn Sink,
        speed: Option<f64>,
    ) -> Result<Result<(), Mismatch>, Failure> {
        let mut signals = Signals::new().map_err(Failure::Internal)?;
        let (start, began) = (Real::now(), self.replay.began().at);
        let mut stop = std::pin::pin!(signals.next());
        let mut since_yield = 0u32;
        for next in self.replay.by_ref() {
            let taken = match next {
                Ok(taken) => taken,
                Err(mismatch) => return Ok(Err(mismatch)),
            };
            since_yield += 1;
            let pause = speed.map(|speed| start + pace(taken.at.since(began), speed));
            if pause.is_some() || since_yield % 1024 == 0 {
                sink.flush()?;
                tokio::select! {
                    biased;
                    () = &mut stop => return Ok(Ok(())),
                    () = tokio::time::sleep_until(pause.unwrap_or(start)) => {}
                }
            }
            self.last = Some(taken.at);
            self.exports.take(&taken.event, taken.at)?;
            self.report.take(taken.event, taken.at, sink)?;
        }
        Ok(Ok(()))
    }

    /// What is to be known about the recording.
    fn remark(&self) {
        match self.replay.ending() {
            None | Some(Ending::Whole) => {}
            Some(ending) => tracing::warn!("the recording: {ending}"),
        }
        if self.replay.strangers() > 0 {
            let version = Escaped::new(&self.replay.header().version).to_string();
            tracing::warn!(
                "{} lines of release {version} mean nothing to this one, and were passed over",
                self.replay.strangers()
            );
        }
    }
}

fn pace(time: Duration, speed: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() / speed).unwrap_or(Duration::MAX / 4)
}
