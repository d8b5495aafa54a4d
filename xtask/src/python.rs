//! A Python of the machine, and environments of our own for packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::quietly;

/// Where a Python may be, the usual one first.
const PYTHONS: &[&str] = &["python3", "python3.12", "python3.11", "python3.10", "python3.9", "python"];

/// The first that the probe, a program, does not fail in; with what the probe prints there.
pub(crate) fn find(probe: &str) -> Result<(&'static str, String), String> {
    let mut reasons = Vec::new();
    for python in PYTHONS {
        match quietly(Command::new(python).args(["-W", "ignore", "-c", probe])) {
            Ok(printed) => return Ok((*python, printed)),
            Err(why) => reasons.push(format!("{python}: {why}")),
        }
    }
    // What is said of the others is that they are not there.
    Err(reasons.into_iter().next().unwrap_or_default())
}

/// Makes an empty virtual environment.
pub(crate) fn make_venv(python: &str, venv: &Path) -> Result<(), String> {
    quietly(Command::new(python).args(["-m", "venv", "--clear"]).arg(venv)).map(drop)
}

/// The Python of a virtual environment.
pub(crate) fn of_venv(venv: &Path) -> PathBuf {
    venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}
