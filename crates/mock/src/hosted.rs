//! The model that a server hosts: one of the two dialects.

use rosterline_core::Instant;
use rosterline_sim::{Answer, Cloud, ConnId, End, Input, Limits, Model, Output, Request, Server};

/// One of the two.
pub(crate) enum Hosted {
    Stream(Box<Server>),
    Notifications(Box<Cloud>),
}

/// Calls the function of the model, whichever it is.
macro_rules! either {
    ($self:ident, $model:ident => $call:expr) => {
        match $self {
            Hosted::Stream($model) => $call,
            Hosted::Notifications($model) => $call,
        }
    };
}

impl Hosted {
    pub(crate) fn request(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        either!(self, model => model.request(request, now))
    }

    pub(crate) fn open(&mut self, path: &str, now: Instant) -> Option<ConnId> {
        either!(self, model => Model::open(&mut **model, path, now))
    }

    pub(crate) fn handle(&mut self, conn: ConnId, input: Input<'_>, now: Instant) {
        either!(self, model => model.handle(conn, input, now));
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        either!(self, model => model.handle_timeout(now));
    }

    pub(crate) fn poll_output(&mut self, conn: ConnId) -> Option<Output> {
        either!(self, model => model.poll_output(conn))
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        either!(self, model => model.poll_timeout())
    }

    pub(crate) fn limits(&self) -> Limits {
        either!(self, model => model.limits())
    }

    pub(crate) fn stop(&mut self, end: &End, now: Instant) {
        either!(self, model => Model::stop(&mut **model, end, now));
    }

    /// The model of the `stream` dialect.
    pub(crate) fn stream(&mut self) -> Option<&mut Server> {
        match self {
            Self::Stream(server) => Some(server),
            Self::Notifications(_) => None,
        }
    }

    /// The model of the `notifications` dialect.
    pub(crate) fn cloud(&mut self) -> Option<&mut Cloud> {
        match self {
            Self::Stream(_) => None,
            Self::Notifications(cloud) => Some(cloud),
        }
    }
}
