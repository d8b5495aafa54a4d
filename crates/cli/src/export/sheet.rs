//! All timelines on one sheet of SVG, one below the other.

use std::fmt::Write as _;

use rosterline_timeline::Timeline;

/// Draws them. Each drawing is one that stands by itself, at its place on the sheet.
pub(super) fn draw(timelines: impl Iterator<Item = Timeline>) -> String {
    let (mut inner, mut width, mut height) = (String::new(), 1, 0);
    for timeline in timelines {
        let drawing = rosterline_render::svg(&timeline, None);
        let size = |name: &str| number(&drawing, name).unwrap_or(0);
        width = width.max(size(" width=\""));
        let below = height + size(" height=\"");
        inner.push_str(&drawing.replacen("<svg ", &format!("<svg y=\"{height}\" "), 1));
        height = below;
    }
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {}\">",
        height.max(1)
    );
    out + &inner + "</svg>\n"
}

/// The number behind the first attribute of this name.
fn number(text: &str, attribute: &str) -> Option<u64> {
    let rest = &text[text.find(attribute)? + attribute.len()..];
    rest[..rest.find('"')?].parse().ok()
}
