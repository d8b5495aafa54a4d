//! Curves in a frame, as SVG within a page.

mod axis;

use std::fmt::Write as _;

use rosterline_render::parts::Text;

pub(crate) use axis::{Axis, LENGTH};

/// Two of them stand side by side on a wide screen.
const WIDTH: i64 = 460;
const HEIGHT: i64 = 280;
/// Beside the frame: for the words of the axes.
const LEFT: i64 = 66;
const RIGHT: i64 = 16;
const TOP: i64 = 22;
const BOTTOM: i64 = 48;
/// More points than this are a line without dots.
const MOST_DOTS: usize = 40;
/// More curves than this do not differ by their looks.
const LOOKS: usize = 4;

/// A chart.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) curves: Vec<Curve>,
    /// Values of x with a line of their own, and what it says.
    pub(crate) marks: Vec<(u64, String)>,
}

/// A curve.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) name: String,
    /// Values of x and y, and what pointing at them tells.
    pub(crate) points: Vec<(u64, u64, String)>,
}

impl Chart {
    /// Writes it, with its legend.
    pub(crate) fn write(&self, out: &mut String) {
        let title = Text(&self.title);
        let _ = write!(
            out,
            "<figure>\n<figcaption>{title}</figcaption>\n<div class=\"scroll\" tabindex=\"0\">\
             <svg class=\"chart\" role=\"img\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             aria-label=\"{title}\"><desc>{}</desc>",
            Text(&self.description())
        );
        self.frame(out);
        self.marks(out);
        for (look, curve) in self.curves.iter().enumerate() {
            self.curve(out, look % LOOKS, curve);
        }
        out.push_str("</svg></div>\n");
        if self.curves.len() > 1 {
            out.push_str("<ul class=\"legend\">");
            for (look, curve) in self.curves.iter().enumerate() {
                let look = look % LOOKS;
                let _ = write!(
                    out,
                    "<li><svg class=\"sample\" width=\"28\" height=\"12\" aria-hidden=\"true\"><path class=\"curve look{look}\" \
                     d=\"M1 6H27\"/><path class=\"dot look{look}\" d=\"{}\"/></svg>{}</li>",
                    dot(look, 14, 6),
                    Text(&curve.name)
                );
            }
            out.push_str("</ul>\n");
        }
        out.push_str("</figure>\n");
    }

    fn description(&self) -> String {
        let curves: Vec<String> = self
            .curves
            .iter()
            .map(|curve| {
                let points: Vec<&str> = curve.points.iter().map(|point| &*point.2).collect();
                format!("{}: {}.", curve.name, points.join("; "))
            })
            .collect();
        curves.join(" ")
    }

    fn x(&self, value: u64) -> i64 {
        along(self.x.place(value))
    }

    fn y(&self, value: u64) -> i64 {
        up(self.y.place(value))
    }

    fn frame(&self, out: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (place, word) in &self.y.ticks {
            let y = up(*place);
            let _ = write!(out, "<path class=\"grid\" d=\"M{LEFT} {y}H{right}\"/>");
            let _ = write!(
                out,
                "<text class=\"tick end\" x=\"{}\" y=\"{}\">{}</text>",
                LEFT - 8,
                y + 4,
                Text(word)
            );
        }
        for (place, word) in &self.x.ticks {
            let x = along(*place);
            let _ = write!(out, "<path class=\"grid\" d=\"M{x} {bottom}v5\"/>");
            let _ = write!(
                out,
                "<text class=\"tick middle\" x=\"{x}\" y=\"{}\">{}</text>",
                bottom + 18,
                Text(word)
            );
        }
        let _ = write!(out, "<path class=\"base\" d=\"M{LEFT} {bottom}H{right}\"/>");
        let middle = (LEFT + right) / 2;
        let _ = write!(
            out,
            "<text class=\"name middle\" x=\"{middle}\" y=\"{}\">{}</text>",
            HEIGHT - 8,
            Text(&self.x.label)
        );
        let _ = write!(out, "<text class=\"name\" x=\"4\" y=\"12\">{}</text>", Text(&self.y.label));
    }

    fn marks(&self, out: &mut String) {
        for (value, word) in &self.marks {
            let x = self.x(*value);
            let _ = write!(out, "<path class=\"here\" d=\"M{x} {TOP}V{}\"/>", HEIGHT - BOTTOM);
            // On the side that has more room.
            let (class, at) = if x > WIDTH / 2 { ("end", x - 6) } else { ("start", x + 6) };
            let _ = write!(
                out,
                "<text class=\"here {class}\" x=\"{at}\" y=\"{}\">{}</text>",
                TOP + 12,
                Text(word)
            );
        }
    }

    fn curve(&self, out: &mut String, look: usize, curve: &Curve) {
        let places: Vec<(i64, i64)> = curve.points.iter().map(|(x, y, _)| (self.x(*x), self.y(*y))).collect();
        let mut path = String::new();
        for (place, (x, y)) in places.iter().enumerate() {
            let _ = write!(path, "{}{x} {y}", if place == 0 { "M" } else { "L" });
        }
        let _ = write!(out, "<g class=\"of look{look}\"><path class=\"curve look{look}\" d=\"{path}\"/>");
        let shown = if places.len() > MOST_DOTS { &[] } else { &curve.points[..] };
        for ((x, y), (_, _, told)) in places.iter().zip(shown) {
            let _ = write!(
                out,
                "<path class=\"dot look{look}\" d=\"{}\"><title>{}: {}</title></path>",
                dot(look, *x, *y),
                Text(&curve.name),
                Text(told)
            );
        }
        out.push_str("</g>");
    }
}

fn along(place: i64) -> i64 {
    LEFT + place * (WIDTH - RIGHT - LEFT) / LENGTH
}

fn up(place: i64) -> i64 {
    HEIGHT - BOTTOM - place * (HEIGHT - BOTTOM - TOP) / LENGTH
}

/// A square, a diamond, a triangle, a triangle on its head: curves differ without colour, too.
fn dot(look: usize, x: i64, y: i64) -> String {
    match look {
        0 => format!("M{} {}h8v8h-8z", x - 4, y - 4),
        1 => format!("M{x} {}l5 5l-5 5l-5 -5z", y - 5),
        2 => format!("M{x} {}l5 9h-10z", y - 5),
        _ => format!("M{x} {}l5 -9h-10z", y + 5),
    }
}
