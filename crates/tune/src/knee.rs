//! Where the waiting begins to grow faster than the load.

use std::time::Duration;

use crate::trial::Measured;

/// The p99 of the waiting may be so many times its lowest; beyond that the load is past the knee.
pub const STEEP: u32 = 10;
/// Less than this is no waiting that anybody feels, however many times the lowest it is.
pub const UNFELT: Duration = Duration::from_millis(1);

/// The largest load before the waiting leaves its flat part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knee {
    /// As a multiple of the load.
    pub factor: f64,
    /// The p99 from sending to taking at that load.
    pub p99: Duration,
    /// The lowest p99 of all loads.
    pub lowest: Duration,
    /// The least load that was tried and is past it.
    pub past: f64,
}

/// Finds it among measurements at multiples of a load, in ascending order. `None`: there is none among them, or the
/// first is past it already, as far as one can tell from its busy application.
#[must_use]
pub(crate) fn knee(points: &[(f64, Measured)]) -> Option<Knee> {
    let lowest = points.iter().map(|(_, measured)| measured.age.p99).min()?;
    let steep = (lowest * STEEP).max(UNFELT);
    let past = points.iter().position(|(_, measured)| measured.age.p99 > steep)?;
    let (factor, before) = points.get(past.checked_sub(1)?)?;
    Some(Knee { factor: *factor, p99: before.age.p99, lowest, past: points[past].0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Spread;

    fn points(millis: &[u64]) -> Vec<(f64, Measured)> {
        let measured = |millis: &u64| Measured {
            age: Spread { p99: Duration::from_millis(*millis), ..Spread::default() },
            ..Measured::default()
        };
        (0..).zip(millis).map(|(place, millis)| (f64::from(1 << place), measured(millis))).collect()
    }

    #[test]
    fn it_is_the_last_before_ten_times_the_lowest() {
        let found = knee(&points(&[3, 2, 4, 20, 21, 900])).expect("there is one");
        assert_eq!((found.factor, found.past), (8.0, 16.0));
        assert_eq!((found.p99, found.lowest), (Duration::from_millis(20), Duration::from_millis(2)));
    }

    #[test]
    fn a_flat_line_has_none_and_nobody_feels_less_than_a_millisecond() {
        assert_eq!(knee(&points(&[3, 2, 4, 20])), None);
        assert_eq!(knee(&points(&[0, 0, 1, 1])), None);
        assert_eq!(knee(&points(&[0, 0, 2])).map(|knee| knee.factor), Some(2.0));
        assert_eq!(knee(&[]), None);
    }
}
