//! What arrives: frames with their times, from a recording or made up.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Decoder, Stamp};
use rosterline_core::{Instant, UnixMillis};
use rosterline_recording::{Dialect, Ending, Line, Reader};
use serde::Deserialize;

use crate::trial;

/// No recording lasts longer: its times would be wrong, and every trial would take hours.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// One frame.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// When it arrives, from the first one on.
    pub(crate) at: Duration,
    pub(crate) text: String,
}

/// Frames with events, and when they arrive. Cheap to clone.
#[derive(Clone)]
pub struct Load {
    /// The protocol that they are written in.
    pub dialect: Dialect,
    /// The time of day of the first.
    pub(crate) wall: UnixMillis,
    pub(crate) arrivals: Arc<[Arrival]>,
    /// The joins and leaves that each of them brings to a session that misses nothing.
    pub(crate) events: Arc<[u32]>,
    /// Frames of the recording that are not part of it: their content was not recorded, or could not be opened.
    pub left_out: u64,
    /// What is to be known of the recording, if it is not whole.
    pub remark: Option<String>,
}

/// Why there is no load in what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLoad(String);

impl NoLoad {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for NoLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoLoad {}

impl Load {
    /// The frames of a recording that hold events, at the times at which they were read.
    ///
    /// Answers, heartbeats and everything about channels are left out: the session that is measured has a server of its
    /// own. So are frames whose content is not in the recording.
    ///
    /// # Errors
    /// There is no frame with events in it, or its times cannot be right.
    pub fn of_recording(mut reader: Reader) -> Result<Self, NoLoad> {
        let (dialect, began) = (reader.header().dialect, reader.header().began());
        let mut sieve = Sieve::new(dialect);
        let mut arrivals: Vec<Arrival> = Vec::new();
        let mut first = None;
        for numbered in reader.by_ref() {
            let Some((t, text)) = sieve.frame(numbered.line) else { continue };
            let at = Instant(t);
            let at = at.since(*first.get_or_insert(at));
            // The times of a file can be anything; what was recorded never goes back.
            let at = arrivals.last().map_or(at, |last| last.at.max(at));
            arrivals.push(Arrival { at, text });
        }
        if arrivals.is_empty() {
            return Err(NoLoad::new("there is no frame with events in it; record a session that has some"));
        }
        if arrivals.last().is_some_and(|last| last.at > LONGEST) {
            return Err(NoLoad::new("it lasts more than a year; its times cannot be right"));
        }
        let wall = began.wall_at(first.unwrap_or(began.at));
        let remark = reader.ending().filter(|it| **it != Ending::Whole).map(ToString::to_string);
        let mut load = Self::new(dialect, wall, arrivals)?;
        (load.left_out, load.remark) = (sieve.left_out, remark);
        Ok(load)
    }

    /// Counts what each frame brings, by a session that takes everything at once.
    pub(crate) fn new(dialect: Dialect, wall: UnixMillis, arrivals: Vec<Arrival>) -> Result<Self, NoLoad> {
        let events = vec![0; arrivals.len()].into();
        let mut load = Self { dialect, wall, arrivals: arrivals.into(), events, left_out: 0, remark: None };
        load.events = trial::weigh(&load).into();
        match load.offered() {
            0 => Err(NoLoad::new(
                "none of its frames brings a join or a leave; record a session that has some",
            )),
            _ => Ok(load),
        }
    }

    /// How many frames there are.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.arrivals.len()
    }

    /// How many joins and leaves they bring.
    #[must_use]
    pub fn offered(&self) -> u64 {
        self.events.iter().map(|count| u64::from(*count)).sum()
    }

    /// From the first frame to the last.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.arrivals.last().map_or(Duration::ZERO, |last| last.at)
    }

    /// Joins and leaves a second, on average. A load without length counts as one second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let seconds = self.length().as_secs_f64();
        self.offered() as f64 / if seconds > 0.0 { seconds } else { 1.0 }
    }

    /// Joins and leaves in each of `count` equal parts of its length.
    #[must_use]
    pub fn profile(&self, count: usize) -> Vec<u64> {
        let length = self.length().as_nanos().max(1);
        let mut parts = vec![0; count.max(1)];
        let last = parts.len() - 1;
        for (arrival, events) in self.arrivals.iter().zip(self.events.iter()) {
            let part = arrival.at.as_nanos() * parts.len() as u128 / length;
            parts[usize::try_from(part).unwrap_or(last).min(last)] += u64::from(*events);
        }
        parts
    }

    /// The most joins and leaves that arrive within a time of this length.
    #[must_use]
    pub fn most_within(&self, time: Duration) -> u64 {
        self.window(time).0
    }

    /// As many of the frames one after the other as arrive within a time of this length, where they bring most: how much that
    /// is, and which.
    fn window(&self, time: Duration) -> (u64, Range<usize>) {
        let (mut best, mut sum, mut oldest) = ((0, 0..0), 0, 0);
        for (newest, arrival) in self.arrivals.iter().enumerate() {
            sum += u64::from(self.events[newest]);
            while arrival.at.saturating_sub(self.arrivals[oldest].at) > time {
                sum -= u64::from(self.events[oldest]);
                oldest += 1;
            }
            if sum > best.0 {
                best = (sum, oldest..newest + 1);
            }
        }
        best
    }

    /// The part of it, no longer than `time`, in which most arrives; itself, if it is shorter.
    #[must_use]
    pub fn busiest(&self, time: Duration) -> Self {
        if self.length() <= time {
            return self.clone();
        }
        let (_, frames) = self.window(time);
        let part = &self.arrivals[frames.clone()];
        let start = part.first().map_or(Duration::ZERO, |first| first.at);
        let arrivals = part.iter().map(|it| Arrival { at: it.at - start, text: it.text.clone() }).collect();
        Self { arrivals, events: self.events[frames].into(), wall: self.wall.after(start), ..self.clone() }
    }

    /// Each frame with its time, for who sends them in real time.
    pub fn frames_in_order(&self) -> impl Iterator<Item = (Duration, &str)> {
        self.arrivals.iter().map(|arrival| (arrival.at, &*arrival.text))
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load")
            .field("dialect", &self.dialect)
            .field("frames", &self.frames())
            .finish_non_exhaustive()
    }
}

/// Tells frames with events from everything else.
struct Sieve {
    dialect: Dialect,
    decoder: Decoder,
    limits: Limits,
    left_out: u64,
}

impl Sieve {
    fn new(dialect: Dialect) -> Self {
        // Pseudonyms may be longer than names; what was small enough stays so.
        let limits = Limits { frame: 64 << 20, inflated: 64 << 20, ..Limits::default() };
        Self { dialect, decoder: Decoder::new(), limits, left_out: 0 }
    }

    /// The time and the text of a frame with events.
    fn frame(&mut self, line: Line) -> Option<(u64, String)> {
        if let Line::Binary { .. } | Line::Unreadable { .. } = line {
            self.left_out += 1;
        }
        let (Line::Text { t, text, .. } | Line::Packed { t, text, .. }) = line else { return None };
        let wanted = match self.dialect {
            Dialect::Stream => {
                let stamp = Stamp { arrived: Instant::ZERO, received: UnixMillis(0) };
                let content = self.decoder.decode(Body::Text(&text), stamp, &self.limits, false);
                content.is_ok_and(|content| content.has_events && content.answer.is_none())
            }
            Dialect::Notifications => is_told(&text),
        };
        wanted.then_some((t, text))
    }
}

/// Whether a frame of the `notifications` dialect tells of something else than the channel itself.
fn is_told(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Frame {
        #[serde(rename = "topicName")]
        topic: Option<String>,
    }
    let frame: Option<Frame> = serde_json::from_str(text).ok();
    let topic = frame.and_then(|frame| frame.topic).unwrap_or_default();
    let about_channel = topic.starts_with("v2.system.") || topic == "v2.subscription.updated";
    topic.starts_with("v2.") && !about_channel
}
