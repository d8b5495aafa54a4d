//! One connection to a channel.

use std::collections::VecDeque;
use std::time::Duration;

use rosterline_core::Instant;
use serde::Deserialize;
use serde_json::json;

use super::plan::CloudEnd;
use crate::server::{Frame, Limits, Output};

/// A frame that is held back so that another can overtake it waits no longer than this.
const REORDER_MOST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Socket {
    /// The id of its channel, also after that is gone.
    pub(super) channel: String,
    /// What is still to be done with it, and when. What waits here when the client closes is never sent.
    outbox: VecDeque<(Instant, Output)>,
    queued: usize,
    /// So late does everything come.
    behind: Duration,
    /// Closed, cut or stalled: nothing is said or heard any more.
    pub(super) over: bool,
    next_beat: Instant,
    heartbeat: Duration,
    /// How it ends, and when.
    pub(super) ending: Option<(Instant, CloudEnd)>,
    /// The last frame of a conversation, for one that comes late.
    pub(super) last: Option<String>,
    /// Frames that the next one overtakes, and when they come if there is none.
    held: Vec<(Instant, String)>,
    limits: Limits,
}

/// What a client said.
pub(super) enum Said {
    Ping,
    Subscribe {
        topics: Vec<String>,
        correlation: Option<String>,
        add: bool,
    },
    /// Something that the service does not mind.
    Junk,
}

pub(super) fn parse(text: &str) -> Said {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Message {
        message: String,
        #[serde(default)]
        topics: Vec<String>,
        correlation_id: Option<String>,
    }
    match serde_json::from_str(text) {
        Ok(Message { message, topics, correlation_id: correlation }) => match message.as_str() {
            "ping" => Said::Ping,
            "subscribe" => Said::Subscribe { topics, correlation, add: true },
            "unsubscribe" => Said::Subscribe { topics, correlation, add: false },
            _ => Said::Junk,
        },
        Err(_) => Said::Junk,
    }
}

impl Socket {
    pub(super) fn new(
        channel: String,
        behind: Duration,
        heartbeat: Duration,
        limits: Limits,
        now: Instant,
    ) -> Self {
        // Without any time between, it would beat for ever.
        let heartbeat = heartbeat.max(Duration::from_millis(1));
        let (outbox, next_beat) = (VecDeque::new(), now + heartbeat);
        Self {
            channel,
            outbox,
            queued: 0,
            behind,
            over: false,
            next_beat,
            heartbeat,
            ending: None,
            last: None,
            held: Vec::new(),
            limits,
        }
    }

    pub(super) fn send(&mut self, text: String, now: Instant) {
        if self.over {
            return;
        }
        self.queued += text.len();
        self.outbox.push_back((now + self.behind, Output::Send(Frame::Text(text))));
        if self.outbox.len() > self.limits.queued_frames || self.queued > self.limits.queued_bytes {
            self.outbox.clear();
            self.close(1013, "the client is too slow", now);
        }
    }

    /// Tells of a conversation. Whatever was held back comes after it.
    pub(super) fn tell(&mut self, text: String, now: Instant) {
        self.send(text, now);
        self.release_all(now);
    }

    /// Holds a frame back, so that the next one can overtake it.
    pub(super) fn hold(&mut self, text: String, now: Instant) {
        self.held.push((now + REORDER_MOST, text));
    }

    /// Sends what was held back for long enough.
    pub(super) fn release(&mut self, now: Instant) {
        while self.held.first().is_some_and(|(due, _)| *due <= now) {
            let (_, late) = self.held.remove(0);
            self.send(late, now);
        }
    }

    /// Answers a ping. Whatever was held back comes before it.
    pub(super) fn answer(&mut self, now: Instant) {
        self.release_all(now);
        self.metadata("pong", now);
    }

    fn release_all(&mut self, now: Instant) {
        std::mem::take(&mut self.held).into_iter().for_each(|(_, late)| self.send(late, now));
    }

    /// A word of the service about itself.
    fn metadata(&mut self, message: &str, now: Instant) {
        let word = json!({ "topicName": "channel.metadata", "eventBody": { "message": message } });
        self.send(word.to_string(), now);
    }

    pub(super) fn close(&mut self, code: u16, reason: &str, now: Instant) {
        self.finish(Output::Close(code, reason.to_owned()), now + self.behind);
    }

    /// Ends without a close frame: what is queued is lost.
    pub(super) fn cut(&mut self) {
        self.outbox.clear();
        self.finish(Output::Abort, Instant::ZERO);
    }

    pub(super) fn stall(&mut self) {
        self.outbox.clear();
        self.finish(Output::Stall, Instant::ZERO);
    }

    fn finish(&mut self, output: Output, at: Instant) {
        if !self.over {
            self.outbox.push_back((at, output));
            (self.over, self.ending) = (true, None);
            self.held.clear();
        }
    }

    pub(super) fn beat(&mut self, now: Instant) {
        if !self.over && self.next_beat <= now {
            self.next_beat = now + self.heartbeat;
            self.metadata("WebSocket Heartbeat", now);
        }
    }

    pub(super) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let waits = self.outbox.front().map(|(at, _)| *at).filter(|at| *at > now);
        if self.over {
            return waits;
        }
        let ending = self.ending.map(|(at, _)| at);
        let held = self.held.first().map(|(due, _)| *due);
        waits.into_iter().chain(ending).chain(held).chain([self.next_beat]).min()
    }

    pub(super) fn poll_output(&mut self, now: Instant) -> Option<Output> {
        self.outbox.front().filter(|(at, _)| *at <= now)?;
        let (_, output) = self.outbox.pop_front()?;
        if let Output::Send(frame) = &output {
            self.queued = self.queued.saturating_sub(frame.size());
        }
        Some(output)
    }
}
