//! Warnings, once for each episode: too many events dropped, an application that is too slow (section 6).

use core::time::Duration;

use crate::{Detail, Instant, config};

/// Fewer events than this in a window say nothing about a share.
const FEWEST: u64 = 20;

/// Watches the share of dropped events, and the time the application takes.
#[derive(Debug)]
pub(crate) struct Watch {
    window: Duration,
    percent: u64,
    lag: Duration,
    since: Instant,
    received: u64,
    dropped: u64,
    warned: bool,
    warned_in_window: bool,
    lagging: bool,
}

impl Watch {
    pub(crate) fn new(config: &config::Buffer, now: Instant) -> Self {
        Self {
            window: config.drop_window,
            percent: u64::from(config.drop_warning),
            lag: config.lag,
            since: now,
            received: 0,
            dropped: 0,
            warned: false,
            warned_in_window: false,
            lagging: false,
        }
    }

    /// Counts events. A warning, if this begins an episode: a share above the limit, after a window below.
    pub(crate) fn count(&mut self, received: u64, dropped: u64, now: Instant) -> Option<Detail> {
        if now.since(self.since) >= self.window {
            self.warned = self.warned_in_window;
            (self.since, self.received, self.dropped, self.warned_in_window) = (now, 0, 0, false);
        }
        self.received += received;
        self.dropped += dropped;
        let above = self.received >= FEWEST && self.dropped * 100 > self.percent * self.received;
        self.warned_in_window |= above;
        if !above || self.warned {
            return None;
        }
        self.warned = true;
        Some(Detail::Dropping { dropped: self.dropped, received: self.received })
    }

    /// The application took so long over a batch. A warning, if the batch before was fast enough.
    pub(crate) fn consumed(&mut self, took: Duration) -> Option<Detail> {
        let was = core::mem::replace(&mut self.lagging, took > self.lag);
        (self.lagging && !was).then_some(Detail::Lagging { took })
    }

    /// Whether the last batch took too long.
    pub(crate) fn is_lagging(&self) -> bool {
        self.lagging
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch::new(&config::Buffer::default(), Instant::ZERO)
    }

    #[test]
    fn a_share_above_the_limit_warns_once_an_episode() {
        let mut watch = watch();
        let second = |n: u64| Instant(n * 1_000_000_000);
        assert_eq!(watch.count(100, 5, second(1)), None, "5 % is not over 5 %");
        assert_eq!(watch.count(0, 1, second(1)), Some(Detail::Dropping { dropped: 6, received: 100 }));
        assert_eq!(watch.count(100, 90, second(2)), None, "the same window");
        assert_eq!(watch.count(100, 90, second(12)), None, "the same episode");
        assert_eq!(watch.count(100, 0, second(23)), None, "a window without drops ends it");
        assert_eq!(watch.count(100, 0, second(34)), None);
        assert!(watch.count(100, 50, second(34)).is_some(), "the next episode");
    }

    #[test]
    fn a_few_events_are_no_share() {
        assert_eq!(watch().count(10, 10, Instant::ZERO), None);
    }

    #[test]
    fn lag_is_told_when_it_begins() {
        let mut watch = watch();
        let long = Duration::from_millis(501);
        assert_eq!(watch.consumed(Duration::from_millis(500)), None);
        assert_eq!(watch.consumed(long), Some(Detail::Lagging { took: long }));
        assert_eq!(watch.consumed(long), None);
        assert_eq!(watch.consumed(Duration::ZERO), None);
        assert!(watch.consumed(long).is_some());
    }
}
