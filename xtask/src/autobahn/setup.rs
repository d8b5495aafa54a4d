//! Getting Autobahn|Testsuite: Python code of 2015, installed and translated into the target folder. Once: what is
//! there is used again until one of our pieces changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::examples::target;
use crate::shell::{Trouble, root};

/// Where a Python may be, the usual one first. It has to have lib2to3: the last that has is 3.12.
const PYTHONS: &[&str] = &["python3", "python3.12", "python3.11", "python3.10", "python3.9", "python"];

/// Says which one it is, if it will do.
const PROBE: &str = "import sys, ensurepip, venv, lib2to3.refactor\n\
                     assert sys.version_info >= (3, 9), 'it is older than 3.9'\n\
                     print(sys.prefix, sys.version)";

/// A suite that can be run, or why there is none.
pub(super) enum Setup {
    Ready(Suite),
    /// Something is missing that we do not bring along.
    Impossible(String),
}

/// A suite that can be run.
pub(super) struct Suite {
    folder: PathBuf,
}

impl Suite {
    /// The folder that it is in; also for what a run leaves behind.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A Python that knows the suite.
    pub(super) fn python(&self) -> Command {
        let program = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
        let mut command = Command::new(self.folder.join("venv").join(program));
        command.env("PYTHONPATH", self.folder.join("src"));
        // Neither our folder nor anybody else's gets compiled files.
        command.env("PYTHONPYCACHEPREFIX", self.folder.join("cache"));
        command.env("PYTHONWARNINGS", "ignore");
        command
    }
}

/// One of our pieces in Python.
pub(super) fn piece(name: &str) -> PathBuf {
    root().join("xtask/autobahn").join(name)
}

/// Installs and translates the suite, unless that is done.
pub(super) fn prepare() -> Result<Setup, Trouble> {
    let (python, version) = match find() {
        Ok(found) => found,
        Err(why) => return Ok(Setup::Impossible(why)),
    };
    let suite = Suite { folder: target().join("autobahn") };
    let unusable = |what: String| Trouble::unusable(what, "cargo xtask autobahn --setup");
    let wanted = recipe(&version).map_err(&unusable)?;
    let stamp = suite.folder.join("recipe");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(Setup::Ready(suite));
    }
    println!("Autobahn|Testsuite is being installed into {}", suite.folder.display());
    if let Err(why) = install(python, &suite) {
        return Ok(Setup::Impossible(format!("it could not be installed: {why}")));
    }
    let mut translation = suite.python();
    translation.arg(piece("translate.py")).arg(suite.folder.join("src"));
    quietly(&mut translation).map_err(|why| unusable(format!("the translation failed: {why}")))?;
    fs::write(&stamp, wanted).map_err(|error| unusable(format!("{}: {error}", stamp.display())))?;
    Ok(Setup::Ready(suite))
}

/// A Python that will do, and its words about itself.
fn find() -> Result<(&'static str, String), String> {
    let mut reasons = Vec::new();
    for python in PYTHONS {
        match quietly(Command::new(python).args(["-W", "ignore", "-c", PROBE])) {
            Ok(version) => return Ok((*python, version)),
            Err(why) => reasons.push(format!("{python}: {why}")),
        }
    }
    // What is said of the others is that they are not there.
    let why = reasons.into_iter().next().unwrap_or_default();
    Err(format!("no Python from 3.9 to 3.12 has the modules venv, ensurepip and lib2to3 ({why})"))
}

/// All that the result depends on.
fn recipe(version: &str) -> Result<String, String> {
    let mut text = version.to_owned();
    for name in ["requirements.txt", "suite.txt", "translate.py"] {
        let path = piece(name);
        text += &fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(text)
}

/// Makes a virtual environment with the suite in it.
fn install(python: &str, suite: &Suite) -> Result<(), String> {
    let venv = suite.folder.join("venv");
    quietly(Command::new(python).args(["-m", "venv", "--clear"]).arg(venv))?;
    let pip = |flags: &str, list: &str| {
        let mut command = suite.python();
        command.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps"]);
        quietly(command.args(flags.split_whitespace()).arg("--requirement").arg(piece(list)))
    };
    pip("--only-binary :all:", "requirements.txt")?;
    // Compiled, it would be found to be no code of today's.
    pip("--no-build-isolation --no-compile", "suite.txt")?;
    Ok(())
}

/// Runs a command for what it prints. If it fails, its last words say why.
fn quietly(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = complaint.lines().rev().find(|line| !line.trim().is_empty());
    Err(last.map_or_else(|| output.status.to_string(), |line| line.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{quietly, recipe};

    #[test]
    fn a_change_of_the_pieces_or_of_python_is_noticed() {
        let (one, other) = (recipe("3.11").expect("pieces"), recipe("3.12").expect("pieces"));
        assert_ne!(one, other);
        assert!(one.contains("autobahntestsuite==") && one.contains("twisted=="));
    }

    #[test]
    fn what_is_missing_is_said() {
        let why = quietly(&mut Command::new("no-such-program")).expect_err("it is not there");
        assert!(!why.is_empty());
    }
}
