//! Planted bugs: each rule is seen to fail. A copy of the project gets one bug at a time, and the test that should find it is run.
//! A file for each part of the product, and the mistakes of the Go tutorial in `tutorial.rs`.

mod buffer;
mod clock;
mod connect;
mod copy;
mod driver;
mod frames;
mod gaps;
mod heartbeat;
mod notifications;
mod outside;
mod page;
mod reconnect;
mod timeline;
mod token;
mod tutorial;

use std::time::{Duration, Instant};

use crate::shell::{Outcome, Trouble};
use crate::tree::Tree;
use copy::Copy;

/// A bug: what is written in place of what, and the test that must fail by it.
#[derive(Clone, Copy)]
pub(crate) struct Bug {
    /// What the bug does, in a few words.
    pub(crate) what: &'static str,
    /// The file, from the root of the project.
    pub(crate) file: &'static str,
    /// What stands there, once.
    pub(crate) right: &'static str,
    /// What is written there.
    pub(crate) wrong: &'static str,
    /// The package, the test binary (`lib` or `bin` for the tests within a crate), and the test.
    pub(crate) test: [&'static str; 3],
    /// The mistakes of the tutorial that it stands for, by their numbers. None: somebody who changes our code could make it.
    pub(crate) tutorial: &'static [u8],
}

impl Bug {
    /// A bug that a test at the session's door finds.
    const fn session(
        what: &'static str,
        file: &'static str,
        right: &'static str,
        wrong: &'static str,
        test: &'static str,
    ) -> Self {
        Self { what, file, right, wrong, test: ["rosterline-core", "session", test], tutorial: &[] }
    }

    /// The same bug, found by a test of another binary.
    const fn found_in(self, package: &'static str, binary: &'static str) -> Self {
        Self { test: [package, binary, self.test[2]], ..self }
    }

    /// The same bug, as a mistake of the tutorial.
    const fn of(self, tutorial: &'static [u8]) -> Self {
        Self { tutorial, ..self }
    }
}

/// Every bug that there is.
fn all() -> impl Iterator<Item = &'static Bug> {
    let tables = [
        token::BUGS,
        connect::BUGS,
        frames::BUGS,
        buffer::BUGS,
        heartbeat::BUGS,
        reconnect::BUGS,
        gaps::BUGS,
        notifications::BUGS,
        outside::BUGS,
        timeline::BUGS,
        clock::BUGS,
        driver::BUGS,
    ];
    tables.into_iter().flatten()
}

/// Plants each bug whose words or file contain the argument, or which stands for the mistake of this number; or every bug. With
/// `--list` prints the page about them.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if arguments.iter().any(|argument| argument == "--list") {
        print!("{}", page::page());
        return Ok(());
    }
    let mut bugs: Vec<&Bug> = all().filter(|bug| arguments.iter().all(|word| has(bug, word))).collect();
    if bugs.is_empty() {
        return Err(Trouble::unusable("no planted bug has these words", "cargo xtask planted"));
    }
    // What is found by the same binary is built one after the other, which is quicker.
    bugs.sort_by_key(|bug| (bug.test[0], bug.test[1]));
    let copy = Copy::make(&Tree::load()?)?;
    bugs.chunk_by(|a, b| a.test[..2] == b.test[..2]).try_for_each(|tests| copy.is_sound(tests))?;
    let mut missed = Vec::new();
    let (mut times, mut tests) = (Vec::new(), Vec::new());
    for bug in &bugs {
        let start = Instant::now();
        let (found, test) = copy.finds(bug)?;
        tests.push(test);
        times.push(start.elapsed());
        println!("{:7} {} ({})", if found { "found" } else { "MISSED" }, bug.what, bug.test[2]);
        if !found {
            missed.push(bug.what);
        }
    }
    if missed.is_empty() {
        println!("\nall {} planted bugs were found: {}", bugs.len(), spent(times));
        println!("without the building: {}", spent(tests));
        return Ok(());
    }
    let again = format!("cargo xtask planted '{}'", missed[0]);
    Err(Trouble::failed(format!("nobody noticed: {}", missed.join("; ")), again))
}

/// Whether a person who types this word means this bug.
fn has(bug: &Bug, word: &str) -> bool {
    let number = word.parse().is_ok_and(|number| bug.tutorial.contains(&number));
    number || bug.what.contains(word) || bug.file.contains(word)
}

/// How long it took, in words.
fn spent(mut times: Vec<Duration>) -> String {
    times.sort();
    let seconds = |time: Duration| time.as_secs_f32();
    let all: Duration = times.iter().sum();
    format!("{:.0} s, {:.2} s for the median one", seconds(all), seconds(times[times.len() / 2]))
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

/// The folder of one of our packages.
fn folder(package: &str) -> String {
    format!("crates/{}", package.strip_prefix("rosterline-").unwrap_or("cli"))
}

#[cfg(test)]
mod tests {
    use super::{Bug, all, driver, folder, planted, timeline};
    use crate::tree::Tree;

    /// Whether the file that holds the bug's test has it; those of every runtime stand elsewhere, with a parameter.
    fn has_test(tree: &Tree, bug: &Bug) -> bool {
        let [package, binary, test] = bug.test;
        let (modules, name) = test.rsplit_once("::").unwrap_or(("", test));
        let holds = |path: &str, declared: &str| {
            tree.rust().any(|(file, text)| file.starts_with(path) && text.contains(declared))
        };
        let folder = folder(package);
        if binary == "conformance" {
            return holds("crates/conformance/src/", &format!("fn {name}<N: Net>("));
        }
        let module = modules.split("::").next().unwrap_or_default();
        let path = match (binary, module) {
            ("lib" | "bin", _) => format!("{folder}/src/{module}"),
            (_, "") => format!("{folder}/tests/{binary}.rs"),
            _ => format!("{folder}/tests/{binary}/{module}.rs"),
        };
        holds(&path, &format!("fn {name}("))
    }

    #[test]
    fn every_bug_can_still_be_planted_and_its_test_is_there() {
        let tree = Tree::load().expect("git lists the files");
        let unfit = |bug: &Bug| {
            let Some(text) = tree.get(bug.file) else { return Some(format!("{} is gone", bug.file)) };
            match planted(bug, text) {
                Err(trouble) => Some(format!("{}: {}", bug.what, trouble.what)),
                Ok(wrong) if wrong == text => Some(format!("{}: it changes nothing", bug.what)),
                Ok(_) if !has_test(&tree, bug) => Some(format!("{}: there is no {}", bug.what, bug.test[2])),
                Ok(_) => None,
            }
        };
        let unfit: Vec<String> = all().filter_map(unfit).collect();
        assert!(unfit.is_empty(), "{}", unfit.join("\n\n"));
    }

    #[test]
    fn no_two_bugs_have_the_same_words() {
        let mut words: Vec<&str> = all().map(|bug| bug.what).collect();
        words.sort_unstable();
        assert_eq!(words.windows(2).find(|pair| pair[0] == pair[1]), None);
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
