//! One interaction as swimlanes for a terminal: a title, and a line with bars for each row.

use std::ops::Range;

use rosterline_core::Timestamp;

use crate::escape::Escaped;
use crate::time::{length, nanos};
use crate::{Paint, Picture, Ring, Row, Standing, fit};

/// The width of the participants' names.
const LABEL: usize = 12;
/// The same where it also says what the participant is: eight characters of a UUID, and `customer`.
const WIDE: usize = 20;
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
    /// There was a gap; what was missed has been told, and nobody was there.
    Mended,
    /// The same, and the participant was present.
    MendedPresent,
    /// It rang, and nobody answered.
    Ringing,
    /// Something does not fit together.
    Odd,
}

impl Cell {
    const fn glyph(self) -> char {
        match self {
            Self::Absent => '·',
            Self::Present => '█',
            Self::Doubtful => '╱',
            Self::DoubtfulPresent => '▒',
            Self::Mended => '-',
            Self::MendedPresent => '▓',
            Self::Ringing => '~',
            Self::Odd => '!',
        }
    }

    const fn style(self, standing: Standing) -> &'static str {
        match (self, standing) {
            (Self::Absent | Self::Mended, _) => Paint::DIM,
            (Self::Present | Self::MendedPresent, Standing::Complete) => Paint::CYAN,
            (Self::Present | Self::MendedPresent, Standing::Over | Standing::Open) => Paint::GREEN,
            (Self::Doubtful | Self::DoubtfulPresent | Self::Ringing, _) => Paint::YELLOW,
            (Self::Odd, _) => Paint::RED,
        }
    }

    /// The same place with a gap over it.
    const fn under(self, repaired: bool) -> Self {
        match (self, repaired) {
            (Self::Present | Self::MendedPresent, false) | (Self::DoubtfulPresent, _) => {
                Self::DoubtfulPresent
            }
            (Self::Absent | Self::Mended, false) | (Self::Doubtful, _) => Self::Doubtful,
            (Self::Present | Self::MendedPresent, true) => Self::MendedPresent,
            (Self::Absent | Self::Mended, true) => Self::Mended,
            (Self::Ringing | Self::Odd, _) => self,
        }
    }
}

/// Draws an interaction, at most `width` columns wide (of characters that take one column each; 25 at least). Nothing in
/// it can steer the terminal but the colours, if there are any.
#[must_use]
pub fn draw(picture: &Picture, width: usize, paint: Paint) -> Vec<String> {
    let room = if picture.rows.iter().any(|row| row.leg.is_some()) { WIDE } else { LABEL };
    let columns = width.saturating_sub(INDENT.len() + room + 1).max(NARROWEST);
    let mut lines = vec![title(picture, width, paint)];
    lines.extend(picture.rows.iter().map(|row| {
        let label = format!("{INDENT}{:<room$} ", label(row, room));
        label + &lane(picture, row, columns, paint)
    }));
    lines
}

fn title(picture: &Picture, width: usize, paint: Paint) -> String {
    let (mark, style) = match picture.standing {
        Standing::Complete => ("●", Paint::CYAN),
        Standing::Over => ("◐", Paint::YELLOW),
        Standing::Open => ("○", Paint::GREEN),
    };
    let length = length(nanos(picture.to) - nanos(picture.from));
    let mut rest = format!("{}, {length}, revision {}", picture.standing.name(), picture.revision);
    for note in picture.notes() {
        rest = rest + ", " + &note;
    }
    let name = picture.interaction.with_str(|text| Escaped::new(text).to_string());
    let name = fit(&name, width.saturating_sub(4).min(36));
    let rest = fit(&rest, width.saturating_sub(name.chars().count() + 4));
    format!("{} {}  {rest}", paint.on(style, mark), paint.on(Paint::BOLD, &name))
}

/// A UUID by its first eight characters, any other name as it is; and what the participant is, or on which channel.
fn label(row: &Row, room: usize) -> String {
    let name = row.participant.with_str(|text| match row.participant.uuid() {
        Some(_) => text.chars().take(8).collect(),
        None => Escaped::new(text).to_string(),
    });
    let Some(aside) = row.aside() else { return fit(&name, room) };
    let aside = fit(&Escaped::new(&aside).to_string(), room / 2 - 1);
    let name = fit(&name, room - 1 - aside.chars().count());
    format!("{name} {aside}")
}

fn lane(picture: &Picture, row: &Row, columns: usize, paint: Paint) -> String {
    let mut cells = vec![Cell::Absent; columns];
    for bar in &row.bars {
        for cell in &mut cells[covered(picture, bar.from, bar.to, columns)] {
            *cell = Cell::Present;
        }
    }
    for band in &picture.bands {
        for cell in &mut cells[covered(picture, Some(band.from), Some(band.to), columns)] {
            *cell = cell.under(band.repaired);
        }
    }
    if let Some((from, to)) = row.ring.as_ref().and_then(Ring::span) {
        for cell in &mut cells[covered(picture, Some(from), Some(to), columns)] {
            *cell = Cell::Ringing;
        }
    }
    for mark in &row.marks {
        let at = mark.at.clamp(picture.from, picture.to);
        for cell in &mut cells[covered(picture, Some(at), Some(at), columns)] {
            *cell = Cell::Odd;
        }
    }
    cells
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let text: String = run.iter().map(|cell| cell.glyph()).collect();
            paint.on(run[0].style(picture.standing), &text)
        })
        .collect()
}

/// The columns that a span touches: one at least if it lies within the picture, none if it lies outside.
fn covered(
    picture: &Picture,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    columns: usize,
) -> Range<usize> {
    let (from, to) = (from.unwrap_or(picture.from), to.unwrap_or(picture.to));
    if to < picture.from || from > picture.to || to < from {
        return 0..0;
    }
    let (start, length) = (nanos(picture.from), (nanos(picture.to) - nanos(picture.from)).max(1));
    let column = |at: Timestamp, up: bool| {
        let scaled = (nanos(at.clamp(picture.from, picture.to)) - start) * columns as i128;
        let rounded = if up { (scaled + length - 1) / length } else { scaled / length };
        usize::try_from(rounded).unwrap_or(columns).min(columns)
    };
    let first = column(from, false).min(columns - 1);
    first..column(to, true).max(first + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Band, Bar, Mark};
    use rosterline_core::{GapCause, GapId, Id};
    use rosterline_timeline::{AnomalyKind, Communication};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix(second, 0)
    }

    fn row(participant: &str, bars: &[(i64, Option<i64>)]) -> Row {
        let bar =
            |&(from, to): &(i64, Option<i64>)| Bar { from: Some(at(from)), to: to.map(at), uncertain: false };
        Row {
            participant: Id::new(participant),
            channel: "voice".into(),
            leg: None,
            is_one_of_many: false,
            bars: bars.iter().map(bar).collect(),
            ring: None,
            marks: Vec::new(),
        }
    }

    fn band(id: u64, from: i64, to: i64, repaired: bool) -> Band {
        let (from, to) = (at(from), at(to));
        Band { id: GapId(id), cause: GapCause::Reconnect, from, to, dropped: 0, repaired }
    }

    fn call() -> Picture {
        Picture {
            interaction: Id::new("call-1"),
            standing: Standing::Open,
            revision: 4,
            from: at(0),
            to: at(60),
            rows: vec![
                row("customer", &[(0, None)]),
                row("a-very-long-agent", &[(12, Some(24)), (48, Some(54))]),
            ],
            bands: vec![band(1, 18, 30, false)],
        }
    }

    #[test]
    fn a_title_tells_over_from_open() {
        let title = |picture: &Picture| draw(picture, 80, Paint(false)).remove(0);
        let mut picture = call();
        assert!(title(&picture).starts_with("○ call-1  open, 1:00"));
        picture.standing = Standing::Over;
        assert!(title(&picture).starts_with("◐ call-1  over, may lack events, 1:00"));
        picture.standing = Standing::Complete;
        assert!(title(&picture).starts_with("● call-1  complete, 1:00"));
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
    fn repaired_gaps_look_otherwise_and_an_open_one_hides_them() {
        let mut picture = call();
        picture.bands = vec![band(1, 0, 12, true), band(2, 18, 30, true), band(3, 24, 36, false)];
        let drawn = draw(&picture, 35, Paint(false)).split_off(1).join("\n");
        let expected = "  \
  customer     ▓▓▓▓██▓▓▒▒▒▒████████
  a-very-long… ----██▓▓╱╱╱╱····██··";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn anomalies_stand_in_their_rows_wherever_they_lie() {
        let mut picture = call();
        let mark = |second| Mark { kind: AnomalyKind::JoinedTwice, at: at(second) };
        picture.rows[1].marks = vec![mark(-900_000), mark(24), mark(900_000)];
        let drawn = draw(&picture, 35, Paint(false)).pop().expect("a row");
        assert_eq!(drawn, "  a-very-long… !···██▒▒!╱······██·!");
    }

    #[test]
    fn who_did_not_answer_has_a_row_and_no_bar() {
        let mut picture = call();
        let mut rang = |from: Option<i64>, to: Option<i64>| {
            picture.rows[1].bars.clear();
            picture.rows[1].ring = Some(Ring { from: from.map(at), to: to.map(at), reason: None });
            draw(&picture, 35, Paint(false)).pop().expect("a row")
        };
        assert_eq!(rang(Some(12), Some(24)), "  a-very-long… ····~~~~╱╱··········");
        assert_eq!(rang(None, Some(48)), "  a-very-long… ······╱╱╱╱······~···");
        assert_eq!(rang(None, None), "  a-very-long… ······╱╱╱╱··········");
        assert!(draw(&picture, 80, Paint(false))[0].contains("1 unanswered"));
    }

    #[test]
    fn a_label_names_the_channel_of_one_row_of_many() {
        let mut row = row("a-very-long-agent", &[]);
        row.is_one_of_many = true;
        assert_eq!(label(&row, LABEL), "a-ver… voice");
        let leg =
            Communication { session: Id::new("s"), purpose: Some("agent".into()), user: None, queue: None };
        row.leg = Some(leg.clone());
        assert_eq!(label(&row, WIDE), "a-very-lo… agent vo…");
        row.is_one_of_many = false;
        assert_eq!(label(&row, WIDE), "a-very-long-a… agent", "a purpose is always named");
        row.participant = Id::new("\u{1b}[2J");
        row.leg = Some(Communication { purpose: Some("\u{202e}".into()), ..leg });
        assert!(!label(&row, LABEL).contains(['\u{1b}', '\u{202e}']));
        (row.channel, row.leg, row.is_one_of_many) = ("\u{202e}".into(), None, true);
        assert!(!label(&row, LABEL).contains(['\u{1b}', '\u{202e}']));
    }

    #[test]
    fn a_moment_is_one_column_and_the_outside_none() {
        let picture = call();
        let covered = |from, to| covered(&picture, Some(at(from)), Some(at(to)), 20);
        assert_eq!(covered(30, 30), 10..11);
        assert_eq!(covered(60, 60), 19..20);
        assert_eq!(covered(-9, -1), 0..0);
        assert_eq!(covered(-9, 1_000_000), 0..20);
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
