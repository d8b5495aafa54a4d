//! One connection, from the opening handshake to its end.

use std::collections::VecDeque;
use std::time::Duration;

use rosterline_core::{Instant, Secret};

use super::config::Limits;
use super::wire::{Filter, Frame, Parcel, Said, widen};
use crate::faults::{DialogueFault, End, Ending, FrameFault};

/// A frame that is held back so that another can overtake it waits no longer than this.
const REORDER_MOST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Conn {
    phase: Phase,
    dialogue: Option<DialogueFault>,
    ending: Option<Ending>,
    timers: Timers,
    outbox: VecDeque<Output>,
    queued: usize,
    held: Vec<Held>,
    ack: Option<(Instant, Parcel)>,
    limits: Limits,
}

#[derive(Debug)]
enum Phase {
    Authenticating,
    Ready,
    Subscribed(Filter),
    /// Closed, cut or stalled: nothing is said or heard any more.
    Over,
}

#[derive(Debug, Default)]
struct Timers {
    authentication: Option<Instant>,
    expiry: Option<Instant>,
    end: Option<(Instant, End)>,
}

#[derive(Debug)]
struct Held {
    due: Instant,
    after_next: bool,
    parcel: Parcel,
}

/// What is to be done with a connection, within the model.
#[derive(Debug)]
pub(super) enum Output {
    Send(Parcel),
    Close(u16, String),
    Abort,
    Stall,
    Deafen,
}

/// What hearing a message led to, as far as it concerns the server.
pub(super) enum Heard {
    Nothing,
    Subscribed(Filter),
}

impl Conn {
    pub(super) fn new(
        dialogue: Option<DialogueFault>,
        ending: Option<Ending>,
        limits: Limits,
        now: Instant,
    ) -> Self {
        Self {
            phase: Phase::Authenticating,
            dialogue,
            ending,
            timers: Timers { authentication: Some(now + limits.authentication), ..Timers::default() },
            outbox: VecDeque::new(),
            queued: 0,
            held: Vec::new(),
            ack: None,
            limits,
        }
    }

    /// Hears a message. `good_until` tells until when a token is good; the connection ends with it if
    /// `close_expired`.
    pub(super) fn hear(
        &mut self,
        said: Said,
        good_until: impl Fn(&Secret) -> Option<Instant>,
        close_expired: bool,
        now: Instant,
    ) -> Heard {
        match (&self.phase, said) {
            (Phase::Over, _) => {}
            (Phase::Authenticating, Said::Token(token)) => {
                let until = good_until(&token);
                self.authenticate(until, close_expired);
            }
            (Phase::Authenticating, Said::Filter(_) | Said::Nonsense) => {
                self.refuse("the first message has to be {\"token\":…}", 1008);
            }
            (Phase::Ready | Phase::Subscribed(_), Said::Filter(filter)) => {
                return self.subscribe(filter, now);
            }
            (Phase::Ready | Phase::Subscribed(_), Said::Token(_)) => {
                self.answer("error", Some("already authenticated"));
            }
            (Phase::Ready | Phase::Subscribed(_), Said::Nonsense) => {
                self.answer("error", Some("message not understood"));
            }
        }
        Heard::Nothing
    }

    /// Takes the frames of one batch over, the true one last.
    pub(super) fn tell(&mut self, mut parcels: Vec<Parcel>, faults: &[FrameFault], now: Instant) {
        if faults.contains(&FrameFault::Duplicate) {
            parcels.extend(parcels.last().cloned());
        }
        let delay =
            faults.iter().find_map(|fault| if let FrameFault::Delay(by) = fault { Some(*by) } else { None });
        let reorder = faults.contains(&FrameFault::Reorder);
        if delay.is_some() || reorder {
            let due = now + delay.unwrap_or(REORDER_MOST);
            let hold = |parcel| Held { due, after_next: reorder && delay.is_none(), parcel };
            self.held.extend(parcels.into_iter().map(hold));
            return;
        }
        for parcel in parcels {
            self.send(parcel);
        }
        self.release(|held| held.after_next);
    }

    pub(super) fn send(&mut self, parcel: Parcel) {
        if matches!(self.phase, Phase::Over) {
            return;
        }
        self.queued += parcel.frame.size();
        self.outbox.push_back(Output::Send(parcel));
        if self.outbox.len() > self.limits.queued_frames || self.queued > self.limits.queued_bytes {
            self.outbox.clear();
            self.end(End::Close(1013, "the client is too slow".into()));
        }
    }

    /// Ends the connection; behind what is queued for it, as far as the end lets that through.
    pub(super) fn end(&mut self, end: End) {
        if matches!(self.phase, Phase::Over) {
            return;
        }
        let output = match end {
            End::Deaf => return self.outbox.push_back(Output::Deafen),
            End::Close(code, reason) => Output::Close(code, reason),
            End::Cut => Output::Abort,
            End::HalfOpen => Output::Stall,
        };
        if !matches!(output, Output::Close(..)) {
            self.outbox.clear();
        }
        self.outbox.push_back(output);
        self.phase = Phase::Over;
        self.timers = Timers::default();
        self.held.clear();
        self.ack = None;
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.timers.authentication) {
            return self.refuse("authentication timed out", 1008);
        }
        self.release(|held| held.due <= now);
        if self.ack.as_ref().is_some_and(|(at, _)| *at <= now) {
            let ack = self.ack.take();
            ack.into_iter().for_each(|(_, parcel)| self.send(parcel));
        }
        if let Some((_, end)) = self.timers.end.take_if(|(at, _)| *at <= now) {
            self.end(end);
        }
        if due(self.timers.expiry) {
            self.end(End::Close(4401, "token expired".into()));
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let end = self.timers.end.as_ref().map(|(at, _)| *at);
        let ack = self.ack.as_ref().map(|(at, _)| *at);
        let held = self.held.iter().map(|held| held.due);
        let one = [self.timers.authentication, self.timers.expiry, end, ack];
        one.into_iter().flatten().chain(held).min()
    }

    pub(super) fn poll_output(&mut self) -> Option<Output> {
        let output = self.outbox.pop_front()?;
        if let Output::Send(parcel) = &output {
            self.queued = self.queued.saturating_sub(parcel.frame.size());
        }
        Some(output)
    }

    /// What it is subscribed to, if it is.
    pub(super) fn filter(&self) -> Option<&Filter> {
        match &self.phase {
            Phase::Subscribed(filter) => Some(filter),
            Phase::Authenticating | Phase::Ready | Phase::Over => None,
        }
    }

    fn authenticate(&mut self, good_until: Option<Instant>, close_expired: bool) {
        if self.dialogue == Some(DialogueFault::IgnoreToken) {
            self.timers.authentication = None;
            return;
        }
        if let Some(DialogueFault::RefuseToken(message)) = &self.dialogue {
            let message = message.clone();
            return self.refuse(&message, 4401);
        }
        let Some(until) = good_until else { return self.refuse("invalid token", 4401) };
        self.timers.authentication = None;
        self.timers.expiry = close_expired.then_some(until);
        self.phase = Phase::Ready;
        self.answer("connected", None);
    }

    fn subscribe(&mut self, filter: Filter, now: Instant) -> Heard {
        match &self.dialogue {
            Some(DialogueFault::RefuseSubscription(message)) => {
                let message = message.clone();
                self.refuse(&message, 1008);
                return Heard::Nothing;
            }
            Some(DialogueFault::IgnoreSubscription) => return Heard::Nothing,
            Some(DialogueFault::LateAck(delay)) => {
                let text = self.status("subscribed", None);
                self.ack = Some((now + *delay, Parcel::plain(Frame::Text(text))));
            }
            None
            | Some(DialogueFault::RefuseToken(_) | DialogueFault::IgnoreToken | DialogueFault::ExtraFields) =>
            {
                self.answer("subscribed", None);
            }
        }
        self.phase = Phase::Subscribed(filter.clone());
        if let Some(ending) = self.ending.take() {
            self.timers.end = Some((now + ending.after, ending.end));
        }
        Heard::Subscribed(filter)
    }

    fn refuse(&mut self, message: &str, code: u16) {
        self.answer("error", Some(message));
        self.end(End::Close(code, message.chars().take(30).collect()));
    }

    fn answer(&mut self, status: &str, message: Option<&str>) {
        let text = self.status(status, message);
        self.send(Parcel::plain(Frame::Text(text)));
    }

    fn status(&self, status: &str, message: Option<&str>) -> String {
        let mut answer = serde_json::json!({ "status": status });
        if let Some(message) = message {
            answer["message"] = message.into();
        }
        let text = answer.to_string();
        if self.dialogue == Some(DialogueFault::ExtraFields) { widen(&text) } else { text }
    }

    fn release(&mut self, ready: impl Fn(&Held) -> bool) {
        let held = std::mem::take(&mut self.held);
        let (ready, held): (Vec<_>, Vec<_>) = held.into_iter().partition(ready);
        self.held = held;
        for held in ready {
            self.send(held.parcel);
        }
    }
}
