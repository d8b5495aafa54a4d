//! The rows of a drawing with what lies in them, and the axis.

use std::fmt::Write as _;

use super::geometry::{AXIS, Frame, Px, WIDTH};
use super::{FEW_ROWS, MOST_ROWS};
use crate::markup::{Text, cut, shown, width};
use crate::time::{Tick, nanos, ticks};
use crate::words;
use crate::{Bar, Mark, Picture, Ring, Row};

/// Room for a name in hundredths of its size, which is 13 pixels.
const NAME: u32 = 164 * 100 / 13;
/// Room for a channel beside a name, and for a purpose, which says more than the name does: that is a UUID, as a rule.
const CHANNEL: u32 = 64 * 100 / 13;
const PURPOSE: u32 = 100 * 100 / 13;
/// The narrowest stay and gap that can be seen.
const STAY: Px = Px(200);
const GAP: Px = Px(300);
/// As many ticks as have room, in an axis of some 740 pixels.
const TICKS: i128 = 8;

/// Draws everything from the axis to the marks. `local`: with room for times in the reader's zone.
pub(super) fn draw(out: &mut String, picture: &Picture, frame: &Frame, local: bool) {
    let rows = || picture.rows.iter().take(frame.rows).enumerate();
    out.push_str("<g class=\"lanes\">");
    for (number, _) in rows() {
        let (y, wide) = (frame.row(number) + 1, frame.right() - frame.left());
        let _ = write!(out, "<rect class=\"lane\" x=\"{}\" y=\"{y}\" width=\"{wide}\" ", frame.left());
        let _ = write!(out, "height=\"{}\" rx=\"3\"/>", frame.pitch - 2);
    }
    out.push_str("</g>");
    axis(out, frame, &ticks(picture.from, picture.to, TICKS), local);
    for (number, row) in rows() {
        label(out, frame, number, row);
    }
    out.push_str("<g class=\"stays\">");
    for (number, row) in rows() {
        row.bars.iter().for_each(|bar| stay(out, frame, number, row, bar));
        row.ring.iter().for_each(|it| ring(out, frame, number, row, it));
    }
    out.push_str("</g><g class=\"gaps\">");
    for band in &picture.bands {
        let (start, end) = frame.span(Some(band.from), Some(band.to), GAP);
        let (state, hatch) = if band.repaired { (" repaired", "mended") } else { ("", "hatch") };
        let _ = write!(out, "<rect class=\"gap{state}\" fill=\"url(#{hatch})\" x=\"{start}\" ");
        let _ = write!(out, "y=\"{}\" width=\"{}\" ", frame.top, end - start);
        let _ = write!(out, "height=\"{}\">", frame.bottom() - frame.top);
        let _ = write!(out, "<title>{}</title></rect>", Text(&words::gap(band)));
    }
    out.push_str("</g><g class=\"marks\">");
    for (number, row) in rows() {
        row.marks.iter().for_each(|it| mark(out, frame, number, row, it));
    }
    out.push_str("</g>");
    if picture.rows.len() > MOST_ROWS {
        let y = frame.bottom() + AXIS * if local { 2 } else { 1 } + 14;
        let _ = write!(out, "<text class=\"more\" x=\"{}\" y=\"{y}\">", frame.left());
        let _ = write!(out, "{} more rows are not drawn</text>", picture.rows.len() - MOST_ROWS);
    }
}

/// Lines at round times, with their labels below the lanes, and above as well where there are many.
fn axis(out: &mut String, frame: &Frame, ticks: &[Tick], local: bool) {
    let many = frame.rows > FEW_ROWS;
    let above = if local { vec![frame.top - 5 - AXIS, frame.top - 5] } else { vec![frame.top - 6] };
    let below = [frame.bottom() + 14, frame.bottom() + 14 + AXIS];
    let lines: Vec<(i64, bool)> = (above.iter().copied().zip([false, true]).filter(|_| many))
        .chain(below.into_iter().zip([false, true]).filter(|(_, is_local)| local || !is_local))
        .collect();
    out.push_str("<g class=\"axis\">");
    for (y, is_local) in &lines {
        let class = if *is_local { "zone local" } else { "zone" };
        let name = if *is_local { "" } else { "UTC" };
        let _ = write!(out, "<text class=\"{class}\" x=\"{}\" y=\"{y}\">{name}</text>", frame.pad);
    }
    for tick in ticks {
        let x = frame.x(tick.at);
        let _ =
            write!(out, "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>", frame.top, frame.bottom() + 3);
        // Half of the label would stand out of the drawing.
        let half = Px(i64::from(width(&tick.label)) * 11 / 2);
        if x + half > Px::whole(WIDTH - frame.pad / 2) {
            continue;
        }
        for (y, is_local) in &lines {
            let _ = match is_local {
                false => write!(out, "<text class=\"tick\" x=\"{x}\" y=\"{y}\">{}</text>", Text(&tick.label)),
                true => write!(
                    out,
                    "<text class=\"tick local\" x=\"{x}\" y=\"{y}\" data-at=\"{}\" data-as=\"{}\"/>",
                    tick.at.unix_millis().0,
                    tick.written.name()
                ),
            };
        }
    }
    out.push_str("</g>");
}

/// The name beside a lane, in a window of its own: whatever its letters are, they reach into nothing else.
fn label(out: &mut String, frame: &Frame, number: usize, row: &Row) {
    let room = if row.leg.is_some() { PURPOSE } else { CHANNEL };
    let aside = row.aside().map(|aside| cut(&shown(&aside), room)).filter(|aside| !aside.is_empty());
    let taken = aside.as_ref().map_or(0, |aside| width(aside) + 60);
    let name = words::label(&row.participant, NAME - taken);
    let (y, pitch) = (frame.row(number), frame.pitch);
    let _ = write!(out, "<svg class=\"who\" x=\"{}\" y=\"{y}\" width=\"168\" height=\"{pitch}\">", frame.pad);
    let _ = write!(out, "<title>{}</title>", Text(&words::who_in_full(row)));
    let _ = write!(out, "<text y=\"{}\">{}", pitch / 2 + 4, Text(&name));
    if let Some(aside) = aside {
        let _ = write!(out, "<tspan class=\"channel\" dx=\"6\">{}</tspan>", Text(&aside));
    }
    out.push_str("</text></svg>");
}

/// A bar, round at an end that is known and pointed at one that is not.
fn stay(out: &mut String, frame: &Frame, number: usize, row: &Row, bar: &Bar) {
    let (start, end) = frame.span(bar.from, bar.to, STAY);
    let y = Px::whole(frame.row(number) + frame.pitch / 2 - 7);
    let state = if bar.uncertain { " uncertain" } else { "" };
    let shape = bar_shape(start, end, y, bar.from.is_none(), bar.to.is_none());
    let words = format!("{}: {}", words::who(row), words::stay(bar));
    let _ = write!(out, "<path class=\"stay{state}\" d=\"{shape}\">");
    let _ = write!(out, "<title>{}</title></path>", Text(&words));
}

/// An empty bar, where one would be if somebody had answered.
fn ring(out: &mut String, frame: &Frame, number: usize, row: &Row, ring: &Ring) {
    let Some((from, to)) = ring.span() else { return };
    let (start, end) = frame.span(Some(from), Some(to), STAY);
    let y = Px::whole(frame.row(number) + frame.pitch / 2 - 7);
    let _ = write!(out, "<path class=\"ring\" d=\"{}\">", bar_shape(start, end, y, false, false));
    let _ = write!(out, "<title>{}</title></path>", Text(&words::ring(row, ring)));
}

/// The outline of a bar of 14 pixels' height.
pub(super) fn bar_shape(start: Px, end: Px, y: Px, open_start: bool, open_end: bool) -> String {
    let half = Px((end - start).0 / 2);
    let (round, point) = (half.min(Px(300)), half.min(Px(700)));
    let (middle, bottom) = (y + Px(700), y + Px(1400));
    let mut shape = if open_start {
        format!("M{start} {middle}L{} {y}", start + point)
    } else {
        format!("M{start} {}Q{start} {y} {} {y}", y + Px(300), start + round)
    };
    let _ = if open_end {
        write!(shape, "H{}L{end} {middle}L{} {bottom}", end - point, end - point)
    } else {
        write!(shape, "H{}Q{end} {y} {end} {}V{}", end - round, y + Px(300), bottom - Px(300))
            .and_then(|()| write!(shape, "Q{end} {bottom} {} {bottom}", end - round))
    };
    let _ = if open_start {
        write!(shape, "H{}Z", start + point)
    } else {
        write!(shape, "H{}Q{start} {bottom} {start} {}Z", start + round, bottom - Px(300))
    };
    shape
}

/// A diamond at its time, or an arrow at the edge towards a time that lies outside.
fn mark(out: &mut String, frame: &Frame, number: usize, row: &Row, mark: &Mark) {
    let y = Px::whole(frame.row(number) + frame.pitch / 2);
    let shape = match frame.is_beyond(mark.at) {
        None => diamond(frame.x(mark.at), y),
        Some(false) => {
            let x = frame.left();
            format!("M{x} {y}l12 -7v14Z")
        }
        Some(true) => {
            let x = frame.right();
            format!("M{x} {y}l-12 -7v14Z")
        }
    };
    let _ = write!(out, "<path class=\"mark {}\" d=\"{shape}\">", mark.kind.name());
    let _ = write!(out, "<title>{}</title></path>", Text(&words::mark(row, mark)));
}

/// A diamond around a place.
pub(super) fn diamond(x: Px, y: Px) -> String {
    format!("M{x} {}l7 7l-7 7l-7 -7Z", y - Px::whole(7))
}

/// Whether a time lies in the drawing.
pub(super) fn is_within(picture: &Picture, at: rosterline_core::Timestamp) -> bool {
    (nanos(picture.from)..=nanos(picture.to)).contains(&nanos(at))
}
