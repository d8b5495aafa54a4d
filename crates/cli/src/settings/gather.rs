//! From the four sources to one set of settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ArgMatches;

use super::table::{KEYS, Key, Kind, Privacy};
use super::{Given, Origin, Settings, Wrong, file};

/// Where settings come from. The environment is a function, so that tests bring their own.
pub(crate) struct Sources<'a> {
    pub(crate) flags: &'a ArgMatches,
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The bit of the command, or several.
    pub(crate) command: u8,
}

impl Sources<'_> {
    /// Reads all of them.
    pub(crate) fn gather(&self) -> Result<Settings, Wrong> {
        let from_file = self.file()?;
        let mut given = BTreeMap::new();
        for key in KEYS.iter().filter(|key| key.is_for(self.command)) {
            let found = self
                .flag(key)
                .or_else(|| self.environment(key))
                .or_else(|| from_file.get(key.name).cloned())
                .or_else(|| default(key));
            if let Some(found) = found {
                given.insert(key.name, found);
            }
        }
        Ok(Settings { given })
    }

    fn file(&self) -> Result<BTreeMap<&'static str, Given>, Wrong> {
        let named = self.flags.try_get_one::<PathBuf>("config").ok().flatten().cloned();
        match named.or_else(|| self.set_variable("ROSTERLINE_CONFIG").map(PathBuf::from)) {
            Some(path) => file::read(&path, true),
            None => match file::default_path(self.variable) {
                Some(path) => file::read(&path, false),
                None => Ok(BTreeMap::new()),
            },
        }
    }

    fn flag(&self, key: &Key) -> Option<Given> {
        let values = match (key.privacy, key.kind) {
            (Privacy::Secret, _) => return None,
            (_, Kind::One | Kind::Many) => {
                let values = self.flags.try_get_many::<String>(key.name).ok()??;
                values.flat_map(|text| file::split(key, text)).collect()
            }
            (_, Kind::Switch) => {
                let on = self.flags.try_get_one::<bool>(key.name).ok()?.copied()?;
                on.then(|| vec!["true".to_string()])?
            }
            (_, Kind::Count) => {
                let count = self.flags.try_get_one::<u8>(key.name).ok()?.copied()?;
                (count > 0).then(|| vec![count.to_string()])?
            }
        };
        Some(Given { values, origin: Origin::Flag })
    }

    fn environment(&self, key: &Key) -> Option<Given> {
        key.variables().find_map(|name| {
            let text = self.set_variable(&name)?;
            Some(Given { values: file::split(key, &text), origin: Origin::Environment(name) })
        })
    }

    /// A variable that is empty counts as not set: that is how shells and service files clear one.
    fn set_variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.is_empty())
    }
}

fn default(key: &Key) -> Option<Given> {
    key.default.map(|text| Given { values: file::split(key, text), origin: Origin::Default })
}
