//! What every manifest must say. Manifests are read as lines: that is all these rules need.

use super::Finding;
use crate::tree::Tree;

/// Lints, edition, compiler and licence are said once, for the whole workspace; so are versions of
/// dependencies.
pub(super) fn workspace_inheritance(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.members() {
        if section(text, "[lints]").all(|line| line != "workspace = true") {
            findings.push(Finding::new(path, "its lints are its own: add `[lints]` with `workspace = true`"));
        }
        for key in ["edition", "license"] {
            if section(text, "[package]").all(|line| line != format!("{key}.workspace = true")) {
                findings.push(Finding::new(path, format!("say `{key}.workspace = true`")));
            }
        }
        for kind in ["[dependencies]", "[dev-dependencies]", "[build-dependencies]"] {
            let own =
                section(text, kind).filter(|line| line.contains('=') && !line.contains("workspace = true"));
            findings.extend(own.map(|line| {
                let name = line.split(['=', '.']).next().unwrap_or(line).trim();
                let message = format!("`{name}`: its version belongs into the workspace's own Cargo.toml");
                Finding::new(path, message)
            }));
        }
    }
    findings
}

/// What a package registry shows of a crate.
pub(super) fn published_crates(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, text) in tree.crates() {
        let has = |start: &str| section(text, "[package]").any(|line| line.starts_with(start));
        let place = format!("crates/{name}/Cargo.toml");
        if !has("description = \"") {
            findings.push(Finding::new(&place, "it has no description: say in one line what it is for"));
        }
        for key in ["version", "rust-version", "repository", "categories", "keywords"] {
            if !has(key) {
                findings.push(Finding::new(&place, format!("it has no {key}: say `{key}.workspace = true`")));
            }
        }
    }
    findings
}

/// The crates are released together, under one version.
pub(super) fn versions(tree: &Tree) -> Vec<Finding> {
    let root = tree.get("Cargo.toml").unwrap_or_default();
    let Some(version) = section(root, "[workspace.package]").find(|line| line.starts_with("version = "))
    else {
        return vec![Finding::new("Cargo.toml", "`[workspace.package]` has no version")];
    };
    let mut findings: Vec<Finding> = section(root, "[workspace.dependencies]")
        .filter(|line| line.contains("path = ") && !line.contains(version))
        .map(|line| Finding::new("Cargo.toml", format!("`{line}`: say `{version}`, as the workspace does")))
        .collect();
    for (name, text) in tree.crates() {
        if section(text, "[package]").all(|line| line != "version.workspace = true") {
            let place = format!("crates/{name}/Cargo.toml");
            findings
                .push(Finding::new(place, "say `version.workspace = true`: crates are released together"));
        }
    }
    let number = version.trim_start_matches("version = ").trim_matches('"');
    if !tree.get("CHANGELOG.md").is_some_and(|text| text.contains(number)) {
        findings
            .push(Finding::new("CHANGELOG.md", format!("it has no section for {number}: say what changed")));
    }
    findings
}

/// The lines of a section of a manifest.
pub(super) fn section<'a>(manifest: &'a str, header: &str) -> impl Iterator<Item = &'a str> {
    let header = header.to_owned();
    manifest
        .lines()
        .map(str::trim)
        .skip_while(move |line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::{published_crates, section, versions, workspace_inheritance};
    use crate::tree::Tree;

    const ROOT: &str = "[workspace.package]\nversion = \"0.1.0\"\n[workspace.dependencies]\n\
        rosterline-core = { path = \"crates/core\", version = \"0.1.0\" }\n";

    const CORE: &str = "[package]\nname = \"rosterline-core\"\ndescription = \"The core\"\n\
        version.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
        license.workspace = true\nrepository.workspace = true\ncategories.workspace = true\n\
        keywords.workspace = true\n[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n";

    /// How many findings the three rules have in a workspace of one crate.
    fn findings(root: &str, core: &str, changes: &str) -> usize {
        let tree =
            Tree::of(&[("Cargo.toml", root), ("crates/core/Cargo.toml", core), ("CHANGELOG.md", changes)]);
        [workspace_inheritance, published_crates, versions].iter().map(|rule| rule(&tree).len()).sum()
    }

    #[test]
    fn a_tidy_workspace_has_no_findings() {
        assert_eq!(findings(ROOT, CORE, "## 0.1.0"), 0);
    }

    #[test]
    fn every_line_that_is_missing_is_found() {
        for line in
            CORE.lines().filter(|line| line.contains("workspace = true") && !line.starts_with("serde"))
        {
            let without: String = CORE.lines().filter(|l| l != &line).map(|l| format!("{l}\n")).collect();
            assert!(findings(ROOT, &without, "## 0.1.0") > 0, "{line}");
        }
        assert_eq!(findings(ROOT, &CORE.replace("description", "summary"), "## 0.1.0"), 1);
    }

    #[test]
    fn versions_that_disagree_are_found() {
        assert_eq!(
            findings(&ROOT.replace("core\", version = \"0.1.0", "core\", version = \"0.2.0"), CORE, "0.1.0"),
            1
        );
        assert_eq!(findings(ROOT, CORE, "## 0.0.9"), 1);
    }

    #[test]
    fn a_dependency_with_a_version_of_its_own_is_found() {
        assert_eq!(findings(ROOT, &CORE.replace("serde.workspace = true", "serde = \"1\""), "0.1.0"), 1);
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let lines: Vec<_> = section("[a]\nx = 1\n\n# why\n[b]\ny = 2\n", "[a]").collect();
        assert_eq!(lines, ["x = 1"]);
    }
}
