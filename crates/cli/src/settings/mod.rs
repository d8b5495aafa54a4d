//! Settings: what they are, where they come from, and what they mean.
//!
//! Precedence: flag, environment, config file, default. The [`table`] names every setting once;
//! [`Settings`] holds what was given for each, as text, together with its origin, until the code that
//! needs a value parses it. So every error can name the setting, where it came from, and what to do.

mod file;
mod gather;
mod regions;
pub(crate) mod session;
pub(crate) mod show;
pub(crate) mod table;
mod urls;
pub(crate) mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub(crate) use gather::Sources;

use rosterline_render::escape::Escaped;

use table::{Key, Privacy};

/// Where a value came from. The order is that of precedence, the weakest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag,
}

impl Origin {
    /// How strong the origin is, whatever file or variable it names.
    fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File(_) => 1,
            Self::Environment(_) => 2,
            Self::Flag => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "config file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// What was given for one setting.
#[derive(Clone)]
pub(crate) struct Given {
    values: Vec<String>,
    pub(crate) origin: Origin,
}

/// A setting that is missing or wrong: exit 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    setting: String,
    origin: Option<Origin>,
    why: String,
}

impl Wrong {
    /// `why` says what is wrong and what to do; it never quotes a secret.
    pub(crate) fn new(setting: &str, origin: Option<Origin>, why: impl Into<String>) -> Self {
        Self { setting: setting.to_string(), origin, why: why.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped::new(&self.setting))?;
        if let Some(origin) = &self.origin {
            write!(f, " ({origin})")?;
        }
        write!(f, ": {}", Escaped::new(&self.why))
    }
}

/// Everything that was given, as text.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    given: BTreeMap<&'static str, Given>,
}

impl Settings {
    /// What was given for a setting; its default if there is one.
    pub(crate) fn given(&self, name: &str) -> Option<&Given> {
        debug_assert!(table::find(name).is_some(), "{name} is in the table");
        self.given.get(name)
    }

    /// The one value of a setting, as text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.given(name).and_then(|given| given.values.last()).map(String::as_str)
    }

    /// The values of a setting that takes several.
    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.given(name).map_or(&[], |given| &given.values)
    }

    /// The value of a setting, understood by `parse`.
    pub(crate) fn read<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Wrong> {
        self.text(name).map(|text| parse(text).map_err(|why| self.quote(name, text, &why))).transpose()
    }

    /// The same for a setting with a default.
    pub(crate) fn need<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, Wrong> {
        self.read(name, parse)?.ok_or_else(|| self.wrong(name, format!("is not set; give --{name}")))
    }

    /// Each value of a setting, understood by `parse`.
    pub(crate) fn read_all<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Wrong> {
        let each = |text: &String| parse(text).map_err(|why| self.quote(name, text, &why));
        self.list(name).iter().map(each).collect()
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, name: &'static str) -> Result<bool, Wrong> {
        Ok(self.read(name, values::yes_or_no)?.unwrap_or(false))
    }

    /// An error about a setting.
    pub(crate) fn wrong(&self, name: &str, why: impl Into<String>) -> Wrong {
        Wrong::new(name, self.given(name).map(|given| given.origin.clone()), why)
    }

    /// An error that quotes the value, if that may be shown.
    fn quote(&self, name: &str, text: &str, why: &str) -> Wrong {
        match table::find(name) {
            Some(Key { privacy: Privacy::Open, .. }) => self.wrong(name, format!("\"{text}\" {why}")),
            Some(Key { privacy: Privacy::Url, .. }) => {
                self.wrong(name, format!("\"{}\" {why}", show::without_password(text)))
            }
            Some(Key { privacy: Privacy::Secret, .. }) | None => self.wrong(name, format!("its value {why}")),
        }
    }
}

#[cfg(test)]
mod tests;
