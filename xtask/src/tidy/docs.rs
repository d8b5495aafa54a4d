//! Documents that say what is there.

use super::Finding;
use crate::tree::Tree;

/// The one command that checks everything: what README says, and what the gate runs.
const TEST_COMMAND: &str = "cargo xtask ci";

/// The files that every visitor looks for.
pub(super) fn required_files(tree: &Tree) -> Vec<Finding> {
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"]
        .iter()
        .filter(|path| !tree.has(path))
        .map(|path| Finding::new(*path, "it is missing: write it"))
        .collect()
}

/// Links between files lead somewhere.
pub(super) fn links(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".md")) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (number, line) in text.lines().enumerate() {
            for target in targets(line).filter(|target| !leads_somewhere(tree, folder, target)) {
                let place = format!("{path}:{}", number + 1);
                findings.push(Finding::new(place, format!("`{target}` leads nowhere: mend the link")));
            }
        }
    }
    findings
}

/// The architecture speaks of every crate.
pub(super) fn crate_map(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.get("ARCHITECTURE.md") else { return Vec::new() };
    tree.crates()
        .filter(|(name, _)| !page.contains(&format!("crates/{name}")))
        .map(|(name, _)| {
            Finding::new("ARCHITECTURE.md", format!("it does not name `crates/{name}`: say what it is for"))
        })
        .collect()
}

/// README, the guide for contributors and the gate name the same command.
pub(super) fn test_command(tree: &Tree) -> Vec<Finding> {
    ["README.md", "CONTRIBUTING.md", ".ci/run", ".github/workflows/ci.yml"]
        .iter()
        .filter(|path| tree.get(path).is_some_and(|text| !text.contains(TEST_COMMAND)))
        .map(|path| Finding::new(*path, format!("it does not name the test command, `{TEST_COMMAND}`")))
        .collect()
}

/// The tests that a document names, as `module::name_of_a_test`, exist.
pub(super) fn named_tests(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with(".md")) {
        for (number, line) in text.lines().enumerate() {
            for name in named(line) {
                // With a parameter: what every runtime has to pass.
                let declared = [format!("fn {name}("), format!("fn {name}<")];
                let is_test = |(path, text): (&str, &str)| {
                    path.ends_with(".rs") && declared.iter().any(|declared| text.contains(declared))
                };
                if !tree.files().any(is_test) {
                    let place = format!("{path}:{}", number + 1);
                    findings
                        .push(Finding::new(place, format!("there is no test `{name}`: name the right one")));
                }
            }
        }
    }
    findings
}

/// The names of tests in a line: what stands behind a `::` in backticks and is at least four words long.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter_map(|quote| quote.rsplit_once("::")).map(|(_, name)| name).filter(|name| {
        let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        plain && name.split('_').count() >= 4
    })
}

/// The targets of the Markdown links in a line.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
}

/// Whether a link from a file in this folder is to a file of the project, or to none of our business.
fn leads_somewhere(tree: &Tree, folder: &str, target: &str) -> bool {
    let file = target.split('#').next().unwrap_or(target);
    if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
        return true;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            name => parts.push(name),
        }
    }
    tree.has(&parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{crate_map, links, named_tests, required_files, test_command};
    use crate::tree::Tree;

    #[test]
    fn missing_files_are_found() {
        assert_eq!(required_files(&Tree::of(&[("README.md", ""), ("LICENSE-MIT", "")])).len(), 4);
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let page =
            "[a](../README.md) [b](https://example.org/x) [c](#here)\n[d](gone.md#x) [e](../../up.md)\n";
        let found = links(&Tree::of(&[("README.md", ""), ("docs/page.md", page)]));
        let places: Vec<_> = found.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["docs/page.md:2", "docs/page.md:2"]);
    }

    #[test]
    fn a_crate_that_the_architecture_leaves_out_is_found() {
        let files = [
            ("ARCHITECTURE.md", "`crates/core`"),
            ("crates/core/Cargo.toml", ""),
            ("crates/sim/Cargo.toml", ""),
        ];
        assert_eq!(crate_map(&Tree::of(&files)).len(), 1);
    }

    #[test]
    fn a_test_that_a_document_makes_up_is_found() {
        let page = "| `a::it_does_what_it_says` |\n| `b::it_was_renamed_since_then`, `std::mem::take` |\n";
        let tree = Tree::of(&[("docs/a.md", page), ("tests/a.rs", "fn it_does_what_it_says() {}")]);
        let found = named_tests(&tree);
        assert_eq!(found.iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(), ["docs/a.md:2"]);
    }

    #[test]
    fn another_test_command_is_found() {
        let tree = Tree::of(&[("README.md", "run `cargo xtask ci`"), (".ci/run", "cargo test")]);
        assert_eq!(
            test_command(&tree).iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(),
            [".ci/run"]
        );
    }
}
