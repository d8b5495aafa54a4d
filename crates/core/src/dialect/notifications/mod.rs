//! The `notifications` dialect (docs/notifications.md): what Genesys Cloud's notification service says, and how to ask
//! its REST API.
//!
//! [`frame::open`] opens a frame. A snapshot, a detail event and an answer of the API are each a
//! [`Report`](statement::Report): it makes statements about sessions, and the [`Book`](book::Book) knows which of them
//! is news, and says so as [`Told`](told::Told).

pub(crate) mod analytics;
pub(crate) mod book;
pub(crate) mod detail;
pub(crate) mod frame;
pub(crate) mod reply;
pub(crate) mod rest;
pub(crate) mod snapshot;
pub(crate) mod told;

mod field;
mod seat;
mod spelling;
mod statement;

pub(crate) use statement::{Report, Statement, Wrong};

use crate::Reason;
use crate::config::Limits;
use crate::wire::Body;
use crate::wire::index::Index;

/// Why a session of the `notifications` dialect does not open a message; `None` if it does (docs/notifications.md,
/// section 4).
#[must_use]
pub fn notification_refused(body: Body<'_>, limits: &Limits) -> Option<Reason> {
    frame::read(body, limits, &mut Index::default()).err()
}

#[cfg(test)]
mod tests;
