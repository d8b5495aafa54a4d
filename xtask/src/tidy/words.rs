//! Words that do not belong into a finished file.
//!
//! The words are put together from halves here, so that this file passes its own rules.

use super::Finding;
use crate::tree::{Tree, has_word};

/// Notes to oneself. Open work is an issue, not a comment.
const MARKERS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

/// Macros that are there while one works.
const MACROS: &[&str] = &[concat!("to", "do!"), concat!("db", "g!"), concat!("un", "implemented!")];

/// Where absolute paths of somebody's machine begin.
const PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/tm", "p/"),
    concat!("/wo", "rk/"),
    concat!("/mn", "t/"),
    concat!("C:", "\\"),
];

/// Unfinished code, and notes about it.
pub(super) fn markers(tree: &Tree) -> Vec<Finding> {
    let sources = tree.files().filter(|(path, _)| is_source(path));
    lines_with(sources, |line| {
        let marker = MARKERS.iter().find(|marker| has_word(line, marker));
        let left_over = MACROS.iter().find(|name| line.contains(*name));
        marker.or(left_over).map(|word| format!("`{word}`: finish it, or file an issue and take it out"))
    })
}

/// Tests that nobody runs.
pub(super) fn ignored_tests(tree: &Tree) -> Vec<Finding> {
    lines_with(tree.rust(), |line| {
        let ignored = line.trim_start().starts_with(concat!("#[ig", "nore"));
        ignored.then(|| "an ignored test: make it run, or take it out".to_owned())
    })
}

/// Paths that exist on one machine only.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Finding> {
    // The corpus is what a peer may send, and a peer may send anything.
    let written = tree.files().filter(|(path, _)| !path.starts_with("fuzz/corpus/"));
    lines_with(written, |line| {
        let path = PATHS.iter().find(|path| has_path(line, path))?;
        Some(format!("`{path}…` exists on one machine only: make it relative to the project"))
    })
}

/// Whether an absolute path begins so on this line: not in the middle of a longer path or a URL.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path)
        .any(|(start, _)| !line[..start].ends_with(|c: char| c.is_alphanumeric() || "/._-~}>".contains(c)))
}

/// Whether a person wrote this file for a machine to read.
fn is_source(path: &str) -> bool {
    [".rs", ".toml", ".yml", ".sh", ".ci/run"].iter().any(|end| path.ends_with(end))
}

/// What the rule has to say, line by line.
fn lines_with<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    rule: impl Fn(&str) -> Option<String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            findings
                .extend(rule(line).map(|message| Finding::new(format!("{path}:{}", number + 1), message)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{ignored_tests, machine_paths, markers};
    use crate::tree::Tree;

    #[test]
    fn markers_are_found_with_their_line() {
        for line in [concat!("// TO", "DO: later"), concat!("db", "g!(x);"), concat!("to", "do!()")] {
            let found = markers(&Tree::of(&[("a.rs", &format!("fn f() {{}}\n{line}\n"))]));
            assert_eq!(found.iter().map(|finding| finding.place.as_str()).collect::<Vec<_>>(), ["a.rs:2"]);
        }
    }

    #[test]
    fn longer_words_and_other_files_are_no_markers() {
        let tree = Tree::of(&[("a.rs", concat!("let x = \"XX", "XL\";")), ("a.md", concat!("TO", "DO"))]);
        assert_eq!(markers(&tree), []);
    }

    #[test]
    fn ignored_tests_are_found() {
        let tree = Tree::of(&[("a.rs", concat!("    #[ig", "nore = \"slow\"]"))]);
        assert_eq!(ignored_tests(&tree).len(), 1);
    }

    #[test]
    fn paths_of_a_machine_are_found_but_not_parts_of_urls() {
        let bad = concat!("see /ho", "me/ann/notes");
        let good = concat!("https://example.org/ho", "me/ann and $ROOT/tm", "p/x");
        let tree = Tree::of(&[("a.md", bad), ("b.md", good)]);
        let places: Vec<_> = machine_paths(&tree).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["a.md:1"]);
    }
}
