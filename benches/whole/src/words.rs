//! The arguments of the programs here: `--key value`, each at most once.

use std::collections::BTreeMap;
use std::str::FromStr;

/// What stood on the command line.
#[derive(Debug, Default)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Reads the arguments of this process, or those behind the first so many of them.
    ///
    /// # Errors
    /// A word where a key was expected, or a key without its value.
    pub fn read(skip: usize) -> Result<Self, String> {
        let mut words = BTreeMap::new();
        let mut arguments = std::env::args().skip(1 + skip);
        while let Some(key) = arguments.next() {
            let name = key.strip_prefix("--").ok_or_else(|| format!("`{key}` is no --key"))?;
            let value = arguments.next().ok_or_else(|| format!("{key} needs a value"))?;
            words.insert(name.to_owned(), value);
        }
        Ok(Self(words))
    }

    /// The value of a key, or what it is where there is none.
    ///
    /// # Errors
    /// A value that cannot be read as one.
    pub fn get<T: FromStr>(&self, key: &str, otherwise: T) -> Result<T, String> {
        let Some(value) = self.0.get(key) else { return Ok(otherwise) };
        value.parse().map_err(|_| format!("--{key} cannot be `{value}`"))
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    /// There is none.
    pub fn need(&self, key: &str) -> Result<&str, String> {
        self.0.get(key).map(String::as_str).ok_or_else(|| format!("--{key} is missing"))
    }
}
