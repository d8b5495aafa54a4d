//! docs/planted.md, made of the tables.

use std::fmt::Write as _;

use super::tutorial::{APART, MISTAKES};
use super::{Bug, all, driver, timeline};

const HEAD: &str = "\
# Planted bugs

A test that has never failed proves nothing. `cargo xtask planted` breaks a copy of the project, one bug at a time, and runs the one
test that has to find it; a bug that is not found fails the chore. A number or a word behind it chooses: `cargo xtask planted 44`,
`cargo xtask planted heartbeat`. That each bug can still be planted, and that its test exists, is looked at by an ordinary test.

This page is made by `cargo xtask planted --list`, and compared with it.

## The mistakes of the tutorial

The `stream` dialect comes from a widely copied Go tutorial ([what it gets wrong](tutorial.md)). Here are its mistakes one by one, and
what stands for each in this code: the same mistake, or the one that comes nearest where our way of building rules it out.

| no. | the tutorial | planted | in | found by |
|---|---|---|---|---|
";

const OURS: &str = "
## Mistakes that are easily made here

What somebody who changes this code could write. The timelines and the driver have lists of their own:
[timeline.md](timeline.md), [conformance.md](conformance.md).

| planted | in | found by |
|---|---|---|
";

/// The whole page.
pub(super) fn page() -> String {
    let mut page = String::from(HEAD);
    for (number, mistake) in (1..).zip(MISTAKES) {
        let bugs: Vec<&Bug> = all().filter(|bug| bug.tutorial.contains(&number)).collect();
        for bug in &bugs {
            row(&mut page, &format!("| {number} | {mistake} | "), bug);
        }
        for (_, why) in APART.iter().filter(|(of, _)| *of == number) {
            line(&mut page, &format!("| {number} | {mistake} | {why} | | |"));
        }
    }
    page.push_str(OURS);
    let has_its_own =
        |bug: &Bug| [timeline::BUGS, driver::BUGS].concat().iter().any(|it| it.what == bug.what);
    for bug in all().filter(|bug| bug.tutorial.is_empty() && !has_its_own(bug)) {
        row(&mut page, "| ", bug);
    }
    page
}

fn row(page: &mut String, start: &str, bug: &Bug) {
    let file = bug.file.strip_prefix("crates/").unwrap_or(bug.file);
    let file = file.replacen("/src/", "/", 1);
    let [package, binary, test] = bug.test;
    let crate_of = package.strip_prefix("rosterline-").unwrap_or("cli");
    // The tests of the session have no other home; the others are found by their crate and binary.
    let test = match binary {
        "session" => test.to_owned(),
        _ => format!("{crate_of} {binary}::{test}"),
    };
    line(page, &format!("{start}{} | `{file}` | `{test}` |", bug.what));
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::tree::Tree;

    #[test]
    fn the_page_is_as_the_tables_are() {
        let tree = Tree::load().expect("git lists the files");
        let written = tree.get("docs/planted.md").expect("the page is there");
        assert!(written == page(), "run: cargo xtask planted --list >docs/planted.md");
    }
}
