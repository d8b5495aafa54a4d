//! What the shapes of a drawing mean.

use std::fmt::Write as _;

use super::geometry::Px;
use super::lanes::{bar_shape, diamond, is_within};
use crate::Picture;
use crate::markup::width;

/// One kind of shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    Stay,
    Uncertain,
    OpenEnd,
    Gap,
    Repaired,
    Odd,
    Outside,
}

impl Sample {
    pub(crate) const ALL: [Self; 7] =
        [Self::Stay, Self::OpenEnd, Self::Uncertain, Self::Gap, Self::Repaired, Self::Odd, Self::Outside];

    /// What it means.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Stay => "present",
            Self::OpenEnd => "start or end not known",
            Self::Uncertain => "present, but a gap touches it",
            Self::Gap => "gap: events may be missing",
            Self::Repaired => "gap, repaired",
            Self::Odd => "anomaly",
            Self::Outside => "anomaly outside the drawing",
        }
    }

    fn is_in(self, picture: &Picture) -> bool {
        let bars = || picture.rows.iter().flat_map(|row| &row.bars);
        let marks = || picture.rows.iter().flat_map(|row| &row.marks);
        match self {
            Self::Stay => bars().any(|bar| !bar.uncertain),
            Self::OpenEnd => bars().any(|bar| bar.from.is_none() || bar.to.is_none()),
            Self::Uncertain => bars().any(|bar| bar.uncertain),
            Self::Gap => picture.bands.iter().any(|band| !band.repaired),
            Self::Repaired => picture.bands.iter().any(|band| band.repaired),
            Self::Odd => marks().any(|mark| is_within(picture, mark.at)),
            Self::Outside => marks().any(|mark| !is_within(picture, mark.at)),
        }
    }
}

/// What a picture shows that may need a word. Bars alone need none.
pub(super) fn of(picture: &Picture) -> Vec<Sample> {
    let there: Vec<Sample> = Sample::ALL.into_iter().filter(|sample| sample.is_in(picture)).collect();
    if there == [Sample::Stay] { Vec::new() } else { there }
}

/// A legend in one line. Its middle is at `y`.
pub(super) fn line(out: &mut String, samples: &[Sample], left: Px, y: Px) {
    let mut x = left;
    for sample in samples {
        out.push_str("<g class=\"key\">");
        shape(out, *sample, x, y);
        let _ = write!(out, "<text x=\"{}\" y=\"{}\">", x + Px::whole(27), y + Px::whole(4));
        let _ = write!(out, "{}</text></g>", sample.meaning());
        x = x + Px::whole(27 + 16) + Px(i64::from(width(sample.meaning())) * 12);
    }
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
        Sample::Gap => rect("gap", "hatch"),
        Sample::Repaired => rect("gap repaired", "mended"),
        Sample::Odd => path("mark", &diamond(x + Px(1100), y)),
        Sample::Outside => path("mark", &format!("M{} {y}l-12 -7v14Z", x + Px(1700))),
    });
}
