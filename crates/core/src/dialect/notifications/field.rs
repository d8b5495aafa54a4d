//! The fields of foreign objects: absent or null, as they should be, or wrong in a place that has a name.

use alloc::borrow::Cow;

use crate::rejected::Path;
use crate::wire::json;
use crate::{Id, Place, Reason, Timestamp, UnixMillis, Word};

use super::statement::Wrong;

/// Longer text in a field is no name of anything, in bytes: the book remembers it.
const MOST_TEXT: usize = 8 << 10;

impl Path {
    /// What is wrong here.
    pub(super) const fn wrong(self, reason: Reason) -> Wrong {
        (reason, Place::Path(self))
    }

    /// The values of an object here, in the order of `names`; null is absent.
    pub(super) fn object<'a, const N: usize>(
        self,
        raw: &'a str,
        names: &[&str; N],
    ) -> Result<[Option<&'a str>; N], Wrong> {
        match json::object(raw, names) {
            Some(object) if !object.twice.contains(&true) => {
                Ok(object.values.map(|value| value.filter(|raw| *raw != "null")))
            }
            _ => Err(self.wrong(Reason::BadEvent)),
        }
    }

    /// The elements of a list here; none if it is absent.
    pub(super) fn list<'a>(
        self,
        field: &'static str,
        raw: Option<&'a str>,
        each: impl FnMut(&'a str),
    ) -> Result<(), Wrong> {
        let Some(raw) = raw else { return Ok(()) };
        json::elements(raw, each).ok_or_else(|| self.field(field).wrong(Reason::BadField))
    }

    pub(super) fn text<'a>(
        self,
        field: &'static str,
        raw: Option<&'a str>,
    ) -> Result<Option<Cow<'a, str>>, Wrong> {
        let Some(raw) = raw else { return Ok(None) };
        match json::string(raw) {
            Some(text) if text.len() <= MOST_TEXT => Ok(Some(text)),
            _ => Err(self.field(field).wrong(Reason::BadField)),
        }
    }

    pub(super) fn word(self, field: &'static str, raw: Option<&str>) -> Result<Option<Word>, Wrong> {
        Ok(self.text(field, raw)?.map(|text| Word::from(&*text)))
    }

    /// An id; one without letters is none.
    pub(super) fn id(self, field: &'static str, raw: Option<&str>) -> Result<Option<Id>, Wrong> {
        Ok(self.text(field, raw)?.filter(|text| !text.is_empty()).map(|text| Id::new(&text)))
    }

    /// An id that has to be there.
    pub(super) fn name(self, field: &'static str, raw: Option<&str>) -> Result<Id, Wrong> {
        self.id(field, raw)?.ok_or_else(|| self.field(field).wrong(Reason::MissingField))
    }

    /// A time that is written as a text.
    pub(super) fn time(self, field: &'static str, raw: Option<&str>) -> Result<Option<Timestamp>, Wrong> {
        let Some(text) = self.text(field, raw)? else { return Ok(None) };
        match Timestamp::parse(&text) {
            Some(at) => Ok(Some(at)),
            None => Err(self.field(field).wrong(Reason::BadTimestamp)),
        }
    }

    /// A time that is written as milliseconds since 1970.
    pub(super) fn epoch(self, field: &'static str, raw: Option<&str>) -> Result<Option<UnixMillis>, Wrong> {
        let Some(raw) = raw else { return Ok(None) };
        match raw.parse().map(UnixMillis) {
            Ok(at) if is_writable(at) => Ok(Some(at)),
            _ => Err(self.field(field).wrong(Reason::BadTimestamp)),
        }
    }

    /// A length in milliseconds.
    pub(super) fn millis(self, field: &'static str, raw: Option<&str>) -> Result<Option<u64>, Wrong> {
        raw.map(str::parse).transpose().map_err(|_| self.field(field).wrong(Reason::BadField))
    }
}

/// Whether a time has a text: one of the years 0 to 9999.
pub(super) const fn is_writable(at: UnixMillis) -> bool {
    -62_167_219_200_000 <= at.0 && at.0 < 253_402_300_800_000
}
