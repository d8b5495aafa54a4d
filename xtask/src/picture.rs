//! The picture in the README, drawn anew by the example that draws it.

use std::fs;

use crate::shell::{self, Outcome, Trouble, cargo};

const PICTURE: &str = "docs/timeline.svg";

/// The chore.
pub(crate) fn run(_: &[String]) -> Outcome {
    let drawn = shell::read(&mut cargo("run --quiet --package rosterline-render --example picture"))?;
    fs::write(shell::root().join(PICTURE), drawn).map_err(|error| {
        Trouble::unusable(
            format!("cannot write {PICTURE}: {error}"),
            "cargo xtask picture   # once it can be",
        )
    })?;
    println!("{PICTURE}: look at it in a browser, in light and dark");
    Ok(())
}
