//! The loop between a session and the output: `watch`, and the client's half of `demo`.

use std::io;
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use rosterline_async_std::AsyncStd;
use rosterline_core::{Cause, Config, Detail, Event, Instant, Misuse};
use rosterline_driver::{Error, Hooks, Runtime as _, TokenCache, split_with};
use rosterline_net::{Adapter, Client, Net};
use rosterline_render::Paint;
use rosterline_render::escape::Escaped;
use rosterline_smol::Smol;
use rosterline_tokio::Tokio;

use crate::alarms::Alarms;
use crate::checkpoint::Checkpoint;
use crate::drawing::Drawing;
use crate::exit::Exit;
use crate::metrics::{self, Board};
use crate::output::lines::Line;
use crate::output::{Lines, Look, Sink, text};
use crate::record::{Record, Tape};
use crate::report::Report;
use crate::settings::session::{Connection, patience};
use crate::settings::values::{self, ExitAfter, Format, On};
use crate::settings::{Settings, Wrong};
use crate::signals::Signals;
use crate::stop::Stop;
use crate::{Failure, messages};

/// When to stop, and what to make of it.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub(crate) conditions: Vec<ExitAfter>,
    pub(crate) fail_on_gap: bool,
    /// The page that is to be written.
    pub(crate) drawing: Option<Drawing>,
    /// The recording that is to be made.
    pub(crate) record: Option<Record>,
    /// What the next run is to know.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// Streams from a server until the session ends.
pub(crate) async fn watch(settings: &Settings) -> Result<Exit, Failure> {
    match settings.need("runtime", values::runtime)? {
        On::Tokio => watch_on::<Tokio>(settings).await,
        On::AsyncStd => watch_on::<AsyncStd>(settings).await,
        On::Smol => watch_on::<Smol>(settings).await,
    }
}

/// The session runs on `N`; what surrounds it, signals and pages of metrics, is always on tokio.
async fn watch_on<N: Net>(settings: &Settings) -> Result<Exit, Failure> {
    let look = Look::read(settings)?;
    let mut connection = Connection::read(settings)?;
    connection.config.deliver_unknown = look.show.raw;
    let conditions = settings.read_all("exit-after", values::exit_after)?;
    let drawing = Drawing::read(settings, "Rosterline watch")?;
    let client = client::<N>(settings, &connection)?;
    let port =
        match settings.read("metrics", values::address)? {
            Some(address) => Some(metrics::listen(address).await.map_err(|error| {
                settings.wrong("metrics", format!("cannot listen on {address}: {error}"))
            })?),
            None => None,
        };
    let fail_on_gap = settings.is_on("fail-on-gap")?;
    let (checkpoint, resume) = Checkpoint::read(settings, &connection.config.service)?.unzip();
    connection.config.resume = resume.flatten();
    let ends = Ends { conditions, fail_on_gap, drawing, record: Record::read(settings)?, checkpoint };
    let mut following = Following::start(&client, connection.config, look, ends)?;
    if let Some(listener) = port {
        tokio::spawn(metrics::serve(listener, following.handle.clone(), following.board.clone()));
    }
    following.run(&mut Lines::new(io::stdout().lock(), &look)).await
}

pub(crate) fn unfit(misuse: Misuse) -> Wrong {
    Wrong::new(misuse.what, None, &*misuse.why)
}

/// The client that the settings ask for.
pub(crate) fn client<N: Net>(settings: &Settings, connection: &Connection) -> Result<Client<N>, Wrong> {
    let mut builder = Client::builder();
    if let Some(pem) = &connection.authorities {
        builder = builder.root_certificates(pem).map_err(|wrong| settings.wrong("ca-file", &*wrong.why))?;
    }
    if let Some(proxy) = &connection.proxy {
        builder = builder.proxy(proxy.expose()).map_err(|wrong| settings.wrong("proxy", &*wrong.why))?;
    }
    let advice = "install the system's certificates, or name a file with some by --ca-file";
    builder.build().map_err(|wrong| Wrong::new(wrong.what, None, format!("{}; {advice}", wrong.why)))
}

type Handle<N> = rosterline_driver::Handle<Adapter<N>>;

/// A session that is being followed.
pub(crate) struct Following<N: Net> {
    events: rosterline_driver::Events<Adapter<N>>,
    handle: Handle<N>,
    /// The session's own clocks: whatever is told or measured goes by them.
    runtime: Adapter<N>,
    /// When the session was made.
    began: Instant,
    board: Arc<Board>,
    stop: Arc<Stop>,
    tape: Option<Tape>,
    report: Report,
    look: Look,
    ends: Ends,
    /// Whether one of the conditions of `--exit-after` closed the session.
    by_condition: bool,
}

impl<N: Net> Following<N> {
    /// Starts the session, and catches signals from here on.
    pub(crate) fn start(
        client: &Client<N>,
        config: Config,
        look: Look,
        mut ends: Ends,
    ) -> Result<Self, Failure> {
        let signals = Signals::new().map_err(Failure::Internal)?;
        let patience = patience(&config);
        config.check().map_err(unfit)?;
        let runtime = client.runtime().clone();
        let known = config.resume.as_ref().map_or_else(Vec::new, |resume| resume.known.clone());
        let (config, tokens) = TokenCache::new(client.runtime().clone()).adopt(config);
        let (tap, tape) = match ends.record.take() {
            Some(record) => record.begin(&config).map(|(tap, tape)| (Some(tap), Some(tape))),
            None => Ok((None, None)),
        }
        .map_err(Failure::Internal)?;
        let (driver, events, handle) =
            split_with(config, runtime.clone(), Hooks { tokens, tap }).map_err(unfit)?;
        let began = handle.anchor();
        let mut report = Report::new(look.show, began);
        report.resume(&known);
        client.runtime().net().spawn(driver);
        let stop = Arc::new(Stop::default());
        tokio::spawn(stop.clone().obey(signals, handle.clone(), patience));
        Ok(Self {
            events,
            handle,
            board: Board::new(),
            stop,
            began: began.at,
            runtime,
            tape,
            report,
            look,
            ends,
            by_condition: false,
        })
    }

    /// Passes everything on until the session has ended, and then says what there was; and draws it, if that is
    /// asked for, however it ended.
    pub(crate) async fn run(&mut self, sink: &mut dyn Sink) -> Result<Exit, Failure> {
        let exit = self.tell(sink).await;
        let whole = self.tape.as_mut().is_none_or(Tape::finish)
            && self.ends.checkpoint.as_ref().is_none_or(Checkpoint::is_up_to_date);
        if let Some(drawing) = &self.ends.drawing {
            let page = self.report.page(drawing.title, self.runtime.now());
            drawing.write(&page).map_err(Failure::Internal)?;
        }
        match exit {
            Ok(Exit::Ok) if !whole => Ok(Exit::Internal),
            exit => exit,
        }
    }

    async fn tell(&mut self, sink: &mut dyn Sink) -> Result<Exit, Failure> {
        let stopped = self.pass_on(sink).await?;
        if !stopped {
            self.report.end(sink)?;
        }
        // What is left of the run is over with its last event; a run that is cut short is over now.
        let last = self.events.taken_at().filter(|_| !stopped).unwrap_or_else(|| self.runtime.now());
        let ran = last.since(self.began);
        let stats = self.handle.stats();
        metrics::report(&stats, &self.report);
        let summary = Line::Summary(Box::new(self.report.summary(&stats, ran)));
        let words = (self.look.format == Format::Csv).then(|| text::render(&summary, 80, Paint(false)));
        sink.look(&self.report.scene())?;
        sink.finish(summary)?;
        self.remember(sink, self.runtime.now(), true)?;
        if let Some(words) = words {
            messages::say(&words);
        }
        Ok(self.exit(stopped))
    }

    /// Whether the end was cut short.
    async fn pass_on(&mut self, sink: &mut dyn Sink) -> io::Result<bool> {
        let mut alarms = Alarms::new(&self.ends.conditions, sink.frame(), self.began);
        let mut now = self.runtime.now();
        loop {
            let (due, next) = alarms.check(self.report.events(), now);
            if due.end {
                self.by_condition = true;
                self.handle.close();
            }
            if due.frame {
                self.board.update(&self.report);
                sink.look(&self.report.scene())?;
            }
            if due.report {
                metrics::report(&self.handle.stats(), &self.report);
            }
            self.tape.iter_mut().for_each(Tape::check);
            self.remember(sink, now, false)?;
            let due = self.ends.checkpoint.as_ref().and_then(Checkpoint::due);
            let next = due.map_or(next, |due| next.min(due));
            if self.stop.is_set() {
                return Ok(true);
            }
            let event = match self.events.next().now_or_never() {
                Some(event) => Some(event),
                None => {
                    sink.flush()?;
                    tokio::select! {
                        biased;
                        () = self.stop.notify.notified() => None,
                        event = self.events.next() => Some(event),
                        () = tokio::time::sleep(next.since(now)) => None,
                    }
                }
            };
            // The session's clock was read when the event was taken: for the next one that is soon enough.
            let taken = self.events.taken_at().filter(|_| matches!(event, Some(Some(Ok(_)))));
            now = taken.unwrap_or_else(|| self.runtime.now());
            let event = match event {
                None => continue,
                Some(Some(Ok(event))) => event,
                Some(Some(Err(Error::Ended(cause)))) => Event::Ended(cause),
                Some(Some(Err(_))) => return Ok(false),
                Some(None) => Event::Ended(Cause::Requested),
            };
            self.take(event, self.events.taken_at().unwrap_or(now), sink)?;
            alarms.heard(self.report.is_live(), now);
            if self.report.ended().is_some() {
                return Ok(false);
            }
        }
    }

    /// Writes the checkpoint, if there is one and it is time: after the output that it speaks of.
    fn remember(&mut self, sink: &mut dyn Sink, now: Instant, at_once: bool) -> io::Result<()> {
        let Some(checkpoint) = self.ends.checkpoint.as_mut() else { return Ok(()) };
        if at_once || checkpoint.is_due(now) {
            sink.flush()?;
            checkpoint.write(now, at_once);
        }
        Ok(())
    }

    fn take(&mut self, event: Event, at: Instant, sink: &mut dyn Sink) -> io::Result<()> {
        if let (false, Event::Status(status)) = (self.look.show.status, &event) {
            if let Detail::Retry { cause, delay } = &status.detail {
                tracing::warn!(delay_ms = delay.as_millis(), "{}", Escaped::new(&cause.to_string()));
            }
        }
        let news = matches!(event, Event::Status(_));
        self.ends.checkpoint.iter_mut().for_each(|checkpoint| checkpoint.saw(&event));
        self.report.take(event, at, sink)?;
        if news {
            self.board.update(&self.report);
        }
        Ok(())
    }

    fn exit(&self, stopped: bool) -> Exit {
        let exit = match self.report.ended() {
            _ if stopped => return self.stop.exit(),
            Some(cause) => Exit::of(cause, self.report.was_live()),
            None => Exit::Internal,
        };
        match self.report.ended() {
            None => messages::error(&"the session ended without saying why; please report this"),
            Some(Cause::Requested) => {}
            Some(cause) if cause.hint().is_empty() => messages::error(cause),
            Some(cause) => messages::error(&format!("{cause}; {}", cause.hint())),
        }
        if exit != Exit::Ok {
            return exit;
        }
        if self.by_condition && !self.report.was_live() && self.report.events() == 0 {
            messages::error(&"the session never went live; check the URL and whether the server is up");
            return Exit::NeverConnected;
        }
        if self.ends.fail_on_gap && self.report.open_gaps() > 0 {
            messages::error(&format!("{} gaps: events may be missing", self.report.open_gaps()));
            return Exit::Gap;
        }
        exit
    }
}
