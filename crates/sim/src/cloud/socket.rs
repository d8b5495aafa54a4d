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
    outbox: VecDeque<Output>,
    queued: usize,
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
    pub(super) fn new(channel: String, heartbeat: Duration, limits: Limits, now: Instant) -> Self {
        // Without any time between, it would beat for ever.
        let heartbeat = heartbeat.max(Duration::from_millis(1));
        let (outbox, next_beat) = (VecDeque::new(), now + heartbeat);
        Self {
            channel,
            outbox,
            queued: 0,
            over: false,
            next_beat,
            heartbeat,
            ending: None,
            last: None,
            held: Vec::new(),
            limits,
        }
    }

    pub(super) fn send(&mut self, text: String) {
        if self.over {
            return;
        }
        self.queued += text.len();
        self.outbox.push_back(Output::Send(Frame::Text(text)));
        if self.outbox.len() > self.limits.queued_frames || self.queued > self.limits.queued_bytes {
            self.outbox.clear();
            self.close(1013, "the client is too slow");
        }
    }

    /// Tells of a conversation. Whatever was held back comes after it.
    pub(super) fn tell(&mut self, text: String) {
        self.send(text);
        std::mem::take(&mut self.held).into_iter().for_each(|(_, late)| self.send(late));
    }

    /// Holds a frame back, so that the next one can overtake it.
    pub(super) fn hold(&mut self, text: String, now: Instant) {
        self.held.push((now + REORDER_MOST, text));
    }

    /// Sends what was held back for long enough.
    pub(super) fn release(&mut self, now: Instant) {
        while self.held.first().is_some_and(|(due, _)| *due <= now) {
            let (_, late) = self.held.remove(0);
            self.send(late);
        }
    }

    /// A word of the service about itself.
    pub(super) fn metadata(&mut self, message: &str) {
        self.send(
            json!({ "topicName": "channel.metadata", "eventBody": { "message": message } }).to_string(),
        );
    }

    pub(super) fn close(&mut self, code: u16, reason: &str) {
        self.finish(Output::Close(code, reason.to_owned()));
    }

    /// Ends without a close frame: what is queued is lost.
    pub(super) fn cut(&mut self) {
        self.outbox.clear();
        self.finish(Output::Abort);
    }

    pub(super) fn stall(&mut self) {
        self.outbox.clear();
        self.finish(Output::Stall);
    }

    fn finish(&mut self, output: Output) {
        if !self.over {
            self.outbox.push_back(output);
            (self.over, self.ending) = (true, None);
            self.held.clear();
        }
    }

    pub(super) fn beat(&mut self, now: Instant) {
        if !self.over && self.next_beat <= now {
            self.next_beat = now + self.heartbeat;
            self.metadata("WebSocket Heartbeat");
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let ending = self.ending.map(|(at, _)| at);
        let held = self.held.first().map(|(due, _)| *due);
        if self.over { None } else { ending.into_iter().chain(held).chain([self.next_beat]).min() }
    }

    pub(super) fn poll_output(&mut self) -> Option<Output> {
        let output = self.outbox.pop_front()?;
        if let Output::Send(frame) = &output {
            self.queued = self.queued.saturating_sub(frame.size());
        }
        Some(output)
    }
}
