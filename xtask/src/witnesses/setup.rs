//! Getting the witnesses: packages of PyPI and npm, installed into the target folder. Once: what is there is used again
//! until a list of ours, or what runs it, changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::examples::target;
use crate::python;
use crate::shell::{quietly, root};

/// A Python that will do: genesys-notifications has `match` in it.
const PYTHON: &str = "import sys, ensurepip, venv\n\
                      assert sys.version_info >= (3, 10), 'it is older than 3.10'\n\
                      print(sys.prefix, sys.version)";

/// What runs a script, and brings the packages that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Runtime {
    Python,
    Node,
}

/// What installing leaves behind is here, and what the witnesses say.
pub(super) fn folder() -> PathBuf {
    target().join("witnesses")
}

/// One of our pieces.
pub(super) fn piece(name: &str) -> PathBuf {
    root().join("xtask/witnesses").join(name)
}

impl Runtime {
    /// The list of its packages.
    pub(super) const fn list(self) -> &'static str {
        match self {
            Self::Python => "requirements.txt",
            Self::Node => "package.json",
        }
    }

    fn folder(self) -> PathBuf {
        folder().join(match self {
            Self::Python => "python",
            Self::Node => "node",
        })
    }

    /// Installs the packages, unless that is done, or says why it cannot be.
    pub(super) fn prepare(self) -> Result<(), String> {
        let (program, version) = match self {
            Self::Python => python::find(PYTHON).map_err(|why| {
                format!("no Python from 3.10 on has the modules venv and ensurepip ({why})")
            })?,
            Self::Node => (
                "node",
                quietly(Command::new("node").arg("--version")).map_err(|why| format!("node: {why}"))?,
            ),
        };
        let list = fs::read_to_string(piece(self.list())).map_err(|error| error.to_string())?;
        let (stamp, wanted) = (self.folder().join("recipe"), version + &list);
        if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
            return Ok(());
        }
        println!("packages are being installed into {}", self.folder().display());
        fs::create_dir_all(self.folder()).map_err(|error| error.to_string())?;
        match self {
            Self::Python => install_python(program, &self.folder()),
            Self::Node => install_node(&self.folder()),
        }
        .map_err(|why| format!("the packages could not be installed: {why}"))?;
        fs::write(stamp, wanted).map_err(|error| error.to_string())
    }

    /// The command for a script, run beside the packages.
    pub(super) fn command(self, script: &Path) -> Command {
        let mut command = Command::new(match self {
            Self::Python => python::of_venv(&self.folder()),
            Self::Node => "node".into(),
        });
        command
            .arg(script)
            .current_dir(self.folder())
            .env("PYTHONPYCACHEPREFIX", self.folder().join("cache"));
        // Nobody's settings: neither a proxy, nor what the SDKs read at home.
        command.env("NO_PROXY", "127.0.0.1").env("HOME", self.folder()).env("USERPROFILE", self.folder());
        command
    }
}

fn install_python(python: &str, folder: &Path) -> Result<(), String> {
    python::make_venv(python, folder)?;
    let mut pip = Command::new(python::of_venv(folder));
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--requirement"]);
    quietly(pip.arg(piece(Runtime::Python.list()))).map(drop)
}

fn install_node(folder: &Path) -> Result<(), String> {
    let list = Runtime::Node.list();
    fs::copy(piece(list), folder.join(list)).map_err(|error| error.to_string())?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut npm = Command::new(npm);
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]);
    quietly(npm.current_dir(folder)).map(drop)
}
