//! What is expected of each case, and where a report differs.
//!
//! A line of the file is `CASES | BEHAVIOR | CLOSE`, and ends with `| REASON` if one of the two is not OK. Cases are one
//! (`7.1.6`) or several with the same beginning (`7.1.1-5`). Each is there once: the file is the list of all cases.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use crate::shell::{Trouble, root};

/// The file.
pub(super) const FILE: &str = "xtask/autobahn/expected.txt";

/// The number of a case: 9.2 is before 9.10.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Case(Vec<u32>);

impl Case {
    fn parse(text: &str) -> Option<Self> {
        text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>().map(Self)
    }

    /// The cases of `7.1.1-5`.
    fn parse_range(text: &str) -> Option<Vec<Self>> {
        let (first, last) = match text.split_once('-') {
            None => return Some(vec![Self::parse(text)?]),
            Some((first, last)) => (Self::parse(first)?, last.parse().ok()?),
        };
        let (number, group) = first.0.split_last()?;
        let cases = (*number..=last).map(|number| Self([group, &[number]].concat()));
        (*number < last).then(|| cases.collect())
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

/// How a client behaved in a case, and how it closed, in the words of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Result {
    behavior: String,
    close: String,
}

impl Result {
    fn new(behavior: &str, close: &str) -> Self {
        Self { behavior: behavior.to_owned(), close: close.to_owned() }
    }
}

impl fmt::Display for Result {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, closed {}", self.behavior, self.close)
    }
}

/// The result that is expected of every case.
#[derive(Debug)]
pub(super) struct Expected(BTreeMap<Case, Result>);

impl Expected {
    /// Reads the file.
    pub(super) fn load() -> std::result::Result<Self, Trouble> {
        fs::read_to_string(root().join(FILE))
            .map_err(|error| error.to_string())
            .and_then(|text| Self::parse(&text))
            .map_err(|why| {
                Trouble::unusable(format!("{FILE}: {why}"), "cargo xtask autobahn   # after mending it")
            })
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut expected = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            let (cases, result, reason) = match fields[..] {
                [cases, behavior, close] => (cases, Result::new(behavior, close), ""),
                [cases, behavior, close, reason] => (cases, Result::new(behavior, close), reason),
                _ => return Err(format!("`{line}` is not `CASES | BEHAVIOR | CLOSE | REASON`")),
            };
            if reason.is_empty() && result != Result::new("OK", "OK") {
                return Err(format!("`{line}` gives no reason why it is not OK"));
            }
            let cases = Case::parse_range(cases).ok_or_else(|| format!("`{cases}` are no cases"))?;
            for case in cases {
                let text = case.to_string();
                if expected.insert(case, result.clone()).is_some() {
                    return Err(format!("{text} is there twice"));
                }
            }
        }
        Ok(Self(expected))
    }

    /// How many cases there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Where the server's report says something else. Its lines are case, behavior, close, and the suite's words.
    pub(super) fn differences(&self, report: &str) -> Vec<Difference> {
        let mut reported = BTreeMap::new();
        for line in report.lines() {
            let mut fields = line.splitn(4, '\t');
            let mut next = || fields.next().unwrap_or_default();
            if let Some(case) = Case::parse(next()) {
                reported.insert(case, (Result::new(next(), next()), next().to_owned()));
            }
        }
        let mut differences = Vec::new();
        for (case, expected) in &self.0 {
            let (got, words) = match reported.remove(case) {
                Some((got, _)) if got == *expected => continue,
                Some((got, words)) => (got.to_string(), words),
                None => ("nothing".to_owned(), "it did not run".to_owned()),
            };
            differences.push(Difference::new(case, expected.to_string(), got, words));
        }
        for (case, (got, words)) in reported {
            differences.push(Difference::new(&case, "no such case".to_owned(), got.to_string(), words));
        }
        differences
    }
}

/// One case that went another way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    case: String,
    expected: String,
    got: String,
    /// What the suite has to say about it.
    words: String,
}

impl Difference {
    fn new(case: &Case, expected: String, got: String, words: String) -> Self {
        Self { case: case.to_string(), expected, got, words }
    }
}

/// The differences, as a table.
pub(super) fn table(differences: &[Difference]) -> String {
    let title = Difference {
        case: "case".to_owned(),
        expected: "expected".to_owned(),
        got: "got".to_owned(),
        words: "in the suite's words".to_owned(),
    };
    let rows = || std::iter::once(&title).chain(differences);
    let width = |field: fn(&Difference) -> &str| rows().map(|row| field(row).len()).max().unwrap_or(0);
    let (case, expected, got) = (width(|row| &row.case), width(|row| &row.expected), width(|row| &row.got));
    let line = |row: &Difference| {
        format!("  {:case$}  {:expected$}  {:got$}  {}", row.case, row.expected, row.got, row.words)
    };
    rows().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Expected, table};

    const TEXT: &str = "# A comment.\n\n1.1.1-3 | OK | OK\n6.4.3 | NON-STRICT | OK | it is read to its end\n";

    const REPORT: &str =
        "1.1.1\tOK\tOK\tfine\n1.1.2\tOK\tOK\tfine\n1.1.3\tOK\tOK\tfine\n6.4.3\tNON-STRICT\tOK\tlate\n";

    fn differences(report: &str) -> Vec<String> {
        let expected = Expected::parse(TEXT).expect("a good file");
        let found = expected.differences(report);
        found
            .into_iter()
            .map(|it| format!("{}: {}; {}; {}", it.case, it.expected, it.got, it.words))
            .collect()
    }

    #[test]
    fn a_report_as_expected_has_no_differences() {
        assert_eq!(differences(REPORT), Vec::<String>::new());
    }

    #[test]
    fn a_difference_is_found_for_better_or_worse() {
        let worse = REPORT.replace("1.1.2\tOK\tOK\tfine", "1.1.2\tOK\tUNCLEAN\tdropped");
        assert_eq!(differences(&worse), ["1.1.2: OK, closed OK; OK, closed UNCLEAN; dropped"]);
        let better = REPORT.replace("NON-STRICT\tOK\tlate", "OK\tOK\tat once");
        assert_eq!(differences(&better), ["6.4.3: NON-STRICT, closed OK; OK, closed OK; at once"]);
    }

    #[test]
    fn a_missing_case_is_found() {
        let report = REPORT.replace("1.1.3\tOK\tOK\tfine\n", "");
        assert_eq!(differences(&report), ["1.1.3: OK, closed OK; nothing; it did not run"]);
        assert_eq!(differences("").len(), 4);
    }

    #[test]
    fn a_case_that_nobody_expects_is_found() {
        let report = format!("{REPORT}14.1.1\tOK\tOK\tnew\n");
        assert_eq!(differences(&report), ["14.1.1: no such case; OK, closed OK; new"]);
    }

    #[test]
    fn what_is_not_ok_needs_a_reason() {
        for line in ["6.4.3 | NON-STRICT | OK", "6.4.3 | OK | UNCLEAN | ", "7.1.6 | INFORMATIONAL | OK |"] {
            let why = Expected::parse(line).expect_err(line);
            assert!(why.contains("no reason"), "{why}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_meant_is_refused() {
        for text in ["1.1.1 OK OK", "1.1.x | OK | OK", "1.1.3-1 | OK | OK", "1.1 | OK | OK\n1.1 | OK | OK"] {
            assert!(Expected::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_file_has_every_case() {
        assert_eq!(Expected::load().expect("it is there").count(), 517);
    }

    #[test]
    fn the_table_names_the_case_what_was_expected_and_what_came() {
        let report = REPORT.replace("1.1.2\tOK\tOK\tfine", "1.1.2\tFAILED\tOK\tno echo");
        let found = Expected::parse(TEXT).expect("a good file").differences(&report);
        let wanted = "  case   expected       got                in the suite's words\n  \
                      1.1.2  OK, closed OK  FAILED, closed OK  no echo";
        assert_eq!(table(&found), wanted);
    }
}
