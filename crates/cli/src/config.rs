//! `config show`.

use std::io::{self, Write};

use crate::Failure;
use crate::exit::Exit;
use crate::settings::{Settings, show};

/// Prints every setting.
pub(crate) fn show(settings: &Settings, origins: bool) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(show::toml(settings, origins).as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}
