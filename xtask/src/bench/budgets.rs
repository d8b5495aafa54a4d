//! `benches/budgets.toml`: what an event may cost. The little of TOML that is needed is read here.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::shell::{self, Trouble};

/// The file, and what it says.
pub(super) struct Budgets {
    text: String,
    /// The compiler under which the figures were counted, and its host.
    pub(super) compiler: String,
    /// So many percent a figure may differ from its budget.
    tolerance: f64,
    /// The same under another compiler.
    tolerance_elsewhere: f64,
    /// By section and name, in the order of the file.
    pub(super) rows: Vec<Budget>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Budget {
    pub(super) section: String,
    pub(super) name: String,
    pub(super) figure: f64,
}

/// What is to be said of a measured figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As much as it may be, within the tolerance.
    Kept,
    /// More.
    Over,
    /// Less: the budget would hide it if that were lost again.
    Under,
}

impl Budgets {
    /// Where the file is, from the root.
    pub(super) const FILE: &str = "benches/budgets.toml";

    fn path() -> PathBuf {
        shell::root().join(Self::FILE)
    }

    pub(super) fn load() -> Result<Self, Trouble> {
        let text = fs::read_to_string(Self::path());
        let text = text.map_err(|error| unusable(&error.to_string()))?;
        Self::parse(text).map_err(|line| unusable(&format!("`{line}` is not understood")))
    }

    /// What the text says, or the line that says nothing.
    pub(super) fn parse(text: String) -> Result<Self, String> {
        let (mut section, mut rows, mut compiler) = (String::new(), Vec::new(), String::new());
        let (mut tolerance, mut tolerance_elsewhere) = (0.0, 0.0);
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                name.clone_into(&mut section);
                continue;
            }
            let (name, value) = line.split_once(" = ").ok_or(line)?;
            let (name, figure) = (unquoted(name), value.parse().map_err(|_| line));
            match (section.as_str(), name) {
                ("", "compiler") => unquoted(value).clone_into(&mut compiler),
                ("", "tolerance") => tolerance = figure?,
                ("", "tolerance-elsewhere") => tolerance_elsewhere = figure?,
                ("", _) => return Err(line.to_owned()),
                _ => rows.push(Budget { section: section.clone(), name: name.to_owned(), figure: figure? }),
            }
        }
        Ok(Self { text, compiler, tolerance, tolerance_elsewhere, rows })
    }

    /// How many percent a figure may differ under this compiler.
    pub(super) fn tolerance(&self, compiler: &str) -> f64 {
        if compiler == self.compiler { self.tolerance } else { self.tolerance_elsewhere }
    }

    pub(super) fn of(&self, section: &str, name: &str) -> Option<f64> {
        let row = self.rows.iter().find(|row| (row.section.as_str(), row.name.as_str()) == (section, name));
        row.map(|row| row.figure)
    }

    /// Writes these figures into the file, and the compiler. Everything else in it stays, and its order.
    pub(super) fn update(&self, measured: &[Budget], compiler: &str) -> Result<(), Trouble> {
        fs::write(Self::path(), self.updated(measured, compiler))
            .map_err(|error| unusable(&error.to_string()))
    }

    fn updated(&self, measured: &[Budget], compiler: &str) -> String {
        let mut section = "";
        let mut text = String::new();
        for line in self.text.lines() {
            section = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).unwrap_or(section);
            let name = line.split_once(" = ").map(|(name, _)| name);
            let figure = name.and_then(|name| {
                measured.iter().find(|row| row.section == section && row.name == unquoted(name))
            });
            match (name, figure) {
                (Some("compiler"), _) => text.push_str(&format!("compiler = \"{compiler}\"")),
                (Some(name), Some(row)) => text.push_str(&format!("{name} = {}", row.figure)),
                _ => text.push_str(line),
            }
            text.push('\n');
        }
        text
    }
}

impl Verdict {
    /// Of `measured` where `budget` is allowed, give or take so many percent.
    pub(super) fn of(measured: f64, budget: f64, tolerance: f64) -> Self {
        let room = budget * tolerance / 100.0;
        if measured > budget + room {
            Self::Over
        } else if measured < budget - room {
            Self::Under
        } else {
            Self::Kept
        }
    }
}

/// This compiler and its host, as `1.95.0 x86_64-unknown-linux-gnu`.
pub(super) fn compiler() -> Result<String, Trouble> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = shell::read(Command::new(rustc).arg("-vV"))?;
    let field = |name| told.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown");
    Ok(format!("{} {}", field("release: "), field("host: ")))
}

fn unquoted(word: &str) -> &str {
    word.trim_matches('"')
}

fn unusable(why: &str) -> Trouble {
    Trouble::unusable(format!("{}: {why}", Budgets::FILE), format!("git diff {}", Budgets::FILE))
}

#[cfg(test)]
mod tests {
    use super::{Budget, Budgets, Verdict};

    const TEXT: &str = "# Why.\ncompiler = \"1.95.0 here\"\ntolerance = 2\ntolerance-elsewhere = 20\n\n\
                        [instructions]\na-1 = 100\n# A remark.\n\"b, 1 x 2\" = 7.5\n\n[bytes]\na-1 = 0\n";

    fn budgets() -> Budgets {
        Budgets::parse(TEXT.to_owned()).expect("it is well-formed")
    }

    fn row(section: &str, name: &str, figure: f64) -> Budget {
        Budget { section: section.to_owned(), name: name.to_owned(), figure }
    }

    #[test]
    fn every_line_is_understood_or_named() {
        let budgets = budgets();
        let rows = [row("instructions", "a-1", 100.0), row("instructions", "b, 1 x 2", 7.5)];
        assert_eq!(budgets.rows[..2], rows);
        assert_eq!(budgets.of("bytes", "a-1"), Some(0.0));
        assert_eq!(budgets.of("bytes", "b, 1 x 2"), None);
        for line in ["a-1 = many", "nothing", "unknown = 1"] {
            assert_eq!(Budgets::parse(line.to_owned()).err(), Some(line.to_owned()));
        }
    }

    #[test]
    fn another_compiler_has_the_wider_tolerance() {
        assert_eq!(budgets().tolerance("1.95.0 here"), 2.0);
        assert_eq!(budgets().tolerance("1.95.0 there"), 20.0);
        assert_eq!(budgets().tolerance("1.96.0 here"), 20.0);
    }

    #[test]
    fn a_figure_is_kept_within_the_tolerance_on_both_sides() {
        let verdicts = [98.0, 102.0, 102.1, 97.9].map(|measured| Verdict::of(measured, 100.0, 2.0));
        assert_eq!(verdicts, [Verdict::Kept, Verdict::Kept, Verdict::Over, Verdict::Under]);
        assert_eq!(Verdict::of(0.0, 0.0, 2.0), Verdict::Kept);
        assert_eq!(Verdict::of(0.001, 0.0, 20.0), Verdict::Over, "of nothing there is no share");
    }

    #[test]
    fn an_update_changes_figures_and_nothing_else() {
        let measured = [row("instructions", "b, 1 x 2", 6.5), row("bytes", "a-1", 1.0)];
        let expected =
            TEXT.replace("= 7.5", "= 6.5").replace("a-1 = 0", "a-1 = 1").replace("1.95.0", "1.96.0");
        assert_eq!(budgets().updated(&measured, "1.96.0 here"), expected);
    }
}
