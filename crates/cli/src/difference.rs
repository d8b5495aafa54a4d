//! How two outputs differ, for a person to read.

use std::fmt::Write as _;

use rosterline_render::escape::Escaped;

/// Lines of difference that are shown. What is wrong is seen in the first ones.
const MOST: usize = 40;
/// Equal lines that are shown before a difference.
const CONTEXT: usize = 2;
/// So far ahead one side is searched for a line of the other.
const REACH: usize = 400;

/// The first differences in the manner of a unified diff, with the numbers of the lines; `None` if there are none.
pub(crate) fn difference(golden: &[u8], found: &[u8]) -> Option<String> {
    if golden == found {
        return None;
    }
    let (a, b) = (lines(golden), lines(found));
    let (mut i, mut j) = (0, 0);
    let mut out = String::from("--- golden\n+++ replay\n");
    let (mut shown, mut more) = (0, 0usize);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (skip_a, skip_b) = meet(&a[i..], &b[j..]);
        let context = CONTEXT.min(i);
        if shown < MOST {
            let _ = writeln!(out, "@@ golden line {}, replay line {} @@", i + 1, j + 1);
            a[i - context..i].iter().for_each(|line| show(&mut out, ' ', line));
        }
        let removed = a[i..i + skip_a].iter().map(|line| ('-', line));
        for (sign, line) in removed.chain(b[j..j + skip_b].iter().map(|line| ('+', line))) {
            if shown < MOST {
                show(&mut out, sign, line);
                shown += 1;
            } else {
                more += 1;
            }
        }
        (i, j) = (i + skip_a, j + skip_b);
    }
    if more > 0 {
        let _ = writeln!(out, "… and {more} more lines that differ");
    }
    if shown == 0 {
        out.push_str("they differ in their line breaks only\n");
    }
    Some(out)
}

/// How many lines of each side have to go so that both continue alike, as few as possible; all if there is no such
/// place in reach.
fn meet(a: &[&str], b: &[&str]) -> (usize, usize) {
    for distance in 1..=REACH {
        for skip_a in 0..=distance {
            let skip_b = distance - skip_a;
            match (a.get(skip_a), b.get(skip_b)) {
                (Some(left), Some(right)) if left == right => return (skip_a, skip_b),
                (None, None) if a.len() == skip_a && b.len() == skip_b => return (skip_a, skip_b),
                _ => {}
            }
        }
    }
    (a.len(), b.len())
}

fn lines(text: &[u8]) -> Vec<&str> {
    text.split(|byte| *byte == b'\n')
        .map(|line| std::str::from_utf8(line).unwrap_or("(no UTF-8)"))
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .skip_while(|line| line.is_empty())
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}

fn show(out: &mut String, sign: char, line: &str) {
    let _ = writeln!(out, "{sign}{}", Escaped::whole(line));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_outputs_have_no_difference() {
        assert_eq!(difference(b"a\nb\n", b"a\nb\n"), None);
    }

    #[test]
    fn a_changed_a_lost_and_a_new_line_are_shown_with_their_numbers() {
        let shown = difference(b"a\nb\nc\nd\ne\n", b"a\nB\nc\ne\nf\n").expect("they differ");
        assert_eq!(
            shown,
            "--- golden\n+++ replay\n@@ golden line 2, replay line 2 @@\n a\n-b\n+B\n\
             @@ golden line 4, replay line 4 @@\n B\n c\n-d\n@@ golden line 6, replay line 5 @@\n d\n e\n+f\n"
                .replace(" B\n c\n-d", " b\n c\n-d")
        );
    }

    #[test]
    fn a_long_difference_is_cut() {
        let other: String = (0..1000).map(|number| format!("{number}\n")).collect();
        let shown = difference(b"a\n", other.as_bytes()).expect("they differ");
        assert!(
            shown.lines().count() < 50 && shown.ends_with("… and 961 more lines that differ\n"),
            "{shown}"
        );
        assert!(difference(b"a\n", b"a\r\n").is_some_and(|shown| shown.contains("line breaks")));
    }
}
