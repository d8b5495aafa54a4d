//! Files that are written whole, at the end.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::settings::{Settings, Wrong};

/// A file to be written. That it can be is known from the start, so that a long run is not lost at its end.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    path: PathBuf,
}

impl Target {
    /// Tries whether there can be a file of this name; `setting` asked for it.
    pub(crate) fn new(settings: &Settings, setting: &str, name: &str) -> Result<Self, Wrong> {
        let unfit =
            |why: &dyn std::fmt::Display| settings.wrong(setting, format!("cannot write {name}: {why}"));
        // A link is followed: the file is replaced, not the link to it.
        let path = fs::canonicalize(name).unwrap_or_else(|_| PathBuf::from(name));
        if fs::metadata(&path).is_ok_and(|there| !there.is_file()) || path.file_name().is_none() {
            return Err(unfit(&"there is something that is not a file; name a file"));
        }
        let target = Self { path };
        let trial = target.beside();
        fs::File::create_new(&trial).and_then(|_| fs::remove_file(&trial)).map_err(|error| unfit(&error))?;
        Ok(target)
    }

    /// Writes the file: whoever opens it sees the old one or the new one, never a part.
    ///
    /// # Errors
    /// The system's, with the name of the file.
    pub(crate) fn write(&self, content: &[u8]) -> io::Result<()> {
        let beside = self.beside();
        let written = write_new(&beside, content).and_then(|()| fs::rename(&beside, &self.path));
        written.map_err(|error| {
            // What was written so far helps nobody; if it cannot be removed either, there is nobody to tell.
            let _ = fs::remove_file(&beside);
            io::Error::new(error.kind(), format!("cannot write {}: {error}", self.path.display()))
        })
    }

    /// A file in the same folder, so that it can take the other's place in one step.
    fn beside(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.{}.part", process::id()))
    }
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}
