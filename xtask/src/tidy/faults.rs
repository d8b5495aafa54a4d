//! The table of faults counts itself.

use std::collections::BTreeSet;

use super::Finding;
use crate::tree::Tree;

const PAGE: &str = "docs/faults.md";
/// So many faults there are.
const ROWS: usize = 62;
/// What tests run on.
const SUBSTRATES: &[&str] = &["unit", "simulated", "real socket", "kernel", "process", "fuzz", "Autobahn"];

/// Every fault has its row, every row says where its tests run, and the figure above them is what they add up to.
pub(super) fn matrix(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.get(PAGE) else { return Vec::new() };
    let (mut findings, mut numbers) = (Vec::new(), BTreeSet::new());
    let (mut tested, mut twice) = (0, 0);
    for (line, text) in (1..).zip(page.lines()) {
        let cells: Vec<&str> = text.split('|').map(str::trim).collect();
        let ["", number, _, _, tests, ""] = cells[..] else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        let place = format!("{PAGE}:{line}");
        if !(1..=ROWS).contains(&number) || !numbers.insert(number) {
            findings.push(Finding::new(&place, format!("there is one row for each of 1 to {ROWS}: mend it")));
        }
        if tests == "—" {
            continue;
        }
        let parts: Vec<_> =
            tests.split("; ").map(|part| part.split_once(": ").unwrap_or((part, ""))).collect();
        let known = |(name, tests): &(&str, &str)| SUBSTRATES.contains(name) && tests.starts_with('`');
        if !parts.iter().all(known) {
            let message = format!("say `SUBSTRATE: tests; …` with one of {}, or —", SUBSTRATES.join(", "));
            findings.push(Finding::new(&place, message));
        }
        tested += 1;
        twice += usize::from(parts.iter().map(|(name, _)| name).collect::<BTreeSet<_>>().len() > 1);
    }
    if numbers.len() != ROWS {
        findings
            .push(Finding::new(PAGE, format!("{} of {ROWS} rows are there: add the others", numbers.len())));
    }
    let figure = format!(
        "G11: {tested} of {ROWS} rows have a named test, {twice} have tests on two or more substrates."
    );
    if !page.contains(&figure) {
        findings.push(Finding::new(PAGE, format!("the rows add up to another figure: say `{figure}`")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{ROWS, matrix};
    use crate::tree::Tree;

    fn page(tested: usize, first: &str) -> String {
        let mut page =
            format!("G11: {tested} of 62 rows have a named test, 1 have tests on two or more substrates.\n");
        page += first;
        for number in 2..=ROWS {
            page += &format!("| {number} | a fault | what happens | — |\n");
        }
        page
    }

    fn findings(page: &str) -> usize {
        matrix(&Tree::of(&[("docs/faults.md", page)])).len()
    }

    #[test]
    fn a_figure_that_the_rows_do_not_add_up_to_is_found() {
        let first = "| 1 | a fault | what happens | unit: `a::b`; kernel: `c::d` |\n";
        assert_eq!((findings(&page(1, first)), findings(&page(2, first))), (0, 1));
    }

    #[test]
    fn rows_that_are_missing_double_or_without_a_substrate_are_found() {
        let first = "| 1 | a fault | what happens | unit: `a::b`; kernel: `c::d` |\n";
        let missing = page(0, "");
        let double = page(2, &format!("{first}| 1 | again | what happens | unit: `a::b` |\n"));
        let nowhere = page(1, "| 1 | a fault | what happens | `a::b`; kernel: `c::d` |\n");
        // Without its first row the figure is another one, too.
        assert_eq!((findings(&missing), findings(&double), findings(&nowhere)), (2, 1, 1));
    }
}
