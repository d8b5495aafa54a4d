//! The proof that std does not leak into core and timeline: `xtask/no-std` links them into a program that
//! brings its own panic handler. If anything in the tree pulls in std, the compiler finds two of them.

use std::fs;

use crate::shell::{self, Outcome, Trouble, cargo, root};

/// Builds the proof.
pub(crate) fn run(_: &[String]) -> Outcome {
    share_lock("xtask/no-std")?;
    let mut command = cargo("build --manifest-path xtask/no-std/Cargo.toml");
    shell::run(
        &mut command,
        "cargo tree -p rosterline-timeline -e features,normal   # look for a feature named std",
    )
}

/// Gives a package outside the workspace the workspace's lock file, so that it is built from the very same
/// versions. Cargo drops the entries that it does not need.
pub(crate) fn share_lock(package: &str) -> Outcome {
    let copy = root().join(package).join("Cargo.lock");
    fs::copy(root().join("Cargo.lock"), &copy)
        .map(|_| ())
        .map_err(|error| Trouble::failed(format!("{}: {error}", copy.display()), "cargo generate-lockfile"))
}
