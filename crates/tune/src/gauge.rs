//! Looks on at the session's door: how long frames wait before they are read, and how long nothing is read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{Action, Deadline, Event, Frame, Input, Instant};
use rosterline_driver::{Command, Tap};

use crate::load::Load;

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
pub(crate) struct Gauge {
    load: Load,
    now: Instant,
    /// Reading stands still since then.
    paused: Option<Instant>,
    pub(crate) paused_for: Duration,
    pub(crate) longest_pause: Duration,
    /// Sent and not read: with the network, and behind it with the server.
    outside: VecDeque<Sent>,
    outside_bytes: usize,
    pub(crate) most_outside: usize,
    pub(crate) most_outside_bytes: usize,
    read: VecDeque<Read>,
    /// Frames of the load that were read.
    pub(crate) frames: u64,
}

impl Gauge {
    /// A frame goes out.
    pub(crate) fn sent(&mut self, place: usize, now: Instant) {
        self.outside.push_back(Sent { place, at: now });
        self.outside_bytes += self.load.arrivals[place].text.len();
    }

    /// Whether reading stands still.
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Takes note of what is outside now, when everything was read that is to be.
    pub(crate) fn look(&mut self) {
        self.most_outside = self.most_outside.max(self.outside.len());
        self.most_outside_bytes = self.most_outside_bytes.max(self.outside_bytes);
    }

    /// When the frame was sent that brought an event. Of frames that were read at the same moment it is one, in their
    /// order, that has events left.
    pub(crate) fn sent_at(&mut self, arrived: Instant) -> Instant {
        while self.read.len() > 1 && self.read.front().is_some_and(|it| it.arrived < arrived || it.left == 0)
        {
            self.read.pop_front();
        }
        let Some(read) = self.read.front_mut().filter(|it| it.arrived == arrived) else { return arrived };
        read.left = read.left.saturating_sub(1);
        read.sent
    }

    /// The end of what is measured.
    pub(crate) fn finish(&mut self, now: Instant) {
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
pub(crate) struct Gauged(Arc<Mutex<Gauge>>);

impl Gauged {
    pub(crate) fn new(load: Load) -> Self {
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

    pub(crate) fn lock(&self) -> MutexGuard<'_, Gauge> {
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
            _ => {}
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
