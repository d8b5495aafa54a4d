//! Holds the counted costs of an event against `benches/budgets.toml`.
//!
//! More than the budget fails. Less is told, with how to write it down: what was won and is not there can be lost again without a
//! word, but the C library copies by what the processor can do, so that less here may be more elsewhere. Under another compiler,
//! whose counts differ, the tolerance is wider.

use std::thread;

use super::budgets::{Budget, Budgets, Verdict, compiler};
use super::counted::{Program, has_valgrind};
use crate::shell::{Outcome, Trouble};

/// With the value `required` in the environment, a missing valgrind fails the chore.
const REQUIRED: &str = "ROSTERLINE_VALGRIND";

const UPDATE: &str = "cargo xtask bench-check --update   # if it is meant; then look at the difference";

/// The chore.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let update = match arguments {
        [] => false,
        [only] if only == "--update" => true,
        [other, ..] => {
            let what = format!("`bench-check` takes --update or nothing, not `{other}`");
            return Err(Trouble::unusable(what, "cargo xtask bench-check --help"));
        }
    };
    let (budgets, compiler) = (Budgets::load()?, compiler()?);
    let mut measured = allocated()?;
    if has_valgrind() {
        measured.extend(instructions(&budgets)?);
    } else if update || std::env::var(REQUIRED).is_ok_and(|value| value == "required") {
        let what =
            format!("instructions have to be counted ({REQUIRED}, or --update), but there is no valgrind");
        return Err(Trouble::unusable(what, "install valgrind by the system's package manager"));
    } else {
        println!("SKIPPED: no instruction was counted: valgrind is not installed (it is for Linux)");
    }
    if update {
        budgets.update(&measured, &compiler)?;
        println!("{} has the figures of {compiler} now", Budgets::FILE);
        return Ok(());
    }
    judge(&budgets, &measured, &compiler)
}

/// What the allocator counts, from the lines of the bench: a section, a name, and a figure.
fn allocated() -> Result<Vec<Budget>, Trouble> {
    let told = Program::build("allocated")?.read()?;
    let row = |line: &str| {
        let (section, rest) = line.split_once(' ')?;
        let (name, figure) = rest.rsplit_once(' ')?;
        Some(Budget { section: section.into(), name: name.into(), figure: figure.parse().ok()? })
    };
    Ok(told.lines().filter_map(row).collect())
}

/// The instructions of every workload that has a budget, two at a time.
fn instructions(budgets: &Budgets) -> Result<Vec<Budget>, Trouble> {
    let program = Program::build("counted")?;
    let section = "instructions";
    let known = program.workloads()?;
    let wanted: Vec<&String> = known.iter().filter(|name| budgets.of(section, name).is_some()).collect();
    let count = |name: &String| {
        let figure = program.instructions(name)?.round();
        Ok(Budget { section: section.into(), name: name.clone(), figure })
    };
    let of_one = |first: usize| wanted.iter().skip(first).step_by(2).map(|name| count(name)).collect();
    let halves: [Result<Vec<Budget>, Trouble>; 2] = thread::scope(|scope| {
        let other = scope.spawn(|| of_one(1));
        [of_one(0), other.join().expect("it does not panic")]
    });
    let [mut rows, others] = halves;
    if let Ok(rows) = &mut rows {
        rows.extend(others?);
    }
    rows
}

/// Prints every figure, and fails with those that are over their budget.
fn judge(budgets: &Budgets, measured: &[Budget], compiler: &str) -> Outcome {
    let (tolerance, same) = (budgets.tolerance(compiler), compiler == budgets.compiler);
    if !same {
        println!(
            "the budgets were counted under {}, this is {compiler}: {tolerance} % are tolerated",
            budgets.compiler
        );
    }
    let (mut over, mut under, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    println!("{:44} {:>12} {:>12}", "", "budget", "measured");
    for Budget { section, name, figure: budget } in &budgets.rows {
        let found = measured.iter().find(|row| (&row.section, &row.name) == (section, name));
        let name = format!("{section} of {name}");
        let Some(Budget { figure, .. }) = found else {
            // Instructions cannot be counted everywhere, and that was said.
            let skipped = section == "instructions" && !measured.iter().any(|row| row.section == *section);
            missing.extend((!skipped).then_some(name));
            continue;
        };
        let verdict = Verdict::of(*figure, *budget, tolerance);
        let line = format!("{name:44} {budget:>12} {figure:>12}");
        println!("{line}{}", word(verdict));
        match verdict {
            Verdict::Kept => {}
            Verdict::Over => over.push(line),
            Verdict::Under => under.push(line),
        }
    }
    if !missing.is_empty() {
        let what = format!("there are budgets, and no figures: {}", missing.join(", "));
        return Err(Trouble::failed(what, format!("mend {}", Budgets::FILE)));
    }
    if !over.is_empty() {
        let what = format!("over budget by more than {tolerance} % (budget, measured):\n{}", over.join("\n"));
        let next = "cargo xtask bench --counted NAME   # once it is mended; or, if it is meant, bench-check --update";
        return Err(Trouble::failed(what, next));
    }
    if !under.is_empty() && same {
        println!(
            "\nbetter than the budget by more than {tolerance} %: write it down, so that it stays (budget, measured):\n{}\n{UPDATE}",
            under.join("\n")
        );
    }
    Ok(())
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "",
        Verdict::Over => "   OVER",
        Verdict::Under => "   under",
    }
}

#[cfg(test)]
mod tests {
    use super::super::budgets::{Budget, Budgets};
    use super::judge;

    fn verdict(measured: &[(&str, &str, f64)], compiler: &str) -> Result<(), String> {
        let text = "compiler = \"1 here\"\ntolerance = 2\ntolerance-elsewhere = 20\n\
                    [instructions]\na-1 = 100\n[bytes]\na-1 = 10\n";
        let budgets = Budgets::parse(text.to_owned()).expect("it is well-formed");
        let rows = measured.iter().map(|(section, name, figure)| Budget {
            section: (*section).to_owned(),
            name: (*name).to_owned(),
            figure: *figure,
        });
        judge(&budgets, &rows.collect::<Vec<_>>(), compiler).map_err(|trouble| trouble.what)
    }

    #[test]
    fn what_is_over_budget_is_named_with_both_figures() {
        let what =
            verdict(&[("instructions", "a-1", 110.0), ("bytes", "a-1", 10.0)], "1 here").expect_err("over");
        assert!(
            what.contains("instructions of a-1") && what.contains("100") && what.contains("110"),
            "{what}"
        );
        assert!(!what.contains("bytes"), "{what}");
        assert_eq!(verdict(&[("instructions", "a-1", 110.0), ("bytes", "a-1", 10.0)], "2 here"), Ok(()));
        assert!(verdict(&[("instructions", "a-1", 130.0), ("bytes", "a-1", 10.0)], "2 here").is_err());
    }

    #[test]
    fn what_is_won_is_no_failure() {
        let won = [("instructions", "a-1", 70.0), ("bytes", "a-1", 10.0)];
        assert_eq!(verdict(&won, "1 here"), Ok(()));
        assert_eq!(verdict(&won, "2 here"), Ok(()));
    }

    #[test]
    fn a_budget_without_a_figure_fails_unless_nothing_could_be_counted() {
        assert_eq!(verdict(&[("bytes", "a-1", 10.0)], "1 here"), Ok(()));
        let what = verdict(&[("instructions", "a-1", 100.0)], "1 here").expect_err("bytes are missing");
        assert!(what.contains("bytes of a-1"), "{what}");
    }
}
