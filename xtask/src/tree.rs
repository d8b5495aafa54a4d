//! The files of the project, in memory.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::shell::{self, Trouble, root};

/// The text files of the project by their path from the root, with `/` between folders.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads what git knows, and what it would take with the next `git add`. Files that are not UTF-8 are
    /// left out.
    pub(crate) fn load() -> Result<Self, Trouble> {
        let root = root();
        let mut list = Command::new("git");
        list.current_dir(&root).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
        let mut tree = Self::default();
        for path in shell::read(&mut list)?.lines() {
            // Deleted but not yet committed, or no text: nothing to check.
            if let Ok(text) = fs::read_to_string(root.join(path)) {
                tree.files.insert(path.to_owned(), text);
            }
        }
        Ok(tree)
    }

    /// A tree with these files.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect() }
    }

    /// Every file, in the order of their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// The text of a file.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is a file or a folder of this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }

    /// The manifests of the packages in the workspace.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, text)| {
            path.ends_with("/Cargo.toml") && text.contains("[package]") && !text.contains("[workspace]")
        })
    }

    /// The crates under `crates/`: their folder's name, and their manifest.
    pub(crate) fn crates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter_map(|(path, text)| {
            let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            (!name.contains('/')).then_some((name, text))
        })
    }
}

/// The lines of a Rust file up to its test module, which has to be its last item.
pub(crate) fn without_tests(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = text.lines().collect();
    let is_test_module =
        |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    let end = lines.windows(2).position(is_test_module).unwrap_or(lines.len());
    lines.into_iter().take(end)
}

/// Whether the word occurs in the text by itself, not as a part of a longer one.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        !text[..start].ends_with(is_part) && !text[start + word.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::{Tree, has_word, without_tests};

    #[test]
    fn only_the_test_module_at_the_end_is_cut_off() {
        let text = "#[cfg(test)]\nextern crate std;\nfn a() {}\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(without_tests(text).count(), 3);
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("use tokio::time;", "tokio"));
        assert!(!has_word("use rosterline_tokio::Client;", "tokio"));
        assert!(!has_word("tokios", "tokio"));
    }

    #[test]
    fn folders_are_there_if_something_is_in_them() {
        let tree = Tree::of(&[("crates/core/Cargo.toml", "[package]")]);
        assert!(tree.has("crates/core"));
        assert!(!tree.has("crates/cor"));
    }

    #[test]
    fn packages_with_a_workspace_of_their_own_are_no_members() {
        let tree = Tree::of(&[("a/Cargo.toml", "[package]"), ("b/Cargo.toml", "[workspace]\n[package]")]);
        assert_eq!(tree.members().map(|(path, _)| path).collect::<Vec<_>>(), ["a/Cargo.toml"]);
    }
}
