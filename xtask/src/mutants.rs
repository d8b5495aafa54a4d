//! Mutation testing of core and timeline: cargo-mutants changes one operator or one result at a time, and runs the tests of the
//! package. What survives is a behaviour that no test holds, or is in `docs/mutants.md` with the reason why nothing can notice it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use crate::shell::{Outcome, Trouble, cargo, has_cargo, read, root};

/// Where the survivors are explained.
const PAGE: &str = "docs/mutants.md";
/// What is changed.
const PACKAGES: &str = "--package rosterline-core --package rosterline-timeline";
/// Where cargo-mutants and its builds write, from the root.
const FOLDER: &str = "target/mutants";

/// Runs the mutants of the files given, or all; or one shard of them.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let filter = filter(arguments)?;
    if !has_cargo("mutants") {
        return Err(Trouble::unusable(
            "cargo-mutants is not installed",
            "cargo install --locked cargo-mutants",
        ));
    }
    let list = read(&mut cargo(&format!("mutants --list {PACKAGES}")))?;
    let names = names(&list);
    if read(cargo(&format!("mutants --list {PACKAGES}")).args(&filter))?.trim().is_empty() {
        return Err(Trouble::unusable("there are no mutants in these files", "cargo mutants --list-files"));
    }
    let page = fs::read_to_string(root().join(PAGE))
        .map_err(|error| Trouble::failed(format!("{PAGE}: {error}"), "git status"))?;
    test(&filter)?;
    let [missed, caught, timeout, unviable] = ["missed", "caught", "timeout", "unviable"].map(outcome);
    let (missed, caught) = (missed?, caught?);
    let found = caught.lines().chain(timeout.as_deref().unwrap_or_default().lines());
    let explained = explained(&page);
    let verdict = Verdict::of(&names, &explained, missed.lines(), found);
    println!(
        "\n{} caught, {} timed out, {} do not compile, {} survived, of which {} are explained",
        caught.lines().count(),
        timeout?.lines().count(),
        unviable?.lines().count(),
        missed.lines().count(),
        missed.lines().count() - verdict.unexplained.len(),
    );
    verdict.outcome()
}

/// The arguments of cargo-mutants that choose: a `--file` for each glob, and the shard as it was given.
fn filter(arguments: &[String]) -> Result<Vec<String>, Trouble> {
    let usage = "cargo xtask mutants --help";
    let mut filter = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--shard" => {
                let shard = arguments.next().map_or("", String::as_str);
                let numbers = shard.split_once('/').map(|(k, n)| (k.parse::<u32>(), n.parse::<u32>()));
                let Some((Ok(k), Ok(n))) = numbers else {
                    return Err(Trouble::unusable(format!("`{shard}` is no shard, as 0/8 is"), usage));
                };
                filter.extend(["--shard".to_owned(), format!("{k}/{n}")]);
            }
            option if option.starts_with('-') => {
                return Err(Trouble::unusable(format!("there is no option `{option}`"), usage));
            }
            glob => filter.extend(["--file".to_owned(), glob.to_owned()]),
        }
    }
    Ok(filter)
}

/// Changes, builds and tests. That mutants survive is no failure here.
fn test(filter: &[String]) -> Outcome {
    let tool = if has_cargo("nextest") { "nextest" } else { "cargo" };
    let mut command = cargo(&format!(
        "mutants {PACKAGES} --jobs 1 --build-timeout 120 --output {FOLDER} --test-tool {tool}"
    ));
    command.args(filter);
    // Each mutant is a build: what makes that fast, and every run the same. The builds share what they depend on.
    command.env("CARGO_TARGET_DIR", root().join(FOLDER).join("target")).env("CARGO_INCREMENTAL", "1");
    command.env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("CARGO_MANIFEST_DIR");
    command.env("PROPTEST_CASES", "32").env("PROPTEST_RNG_SEED", "1");
    command.env("PROPTEST_FAILURE_PERSISTENCE", "off");
    ended(&mut command)
}

/// Runs it. cargo-mutants ends with 2 when mutants have survived, with 3 when tests have hung.
fn ended(command: &mut Command) -> Outcome {
    match command.status().map(|status| status.code()) {
        Ok(Some(0 | 2 | 3)) => Ok(()),
        Ok(_) => Err(Trouble::failed(
            "cargo-mutants did not come to its end",
            "cargo nextest run -p rosterline-core -p rosterline-timeline   # do they pass as they are?",
        )),
        Err(error) => Err(Trouble::unusable(format!("cargo did not start: {error}"), "cargo --version")),
    }
}

/// What cargo-mutants has written down under this word.
fn outcome(word: &str) -> Result<String, Trouble> {
    let path = root().join(FOLDER).join(format!("mutants.out/{word}.txt"));
    fs::read_to_string(&path)
        .map_err(|error| Trouble::failed(format!("{}: {error}", path.display()), "cargo xtask mutants"))
}

/// The lasting name of each mutant in cargo-mutants' list, by its line there. Lines and columns move with every change of a file,
/// so mutants of one function that are called the same are told apart by a number.
fn names(list: &str) -> BTreeMap<&str, String> {
    let mut times = BTreeMap::new();
    let mut names = BTreeMap::new();
    for line in list.lines() {
        let parts: Vec<&str> = line.splitn(4, ':').collect();
        let [file, _, _, words] = parts[..] else { continue };
        let time = times.entry((file, words)).or_insert(0_u32);
        *time += 1;
        let number = if *time > 1 { format!(" #{time}") } else { String::new() };
        names.insert(line, format!("{file}:{words}{number}"));
    }
    names
}

/// The mutants in the table of the page.
fn explained(page: &str) -> BTreeSet<String> {
    let row = |line: &str| Some(line.strip_prefix("| `")?.split_once("` |")?.0.replace("\\|", "|"));
    page.lines().filter_map(row).collect()
}

/// What a run says about the page.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    /// Survived, and nothing says why.
    unexplained: Vec<String>,
    /// In the table, though there is no such mutant, or a test has found it.
    untrue: Vec<String>,
}

impl Verdict {
    fn of<'a>(
        names: &BTreeMap<&str, String>,
        explained: &BTreeSet<String>,
        missed: impl Iterator<Item = &'a str>,
        found: impl Iterator<Item = &'a str>,
    ) -> Self {
        let name = |line: &str| names.get(line).cloned().unwrap_or_else(|| line.to_owned());
        let unexplained = missed.map(name).filter(|name| !explained.contains(name)).collect();
        let there: BTreeSet<&String> = names.values().collect();
        let gone = explained.iter().filter(|name| !there.contains(name)).cloned();
        let untrue = gone.chain(found.map(name).filter(|name| explained.contains(name))).collect();
        Self { unexplained, untrue }
    }

    fn outcome(&self) -> Outcome {
        for name in &self.unexplained {
            println!("SURVIVED | `{}` |", name.replace('|', "\\|"));
        }
        for name in &self.untrue {
            println!("NO MORE  {name}");
        }
        if !self.unexplained.is_empty() {
            let what = format!("{} mutants were noticed by no test", self.unexplained.len());
            let next = format!("write the test that notices it, or the reason why none can into {PAGE}");
            return Err(Trouble::failed(what, next));
        }
        if !self.untrue.is_empty() {
            let what = format!("{} mutants of {PAGE} are gone, or a test finds them", self.untrue.len());
            return Err(Trouble::failed(what, format!("take them out of {PAGE}")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, explained, filter, names};

    const LIST: &str = "a.rs:1:2: replace > with >= in f\n\
        a.rs:3:4: replace > with >= in f\n\
        a.rs:5:6: replace || with && in g\n";

    const PAGE: &str = "| mutant | why |\n|---|---|\n\
        | `a.rs: replace > with >= in f #2` | both are the same |\n\
        | `a.rs: replace \\|\\| with && in g` | the same, too |\n";

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn files_and_a_shard_choose() {
        let given = words("token.rs crates/core/src/session/* --shard 1/8");
        let passed = words("--file token.rs --file crates/core/src/session/* --shard 1/8");
        assert_eq!(filter(&given).expect("all is well"), passed);
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for given in ["--shard", "--shard 1", "--shard a/b", "--all"] {
            assert_eq!(filter(&words(given)).expect_err(given).code, 2);
        }
    }

    #[test]
    fn a_mutant_keeps_its_name_when_lines_move() {
        let names = names(LIST);
        assert_eq!(names["a.rs:1:2: replace > with >= in f"], "a.rs: replace > with >= in f");
        assert_eq!(names["a.rs:3:4: replace > with >= in f"], "a.rs: replace > with >= in f #2");
    }

    #[test]
    fn who_survives_has_to_be_explained() {
        let verdict = |missed: &str| {
            Verdict::of(&names(LIST), &explained(PAGE), missed.lines(), "".lines()).unexplained
        };
        assert_eq!(verdict("a.rs:3:4: replace > with >= in f\na.rs:5:6: replace || with && in g"), words(""));
        assert_eq!(verdict("a.rs:1:2: replace > with >= in f"), ["a.rs: replace > with >= in f"]);
    }

    #[test]
    fn what_is_explained_has_to_be_there_and_to_survive() {
        let verdict = |list, found: &str| {
            let verdict = Verdict::of(&names(list), &explained(PAGE), "".lines(), found.lines());
            (verdict.outcome().is_err(), verdict.untrue)
        };
        assert_eq!(verdict(LIST, ""), (false, vec![]));
        assert_eq!(verdict(LIST, "a.rs:1:2: replace > with >= in f"), (false, vec![]));
        let second = "a.rs: replace > with >= in f #2".to_owned();
        assert_eq!(verdict(LIST, "a.rs:3:4: replace > with >= in f"), (true, vec![second.clone()]));
        assert_eq!(verdict("a.rs:5:6: replace || with && in g", ""), (true, vec![second]));
    }
}
