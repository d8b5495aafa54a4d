//! One interaction as swimlanes: a title, and a row with bars for each participant.

use super::{Paint, Picture, Row, Span, fit};

/// The width of the participants' names.
const LABEL: usize = 12;
/// What stands before a name.
const INDENT: &str = "  ";
/// A bar shorter than this tells nothing.
const NARROWEST: usize = 10;

/// What one column of a lane shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Absent,
    Present,
    /// Something may be missing here; the participant was not known to be present.
    Doubtful,
    /// Present, as far as known: the other side of a gap may say otherwise.
    DoubtfulPresent,
}

impl Cell {
    const fn glyph(self) -> char {
        match self {
            Self::Absent => '·',
            Self::Present => '█',
            Self::Doubtful => '╱',
            Self::DoubtfulPresent => '▒',
        }
    }

    const fn style(self, complete: bool) -> &'static str {
        match self {
            Self::Absent => Paint::DIM,
            Self::Present if complete => Paint::CYAN,
            Self::Present => Paint::GREEN,
            Self::Doubtful | Self::DoubtfulPresent => Paint::YELLOW,
        }
    }
}

/// Draws an interaction, at most `width` columns wide.
pub(crate) fn draw(picture: &Picture, width: usize, paint: Paint) -> Vec<String> {
    let columns = width.saturating_sub(INDENT.len() + LABEL + 1).max(NARROWEST);
    let mut lines = vec![title(picture, width, paint)];
    lines.extend(picture.rows.iter().map(|row| {
        let label = format!("{INDENT}{:<LABEL$} ", fit(&row.label, LABEL));
        label + &lane(picture, row, columns, paint)
    }));
    lines
}

fn title(picture: &Picture, width: usize, paint: Paint) -> String {
    let (state, mark, style) = match (picture.complete, picture.is_over()) {
        (true, _) => ("complete", "●", Paint::CYAN),
        (false, true) => ("over, may lack events", "◐", Paint::YELLOW),
        (false, false) => ("open", "○", Paint::GREEN),
    };
    let seconds = (picture.to - picture.from).max(0) / 1000;
    let clock = format!("{}:{:02}", seconds / 60, seconds % 60);
    let mut rest = format!("{state}, {clock}, revision {}", picture.revision);
    for note in &picture.notes {
        rest = rest + ", " + note;
    }
    let name = fit(&picture.name, width.saturating_sub(4).min(36));
    let rest = fit(&rest, width.saturating_sub(name.chars().count() + 4));
    format!("{} {}  {rest}", paint.on(style, mark), paint.on(Paint::BOLD, &name))
}

fn lane(picture: &Picture, row: &Row, columns: usize, paint: Paint) -> String {
    let mut cells = vec![Cell::Absent; columns];
    for span in &row.spans {
        for cell in &mut cells[covered(picture, *span, columns)] {
            *cell = Cell::Present;
        }
    }
    for gap in &picture.gaps {
        for cell in &mut cells[covered(picture, *gap, columns)] {
            *cell = match cell {
                Cell::Present | Cell::DoubtfulPresent => Cell::DoubtfulPresent,
                Cell::Absent | Cell::Doubtful => Cell::Doubtful,
            };
        }
    }
    cells
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let text: String = run.iter().map(|cell| cell.glyph()).collect();
            paint.on(run[0].style(picture.complete), &text)
        })
        .collect()
}

/// The columns that a span touches: one at least if it lies within the picture, none if it lies outside.
fn covered(picture: &Picture, span: Span, columns: usize) -> std::ops::Range<usize> {
    let (from, to) = (span.from.unwrap_or(picture.from), span.to.unwrap_or(picture.to));
    if to < picture.from || from > picture.to || to < from {
        return 0..0;
    }
    let length = i128::from(picture.to - picture.from).max(1);
    let column = |at: i64, up: bool| {
        let scaled = i128::from((at - picture.from).clamp(0, picture.to - picture.from)) * columns as i128;
        let rounded = if up { (scaled + length - 1) / length } else { scaled / length };
        usize::try_from(rounded).unwrap_or(columns).min(columns)
    };
    let start = column(from, false).min(columns - 1);
    start..column(to, true).max(start + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from: Some(from), to: Some(to) }
    }

    #[test]
    fn a_title_tells_over_from_open() {
        let title = |picture: &Picture| draw(picture, 80, Paint(false)).remove(0);
        let mut picture = call();
        assert!(title(&picture).starts_with("○ call-1  open, 1:00"));
        picture.rows.remove(0);
        assert!(title(&picture).starts_with("◐ call-1  over, may lack events, 1:00"));
        picture.complete = true;
        assert!(title(&picture).starts_with("● call-1  complete, 1:00"));
    }

    fn call() -> Picture {
        Picture {
            name: "call-1".to_string(),
            complete: false,
            revision: 4,
            from: 0,
            to: 60_000,
            rows: vec![
                Row { label: "customer".to_string(), spans: vec![Span { from: Some(0), to: None }] },
                Row {
                    label: "a-very-long-agent".to_string(),
                    spans: vec![span(12_000, 24_000), span(48_000, 54_000)],
                },
            ],
            gaps: vec![span(18_000, 30_000)],
            notes: vec!["1 gap".to_string()],
        }
    }

    #[test]
    fn presence_is_bars_and_gaps_are_hatched() {
        let drawn = draw(&call(), 35, Paint(false)).join("\n");
        let expected = "\
○ call-1  open, 1:00, revision 4, …
  customer     ██████▒▒▒▒██████████
  a-very-long… ····██▒▒╱╱······██··";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_moment_is_one_column_and_the_outside_none() {
        let picture = call();
        assert_eq!(covered(&picture, span(30_000, 30_000), 20), 10..11);
        assert_eq!(covered(&picture, span(60_000, 60_000), 20), 19..20);
        assert_eq!(covered(&picture, span(-9_000, -1), 20), 0..0);
        assert_eq!(covered(&picture, span(-9_000, i64::MAX), 20), 0..20);
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        let coloured = draw(&call(), 80, Paint(true)).join("\n");
        assert!(coloured.contains("\x1b["));
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some(at) = rest.find("\x1b[") {
            plain.push_str(&rest[..at]);
            rest = &rest[at + rest[at..].find('m').expect("an end") + 1..];
        }
        plain.push_str(rest);
        assert_eq!(plain, draw(&call(), 80, Paint(false)).join("\n"));
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for width in [30, 40, 80, 132] {
            for line in draw(&call(), width, Paint(false)) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }
}
