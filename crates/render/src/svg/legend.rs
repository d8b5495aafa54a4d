//! What the shapes of a drawing mean.

use std::fmt::Write as _;

use rosterline_timeline::AnomalyKind;

use super::PAD;
use super::geometry::{Px, WIDTH};
use super::lanes::{bar_shape, diamond, is_within};
use crate::Picture;
use crate::markup::width;

/// From one line to the next.
pub(super) const LINE: i64 = 22;
/// From the start of a sample to that of its text.
const TEXT: i64 = 27;

/// One kind of shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    Stay,
    Uncertain,
    OpenEnd,
    Ring,
    Gap,
    Repaired,
    Odd,
    Outside,
    StillOpen,
}

impl Sample {
    pub(crate) const ALL: [Self; 9] = [
        Self::Stay,
        Self::OpenEnd,
        Self::Uncertain,
        Self::Ring,
        Self::Gap,
        Self::Repaired,
        Self::Odd,
        Self::Outside,
        Self::StillOpen,
    ];

    /// What it means.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Stay => "present",
            Self::OpenEnd => "start or end not known",
            Self::Uncertain => "present, but a gap touches it",
            Self::Ring => "rang, not answered",
            Self::Gap => "gap: events may be missing",
            Self::Repaired => "gap, repaired",
            Self::Odd => "anomaly",
            Self::Outside => "anomaly outside the drawing",
            Self::StillOpen => "still there at the end",
        }
    }

    fn is_in(self, picture: &Picture) -> bool {
        let bars = || picture.rows.iter().flat_map(|row| &row.bars);
        let marks = || picture.rows.iter().flat_map(|row| &row.marks);
        match self {
            Self::Stay => bars().any(|bar| !bar.uncertain),
            Self::OpenEnd => bars().any(|bar| bar.from.is_none() || bar.to.is_none()),
            Self::Uncertain => bars().any(|bar| bar.uncertain),
            Self::Ring => picture.rows.iter().any(|row| row.ring.is_some()),
            Self::Gap => picture.bands.iter().any(|band| !band.repaired),
            Self::Repaired => picture.bands.iter().any(|band| band.repaired),
            Self::Odd => {
                marks().any(|mark| mark.kind != AnomalyKind::StillOpen && is_within(picture, mark.at))
            }
            Self::Outside => marks().any(|mark| !is_within(picture, mark.at)),
            Self::StillOpen => marks().any(|mark| mark.kind == AnomalyKind::StillOpen),
        }
    }
}

/// What a picture shows that may need a word. Bars alone need none.
pub(super) fn of(picture: &Picture) -> Vec<Sample> {
    let there: Vec<Sample> = Sample::ALL.into_iter().filter(|sample| sample.is_in(picture)).collect();
    if there == [Sample::Stay] { Vec::new() } else { there }
}

/// The samples in lines that have room for them.
pub(super) fn lines(samples: &[Sample]) -> Vec<Vec<Sample>> {
    let mut lines: Vec<Vec<Sample>> = Vec::new();
    let mut used = Px(0);
    for sample in samples {
        let end = used + advance(*sample);
        match lines.last_mut() {
            Some(line) if end <= Px::whole(WIDTH - 2 * PAD) => {
                line.push(*sample);
                used = end;
            }
            Some(_) | None => {
                lines.push(vec![*sample]);
                used = advance(*sample);
            }
        }
    }
    lines
}

/// Draws the lines. The middle of the first is at `y`.
pub(super) fn draw(out: &mut String, lines: &[Vec<Sample>], y: i64) {
    for (number, line) in (0..).zip(lines) {
        let (mut x, y) = (Px::whole(PAD), Px::whole(y + number * LINE));
        for sample in line {
            out.push_str("<g class=\"key\">");
            shape(out, *sample, x, y);
            let _ = write!(out, "<text x=\"{}\" y=\"{}\">", x + Px::whole(TEXT), y + Px::whole(4));
            let _ = write!(out, "{}</text></g>", sample.meaning());
            x = x + advance(*sample);
        }
    }
}

/// From the start of one sample to that of the next.
fn advance(sample: Sample) -> Px {
    Px::whole(TEXT + 12) + Px(i64::from(width(sample.meaning())) * 12)
}

/// One shape by itself, for the legend of a page.
pub(crate) fn sample(sample: Sample) -> String {
    let mut out = String::from("<svg class=\"sample\" width=\"22\" height=\"16\" aria-hidden=\"true\">");
    shape(&mut out, sample, Px(0), Px::whole(8));
    out.push_str("</svg>");
    out
}

fn shape(out: &mut String, sample: Sample, x: Px, y: Px) {
    let bar = |open_end| bar_shape(x + Px(100), x + Px(2100), y - Px(700), false, open_end);
    let rect = |class: &str, hatch: &str| {
        let (x, y) = (x + Px(100), y - Px(700));
        format!(
            "<rect class=\"{class}\" fill=\"url(#{hatch})\" x=\"{x}\" y=\"{y}\" width=\"20\" height=\"14\"/>"
        )
    };
    let path = |class: &str, shape: &str| format!("<path class=\"{class}\" d=\"{shape}\"/>");
    out.push_str(&match sample {
        Sample::Stay => path("stay", &bar(false)),
        Sample::OpenEnd => path("stay", &bar(true)),
        Sample::Uncertain => path("stay uncertain", &bar(false)),
        Sample::Ring => path("ring", &bar(false)),
        Sample::Gap => rect("gap", "hatch"),
        Sample::Repaired => rect("gap repaired", "mended"),
        Sample::Odd => path("mark", &diamond(x + Px(1100), y)),
        Sample::StillOpen => path("mark still-open", &diamond(x + Px(1100), y)),
        Sample::Outside => path("mark", &format!("M{} {y}l-12 -7v14Z", x + Px(1700))),
    });
}
