//! How the core's types are written in JSON: as the text they print.

use core::fmt::Display;
use core::time::Duration;

use rosterline_core::{GapCause, GapId, PresenceKind};
use serde::Serializer;

pub(crate) fn plain<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

pub(crate) fn maybe<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}

pub(crate) fn action<S: Serializer>(kind: &PresenceKind, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(kind.name())
}

pub(crate) fn cause<S: Serializer>(cause: &GapCause, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(cause.name())
}

pub(crate) fn gap_id<S: Serializer>(id: &GapId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(id.0)
}

pub(crate) fn millis<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
}

pub(crate) fn maybe_millis<S: Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => millis(value, to),
        None => to.serialize_none(),
    }
}
