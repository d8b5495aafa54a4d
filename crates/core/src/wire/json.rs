//! The JSON that is not read by hand: checked by `serde_json`, once, and looked into by [walking](super::walk) over it.
//!
//! Values are passed on as their raw text. Neither the check nor the walk recurses, so no depth of nesting can exhaust
//! the stack, and no number or string is judged before its field asks for it.

use alloc::borrow::Cow;
use alloc::string::String;

use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::index::Index;
use super::walk::{Value, Values};

/// A JSON value, without white space around it. It was checked together with the text that it stands in, so that whoever
/// looks into it need not look for faults again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a>(Value<'a>);

/// The values of the fields of an object that somebody asked for.
#[derive(Debug)]
pub(crate) struct Object<'a, const N: usize> {
    /// In the order of the names; of a field that stands twice, the last one.
    pub(crate) values: [Option<Json<'a>>; N],
    /// Which of them stand twice or more.
    pub(crate) twice: [bool; N],
}

impl<'a> Json<'a> {
    pub(crate) const NULL: Self = Self::of("null");

    /// Nothing is known of it but that it is a value.
    const fn of(text: &'a str) -> Self {
        Self(Value { text, spans: &[], is_plain: false })
    }

    /// Reads a text that is one value, but for white space. `None` if it is no JSON.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str::<&RawValue>(text).ok().map(|raw| Self::of(raw.get()))
    }

    /// The same with an index, for a text of which much is passed over.
    pub(crate) fn indexed(text: &'a str, index: &'a mut Index) -> Option<Self> {
        let Self(value) = Self::read(text)?;
        Some(Self(Value { spans: index.of(value.text), ..value }))
    }

    /// The same for a text in bytes.
    pub(crate) fn read_bytes(bytes: &'a [u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok().and_then(Self::read)
    }

    /// Reads the value that `text` starts with.
    pub(crate) fn first(text: &'a str) -> Option<Self> {
        let value: &RawValue = Deserializer::from_str(text).into_iter().next()?.ok()?;
        Some(Self::of(value.get()))
    }

    /// As it was written.
    pub(crate) const fn text(self) -> &'a str {
        self.0.text
    }

    pub(crate) fn is_null(self) -> bool {
        self.0.text == "null"
    }

    pub(crate) fn is_object(self) -> bool {
        self.0.text.starts_with('{')
    }

    pub(crate) fn is_string(self) -> bool {
        self.0.text.starts_with('"')
    }

    /// The text of a string; `None` if it is another value, or no Unicode (a lone surrogate).
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let inner = self.0.text.strip_prefix('"')?.strip_suffix('"')?;
        if !self.0.is_plain && inner.contains('\\') {
            return serde_json::from_str::<String>(self.0.text).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(inner))
    }

    /// The fields of an object that have these names. `None` if it is another value.
    pub(crate) fn object<const N: usize>(self, names: &[&str; N]) -> Option<Object<'a, N>> {
        let mut object = Object { values: [None; N], twice: [false; N] };
        self.fields(|key, value| {
            if let Some(field) = names.iter().position(|name| *name == key) {
                object.twice[field] |= object.values[field].replace(value).is_some();
            }
        })?;
        Some(object)
    }

    /// Calls `each` with the key and the value of every field of an object, but for keys that are no Unicode. `None` if it
    /// is another value.
    pub(crate) fn fields(self, mut each: impl FnMut(&str, Self)) -> Option<()> {
        let mut values = self.values(b'{')?;
        while let (Some(key), Some(value)) = (values.next(), values.next()) {
            if let Some(key) = key.string() {
                each(&key, value);
            }
        }
        Some(())
    }

    /// Calls `each` with every element of an array. `None` if it is another value.
    pub(crate) fn elements(self, each: impl FnMut(Self)) -> Option<()> {
        self.values(b'[')?.for_each(each);
        Some(())
    }

    fn values(self, open: u8) -> Option<impl Iterator<Item = Self>> {
        Some(Values::of(self.0, open)?.map(Self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// Any value, as somebody may have written it.
    fn written() -> impl Strategy<Value = String> {
        let space = || prop::sample::select(&["", "", "", " ", "\n\t", "\r  "][..]);
        let string =
            || r#"([a-zé😀,:{}\[\]]|\\["\\/bfnrt]|\\u[0-9a-f]{4}){0,20}"#.prop_map(|s| format!("\"{s}\""));
        let leaf = prop_oneof![
            string(),
            prop::sample::select(&["null", "true", "false", "0", "-1.5e+9", "12345678901234567890"][..])
                .prop_map(String::from),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            let part = (space(), inner.clone(), space()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
            let field = (space(), string(), space(), part.clone())
                .prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{value}"));
            prop_oneof![
                prop::collection::vec(part, 0..6).prop_map(|parts| format!("[{}]", parts.join(","))),
                prop::collection::vec(field, 0..6).prop_map(|fields| format!("{{{}}}", fields.join(","))),
                space().prop_map(|space| format!("[{space}]")),
                space().prop_map(|space| format!("{{{space}}}")),
            ]
        })
    }

    /// Looks into a value as deep as it goes, and holds what it sees against `serde_json`.
    fn same(json: Json<'_>) -> Result<(), TestCaseError> {
        prop_assert_eq!(Json::read(json.text()).map(Json::text), Some(json.text()));
        let elements = serde_json::from_str::<Vec<&RawValue>>(json.text()).ok();
        let mut seen = Vec::new();
        prop_assert_eq!(json.elements(|element| seen.push(element)).is_some(), elements.is_some());
        for (element, raw) in seen.iter().zip(elements.iter().flatten()) {
            prop_assert_eq!(element.text(), raw.get());
            same(*element)?;
        }
        prop_assert_eq!(seen.len(), elements.map_or(0, |elements| elements.len()));
        let mut fields = Vec::new();
        prop_assert_eq!(
            json.fields(|key, value| fields.push((key.to_string(), value))).is_some(),
            json.is_object()
        );
        for (_, value) in &fields {
            same(*value)?;
        }
        let Ok(serde_json::Value::Object(map)) = serde_json::from_str(json.text()) else { return Ok(()) };
        for (key, value) in &map {
            let found = json.object(&[key]).expect("an object").values[0].expect("is there");
            prop_assert_eq!(
                &serde_json::from_str::<serde_json::Value>(found.text()).expect("was read"),
                value
            );
            let times = fields.iter().filter(|(other, _)| other == key).count();
            prop_assert_eq!(json.object(&[key]).expect("an object").twice[0], times > 1);
        }
        fields.retain(|(key, _)| !map.contains_key(key));
        prop_assert!(fields.is_empty(), "{:?}", fields);
        Ok(())
    }

    proptest! {
        #[test]
        fn whoever_walks_sees_what_serde_json_reads(text in written()) {
            same(Json::read(&text).expect("is JSON"))?;
            same(Json::indexed(&text, &mut Index::default()).expect("is JSON"))?;
        }

        /// Nothing that was not checked is ever walked over. If it were, it would come to an end.
        #[test]
        fn what_is_no_json_is_walked_to_an_end(text in r#"[\[{"]["\\,:{}\[\] a1é\n]{0,30}"#) {
            let mut index = Index::default();
            for json in [Json::of(&text), Json(Value { spans: index.of(&text), ..Json::of(&text).0 })] {
                let _ = json.elements(|_| {});
                let _ = json.fields(|_, _| {});
            }
            if let Some(json) = Json::read(&text) {
                same(json)?;
            }
        }
    }

    #[test]
    fn a_value_is_of_one_kind() {
        for (text, kinds) in [
            ("[1]", [1, 0, 0, 0]),
            ("{}", [0, 1, 0, 0]),
            (r#""a""#, [0, 0, 1, 0]),
            ("null", [0, 0, 0, 1]),
            ("7", [0; 4]),
        ] {
            let json = Json::read(text).expect("is JSON");
            let is = [json.elements(|_| {}).is_some(), json.is_object(), json.is_string(), json.is_null()];
            assert_eq!(is.map(u8::from), kinds, "{text}");
            assert_eq!(json.object(&[]).is_some(), json.is_object());
            assert_eq!(json.string().is_some(), json.is_string());
        }
        assert_eq!(Json::read(" 7\n").map(Json::text), Some("7"));
        for text in ["", "7 8", "[1", "{\"a\":1,}", "[\"\u{1}\"]"] {
            assert_eq!(Json::read(text).map(Json::text), None, "{text}");
        }
        assert_eq!(Json::first("[1] [2").map(Json::text), Some("[1]"));
    }
}
