//! What the dependency tree may contain; the rules are in `deny.toml`.

use crate::shell::{self, Outcome, Trouble, cargo, has_cargo};

/// Runs cargo-deny, without the advisories: those need a database from the network, and change under a
/// commit that has not changed. The workflow asks for them on its own.
pub(crate) fn run(_: &[String]) -> Outcome {
    if !has_cargo("deny") {
        return Err(Trouble::unusable(
            "SKIPPED, nothing was checked: cargo-deny is not installed",
            "cargo install --locked cargo-deny",
        ));
    }
    shell::run(&mut cargo("deny check licenses bans sources"), "cargo deny list")
}
