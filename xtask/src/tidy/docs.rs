//! Documents that say what is there.

use super::Finding;
use super::tree::Tree;

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
    use super::{crate_map, links, required_files, test_command};
    use crate::tidy::tree::Tree;

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
    fn another_test_command_is_found() {
        let tree = Tree::of(&[("README.md", "run `cargo xtask ci`"), (".ci/run", "cargo test")]);
        assert_eq!(
            test_command(&tree).iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(),
            [".ci/run"]
        );
    }
}
