//! Figures in what programs print, and what is made of them.

use std::fmt::Display;

use crate::shell::Trouble;

/// The figure behind `key=` or `"key":` in what a program printed; the last, if it is there more than once.
pub(crate) fn find(text: &str, key: &str) -> Option<f64> {
    let plain = text.rmatch_indices(&format!("{key}=")).find_map(|(at, found)| {
        let alone = text[..at].chars().next_back().is_none_or(char::is_whitespace);
        alone.then(|| number(&text[at + found.len()..]))?
    });
    let quoted = format!("\"{key}\":");
    plain.or_else(|| text.rfind(&quoted).and_then(|at| number(&text[at + quoted.len()..])))
}

/// The same, where it must be there.
pub(crate) fn need(text: &str, key: &str, whose: impl Display) -> Result<f64, Trouble> {
    find(text, key).ok_or_else(|| {
        let what = format!("{whose} did not say `{key}`: {}", text.trim());
        Trouble::failed(what, "cargo xtask load --help")
    })
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].parse().ok()
}

/// The median, the least and the most of some values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else { return Self::default() };
        let middle = sorted.len() / 2;
        let median =
            if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        Self { median, least: *least, most: *most }
    }
}

/// A row of a table in Markdown, with its cells behind each other.
pub(crate) fn row<C: Display>(cells: impl IntoIterator<Item = C>) -> String {
    let cells: Vec<_> = cells.into_iter().map(|cell| cell.to_string()).collect();
    format!("| {} |", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_both_ways_of_writing_them() {
        assert_eq!(find("presences=12 p99_us=3.5\n", "p99_us"), Some(3.5));
        assert_eq!(find("bytes=1\nbytes=2 x=3", "bytes"), Some(2.0));
        assert_eq!(find(r#"{"gaps":0,"delivered":77}"#, "delivered"), Some(77.0));
        assert_eq!(find("over_p99_us=3", "p99_us"), None);
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        let spread = Spread::of(&[3.0, 1.0, 2.0]);
        assert_eq!((spread.median, spread.least, spread.most), (2.0, 1.0, 3.0));
        assert_eq!(Spread::of(&[4.0, 1.0]).median, 2.5);
    }
}
