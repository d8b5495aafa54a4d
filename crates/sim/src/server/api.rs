//! The REST API beside the stream: what a client asks that has missed something (docs/stream.md, section 7).

use std::time::Duration;

use rosterline_core::{Id, UnixMillis};

use super::{Answer, Request, Response, Server, archive};
use crate::analytics::{Analysed as _, details_query};
use crate::errors;

impl Server {
    pub(super) fn api(&mut self, request: &Request<'_>, path: &str) -> Answer {
        let (response, delay) = match self.permitted(request) {
            Err(refusal) => (refusal, Duration::ZERO),
            Ok(()) => match errors::spoiled(self.rules.queries.first()) {
                Err(response) => (response, Duration::ZERO),
                Ok(delay) => (self.answer_api(request, path), delay),
            },
        };
        Answer::Respond { response, delay }
    }

    fn permitted(&self, request: &Request<'_>) -> Result<(), Response> {
        let known = self.tokens.client(errors::bearer(request)?, self.now);
        known.map(|_| ()).ok_or_else(|| errors::refusal(401))
    }

    fn answer_api(&mut self, request: &Request<'_>, path: &str) -> Response {
        let (now, visible) = (self.wall(), self.visible());
        let one = |id: &str, until| archive::interaction(&self.truth, &Id::new(id), until);
        let of = |found: Option<String>| found.map_or_else(errors::not_found, |it| Response::json(200, it));
        let parts: Vec<&str> = path.split('/').collect();
        match (&parts[..], request.method) {
            (["analytics", "conversations", "details", "query"], "POST") => {
                details_query(request.body, self.archive.up_to(&self.truth, visible))
            }
            (["analytics", "conversations", id, "details"], "GET") => {
                of(one(id, visible).map(|it| (&it).document().into_owned()))
            }
            (["conversations", id], "GET") => of(one(id, now).map(|it| it.snapshot().to_string())),
            (["analytics", "conversations", "details", "query"], _) => errors::wrong_method("POST"),
            (["analytics", "conversations", _, "details"] | ["conversations", _], _) => {
                errors::wrong_method("GET")
            }
            _ => errors::not_found(),
        }
    }

    pub(super) fn wall(&self) -> UnixMillis {
        self.config.wall.after(self.now.since(self.epoch))
    }

    /// Up to when the analytics know everything.
    fn visible(&self) -> UnixMillis {
        self.wall().before(self.config.lag)
    }
}
