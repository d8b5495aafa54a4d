//! `--html`: the page that is written at the end.

use std::io;

use crate::settings::{Settings, Wrong};
use crate::target::Target;

/// A file for a page.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    target: Target,
    /// What stands above the page.
    pub(crate) title: &'static str,
}

impl Drawing {
    /// Reads the setting.
    pub(crate) fn read(settings: &Settings, title: &'static str) -> Result<Option<Self>, Wrong> {
        let Some(name) = settings.text("html") else { return Ok(None) };
        Ok(Some(Self { target: Target::new(settings, "html", name)?, title }))
    }

    /// Writes the page.
    ///
    /// # Errors
    /// The system's, with the name of the file.
    pub(crate) fn write(&self, page: &str) -> io::Result<()> {
        self.target.write(page.as_bytes())
    }
}
