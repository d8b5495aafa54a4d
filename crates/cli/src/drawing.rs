//! `--html`: the page that is written at the end.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::settings::{Settings, Wrong};

/// A file for a page. That it can be written is known from the start, so that a long run is not lost at its end.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    path: PathBuf,
    /// What stands above the page.
    pub(crate) title: &'static str,
}

impl Drawing {
    /// Reads the setting, and tries whether there can be such a file.
    pub(crate) fn read(settings: &Settings, title: &'static str) -> Result<Option<Self>, Wrong> {
        let Some(name) = settings.text("html") else { return Ok(None) };
        let unfit =
            |why: &dyn std::fmt::Display| settings.wrong("html", format!("cannot write {name}: {why}"));
        // A link is followed: the file is replaced, not the link to it.
        let path = fs::canonicalize(name).unwrap_or_else(|_| PathBuf::from(name));
        if fs::metadata(&path).is_ok_and(|there| !there.is_file()) || path.file_name().is_none() {
            return Err(unfit(&"there is something that is not a file; name a file"));
        }
        let drawing = Self { path, title };
        let trial = drawing.beside();
        fs::File::create_new(&trial).and_then(|_| fs::remove_file(&trial)).map_err(|error| unfit(&error))?;
        Ok(Some(drawing))
    }

    /// Writes the page: whoever opens the file sees the old one or the new one, never a part.
    ///
    /// # Errors
    /// The system's, with the name of the file.
    pub(crate) fn write(&self, page: &str) -> io::Result<()> {
        let beside = self.beside();
        let written = write_new(&beside, page).and_then(|()| fs::rename(&beside, &self.path));
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

fn write_new(path: &Path, page: &str) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(page.as_bytes())?;
    file.sync_all()
}
