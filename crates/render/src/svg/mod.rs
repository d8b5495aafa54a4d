//! One interaction as SVG: a file of its own, or a part of a page.

mod geometry;
mod lanes;
mod legend;

use std::fmt::Write as _;

use rosterline_core::Timestamp;
use rosterline_timeline::Timeline;

use crate::markup::Text;
use crate::picture::Picture;
use crate::words;
use geometry::{AXIS, Frame, WIDTH};

pub(crate) use legend::{Sample, sample};

/// How a drawing looks, in light, dark and print. A page has it in its own style.
pub(crate) const STYLE: &str = include_str!("style.css");

/// The hatchings: bold for a gap in which events may be missing, fine and the other way round for a repaired one.
pub(crate) const HATCHES: &str = "<defs>\
<pattern id=\"hatch\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect class=\"hatch-ground\" width=\"8\" height=\"8\"/><rect class=\"hatch-line\" width=\"2.5\" height=\"8\"/>\
</pattern>\
<pattern id=\"mended\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\">\
<rect class=\"mended-ground\" width=\"6\" height=\"6\"/><rect class=\"mended-line\" width=\"1\" height=\"6\"/>\
</pattern></defs>";

/// Rows of one drawing. More would be some six thousand pixels high, which nobody reads; the entries tell the rest.
pub(crate) const MOST_ROWS: usize = 250;

/// More rows than this have an axis above them too, since the one below may be out of sight.
const FEW_ROWS: usize = 16;

/// Air around a drawing that stands by itself.
const PAD: i64 = 24;

/// Draws an interaction as an SVG file that needs nothing else: light and dark, by what the reader prefers.
///
/// It shows a row for each participant on each channel, stays as bars, gaps as hatched bands, and anomalies as
/// diamonds; pointing at any of them tells more. Of more than 250 rows the first are drawn, and the number of the
/// others is told. `until`: up to when an interaction is drawn that is still open, if that is later than its last
/// event. The text is valid XML, whatever the timeline holds.
#[must_use]
pub fn svg(timeline: &Timeline, until: Option<Timestamp>) -> String {
    let picture = Picture::of(timeline, until);
    let rows = picture.rows.len().min(MOST_ROWS);
    let above = PAD + 50 + upper_axis(rows);
    let frame = Frame::new(&picture, rows, PAD, above);
    let legend = legend::lines(&legend::of(&picture));
    let below = frame.bottom() + AXIS + more_height(&picture) + 18;
    let height = below + legend::LINE * i64::try_from(legend.len()).unwrap_or(0) + 8;
    let name = words::name(&picture.interaction, 4_500);
    let mut out = String::new();
    open(&mut out, &picture, timeline, height, "rosterline");
    let _ = write!(out, "<style>{STYLE}</style>{HATCHES}<rect class=\"paper\" x=\".5\" y=\".5\" ");
    let _ = write!(out, "width=\"{}\" height=\"{}\" rx=\"8\"/>", WIDTH - 1, height - 1);
    let _ = write!(out, "<text class=\"name\" x=\"{PAD}\" y=\"{}\">{}</text>", PAD + 14, Text(&name));
    let facts = facts(timeline, &picture);
    let _ = write!(out, "<text class=\"facts\" x=\"{PAD}\" y=\"{}\">{}</text>", PAD + 35, Text(&facts));
    lanes::draw(&mut out, &picture, &frame, false);
    legend::draw(&mut out, &legend, below + 4);
    out.push_str("</svg>\n");
    out
}

/// The drawing of a section of a page: without a name, a style and hatchings of its own, and with room for the times in
/// the reader's zone.
pub(crate) fn inline(timeline: &Timeline, picture: &Picture) -> String {
    let rows = picture.rows.len().min(MOST_ROWS);
    let frame = Frame::new(picture, rows, 0, 2 * upper_axis(rows));
    let height = frame.bottom() + 2 * AXIS + more_height(picture) + 4;
    let mut out = String::new();
    open(&mut out, picture, timeline, height, "drawing");
    lanes::draw(&mut out, picture, &frame, true);
    out.push_str("</svg>");
    out
}

fn open(out: &mut String, picture: &Picture, timeline: &Timeline, height: i64, class: &str) {
    let name = words::name(&picture.interaction, 2_600);
    let _ = write!(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{class}\" role=\"img\" ");
    let _ = write!(out, "width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" ");
    let label = format!("Timeline of {name}: {}", facts(timeline, picture));
    let _ = write!(out, "aria-label=\"{}\">", Text(&label));
    let rows = picture.rows.iter().take(MOST_ROWS);
    let desc: Vec<String> = rows
        .map(|row| {
            let stays: Vec<String> = row.bars.iter().take(3).map(words::stay).collect();
            let more = row.bars.len().saturating_sub(3);
            let more = if more > 0 { format!(", and {more} more stays") } else { String::new() };
            format!("{}: {}{more}.", words::who(row), stays.join(", "))
        })
        .collect();
    let _ = write!(out, "<desc>{}</desc>", Text(&desc.join(" ")));
}

fn facts(timeline: &Timeline, picture: &Picture) -> String {
    let figures = words::figures(timeline, picture).join(" · ");
    format!("{} · {figures} · {}", picture.standing.name(), words::when(picture))
}

const fn upper_axis(rows: usize) -> i64 {
    if rows > FEW_ROWS { AXIS } else { 0 }
}

fn more_height(picture: &Picture) -> i64 {
    if picture.rows.len() > MOST_ROWS { 20 } else { 0 }
}
