//! Drift that no compiler sees: between files, and between what the documents say and what is there.
//!
//! A rule is a function from the [`Tree`] to what it found; it says the file, and what to do about it.

mod docs;
mod faults;
mod layers;
mod manifests;
mod size;
mod words;

use crate::shell::{Outcome, Trouble};
use crate::tree::Tree;

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// The file, with the line where there is one: `crates/core/src/lib.rs:7`.
    place: String,
    /// What is wrong and what to do.
    message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

/// Looks at the tree; finds nothing if all is well.
type Rule = fn(&Tree) -> Vec<Finding>;

/// What fails the chore.
const RULES: &[Rule] = &[
    size::too_long,
    words::markers,
    words::ignored_tests,
    words::machine_paths,
    manifests::workspace_inheritance,
    manifests::published_crates,
    manifests::versions,
    layers::no_std_attribute,
    layers::clippy_settings,
    layers::runtimes_stay_outside,
    layers::driver_stays_neutral,
    docs::required_files,
    docs::links,
    docs::crate_map,
    docs::test_command,
    docs::named_tests,
    faults::matrix,
];

/// What is only pointed out.
const HINTS: &[Rule] = &[size::rather_long];

/// Applies every rule to the files that git knows or would take.
pub(crate) fn run(_: &[String]) -> Outcome {
    let tree = Tree::load()?;
    for hint in HINTS.iter().flat_map(|rule| rule(&tree)) {
        println!("hint: {}: {}", hint.place, hint.message);
    }
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.extend(layers::dependencies()?);
    for finding in &findings {
        println!("{}: {}", finding.place, finding.message);
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(Trouble::failed(
            format!("{count} findings above"),
            "cargo xtask tidy   # after mending them: each says how",
        )),
    }
}
