//! A channel of the `notifications` dialect: where to dial, and how long it lives (docs/notifications.md, section 8).

use alloc::collections::VecDeque;
use core::time::Duration;

use crate::{Endpoint, Instant, Rng, Secret};

/// A channel is not extended more often than this.
const SOONEST: Duration = Duration::from_secs(5);
/// A channel that lives shorter than this is extended at half its life.
const SHORT_LIFE: Duration = Duration::from_secs(10);
/// No channel lives longer than a day; what the clocks differ by can make it seem so.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A channel that was created for us. Whoever knows its id can listen, so both texts are secrets.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: Secret,
    pub(super) url: Secret,
    /// From creation, or extension, to expiry.
    life: Duration,
    expires: Instant,
    /// It has a list of topics.
    pub(super) subscribed: bool,
}

impl Channel {
    pub(super) fn new(id: Secret, url: Secret, life: Duration, now: Instant) -> Self {
        let life = life.min(LONGEST);
        Self { id, url, life, expires: now + life, subscribed: false }
    }

    /// Its topics were set: that is what extends it.
    pub(super) fn extended(&mut self, now: Instant) {
        self.subscribed = true;
        self.expires = now + self.life;
    }

    pub(super) const fn expires(&self) -> Instant {
        self.expires
    }

    /// When to extend it, seen from the moment of its last extension: at 23/24 of its life, or up to a 48th of it before.
    pub(super) fn extension_at(&self, rng: &mut Rng, now: Instant) -> Instant {
        if self.life < SHORT_LIFE {
            return now + (self.life / 2).max(Duration::from_millis(100));
        }
        let spread = u64::try_from((self.life / 48).as_nanos()).unwrap_or(u64::MAX);
        let wait = self.life / 24 * 23 - Duration::from_nanos(rng.up_to(spread));
        now + wait.max(SOONEST)
    }

    /// When to try again after an extension that failed; `None` if the channel has no time left for that.
    pub(super) fn next_try(&self, now: Instant) -> Option<Instant> {
        let next = now + (self.expires.since(now) / 4).max(SOONEST.min(self.life / 8));
        (next + self.life / 96 < self.expires).then_some(next)
    }
}

/// Whether the service may send us there: with TLS unless the API has none either, and to a host of its own domain, for
/// `https://api.{domain}` below `{domain}`. From this machine to this machine, everything is allowed.
pub(super) fn may_dial(url: &Endpoint, api: &Endpoint) -> Result<(), &'static str> {
    let plain = url.scheme() == "ws" && !api.is_secure();
    if url.scheme() != "wss" && !plain {
        return Err("the address of the channel has no TLS");
    }
    if api.is_loopback() {
        return if url.is_loopback() {
            Ok(())
        } else {
            Err("the address of the channel leaves this machine")
        };
    }
    let domain = api.host().strip_prefix("api.").unwrap_or(api.host());
    let below = url.host().strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
    if url.host() != domain && url.host() != api.host() && !below {
        return Err("the address of the channel lies outside the domain of the API");
    }
    if api.port() == 443 && url.port() != 443 {
        return Err("the address of the channel has another port than 443");
    }
    Ok(())
}

/// Counts channels that were taken over or evicted.
#[derive(Debug, Default)]
pub(super) struct Contention {
    times: VecDeque<Instant>,
}

impl Contention {
    const WINDOW: Duration = Duration::from_secs(600);
    /// More than this within the window is a quarrel that nobody wins.
    const MOST: usize = 3;

    /// One more. How many there were within the window, if that is too many.
    pub(super) fn count(&mut self, now: Instant) -> Option<u32> {
        self.times.push_back(now);
        while self.times.front().is_some_and(|first| now.since(*first) > Self::WINDOW) {
            self.times.pop_front();
        }
        (self.times.len() > Self::MOST).then_some(self.times.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dial(url: &str, api: &str) -> bool {
        let read = |text| Endpoint::new(text).expect("valid");
        may_dial(&read(url), &read(api)).is_ok()
    }

    #[test]
    fn the_service_may_send_us_to_its_own_domain_only() {
        let api = "https://api.mypurecloud.de";
        assert!(dial("wss://streaming.mypurecloud.de/channels/x", api));
        assert!(dial("wss://a.b.mypurecloud.de/x", api));
        for url in [
            "ws://streaming.mypurecloud.de/x",
            "wss://streaming.mypurecloud.com/x",
            "wss://evilmypurecloud.de/x",
            "wss://mypurecloud.de.evil.com/x",
            "wss://streaming.mypurecloud.de:8443/x",
            "wss://127.0.0.1/x",
            "wss://[::1]/x",
        ] {
            assert!(!dial(url, api), "{url}");
        }
        assert!(dial("ws://127.0.0.1:7/x", "http://localhost:8"));
        assert!(dial("wss://localhost:7/x", "https://127.0.0.1:8"));
        assert!(!dial("ws://10.0.0.1:7/x", "http://localhost:8"));
        assert!(!dial("ws://localhost:7/x", "https://localhost:8"));
        assert!(dial("wss://mock:8443/x", "https://mock:8443"));
        assert!(dial("ws://mock:80/x", "http://mock:80"));
    }

    #[test]
    fn a_channel_is_extended_before_it_expires() {
        let channel = |seconds| {
            let life = Duration::from_secs(seconds);
            Channel::new("id".into(), "wss://x".into(), life, Instant::ZERO)
        };
        let mut rng = Rng::stream(1, "extension");
        let hour = Duration::from_secs(3600);
        for _ in 0..100 {
            let at = channel(86_400).extension_at(&mut rng, Instant::ZERO);
            assert!(at <= Instant::ZERO + 23 * hour && at >= Instant::ZERO + 45 * hour / 2, "{at:?}");
        }
        assert_eq!(channel(8).extension_at(&mut rng, Instant::ZERO), Instant(4_000_000_000));
        assert!(channel(10).extension_at(&mut rng, Instant::ZERO) >= Instant(9_000_000_000));
        let second = |n: u64| Instant(n * 1_000_000_000);
        assert_eq!(channel(8).next_try(second(4)), Some(second(5)), "a short life has short waits");
        assert_eq!(channel(96).next_try(second(89)), Some(second(94)));
        assert_eq!(channel(96).next_try(second(90)), None, "the last hundredth is too late");
        let day = channel(86_400);
        let mut now = Instant::ZERO + 23 * hour;
        let mut tries = 0;
        while let Some(next) = day.next_try(now) {
            assert!(next > now && next < day.expires());
            (now, tries) = (next, tries + 1);
        }
        assert!((2..100).contains(&tries), "{tries}");
    }

    #[test]
    fn more_than_three_quarrels_in_ten_minutes_are_too_many() {
        let mut contention = Contention::default();
        let minute = |n: u64| Instant(n * 60_000_000_000);
        assert_eq!([0, 4, 8, 11].map(|n| contention.count(minute(n))), [None; 4]);
        assert_eq!(contention.count(minute(12)), Some(4));
        assert_eq!(contention.count(minute(14)), Some(5), "the one of ten minutes ago counts");
    }
}
