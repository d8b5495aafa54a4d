//! The config file: a TOML table with the names of the settings.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::table::{self, Key, Kind, Privacy};
use super::{Given, Origin, Wrong};

/// Where the config file is if nobody says so. `variable` reads the environment.
pub(super) fn default_path(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let home = |rest: &str| variable("HOME").map(|home| Path::new(&home).join(rest));
    let directory = if cfg!(windows) {
        variable("APPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home("Library/Application Support")
    } else {
        let xdg = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        xdg.or_else(|| home(".config"))
    };
    directory.map(|directory| directory.join("rosterline").join("config.toml"))
}

/// Reads a config file. One that is not `required` may be absent.
pub(super) fn read(path: &Path, required: bool) -> Result<BTreeMap<&'static str, Given>, Wrong> {
    let origin = Some(Origin::File(path.to_path_buf()));
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !required => Ok(BTreeMap::new()),
        Err(error) => Err(Wrong::new("config", origin, format!("cannot be read: {error}"))),
    }
}

/// Understands the text of a config file.
pub(super) fn parse(text: &str, path: &Path) -> Result<BTreeMap<&'static str, Given>, Wrong> {
    let origin = Origin::File(path.to_path_buf());
    // Only the message and the line: the snippet that the parser's Display shows could hold a secret.
    let table: toml::Table = toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        Wrong::new("config", Some(origin.clone()), format!("line {line}: {}", error.message()))
    })?;
    let mut given = BTreeMap::new();
    for (name, value) in table {
        let wrong = |why: &str| Wrong::new(&name, Some(origin.clone()), why);
        let key = table::find(&name.replace('_', "-")).ok_or_else(|| {
            wrong("is no setting; `rosterline config show` lists them all, with the same names as the flags")
        })?;
        if key.privacy == Privacy::Secret {
            return Err(wrong(
                "does not belong in a config file; name a file that holds it, or set it in the environment",
            ));
        }
        let values = values(key, &value).map_err(|why| wrong(&why))?;
        if given.insert(key.name, Given { values, origin: origin.clone() }).is_some() {
            return Err(wrong("stands there twice"));
        }
    }
    Ok(given)
}

fn values(key: &Key, value: &toml::Value) -> Result<Vec<String>, String> {
    let one = |value: &toml::Value| match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Boolean(on) => Ok(on.to_string()),
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
            Err("must be text, a whole number, true or false".to_string())
        }
    };
    match value {
        toml::Value::Array(items) if key.kind == Kind::Many => items.iter().map(one).collect(),
        toml::Value::Array(_) => Err("takes one value, not a list".to_string()),
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => Ok(split(key, &one(value)?)),
    }
}

/// The values in one text: separated by commas where a setting takes several.
pub(super) fn split(key: &Key, text: &str) -> Vec<String> {
    match key.kind {
        Kind::Many => {
            text.split(',').map(|part| part.trim().to_string()).filter(|part| !part.is_empty()).collect()
        }
        Kind::One | Kind::Switch | Kind::Count => vec![text.to_string()],
    }
}
