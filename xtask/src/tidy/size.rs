//! A file that can be read in one sitting. The length of functions is clippy's business.

use super::Finding;
use crate::tree::{Tree, without_tests};

/// More lines than this without tests, and a file has to be split.
const MOST: usize = 450;

/// More lines than this, and splitting should be thought of.
const MANY: usize = 300;

/// Files that have to be split.
pub(super) fn too_long(tree: &Tree) -> Vec<Finding> {
    let found = lengths(tree).filter(|&(_, lines)| lines > MOST);
    found
        .map(|(path, lines)| {
            Finding::new(path, format!("{lines} lines without tests, {MOST} are the most: split it"))
        })
        .collect()
}

/// Files that are on the way there.
pub(super) fn rather_long(tree: &Tree) -> Vec<Finding> {
    let found = lengths(tree).filter(|&(_, lines)| lines > MANY && lines <= MOST);
    found
        .map(|(path, lines)| {
            Finding::new(path, format!("{lines} lines without tests: does it do two things?"))
        })
        .collect()
}

/// The lines of each source file, without its tests.
fn lengths(tree: &Tree) -> impl Iterator<Item = (&str, usize)> {
    tree.rust()
        .filter(|(path, _)| path.contains("/src/"))
        .map(|(path, text)| (path, without_tests(text).count()))
}

#[cfg(test)]
mod tests {
    use super::{rather_long, too_long};
    use crate::tree::Tree;

    fn file_of(lines: usize) -> Tree {
        let text = "fn f() {}\n".repeat(lines) + "#[cfg(test)]\nmod tests {\n" + &"//\n".repeat(500) + "}\n";
        Tree::of(&[("crates/core/src/a.rs", &text)])
    }

    #[test]
    fn the_limits_hold_and_tests_do_not_count() {
        for (lines, hints, errors) in [(300, 0, 0), (301, 1, 0), (450, 1, 0), (451, 0, 1)] {
            let tree = file_of(lines);
            assert_eq!((rather_long(&tree).len(), too_long(&tree).len()), (hints, errors), "{lines}");
        }
    }
}
