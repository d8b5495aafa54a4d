//! Planted bugs: each law and rule is seen to fail. A copy of the project gets one bug at a time, and the test that should find it
//! is run.

mod driver;
mod timeline;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::shell::{Outcome, Trouble, cargo, root};
use crate::tree::Tree;

/// A bug: what is written in place of what, and the test that must fail by it.
pub(crate) struct Bug {
    /// What the bug does, in a few words.
    pub(crate) what: &'static str,
    /// The file, from the root of the project.
    pub(crate) file: &'static str,
    /// What stands there, once.
    pub(crate) right: &'static str,
    /// What is written there.
    pub(crate) wrong: &'static str,
    /// The package, the test binary, and the test.
    pub(crate) test: [&'static str; 3],
}

/// Every bug that there is.
fn all() -> impl Iterator<Item = &'static Bug> {
    timeline::BUGS.iter().chain(driver::BUGS)
}

/// Plants each bug whose words or file contain the argument, or every bug.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let has = |bug: &Bug, word: &str| bug.what.contains(word) || bug.file.contains(word);
    let wanted = |bug: &&Bug| arguments.iter().all(|word| has(bug, word));
    let bugs: Vec<&Bug> = all().filter(wanted).collect();
    if bugs.is_empty() {
        return Err(Trouble::unusable("no planted bug has these words", "cargo xtask planted"));
    }
    let copy = Copy::make(&Tree::load()?)?;
    for bug in &bugs {
        if !copy.passes(bug)? {
            let [_, _, test] = bug.test;
            return Err(Trouble::failed(
                format!("{test} fails without any planted bug"),
                format!("cargo nextest run -E 'test({test})'"),
            ));
        }
    }
    let mut missed = Vec::new();
    for bug in &bugs {
        let found = copy.finds(bug)?;
        println!("{:7} {} ({})", if found { "found" } else { "MISSED" }, bug.what, bug.test[2]);
        if !found {
            missed.push(bug.what);
        }
    }
    if missed.is_empty() {
        println!("\nall {} planted bugs were found", bugs.len());
        return Ok(());
    }
    let again = format!("cargo xtask planted '{}'", missed[0]);
    Err(Trouble::failed(format!("nobody noticed: {}", missed.join("; ")), again))
}

/// A copy of the project, in which things can be broken.
struct Copy(PathBuf);

impl Copy {
    fn make(tree: &Tree) -> Result<Self, Trouble> {
        let folder = root().join("target/planted/copy");
        for (path, text) in tree.files() {
            let path = folder.join(path);
            // What has not changed keeps its time, so that it is not built again.
            if fs::read_to_string(&path).is_ok_and(|old| old == text) {
                continue;
            }
            write(&path, text)?;
        }
        Ok(Self(folder))
    }

    /// Whether the test finds the bug. The copy is as before afterwards.
    fn finds(&self, bug: &Bug) -> Result<bool, Trouble> {
        let path = self.0.join(bug.file);
        let right = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        write(&path, &planted(bug, &right)?)?;
        let passes = self.build(bug).and_then(|()| self.passes(bug));
        write(&path, &right)?;
        passes.map(|passes| !passes)
    }

    /// A bug that does not compile is not found by a test.
    fn build(&self, bug: &Bug) -> Outcome {
        let mut command = self.test(bug);
        let built = command.arg("--no-run").output();
        match built {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(Trouble::failed(
                format!(
                    "with `{}` it does not compile\n{}",
                    bug.what,
                    String::from_utf8_lossy(&output.stderr)
                ),
                "mend the bug in xtask/src/planted",
            )),
            Err(error) => Err(Trouble::unusable(format!("cargo did not start: {error}"), "cargo --version")),
        }
    }

    fn passes(&self, bug: &Bug) -> Result<bool, Trouble> {
        let mut command = self.test(bug);
        command.args(["--", "--exact", bug.test[2]]).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status();
        status
            .map(|status| status.success())
            .map_err(|error| Trouble::unusable(format!("cargo did not start: {error}"), "cargo --version"))
    }

    fn test(&self, bug: &Bug) -> std::process::Command {
        let [package, binary, _] = bug.test;
        let mut command = cargo("test --quiet --all-features");
        command.current_dir(&self.0).args(["--package", package, "--test", binary]);
        command.env("CARGO_TARGET_DIR", root().join("target/planted/target"));
        command.env("PROPTEST_FAILURE_PERSISTENCE", "off").env_remove("CARGO_MANIFEST_DIR");
        // Some bugs make a test hang, and are found by that.
        command.env("ROSTERLINE_PATIENCE", "8");
        command
    }
}

/// The text with the bug in it.
fn planted(bug: &Bug, text: &str) -> Result<String, Trouble> {
    match text.matches(bug.right).count() {
        1 => Ok(text.replacen(bug.right, bug.wrong, 1)),
        count => Err(Trouble::failed(
            format!("`{}` stands {count} times in {}, not once", bug.right, bug.file),
            "write the bug anew in xtask/src/planted: the code has changed",
        )),
    }
}

fn write(path: &Path, text: &str) -> Outcome {
    let parent = path.parent().expect("a file lies in a folder");
    fs::create_dir_all(parent).and_then(|()| fs::write(path, text)).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::unusable(format!("{}: {error}", path.display()), "cargo clean")
}

#[cfg(test)]
mod tests {
    use super::{Bug, all, driver, planted, timeline};
    use crate::tree::Tree;

    /// Whether the file that holds the bug's test has it; those of every runtime stand elsewhere, with a parameter.
    fn has_test(tree: &Tree, bug: &Bug) -> bool {
        let [package, binary, test] = bug.test;
        if binary == "conformance" {
            let declared = format!("fn {test}<N: Net>(");
            return tree
                .rust()
                .any(|(path, text)| path.starts_with("crates/conformance/src/") && text.contains(&declared));
        }
        let folder = package.strip_prefix("rosterline-").expect("all are ours");
        let text = tree.get(&format!("crates/{folder}/tests/{binary}.rs"));
        text.is_some_and(|text| text.contains(&format!("fn {test}(")))
    }

    #[test]
    fn every_bug_can_still_be_planted_and_its_test_is_there() {
        let tree = Tree::load().expect("git lists the files");
        for bug in all() {
            let text = tree.get(bug.file).unwrap_or_else(|| panic!("{} is gone", bug.file));
            planted(bug, text).unwrap_or_else(|trouble| panic!("{}", trouble.what));
            assert!(has_test(&tree, bug), "{}", bug.test[2]);
        }
    }

    #[test]
    fn the_pages_list_every_bug_with_its_test() {
        let tree = Tree::load().expect("git lists the files");
        for (page, bugs) in [("docs/timeline.md", timeline::BUGS), ("docs/conformance.md", driver::BUGS)] {
            let text = tree.get(page).unwrap_or_else(|| panic!("{page} is gone"));
            for bug in bugs {
                let row = text.lines().find(|line| line.contains(bug.what));
                assert!(row.is_some_and(|row| row.contains(bug.test[2])), "{}: {}", bug.what, bug.test[2]);
            }
        }
    }
}
