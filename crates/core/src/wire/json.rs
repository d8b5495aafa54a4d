//! The JSON that is not read by hand: thin covers over `serde_json`.
//!
//! Values are passed on as their raw text, which `serde_json` delimits without recursion. So no depth of
//! nesting can exhaust the stack, and no number or string is judged before its field asks for it.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// The raw values of the fields of an object that somebody asked for.
#[derive(Debug)]
pub(crate) struct Object<'a, const N: usize> {
    /// In the order of the names; of a field that stands twice, the last one.
    pub(crate) values: [Option<&'a str>; N],
    /// Which of them stand twice or more.
    pub(crate) twice: [bool; N],
}

/// Reads an object, which must be all of `text` but for white space. `None` for anything else.
pub(crate) fn object<'a, const N: usize>(text: &'a str, names: &[&str; N]) -> Option<Object<'a, N>> {
    let mut reader = Deserializer::from_str(text);
    let object = reader.deserialize_map(Names(names)).ok()?;
    reader.end().ok()?;
    Some(object)
}

/// Calls `each` with the raw key and the raw value of every field of an object, which must be all of `text`. `None` for
/// anything else; what came before the fault has been told by then.
pub(crate) fn fields<'a>(text: &'a str, each: impl FnMut(&'a str, &'a str)) -> Option<()> {
    let mut reader = Deserializer::from_str(text);
    reader.deserialize_map(Fields(each)).ok()?;
    reader.end().ok()
}

/// Calls `each` with the raw value of every element of an array, as [`fields`] does.
pub(crate) fn elements<'a>(text: &'a str, each: impl FnMut(&'a str)) -> Option<()> {
    let mut reader = Deserializer::from_str(text);
    reader.deserialize_seq(Elements(each)).ok()?;
    reader.end().ok()
}

/// The raw value that `text` starts with.
pub(crate) fn value(text: &str) -> Option<&str> {
    let value: &RawValue = Deserializer::from_str(text).into_iter().next()?.ok()?;
    Some(value.get())
}

/// The text of a raw value; `None` if it is no string, or one that is no Unicode (a lone surrogate).
pub(crate) fn string(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str::<String>(raw).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

struct Names<'n, const N: usize>(&'n [&'n str; N]);

impl<const N: usize> Names<'_, N> {
    /// A key is compared as it stands, unless it holds an escape.
    fn position(&self, key: &str) -> Option<usize> {
        let key = string(key)?;
        self.0.iter().position(|name| *name == key)
    }
}

impl<'a, const N: usize> Visitor<'a> for Names<'_, N> {
    type Value = Object<'a, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Object { values: [None; N], twice: [false; N] };
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            if let Some(field) = self.position(key.get()) {
                object.twice[field] |= object.values[field].replace(value.get()).is_some();
            }
        }
        Ok(object)
    }
}

struct Fields<F>(F);

impl<'a, F: FnMut(&'a str, &'a str)> Visitor<'a> for Fields<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            (self.0)(key.get(), value.get());
        }
        Ok(())
    }
}

struct Elements<F>(F);

impl<'a, F: FnMut(&'a str)> Visitor<'a> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element::<&RawValue>()? {
            (self.0)(value.get());
        }
        Ok(())
    }
}
