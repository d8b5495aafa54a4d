//! Where things stand in a drawing. Exact: there is no floating point in it.

use std::fmt;

use rosterline_core::Timestamp;

use crate::Picture;
use crate::time::nanos;

/// How wide a drawing is. It is not scaled to its surroundings, so that its text keeps its size.
pub(crate) const WIDTH: i64 = 960;
/// How high the text of the axis is, with its air.
pub(super) const AXIS: i64 = 18;
/// The width of the participants' names, with the air behind them.
pub(super) const LABEL: i64 = 176;
/// What stays free at the right of the lanes, for the last label of the axis.
pub(super) const MARGIN: i64 = 28;
/// More rows than this stand closer together.
const ROOMY: usize = 24;

/// A length or a place in hundredths of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Px(pub(super) i64);

impl Px {
    pub(super) const fn whole(pixels: i64) -> Self {
        Self(pixels * 100)
    }
}

impl std::ops::Add for Px {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Px {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match (size / 100, size % 100) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, rest) if rest % 10 == 0 => write!(f, "{sign}{whole}.{}", rest / 10),
            (whole, rest) => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

/// The place of everything in one drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Air at the left and at the right.
    pub(super) pad: i64,
    /// Where the first lane begins.
    pub(super) top: i64,
    /// Lanes drawn.
    pub(super) rows: usize,
    /// From one lane to the next.
    pub(super) pitch: i64,
    from: i128,
    length: i128,
}

impl Frame {
    /// The frame of a picture of which `rows` rows are drawn, below `top` pixels of other things.
    pub(super) fn new(picture: &Picture, rows: usize, pad: i64, top: i64) -> Self {
        let length = nanos(picture.to) - nanos(picture.from);
        // A moment would have no width at all.
        let length = if length > 0 { length } else { 1_000_000_000 };
        let pitch = if rows > ROOMY { 22 } else { 28 };
        Self { pad, top, rows, pitch, from: nanos(picture.from), length }
    }

    /// The end of the axis: that of the picture, or a second after its only moment.
    pub(super) fn end(&self) -> i128 {
        self.from + self.length
    }

    pub(super) const fn left(&self) -> Px {
        Px::whole(self.pad + LABEL)
    }

    pub(super) const fn right(&self) -> Px {
        Px::whole(WIDTH - self.pad - MARGIN)
    }

    /// Where the last lane ends.
    pub(super) fn bottom(&self) -> i64 {
        self.top + self.pitch * i64::try_from(self.rows).unwrap_or(i64::MAX / 100)
    }

    /// Where a row begins.
    pub(super) fn row(&self, number: usize) -> i64 {
        self.top + self.pitch * i64::try_from(number).unwrap_or(0)
    }

    /// Where a time stands; at the nearer edge if it lies outside.
    pub(super) fn x(&self, at: Timestamp) -> Px {
        let width = self.right() - self.left();
        let along = (nanos(at) - self.from).clamp(0, self.length) * i128::from(width.0);
        let rounded = (along + self.length / 2) / self.length;
        self.left() + Px(i64::try_from(rounded).unwrap_or(width.0))
    }

    /// Where a span stands, `narrowest` wide at least, and never out of the lanes. An end that is not known is the
    /// edge.
    pub(super) fn span(&self, from: Option<Timestamp>, to: Option<Timestamp>, narrowest: Px) -> (Px, Px) {
        let start = from.map_or(self.left(), |at| self.x(at)).min(self.right() - narrowest);
        let end = to.map_or(self.right(), |at| self.x(at)).max(start + narrowest);
        (start, end)
    }

    /// Whether a time lies before the drawing (`Some(false)`) or behind it (`Some(true)`).
    pub(super) fn is_beyond(&self, at: Timestamp) -> Option<bool> {
        let at = nanos(at);
        if at < self.from { Some(false) } else { (at > self.end()).then_some(true) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Standing;
    use rosterline_core::Id;

    fn frame(from: i64, to: i64) -> Frame {
        let picture = Picture {
            interaction: Id::new("c"),
            standing: Standing::Open,
            revision: 1,
            from: Timestamp::from_unix(from, 0),
            to: Timestamp::from_unix(to, 0),
            rows: Vec::new(),
            bands: Vec::new(),
        };
        Frame::new(&picture, 3, 20, 70)
    }

    #[test]
    fn time_is_proportional_and_stays_within_the_lanes() {
        let frame = frame(0, 100);
        let x = |second| frame.x(Timestamp::from_unix(second, 0));
        assert_eq!((x(0), x(100)), (frame.left(), frame.right()));
        assert_eq!(x(25) - x(0), x(100) - x(75));
        assert_eq!((x(-1), x(i64::from(i32::MAX))), (frame.left(), frame.right()));
    }

    #[test]
    fn a_moment_is_as_narrow_as_can_be_seen_at_either_end() {
        for (frame, second) in [(frame(0, 100), 0), (frame(0, 100), 100), (frame(7, 7), 7)] {
            let at = Some(Timestamp::from_unix(second, 0));
            let (start, end) = frame.span(at, at, Px(200));
            assert_eq!(end - start, Px(200));
            assert!(start >= frame.left() && end <= frame.right());
        }
    }

    #[test]
    fn pixels_are_written_without_needless_digits() {
        let written = [0, 100, 150, 105, -25].map(|px| Px(px).to_string());
        assert_eq!(written, ["0", "1", "1.5", "1.05", "-0.25"]);
    }
}
