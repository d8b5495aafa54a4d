//! Getting Autobahn|Testsuite: Python code of 2015, installed and translated into the target folder. Once: what is
//! there is used again until one of our pieces changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::examples::target;
use crate::python;
use crate::shell::{Trouble, quietly, root};

/// Says which Python it is, if it will do. The last that has lib2to3 is 3.12.
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
        let mut command = Command::new(python::of_venv(&self.folder.join("venv")));
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
    let (python, version) = match python::find(PROBE) {
        Ok(found) => found,
        Err(why) => {
            let what = "no Python from 3.9 to 3.12 has the modules venv, ensurepip and lib2to3";
            return Ok(Setup::Impossible(format!("{what} ({why})")));
        }
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
    python::make_venv(python, &suite.folder.join("venv"))?;
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

#[cfg(test)]
mod tests {
    use super::recipe;

    #[test]
    fn a_change_of_the_pieces_or_of_python_is_noticed() {
        let (one, other) = (recipe("3.11").expect("pieces"), recipe("3.12").expect("pieces"));
        assert_ne!(one, other);
        assert!(one.contains("autobahntestsuite==") && one.contains("twisted=="));
    }
}
