//! What the kernel does to connections, tested in networks of the tests' own.

use crate::shell::{self, Outcome, Trouble, cargo};

/// The adapters, each with all of the tests.
const LINE: &str =
    "test -p rosterline-tokio -p rosterline-async-std -p rosterline-smol --test conformance kernel::";

/// Runs these tests alone, and fails where they would be skipped.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let [argument, ..] = arguments {
        let what = format!("`netns` takes no arguments, not `{argument}`");
        return Err(Trouble::unusable(what, "cargo xtask netns"));
    }
    let next = "cargo xtask netns   # as root, on Linux, with iproute2 and nftables installed";
    shell::run(cargo(LINE).env("ROSTERLINE_NETNS", "required"), next)
}
