//! The fields of foreign objects: absent or null, as they should be, or wrong in a place that has a name.

use alloc::borrow::Cow;

use crate::rejected::Path;
use crate::wire::json::Json;
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
        json: Json<'a>,
        names: &[&str; N],
    ) -> Result<[Option<Json<'a>>; N], Wrong> {
        match json.object(names) {
            Some(object) if !object.twice.contains(&true) => {
                Ok(object.values.map(|value| value.filter(|json| !json.is_null())))
            }
            _ => Err(self.wrong(Reason::BadEvent)),
        }
    }

    /// The elements of a list here; none if it is absent.
    pub(super) fn list<'a>(
        self,
        field: &'static str,
        json: Option<Json<'a>>,
        each: impl FnMut(Json<'a>),
    ) -> Result<(), Wrong> {
        let Some(json) = json else { return Ok(()) };
        json.elements(each).ok_or_else(|| self.field(field).wrong(Reason::BadField))
    }

    pub(super) fn text<'a>(
        self,
        field: &'static str,
        json: Option<Json<'a>>,
    ) -> Result<Option<Cow<'a, str>>, Wrong> {
        let Some(json) = json else { return Ok(None) };
        match json.string() {
            Some(text) if text.len() <= MOST_TEXT => Ok(Some(text)),
            _ => Err(self.field(field).wrong(Reason::BadField)),
        }
    }

    pub(super) fn word(self, field: &'static str, json: Option<Json<'_>>) -> Result<Option<Word>, Wrong> {
        Ok(self.text(field, json)?.map(|text| Word::from(&*text)))
    }

    /// An id; one without letters is none.
    pub(super) fn id(self, field: &'static str, json: Option<Json<'_>>) -> Result<Option<Id>, Wrong> {
        Ok(self.text(field, json)?.filter(|text| !text.is_empty()).map(|text| Id::new(&text)))
    }

    /// An id that has to be there.
    pub(super) fn name(self, field: &'static str, json: Option<Json<'_>>) -> Result<Id, Wrong> {
        self.id(field, json)?.ok_or_else(|| self.field(field).wrong(Reason::MissingField))
    }

    /// A time that is written as a text.
    pub(super) fn time(
        self,
        field: &'static str,
        json: Option<Json<'_>>,
    ) -> Result<Option<Timestamp>, Wrong> {
        let Some(text) = self.text(field, json)? else { return Ok(None) };
        match Timestamp::parse(&text) {
            Some(at) => Ok(Some(at)),
            None => Err(self.field(field).wrong(Reason::BadTimestamp)),
        }
    }

    /// A time that is written as milliseconds since 1970.
    pub(super) fn epoch(
        self,
        field: &'static str,
        json: Option<Json<'_>>,
    ) -> Result<Option<UnixMillis>, Wrong> {
        let Some(json) = json else { return Ok(None) };
        match json.text().parse().map(UnixMillis) {
            Ok(at) if is_writable(at) => Ok(Some(at)),
            _ => Err(self.field(field).wrong(Reason::BadTimestamp)),
        }
    }

    /// A length in milliseconds.
    pub(super) fn millis(self, field: &'static str, json: Option<Json<'_>>) -> Result<Option<u64>, Wrong> {
        json.map(|json| json.text().parse())
            .transpose()
            .map_err(|_| self.field(field).wrong(Reason::BadField))
    }
}

/// Whether a time has a text: one of the years 0 to 9999.
pub(super) const fn is_writable(at: UnixMillis) -> bool {
    -62_167_219_200_000 <= at.0 && at.0 < 253_402_300_800_000
}
