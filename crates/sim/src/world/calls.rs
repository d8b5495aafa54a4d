//! The requests of a session: which are on their way, and when what was asked about a gap came back.

use std::collections::BTreeSet;

use rosterline_core::{Call, Instant, RequestId};

use crate::server::TOKEN_PATH;

/// What is known of the requests of a session.
#[derive(Debug, Default)]
pub(super) struct Calls {
    waiting: Vec<(RequestId, &'static str)>,
    /// When answers came that may have filled a gap.
    filled: BTreeSet<Instant>,
}

impl Calls {
    /// Takes note of a request. What it asks for, and whether another one asks for the same.
    pub(super) fn asks(&mut self, request: RequestId, call: &Call) -> (&'static str, bool) {
        let what = if call.url.expose().ends_with(TOKEN_PATH) { "token" } else { "repair" };
        let is_second = self.waiting.iter().any(|(_, other)| *other == what);
        self.waiting.push((request, what));
        (what, is_second)
    }

    pub(super) fn cancels(&mut self, request: RequestId) {
        self.waiting.retain(|(other, _)| *other != request);
    }

    pub(super) fn answered(&mut self, request: RequestId, now: Instant) {
        let at = self.waiting.iter().position(|(other, _)| *other == request);
        if at.is_some_and(|at| self.waiting.swap_remove(at).1 == "repair") {
            self.filled.insert(now);
        }
    }

    /// Whether an event that arrived then may have been brought by an answer.
    pub(super) fn may_have_brought(&self, arrived: Instant) -> bool {
        self.filled.contains(&arrived)
    }
}
