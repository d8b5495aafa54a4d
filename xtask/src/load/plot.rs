//! A plot with a logarithmic axis for what is counted, and a plain one from zero for what it costs.

use std::fmt::Write as _;

/// What is drawn.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) series: Vec<Series>,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    /// How many, and what one of them cost.
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
/// Room for the title and the words at the axes.
const MARGIN: f64 = 56.0;
/// Powers of ten on the axis below.
const DECADES: f64 = 7.0;

impl Plot {
    /// The plot, for a light and a dark page.
    pub(crate) fn svg(&self) -> String {
        let costs = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.1));
        let step = step(costs.fold(0.0, f64::max));
        let top = 5.0 * step;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n<title>{}</title>\n{STYLE}\n",
            self.title
        );
        text(&mut svg, MARGIN, 24.0, "start", self.title);
        for n in 0_u8..=5 {
            let cost = f64::from(n) * step;
            line(&mut svg, "grid", &[(x(1.0), y(cost, top)), (x(1e7), y(cost, top))]);
            text(&mut svg, MARGIN - 8.0, y(cost, top) + 4.0, "end", &format!("{cost}"));
        }
        for power in 0..=7 {
            let count = 10_f64.powi(power);
            text(&mut svg, x(count), HEIGHT - MARGIN + 20.0, "middle", &grouped(count as u64));
        }
        for (n, series) in self.series.iter().enumerate() {
            let points: Vec<_> =
                series.points.iter().map(|(count, cost)| (x(*count), y(*cost, top))).collect();
            let class = if n == 0 { "one" } else { "two" };
            line(&mut svg, class, &points);
            for (x, y) in points {
                let _ = writeln!(svg, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
            }
            let at = (MARGIN + 300.0 * n as f64, HEIGHT - 8.0);
            line(&mut svg, class, &[(at.0, at.1 - 4.0), (at.0 + 24.0, at.1 - 4.0)]);
            text(&mut svg, at.0 + 30.0, at.1, "start", series.name);
        }
        svg + "</svg>\n"
    }
}

const STYLE: &str = "<style>text{font:12px sans-serif;fill:#24292f}.grid{stroke:#d0d7de}.one{stroke:#0969da;fill:#0969da}\
    .two{stroke:#bf5700;fill:#bf5700}polyline{fill:none;stroke-width:1.5}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#30363d}.one{stroke:#58a6ff;fill:#58a6ff}\
    .two{stroke:#f0883e;fill:#f0883e}}polyline{fill:none!important}</style>";

/// A round number of which five are enough.
fn step(most: f64) -> f64 {
    let least = (most / 5.0).max(1.0);
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least)
        .unwrap_or(least)
}

fn x(count: f64) -> f64 {
    MARGIN + count.log10() / DECADES * (WIDTH - 2.0 * MARGIN)
}

fn y(cost: f64, top: f64) -> f64 {
    HEIGHT - MARGIN - cost / top * (HEIGHT - 2.0 * MARGIN)
}

fn line(svg: &mut String, class: &str, points: &[(f64, f64)]) {
    let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(svg, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

/// `1,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let places = digits.char_indices().map(|(at, digit)| {
        let comma = if at > 0 && (digits.len() - at) % 3 == 0 { "," } else { "" };
        format!("{comma}{digit}")
    });
    places.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_is_round_and_holds_everything() {
        for (most, expected) in [(480.0, 100.0), (501.0, 200.0), (3.0, 1.0), (1100.0, 250.0)] {
            assert_eq!(step(most), expected, "{most}");
        }
    }

    #[test]
    fn a_point_lies_where_its_numbers_say() {
        let plot = Plot {
            title: "cost",
            series: vec![Series { name: "a", points: vec![(1.0, 500.0), (1e7, 0.0)] }],
        };
        let svg = plot.svg();
        assert!(
            svg.contains(&format!(
                "points=\"{MARGIN:.1},{MARGIN:.1} {:.1},{:.1}\"",
                WIDTH - MARGIN,
                HEIGHT - MARGIN
            )),
            "{svg}"
        );
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
