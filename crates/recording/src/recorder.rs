//! Writes a recording.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{
    Action, Anchor, Closed, Config, Deadline, Event, Failure, Grant, Input, Instant, Message, NoToken, Reply,
    RequestId,
};
use rosterline_driver::{Command, Tap};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::gist::gist;
use crate::redact::Redactor;
use crate::{Header, How, Line, Redaction, Settings, Why, names, standin};

/// Why a recording ends when a later release of the core or the driver tells something new.
const FORMLESS: &str = "the session was told something that has no form in a recording yet";

/// How a recording is made.
#[derive(Clone, Default)]
pub struct Options {
    /// What is done to personal data.
    pub redaction: Redaction,
    /// What pseudonyms are made with. Draw it anew for each recording, and nobody can tell who is behind a pseudonym;
    /// give the same one to two of them, and a name has the same pseudonym in both.
    pub key: [u8; 32],
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("redaction", &self.redaction).finish_non_exhaustive()
    }
}

/// Starts a recording of the session that `config` makes: hang the [`Recorder`] beside it, and keep the [`Recording`].
///
/// Every line is written by one call of `out`; so put a file that may be slow behind a
/// [`Background`](crate::Background).
#[must_use]
pub fn record(out: impl Write + Send + 'static, config: &Config, options: &Options) -> (Recorder, Recording) {
    let redactor = Redactor::new(config, options.redaction, options.key);
    let settings = Settings::of(config, &redactor);
    let pen =
        Pen { out: Some(Box::new(out)), redactor, settings, hash: Sha256::new(), lines: 0, trouble: None };
    let pen = Arc::new(Mutex::new(pen));
    (Recorder { pen: pen.clone() }, Recording { pen })
}

/// Looks on at a session's door, and writes down what goes through.
///
/// If the disk fails, the recording ends there, and the session goes on: its owner asks [`Recording::trouble`].
pub struct Recorder {
    pen: Arc<Mutex<Pen>>,
}

/// A recording that is being made.
pub struct Recording {
    pen: Arc<Mutex<Pen>>,
}

struct Pen {
    /// `None` once it has ended.
    out: Option<Box<dyn Write + Send>>,
    redactor: Redactor,
    /// What the first line says beside the moment at which the session is made.
    settings: Settings,
    hash: Sha256,
    lines: u64,
    trouble: Option<io::Error>,
}

impl Recording {
    /// Why the recording has ended before its time, once.
    #[must_use]
    pub fn trouble(&self) -> Option<io::Error> {
        lock(&self.pen).trouble.take()
    }

    /// Writes the last line, and waits until everything is written. Does nothing if it has ended already.
    ///
    /// # Errors
    /// The writer's, if it was not told before.
    pub fn finish(&self) -> io::Result<()> {
        let mut pen = lock(&self.pen);
        pen.finish();
        pen.trouble.take().map_or(Ok(()), Err)
    }
}

impl Pen {
    fn finish(&mut self) {
        let sha256 = self.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.write(&Line::End { lines: self.lines, sha256 });
        let flushed = self.out.as_mut().map_or(Ok(()), Write::flush);
        self.failed(flushed);
        self.out = None;
    }

    /// Writes the first line.
    fn begin(&mut self, anchor: Anchor) {
        let redaction = self.redactor.redaction();
        let header = Header::new(self.redactor.dialect(), self.settings.clone(), redaction, anchor);
        self.write(&header);
    }

    fn write(&mut self, line: &impl Serialize) {
        let Some(out) = &mut self.out else { return };
        let written = serde_json::to_string(line).map_err(io::Error::from).and_then(|text| {
            let text = self.redactor.line(&text) + "\n";
            self.hash.update(&text);
            self.lines += 1;
            out.write_all(text.as_bytes())
        });
        self.failed(written);
    }

    fn failed(&mut self, done: io::Result<()>) {
        if let Err(error) = done {
            self.out = None;
            self.trouble = Some(error);
        }
    }

    fn input(&mut self, input: &Input<'_>, t: u64) {
        let line = match *input {
            Input::Timeout => Line::Timeout { t },
            Input::Replied { request, result } => self.replied(t, request.0, result),
            Input::Token { request, result } => self.token(t, request.0, result),
            Input::Opened { conn } => Line::Opened { t, conn: conn.0 },
            Input::Frame { conn, frame } => self.redactor.frame(t, conn.0, frame),
            Input::Flushed { conn } => Line::Flushed { t, conn: conn.0 },
            Input::Closed { conn, how } => Line::Closed { t, conn: conn.0, how: self.how(how) },
            Input::Wall { wall } => Line::Wall { t, unix_ms: wall.0 },
            Input::Consumed { took } => Line::Consumed { t, took: nanos(took) },
            // An input of a later core: this recording ends before it.
            _ => return self.failed(Err(io::Error::other(FORMLESS))),
        };
        self.write(&line);
    }

    fn replied(&mut self, t: u64, request: u64, result: Result<Reply<'_>, Failure<'_>>) -> Line {
        match result {
            Ok(reply) => Line::Replied {
                t,
                request,
                status: reply.status,
                retry_after: reply.retry_after.map(|text| self.redactor.own(text)),
                date: reply.date.map(|text| self.redactor.own(text)),
                correlation: reply.correlation.map(|text| self.redactor.own(text)),
                quota: reply.quota.map(Into::into),
                body: self.redactor.answer(RequestId(request), reply.body),
            },
            Err(failure) => Line::Unreplied {
                t,
                request,
                network: names::of_network(failure.kind),
                detail: self.redactor.own(failure.detail),
            },
        }
    }

    fn token(&mut self, t: u64, request: u64, result: Result<Grant<'_>, NoToken<'_>>) -> Line {
        match result {
            Ok(grant) => {
                self.redactor.learn(grant.token);
                let length = grant.token.len();
                let token = if length == 0 { String::new() } else { standin::token(length) };
                let (lifetime, renew_in) = (nanos(grant.lifetime), grant.renew_in.map(nanos));
                Line::Token { t, request, token, lifetime, renew_in }
            }
            Err(none) => {
                let own = |text: &str| self.redactor.own(text);
                let cause =
                    none.cause.and_then(|cause| Why::of(cause, &own, &|text| self.redactor.peer(text)));
                // With a cause, it counts instead of the words, which repeat it.
                let why = if cause.is_some() { String::new() } else { own(none.why) };
                Line::NoToken { t, request, fatal: none.fatal, why, cause }
            }
        }
    }

    fn how(&self, how: Closed<'_>) -> How {
        let own = |text: &str| self.redactor.own(text);
        match how {
            Closed::Failed(failure) => {
                How::Failed { network: names::of_network(failure.kind), detail: own(failure.detail) }
            }
            Closed::Status { status, retry_after, date } => {
                How::Status { status, retry_after: retry_after.map(own), date: date.map(own) }
            }
            Closed::Frame { code, reason } => How::Frame { code, reason: self.redactor.peer(reason) },
            Closed::Protocol { code, detail } => How::Protocol { code, detail: own(detail) },
        }
    }

    fn command(&mut self, command: &Command<'_>, t: u64) {
        let line = match command {
            Command::Subscribe(subscription) => Line::Subscribe {
                t,
                interaction: subscription.only().map(|only| only.with_str(|name| self.redactor.name(name))),
                channels: subscription.only_channels().iter().map(|name| self.redactor.own(name)).collect(),
            },
            Command::Topics(topics) => {
                Line::Topics { t, topics: topics.iter().map(|it| self.redactor.topic(it.as_str())).collect() }
            }
            Command::Recovered(gap, events) => Line::Recovered {
                t,
                gap: gap.0,
                events: events.iter().map(|event| self.redactor.told(event)).collect(),
            },
            Command::Close => Line::Close { t },
            // A command of a later driver: this recording ends before it.
            _ => return self.failed(Err(io::Error::other(FORMLESS))),
        };
        self.write(&line);
    }
}

impl Tap for Recorder {
    fn began(&mut self, anchor: Anchor) {
        lock(&self.pen).begin(anchor);
    }

    fn input(&mut self, input: &Input<'_>, now: Instant) {
        lock(&self.pen).input(input, now.0);
    }

    fn command(&mut self, command: &Command<'_>, now: Instant) {
        lock(&self.pen).command(command, now.0);
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Send { message: Message::Ping(payload), .. } => lock(&self.pen).redactor.sent(*payload),
            Action::Call { request, call } => lock(&self.pen).redactor.calls(*request, call.url.expose()),
            Action::Cancel { request } => lock(&self.pen).redactor.cancels(*request),
            // Nothing of these is recorded, nor of an action of a later core.
            Action::Token { .. }
            | Action::Open { .. }
            | Action::Send { .. }
            | Action::Close { .. }
            | Action::Drop { .. }
            | _ => {}
        }
    }

    fn event(&mut self, event: &Event, now: Instant) {
        let mut pen = lock(&self.pen);
        let what = pen.redactor.own(&gist(event, pen.redactor.dialect()));
        pen.write(&Line::Taken { t: now.0, what });
    }

    fn waits(&mut self, _deadline: Option<Deadline>, _wants_read: bool) {}
}

impl Drop for Pen {
    /// Whoever forgets a recording has it whole all the same.
    fn drop(&mut self) {
        if self.out.is_some() {
            self.finish();
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("lines", &lock(&self.pen).lines).finish_non_exhaustive()
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn lock(pen: &Mutex<Pen>) -> MutexGuard<'_, Pen> {
    // After a panic in the middle of a line, the next one is told apart from it by the reader.
    pen.lock().unwrap_or_else(PoisonError::into_inner)
}
