//! Where values stand on an axis, in integers: a drawing is the same on every machine.

use std::time::Duration;

use crate::words::{bytes, three, time};

/// The length of an axis.
pub(crate) const LENGTH: i64 = 10_000;

/// An axis: its name, where values stand on it, and what is written beside it.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) label: String,
    scale: Scale,
    /// Places and their words.
    pub(crate) ticks: Vec<(i64, String)>,
}

#[derive(Clone, Copy, Debug)]
enum Scale {
    /// So many places at equal distances.
    Steps(u64),
    /// From zero to this.
    Linear(u64),
    /// From one value to another, by their logarithms. What is less stands at the beginning.
    Log(u64, u64),
}

impl Axis {
    /// The names of things, at equal distances; values are their numbers from 0.
    pub(crate) fn steps(label: &str, names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        let scale = Scale::Steps(names.len() as u64);
        let every = names.len().div_ceil(10).max(1);
        let ticks = (0..).zip(names).filter(|(place, _)| *place as usize % every == 0);
        let ticks = ticks.map(|(place, name)| (scale.place(place), name)).collect();
        Self { label: label.to_owned(), scale, ticks }
    }

    /// Nanoseconds from zero on.
    pub(crate) fn seconds(label: &str, most: u64) -> Self {
        Self::linear(label, most.max(1000), |nanos| time(Duration::from_nanos(nanos)))
    }

    /// Millionths from zero on, as percent.
    pub(crate) fn percent(label: &str, most: u64) -> Self {
        Self::linear(label, most.clamp(10, 1_000_000), |millionths| {
            format!("{} %", three(millionths as f64 / 10_000.0))
        })
    }

    /// A count from zero on.
    pub(crate) fn count(label: &str, most: u64) -> Self {
        Self::linear(label, most.max(4), |count| three(count as f64))
    }

    /// Nanoseconds by their logarithm.
    pub(crate) fn log_time(label: &str, values: impl Iterator<Item = u64>) -> Self {
        let decades = std::iter::successors(Some(1000), |nanos: &u64| nanos.checked_mul(10));
        Self::log(label, values, decades, |nanos| time(Duration::from_nanos(nanos)))
    }

    /// Bytes by their logarithm.
    pub(crate) fn log_bytes(label: &str, values: impl Iterator<Item = u64>) -> Self {
        let steps = std::iter::successors(Some(64), |bytes: &u64| bytes.checked_mul(8));
        Self::log(label, values, steps, bytes)
    }

    /// Thousandths of a multiple by their logarithm.
    pub(crate) fn log_multiple(label: &str, values: impl Iterator<Item = u64>) -> Self {
        let steps = std::iter::successors(Some(1), |value: &u64| value.checked_mul(2));
        let named = |thousandths: u64| format!("×{}", three(thousandths as f64 / 1000.0));
        // Powers of two of one, which is 1,000 of these.
        let steps = steps.take(30).flat_map(|value| {
            (value <= 512).then(|| 1000 / value).into_iter().chain(value.checked_mul(1000))
        });
        let mut all: Vec<u64> = steps.filter(|value| *value > 0).collect();
        all.sort_unstable();
        all.dedup();
        Self::log(label, values, all.into_iter(), named)
    }

    fn linear(label: &str, most: u64, named: impl Fn(u64) -> String) -> Self {
        // Room for what is rounded up.
        let most = most.min(u64::MAX / 4);
        let step = nice(most.div_ceil(5));
        let top = most.div_ceil(step) * step;
        let scale = Scale::Linear(top);
        let ticks = (0..=top / step).map(|count| (scale.place(count * step), named(count * step))).collect();
        Self { label: label.to_owned(), scale, ticks }
    }

    /// `steps` in ascending order: those at or around the values are the ticks.
    fn log(
        label: &str,
        values: impl Iterator<Item = u64>,
        steps: impl Iterator<Item = u64>,
        named: impl Fn(u64) -> String,
    ) -> Self {
        let some: Vec<u64> = values.filter(|value| *value > 0).collect();
        let (least, most) =
            (some.iter().min().copied().unwrap_or(1), some.iter().max().copied().unwrap_or(1));
        let steps: Vec<u64> = steps.collect();
        let from = steps.iter().rfind(|step| **step <= least).or(steps.first()).copied().unwrap_or(1);
        let to =
            steps.iter().find(|step| **step >= most && **step > from).or(steps.last()).copied().unwrap_or(2);
        let scale = Scale::Log(from, to.max(from + 1));
        let shown = steps.into_iter().filter(|step| (from..=to).contains(step));
        let ticks = shown.map(|step| (scale.place(step), named(step))).collect();
        Self { label: label.to_owned(), scale, ticks }
    }

    /// Where a value stands: 0 to [`LENGTH`].
    pub(crate) fn place(&self, value: u64) -> i64 {
        self.scale.place(value)
    }
}

impl Scale {
    fn place(self, value: u64) -> i64 {
        let share = |part: u64, of: u64| {
            let part = u128::from(part.min(of)) * LENGTH.unsigned_abs() as u128 / u128::from(of.max(1));
            i64::try_from(part).unwrap_or(LENGTH)
        };
        match self {
            Self::Steps(count) => share(2 * value + 1, 2 * count),
            Self::Linear(most) => share(value, most),
            Self::Log(from, to) => {
                let above = |value: u64| log2(value.max(from)) - log2(from);
                share(above(value), above(to))
            }
        }
    }
}

/// The least of 1, 2, 5, 10, 20 … that is not below.
fn nice(least: u64) -> u64 {
    let powers = std::iter::successors(Some(1), |power: &u64| power.checked_mul(10));
    powers
        .flat_map(|power| [1, 2, 5].map(|digit| power.saturating_mul(digit)))
        .find(|it| *it >= least)
        .unwrap_or(u64::MAX)
}

/// The logarithm to base 2 in 1,024ths, of what is 1 at least.
fn log2(value: u64) -> u64 {
    let whole = u64::from(value.max(1).ilog2());
    let mut rest = u128::from(value.max(1)) << (63 - whole);
    let mut log = whole;
    for _ in 0..10 {
        rest = (rest * rest) >> 63;
        log *= 2;
        if rest >> 64 > 0 {
            rest >>= 1;
            log += 1;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms() {
        assert_eq!([1, 2, 1024, 1 << 63].map(log2), [0, 1024, 10_240, 63 * 1024]);
        for value in [3_u64, 7, 1000, 123_456_789, u64::MAX] {
            let exact = (value as f64).log2() * 1024.0;
            assert!((log2(value) as f64 - exact).abs() <= 1.5, "{value}: {} {exact}", log2(value));
        }
    }

    #[test]
    fn values_stand_between_the_ends_and_in_order() {
        let axis = Axis::log_time("t", [2_500_000, 400_000_000].into_iter());
        let words: Vec<&str> = axis.ticks.iter().map(|(_, word)| &**word).collect();
        assert_eq!(words, ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!(
            [0, 1_000_000, 1_000_000_000, u64::MAX].map(|value| axis.place(value)),
            [0, 0, LENGTH, LENGTH]
        );
        assert_eq!(axis.place(10_000_000), axis.ticks[1].0);
        let axis = Axis::percent("p", 31_000);
        assert_eq!((axis.ticks[1].1.as_str(), axis.ticks.len()), ("1 %", 5));
        let axis = Axis::steps("s", ["a", "b"].map(String::from));
        assert_eq!([0, 1].map(|value| axis.place(value)), [2500, 7500]);
        let axis = Axis::log_multiple("x", [250, 6000].into_iter());
        let words: Vec<&str> = axis.ticks.iter().map(|(_, word)| &**word).collect();
        assert_eq!(words, ["×0.25", "×0.5", "×1", "×2", "×4", "×8"]);
    }

    #[test]
    fn nothing_at_all_has_an_axis_too() {
        let axis = Axis::log_bytes("b", std::iter::empty());
        assert_eq!(axis.place(0), 0);
        assert!(Axis::seconds("s", 0).ticks.len() > 1);
        assert_eq!(Axis::steps("s", std::iter::empty()).ticks.len(), 0);
        assert!(Axis::seconds("s", u64::MAX).place(u64::MAX) <= LENGTH);
    }
}
