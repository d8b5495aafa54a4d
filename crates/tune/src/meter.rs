//! Looks on at a session, whatever drives it: how long frames wait before they are read and events before they are taken, and
//! how much waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{Action, Deadline, Event, Frame, Input, Instant, Presence, Stats};
use rosterline_driver::{Command, Tap};

use crate::consumer::Worked;
use crate::load::Load;
use crate::trial::{Measured, Spread, nanos};

/// Measures a session while a load goes through it. All times are on the session's clock.
#[derive(Debug)]
pub struct Meter {
    gauge: Gauged,
    began: Instant,
    last_taken: Instant,
    /// Frames that had been read when the buffer was looked at.
    frames: u64,
    waits: Vec<u64>,
    ages: Vec<u64>,
    measured: Measured,
}

impl Meter {
    /// For a session through which this load is to go.
    #[must_use]
    pub fn new(load: &Load) -> Self {
        Self {
            gauge: Gauged::new(load.clone()),
            began: Instant::ZERO,
            last_taken: Instant::ZERO,
            frames: 0,
            waits: Vec::new(),
            ages: Vec::new(),
            measured: Measured { offered: load.offered(), ..Measured::default() },
        }
    }

    /// What has to look on at the session's door.
    #[must_use]
    pub fn tap(&self) -> Box<dyn Tap> {
        Box::new(self.gauge.clone())
    }

    /// The load begins.
    pub fn begin(&mut self, now: Instant) {
        (self.began, self.last_taken) = (now, now);
    }

    /// The server sends the frame at this place of the load.
    pub fn sent(&self, place: usize, now: Instant) {
        self.gauge.lock().sent(place, now);
    }

    /// What tells of a sending, for whoever sends elsewhere.
    pub fn sender(&self) -> impl Fn(usize, Instant) + Send + use<> {
        let gauge = self.gauge.clone();
        move |place, now| gauge.lock().sent(place, now)
    }

    /// The application has taken an event.
    pub fn took(&mut self, presence: &Presence, now: Instant) {
        let sent = self.gauge.lock().sent_at(presence.arrived);
        self.waits.push(nanos(now.since(presence.arrived)));
        self.ages.push(nanos(now.since(sent)));
        self.last_taken = now;
    }

    /// Looks at the buffer, if frames were read since the last time: it grows by nothing else.
    pub fn sample(&mut self, stats: impl FnOnce() -> Stats) {
        let frames = {
            let mut gauge = self.gauge.lock();
            gauge.look();
            gauge.frames
        };
        if frames != std::mem::replace(&mut self.frames, frames) {
            let stats = stats();
            self.measured.peak_events = self.measured.peak_events.max(stats.buffered);
            self.measured.peak_bytes = self.measured.peak_bytes.max(stats.buffered_bytes);
        }
    }

    /// Whether reading stands still.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.gauge.lock().is_paused()
    }

    /// The end. `ended`: the session was over before the load.
    #[must_use]
    pub fn finish(self, stats: &Stats, worked: Worked, ended: bool, now: Instant) -> Measured {
        let mut gauge = self.gauge.lock();
        gauge.finish(now);
        Measured {
            delivered: stats.delivered,
            dropped: stats.dropped,
            gaps: stats.gaps,
            lost: self.measured.offered.saturating_sub(stats.delivered),
            wait: Spread::of(self.waits),
            age: Spread::of(self.ages),
            paused: gauge.paused_for,
            longest_pause: gauge.longest_pause,
            outside: gauge.most_outside as u64,
            outside_bytes: gauge.most_outside_bytes as u64,
            busy: worked.busy,
            idle: worked.idle,
            lasted: self.last_taken.since(self.began),
            ended,
            ..self.measured
        }
    }
}

/// A frame that was sent.
#[derive(Clone, Copy, Debug)]
struct Sent {
    /// Its place in the load.
    place: usize,
    at: Instant,
}

/// A frame that was read.
#[derive(Debug)]
struct Read {
    sent: Instant,
    arrived: Instant,
    /// How many of its events are not taken yet, at most.
    left: u32,
}

/// What is measured at the door.
#[derive(Debug)]
struct Gauge {
    load: Load,
    now: Instant,
    /// Reading stands still since then.
    paused: Option<Instant>,
    paused_for: Duration,
    longest_pause: Duration,
    /// Sent and not read: with the network, and behind it with the server.
    outside: VecDeque<Sent>,
    outside_bytes: usize,
    most_outside: usize,
    most_outside_bytes: usize,
    read: VecDeque<Read>,
    /// Frames of the load that were read.
    frames: u64,
}

impl Gauge {
    /// A frame goes out.
    fn sent(&mut self, place: usize, now: Instant) {
        self.outside.push_back(Sent { place, at: now });
        self.outside_bytes += self.load.arrivals[place].text.len();
    }

    /// Whether reading stands still.
    const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Takes note of what is outside now, when everything was read that is to be.
    fn look(&mut self) {
        self.most_outside = self.most_outside.max(self.outside.len());
        self.most_outside_bytes = self.most_outside_bytes.max(self.outside_bytes);
    }

    /// When the frame was sent that brought an event. Of frames that were read at the same moment it is one, in their
    /// order, that has events left.
    fn sent_at(&mut self, arrived: Instant) -> Instant {
        while self.read.len() > 1 && self.read.front().is_some_and(|it| it.arrived < arrived || it.left == 0)
        {
            self.read.pop_front();
        }
        let Some(read) = self.read.front_mut().filter(|it| it.arrived == arrived) else { return arrived };
        read.left = read.left.saturating_sub(1);
        read.sent
    }

    /// The end of what is measured.
    fn finish(&mut self, now: Instant) {
        self.resume(now);
    }

    fn resume(&mut self, now: Instant) {
        if let Some(since) = self.paused.take() {
            let pause = now.since(since);
            self.paused_for += pause;
            self.longest_pause = self.longest_pause.max(pause);
        }
    }

    /// A text was read. What is no frame of the load is an answer, or a sign of life.
    fn read(&mut self, text: &str, now: Instant) {
        let same = |sent: &Sent| self.load.arrivals[sent.place].text == text;
        // Those before it were sent while nobody listened.
        let Some(found) = self.outside.iter().position(same) else { return };
        for Sent { place, at } in self.outside.drain(..=found) {
            self.outside_bytes -= self.load.arrivals[place].text.len();
            if self.load.arrivals[place].text == text {
                self.read.push_back(Read { sent: at, arrived: now, left: self.load.events[place] });
            }
        }
        self.frames += 1;
    }

    /// The connection is gone, and what was on its way.
    fn gone(&mut self) {
        self.outside.clear();
        self.outside_bytes = 0;
    }
}

/// The tap, and whoever asks it.
#[derive(Clone, Debug)]
struct Gauged(Arc<Mutex<Gauge>>);

impl Gauged {
    fn new(load: Load) -> Self {
        Self(Arc::new(Mutex::new(Gauge {
            load,
            now: Instant::ZERO,
            paused: None,
            paused_for: Duration::ZERO,
            longest_pause: Duration::ZERO,
            outside: VecDeque::new(),
            outside_bytes: 0,
            most_outside: 0,
            most_outside_bytes: 0,
            read: VecDeque::new(),
            frames: 0,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Gauge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tap for Gauged {
    fn input(&mut self, input: &Input<'_>, now: Instant) {
        let mut gauge = self.lock();
        gauge.now = now;
        match input {
            Input::Frame { frame: Frame::Text(text), .. } => gauge.read(text, now),
            Input::Closed { .. } => gauge.gone(),
            Input::Timeout
            | Input::Replied { .. }
            | Input::Token { .. }
            | Input::Opened { .. }
            | Input::Frame { .. }
            | Input::Flushed { .. }
            | Input::Consumed { .. }
            // Of a later core.
            | _ => {}
        }
    }

    fn command(&mut self, _: &Command<'_>, now: Instant) {
        self.lock().now = now;
    }

    fn action(&mut self, action: &Action) {
        if let Action::Drop { .. } = action {
            self.lock().gone();
        }
    }

    fn event(&mut self, _: &Event, now: Instant) {
        self.lock().now = now;
    }

    fn waits(&mut self, _: Option<Deadline>, wants_read: bool) {
        let mut gauge = self.lock();
        let now = gauge.now;
        if wants_read {
            gauge.resume(now);
        } else {
            gauge.paused.get_or_insert(now);
        }
    }
}
