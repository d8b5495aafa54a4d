//! A test's hand on a running server.

use std::sync::Arc;

use rosterline_core::Instant;
use rosterline_sim::{Cloud, Counts, End, Fact, Filter, Frame, HttpFault, Told};

use crate::shared::Shared;

/// Makes a running [`MockServer`](crate::MockServer) do things, and tells what it has seen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Tells these events now to every connection whose subscription they pass.
    pub fn emit(&self, facts: Vec<Fact>) {
        self.shared.stream(|server, now| server.emit(facts, now));
    }

    /// Sends this text as it is to every subscribed connection. It is no part of the truth.
    pub fn send_text(&self, text: impl Into<String>) {
        let frame = Frame::Text(text.into());
        self.shared.stream(|server, now| server.send(&frame, now));
    }

    /// Sends these bytes as they are to every subscribed connection. They are no part of the truth.
    pub fn send_binary(&self, bytes: impl Into<Vec<u8>>) {
        let frame = Frame::Binary(bytes.into());
        self.shared.stream(|server, now| server.send(&frame, now));
    }

    /// Cuts every connection without a close frame (1006).
    pub fn cut_all(&self) {
        self.end_all(&End::Cut);
    }

    /// Closes every connection with this code and reason; a reason longer than 123 bytes is cut off there.
    pub fn close_all(&self, code: u16, reason: &str) {
        self.end_all(&End::Close(code, reason.to_owned()));
    }

    /// Stops reading and writing on every connection, but keeps it open.
    pub fn stall_all(&self) {
        self.end_all(&End::HalfOpen);
    }

    /// Stops reading on every connection, so that no ping is answered; events go on.
    pub fn deafen_all(&self) {
        self.end_all(&End::Deaf);
    }

    /// Lets this befall the next `count` token requests.
    pub fn fail_tokens(&self, count: u64, fault: HttpFault) {
        self.shared.stream(|server, _| server.fail_tokens(count, fault));
    }

    /// Lets this befall the next `count` opening handshakes.
    pub fn fail_upgrades(&self, count: u64, fault: HttpFault) {
        self.shared.stream(|server, _| server.fail_upgrades(count, fault));
    }

    /// What was counted so far: requests, connections, pings, frames.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.look(|model, _| match model.stream() {
            Some(server) => server.counts(),
            None => model.cloud().map(|cloud| cloud.counts()).unwrap_or_default(),
        })
    }

    /// The subscriptions that were accepted, the newest last.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<Filter> {
        self.shared.stream(|server, _| server.subscriptions().map(|(_, filter)| filter.clone()).collect())
    }

    /// The truth: every event so far, and which connections it was written to.
    #[must_use]
    pub fn sent(&self) -> Vec<Told> {
        self.shared.stream(|server, _| server.told().cloned().collect())
    }

    /// Whether a bounded number of [`interactions`](crate::Options::interactions) has happened to the end.
    #[must_use]
    pub fn exhausted(&self) -> bool {
        self.shared.look(|model, _| match model.stream() {
            Some(server) => server.exhausted(),
            None => model.cloud().is_some_and(|cloud| cloud.exhausted()),
        })
    }

    /// Waits until `met` holds of the counts; it is asked after everything that happens. For tests that
    /// would have to sleep otherwise.
    pub async fn until(&self, mut met: impl FnMut(&Counts) -> bool) {
        let mut changes = self.shared.changes();
        while !met(&self.counts()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// In the `notifications` dialect: does something with the model, and lets it act.
    pub fn cloud<T>(&self, act: impl FnOnce(&mut Cloud, Instant) -> T) -> T {
        self.shared.cloud(act)
    }

    fn end_all(&self, end: &End) {
        self.shared.act(|model, now| model.stop(end, now));
    }
}
