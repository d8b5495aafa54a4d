//! Runs a recording again.

use std::collections::VecDeque;
use std::fmt;
use std::io::BufRead;

use rosterline_core::config::Limits;
use rosterline_core::{Anchor, Config, Event, GapId, Instant, Misuse, Session, Stats, Topic};

use crate::gist::gist;
use crate::{Ending, Header, Line, Numbered, Reader, Redaction, Unreadable, feed, settings};

/// Drives a fresh session with what was recorded, and gives the events where the application took them.
///
/// An iterator over these events. It ends with the recording, or at the first [`Mismatch`].
pub struct Replay {
    source: Source,
    header: Header,
    session: Session,
    now: Instant,
    /// Events are taken as soon as they are there: nobody has recorded when.
    eager: bool,
    over: bool,
    strangers: u64,
    limits: Limits,
}

enum Source {
    File(Box<Reader>),
    List(VecDeque<Line>, u64),
}

/// An event that the application took, and when, on the session's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The event.
    pub event: Event,
    /// When it was taken.
    pub at: Instant,
}

/// Where the session does something else than it did when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The line in the recording.
    pub line: u64,
    /// What is different.
    pub what: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mismatch at line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for Mismatch {}

impl Replay {
    /// Reads the first line, and makes a session of it.
    ///
    /// # Errors
    /// It is no recording, or one of a later version of the format, or its settings make no session.
    pub fn open(source: impl BufRead + 'static) -> Result<Self, Unreadable> {
        let reader = Reader::open(source)?;
        let header = reader.header().clone();
        Self::new(Source::File(Box::new(reader)), header, false)
    }

    /// Replays lines that nobody has recorded. Events are taken as soon as they are there.
    pub(crate) fn of(header: Header, lines: Vec<Line>) -> Result<Self, Unreadable> {
        Self::new(Source::List(lines.into(), 1), header, true)
    }

    fn new(source: Source, header: Header, eager: bool) -> Result<Self, Unreadable> {
        let unfit = |wrong: Misuse| Unreadable::new(format!("its settings: {wrong}"));
        let mut config = header.config.config().map_err(unfit)?;
        if header.redaction == Redaction::Pseudonyms {
            make_room(&mut config);
        }
        let (began, limits) = (header.began(), config.limits.clone());
        let session = Session::new(config, began.at, began.wall).map_err(unfit)?;
        Ok(Self { source, header, session, now: began.at, eager, over: false, strangers: 0, limits })
    }

    /// What the first line says.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// When the session that was recorded was made.
    #[must_use]
    pub const fn began(&self) -> Anchor {
        self.header.began()
    }

    /// The time of the last line that was replayed, on the session's clock.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// What the session has counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.session.stats()
    }

    /// How the recording ends, once it was replayed; `None` before, and for what was never a recording.
    #[must_use]
    pub const fn ending(&self) -> Option<&Ending> {
        match &self.source {
            Source::File(reader) => reader.ending(),
            Source::List(..) => None,
        }
    }

    /// Lines of a kind that this release does not know. They were passed over.
    #[must_use]
    pub const fn strangers(&self) -> u64 {
        self.strangers
    }

    fn line(&mut self) -> Option<Numbered> {
        match &mut self.source {
            Source::File(reader) => reader.next(),
            Source::List(lines, number) => {
                *number += 1;
                lines.pop_front().map(|line| Numbered { number: *number, raw: String::new(), line })
            }
        }
    }

    /// Does what a line says. An event, if one was taken there.
    fn step(&mut self, line: &Line) -> Result<Option<Taken>, String> {
        if let Some(at) = line.time() {
            self.now = self.now.max(at);
        }
        match line {
            Line::Taken { t, what } => return self.taken(Instant(*t), what).map(Some),
            Line::Subscribe { interaction, channels, .. } => {
                let wanted = settings::subscription(interaction.as_deref(), channels);
                let wanted = wanted.map_err(|wrong| format!("the subscription: {wrong}"))?;
                self.session.subscribe(wanted, self.now);
            }
            Line::Topics { topics, .. } => {
                let topics: Result<Vec<Topic>, Misuse> =
                    topics.iter().map(|topic| Topic::new(topic)).collect();
                let topics = topics.map_err(|wrong| format!("the topics: {wrong}"))?;
                // Whether they could be set was the session's answer to its caller.
                let _ = self.session.set_topics(topics, self.now);
            }
            Line::Recovered { gap, events, .. } => {
                let events: Option<Vec<_>> = events.iter().map(crate::Told::presence).collect();
                let events = events.ok_or("a recovered event has no time that can be read")?;
                // Whether the gap was open is the session's answer to its caller, then as now.
                let _ = self.session.recovered(GapId(*gap), events, self.now);
            }
            Line::Close { .. } => self.session.close(self.now),
            Line::Unknown => self.strangers += 1,
            Line::End { .. } => {}
            Line::Timeout { .. }
            | Line::Replied { .. }
            | Line::Unreplied { .. }
            | Line::Token { .. }
            | Line::NoToken { .. }
            | Line::Opened { .. }
            | Line::Flushed { .. }
            | Line::Closed { .. }
            | Line::Wall { .. }
            | Line::Consumed { .. } => feed::input(&mut self.session, line, self.now),
            Line::Text { .. }
            | Line::Packed { .. }
            | Line::Binary { .. }
            | Line::Unreadable { .. }
            | Line::Ping { .. }
            | Line::Pong { .. } => {
                feed::frame(&mut self.session, line, self.now, self.header.dialect, &self.limits)?;
            }
        }
        while self.session.poll_action().is_some() {}
        Ok(None)
    }

    fn taken(&mut self, at: Instant, what: &str) -> Result<Taken, String> {
        let Some(event) = self.session.poll_event() else {
            return Err(format!("\"{what}\" was taken here, and the session has nothing to give"));
        };
        match gist(&event, self.header.dialect) {
            same if same == what => Ok(Taken { event, at }),
            other => Err(format!("\"{what}\" was taken here, and the session gives \"{other}\"")),
        }
    }
}

impl Iterator for Replay {
    type Item = Result<Taken, Mismatch>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            if self.eager {
                if let Some(event) = self.session.poll_event() {
                    return Some(Ok(Taken { event, at: self.now }));
                }
            }
            let Some(Numbered { number, line, .. }) = self.line() else {
                self.over = true;
                return None;
            };
            match self.step(&line) {
                Ok(None) => {}
                Ok(Some(taken)) => return Some(Ok(taken)),
                Err(what) => {
                    self.over = true;
                    return Some(Err(Mismatch { line: number, what }));
                }
            }
        }
        None
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("now", &self.now).field("over", &self.over).finish_non_exhaustive()
    }
}

/// A pseudonym can be longer than a short name, and a message that was small enough must stay so. What was too large
/// is recorded as such, and is made anew for the limits that there are.
fn make_room(config: &mut Config) {
    let limits = &mut config.limits;
    limits.inflated = limits.inflated.saturating_mul(8);
    limits.frame = limits.frame.saturating_mul(8).max(limits.inflated);
}
