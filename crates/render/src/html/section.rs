//! One interaction of a page: its drawing, its figures, what is remarkable, and its entries.

use std::fmt::Write as _;

use rosterline_core::{PresenceKind, Timestamp};
use rosterline_timeline::{Entry, Timeline};

use crate::markup::{Text, cut, shown};
use crate::time::date_time;
use crate::{Mark, Picture, Row, Standing, words};

/// Entries listed of one interaction. A usual one has twenty; whoever needs all of thousands has the tool's NDJSON.
const MOST_ENTRIES: usize = 1000;
/// Gaps and anomalies told of one interaction, each: what comes after a hundred repeats what is known.
const MOST_REMARKS: usize = 100;
/// Room for an interaction's name above its drawing, in hundredths of the font's size: about 90 characters.
const TITLE: u32 = 6000;
/// Room for a name in a cell: about 60 characters.
const CELL: u32 = 4000;
/// The longest tooltip, in characters: more is no tooltip any more.
const TOOLTIP: usize = 16_384;

/// Writes the section with the given number, from 1. `until`: up to when it is drawn if it is open.
pub(super) fn write(out: &mut String, timeline: &Timeline, number: u64, until: Option<Timestamp>) {
    let picture = Picture::of(timeline, until);
    let (class, sign) = match picture.standing {
        Standing::Complete => ("complete", '●'),
        Standing::Over => ("over", '◐'),
        Standing::Open => ("open", '○'),
    };
    let _ = write!(out, "<section aria-labelledby=\"i{number}\">\n<div class=\"head\"><h2 id=\"i{number}\"");
    foreign(out, &timeline.interaction_id.to_string(), TITLE);
    let _ = writeln!(
        out,
        "</h2><p class=\"standing {class}\"><b aria-hidden=\"true\">{sign}</b>{}</p></div>",
        picture.standing.name()
    );
    figures(out, timeline, &picture);
    let _ = write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Drawing of interaction {number}\">"
    );
    out.push_str(&crate::svg::inline(timeline, &picture));
    out.push_str("</div>\n");
    unanswered(out, &picture);
    gaps(out, &picture);
    anomalies(out, &picture);
    entries(out, &timeline.entries, number);
    out.push_str("</section>\n");
}

/// Foreign text as the rest of an element up to its content: isolated from the direction of what is around it, cut,
/// and whole in a tooltip where it was cut.
fn foreign(out: &mut String, text: &str, room: u32) {
    let text = shown(text);
    let short = cut(&text, room);
    if short != text {
        let _ = write!(out, " title=\"{}\"", Text(&crate::fit(&text, TOOLTIP)));
    }
    let _ = write!(out, "><bdi>{}</bdi>", Text(&short));
}

fn figures(out: &mut String, timeline: &Timeline, picture: &Picture) {
    out.push_str("<dl class=\"figures\">\n");
    for (name, at) in [("Began", picture.from), (ended(picture), picture.to)] {
        let _ = writeln!(
            out,
            "<div><dt>{name}</dt><dd>{} <span class=\"soft\">UTC</span>{}</dd></div>",
            date_time(at),
            local("div", at)
        );
    }
    for (name, figure) in words::figures_by_name(timeline, picture) {
        let _ = writeln!(out, "<div><dt>{name}</dt><dd>{figure}</dd></div>");
    }
    out.push_str("</dl>\n");
}

const fn ended(picture: &Picture) -> &'static str {
    match picture.standing {
        Standing::Complete => "Ended",
        Standing::Over => "Ended, as far as is known",
        Standing::Open => "Open, drawn up to",
    }
}

/// An element for a time in the reader's zone, filled by the script and not shown without it.
fn local(element: &str, at: Timestamp) -> String {
    let at = at.unix_millis().0;
    format!("<{element} class=\"local soft\" data-at=\"{at}\" data-as=\"moment\"></{element}>")
}

fn unanswered(out: &mut String, picture: &Picture) {
    let rings: Vec<String> =
        picture.rows.iter().filter_map(|row| row.ring.as_ref().map(|ring| words::ring(row, ring))).collect();
    if rings.is_empty() {
        return;
    }
    out.push_str("<h3>Not answered</h3>\n<ul class=\"remarks\">\n");
    for ring in rings.iter().take(MOST_REMARKS) {
        let _ = writeln!(out, "<li class=\"ring\">{}</li>", Text(ring));
    }
    more(out, rings.len());
    out.push_str("</ul>\n");
}

fn gaps(out: &mut String, picture: &Picture) {
    if picture.bands.is_empty() {
        return;
    }
    out.push_str("<h3>Gaps</h3>\n<ul class=\"remarks\">\n");
    for band in picture.bands.iter().take(MOST_REMARKS) {
        let class = if band.repaired { "gap repaired" } else { "gap" };
        let _ = writeln!(out, "<li class=\"{class}\">{}</li>", Text(&words::gap(band)));
    }
    more(out, picture.bands.len());
    out.push_str("</ul>\n");
}

fn anomalies(out: &mut String, picture: &Picture) {
    let mut marks: Vec<(&Row, &Mark)> =
        picture.rows.iter().flat_map(|row| row.marks.iter().map(move |mark| (row, mark))).collect();
    if marks.is_empty() {
        return;
    }
    marks.sort_by_key(|(_, mark)| mark.at);
    out.push_str("<h3>Anomalies</h3>\n<ul class=\"remarks\">\n");
    for (row, mark) in marks.iter().take(MOST_REMARKS) {
        let _ =
            writeln!(out, "<li class=\"odd {}\">{}</li>", mark.kind.name(), Text(&words::mark(row, mark)));
    }
    more(out, marks.len());
    out.push_str("</ul>\n");
}

fn more(out: &mut String, count: usize) {
    if count > MOST_REMARKS {
        let _ = writeln!(out, "<li class=\"soft\">and {} more</li>", count - MOST_REMARKS);
    }
}

fn entries(out: &mut String, entries: &[Entry], number: u64) {
    let (count, s) = (entries.len(), if entries.len() == 1 { "y" } else { "ies" });
    let _ = write!(out, "<details><summary>{count} entr{s}</summary>\n<div class=\"scroll\" tabindex=\"0\" ");
    let _ = writeln!(out, "role=\"region\" aria-label=\"Entries of interaction {number}\"><table>");
    if count > MOST_ENTRIES {
        let _ = writeln!(
            out,
            "<caption>The first {MOST_ENTRIES}; {} more are left out.</caption>",
            count - MOST_ENTRIES
        );
    }
    let purposes = entries.iter().any(|entry| entry.leg.is_some());
    out.push_str("<thead><tr><th scope=\"col\">UTC</th><th scope=\"col\" class=\"local\"></th>");
    let columns = ["What", "Participant", "As", "Channel", "Reason"];
    for column in columns.into_iter().filter(|column| purposes || *column != "As") {
        let _ = write!(out, "<th scope=\"col\">{column}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for entry in entries.iter().take(MOST_ENTRIES) {
        let what = match entry.action {
            PresenceKind::Joined => "joined",
            PresenceKind::Left => "left",
        };
        let _ = write!(
            out,
            "<tr><td>{}</td>{}<td>{what}</td>",
            date_time(entry.timestamp),
            local("td", entry.timestamp)
        );
        let participant = entry.participant.to_string();
        let purpose = entry.leg.as_ref().and_then(|leg| leg.purpose.as_deref()).unwrap_or_default();
        let cells = [Some(&*participant), purposes.then_some(purpose), Some(&*entry.channel)];
        let cells = cells.into_iter().flatten().chain([entry.reason.as_deref().unwrap_or_default()]);
        for text in cells {
            out.push_str("<td");
            foreign(out, text, CELL);
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div></details>\n");
}
