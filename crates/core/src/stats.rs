//! Counters and measurements of a session.

use core::time::Duration;

use crate::{Instant, UnixMillis};

/// What a session has counted since its start.
///
/// At every moment `received = delivered + buffered + filtered + duplicate + rejected + dropped`.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Events that arrived, and one for each frame that could not be opened into events.
    pub received: u64,
    /// Events that the application has taken.
    pub delivered: u64,
    /// Events that wait for the application.
    pub buffered: u64,
    /// The memory that they take, in bytes, as [`Buffer::bytes`](crate::config::Buffer::bytes) bounds it.
    pub buffered_bytes: u64,
    /// Events of a type that nobody asked for.
    pub filtered: u64,
    /// Events that had been there before.
    pub duplicate: u64,
    /// Events that could not be understood, and frames that could not be opened.
    pub rejected: u64,
    /// Events that the buffer's policy dropped, or that were never taken.
    pub dropped: u64,
    /// Times that the session went live again after a loss.
    pub reconnects: u64,
    /// Connections that were dialled.
    pub dials: u64,
    /// Gaps of every cause.
    pub gaps: u64,
    /// Gaps that were closed by a repair.
    pub gaps_repaired: u64,
    /// Tokens that were got.
    pub tokens: u64,
    /// Communications that rang and were never answered (`notifications` only).
    pub unanswered: u64,
    /// Messages and control frames that arrived.
    pub frames: u64,
    /// Bytes of messages that arrived.
    pub bytes: u64,
    /// Messages that were neither events nor an expected answer.
    pub notices: u64,
    /// Connections that ended because the peer broke a rule.
    pub peer_faults: u64,
    /// Inputs for a connection or a request that was over.
    pub stale: u64,
    /// Pongs that answered none of our pings.
    pub stray_pongs: u64,
    /// When the last pong of ours arrived.
    pub last_pong: Option<UnixMillis>,
    /// Round trips, from a ping to its pong.
    pub round_trip: RoundTrip,
}

impl Stats {
    /// What became of the events that were received, added up: always [`received`](Self::received).
    #[must_use]
    pub const fn accounted(&self) -> u64 {
        self.delivered + self.buffered + self.filtered + self.duplicate + self.rejected + self.dropped
    }
}

/// Round trips of the heartbeat.
#[derive(Clone, Debug, Default)]
pub struct RoundTrip {
    /// The last one.
    pub last: Option<Duration>,
    /// Smoothed: each new one counts for an eighth, as in TCP (RFC 6298).
    pub smoothed: Option<Duration>,
    /// All of them.
    pub histogram: Histogram,
}

impl RoundTrip {
    pub(crate) fn record(&mut self, sent: Instant, now: Instant) {
        let took = now.since(sent);
        self.last = Some(took);
        self.smoothed = Some(self.smoothed.map_or(took, |old| old * 7 / 8 + took / 8));
        self.histogram.record(took);
    }
}

/// Durations in buckets of at most 6.25 % relative width, from 1 µs to about 580,000 years, in 8 KiB.
#[derive(Clone)]
pub struct Histogram {
    buckets: [u64; Self::BUCKETS],
    count: u64,
}

impl Histogram {
    /// Buckets for one power of two.
    const PER_OCTAVE: usize = 16;
    /// Powers of two of a `u64` above the first 16 values, and those values one by one.
    const BUCKETS: usize = (64 - 4 + 1) * Self::PER_OCTAVE;

    /// Counts one duration, in whole microseconds.
    pub fn record(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.buckets[Self::bucket(micros)] += 1;
        self.count += 1;
    }

    /// How many were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The duration that `per_mille` of 1,000 do not exceed: the upper end of its bucket. `None` if nothing
    /// was counted.
    #[must_use]
    pub fn quantile(&self, per_mille: u64) -> Option<Duration> {
        let rank = (self.count * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        self.buckets.iter().enumerate().find_map(|(bucket, count)| {
            seen += count;
            (seen >= rank).then(|| Duration::from_micros(Self::upper_end(bucket)))
        })
    }

    fn bucket(micros: u64) -> usize {
        let octave = (u64::BITS - micros.leading_zeros()).saturating_sub(5) as usize;
        let low = usize::try_from(micros >> octave).unwrap_or(0);
        octave * Self::PER_OCTAVE + low
    }

    fn upper_end(bucket: usize) -> u64 {
        let octave = (bucket / Self::PER_OCTAVE).saturating_sub(1);
        let low = (bucket - octave * Self::PER_OCTAVE) as u64;
        ((low + 1) << octave).wrapping_sub(1)
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: [0; Self::BUCKETS], count: 0 }
    }
}

impl core::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count)
            .field("p50", &self.quantile(500))
            .field("p99", &self.quantile(990))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn bucket_fits(micros: u64) {
        let mut one = Histogram::default();
        one.record(Duration::from_micros(micros));
        let found = one.quantile(500).expect("one value").as_micros();
        let micros = u128::from(micros);
        assert!((micros..=micros + micros / 16).contains(&found), "{micros}: {found}");
    }

    proptest! {
        #[test]
        fn a_quantile_is_at_most_one_bucket_too_large(micros: u64) {
            bucket_fits(micros);
        }
    }

    #[test]
    fn buckets_meet_at_every_power_of_two() {
        (0..1000).for_each(bucket_fits);
        for power in (0..u64::BITS).map(|shift| 1u64 << shift) {
            bucket_fits(power - 1);
            bucket_fits(power);
        }
        bucket_fits(u64::MAX);
        assert!(size_of::<Histogram>() <= 8 * 1024);
    }

    #[test]
    fn what_became_of_events_is_added_up() {
        let stats = Stats {
            received: 100,
            delivered: 1,
            buffered: 2,
            filtered: 4,
            duplicate: 8,
            rejected: 16,
            dropped: 32,
            ..Stats::default()
        };
        assert_eq!(stats.accounted(), 63);
    }

    #[test]
    fn a_new_round_trip_counts_for_an_eighth() {
        let mut trips = RoundTrip::default();
        let after = |millis| Instant::ZERO + Duration::from_millis(millis);
        trips.record(after(1000), after(1080));
        assert_eq!(trips.smoothed, Some(Duration::from_millis(80)));
        trips.record(after(2000), after(2160));
        assert_eq!(trips.smoothed, Some(Duration::from_millis(90)));
        assert_eq!((trips.last, trips.histogram.count()), (Some(Duration::from_millis(160)), 2));
    }

    #[test]
    fn quantiles_follow_the_ranks() {
        let mut all = Histogram::default();
        assert_eq!(all.quantile(500), None);
        (1..=10).for_each(|micros| all.record(Duration::from_micros(micros)));
        assert_eq!(all.quantile(0), Some(Duration::from_micros(1)));
        assert_eq!(all.quantile(500), Some(Duration::from_micros(5)));
        assert_eq!(all.quantile(1000), Some(Duration::from_micros(10)));
        assert_eq!(format!("{all:?}"), "Histogram { count: 10, p50: Some(5µs), p99: Some(10µs), .. }");
    }
}
