//! What the text of a setting means. Every error is the end of a sentence that begins with the value.

use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use rosterline_core::Policy;

/// Longer than any wait makes sense; far from where clocks overflow.
const LONGEST: Duration = Duration::from_secs(1000 * 24 * 3600);

/// `500ms`, `2s`, `5m` or `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "is no duration; write it like 500ms, 2s, 5m or 1h".to_string();
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 3600 * 1000,
        _ => return Err(wrong()),
    };
    match number.checked_mul(millis).map(Duration::from_millis) {
        Some(duration) if duration <= LONGEST => Ok(duration),
        Some(_) | None => Err("is too long; 24000h is the most".to_string()),
    }
}

/// The same, and finer: `200us`.
pub(crate) fn fine_duration(text: &str) -> Result<Duration, String> {
    match text.strip_suffix("us").map(str::parse) {
        Some(Ok(micros)) => Ok(Duration::from_micros(micros)).and_then(|time| match time <= LONGEST {
            true => Ok(time),
            false => Err("is too long; 24000h is the most".to_string()),
        }),
        Some(Err(_)) => Err("is no duration; write it like 200us, 5ms or 2s".to_string()),
        None => duration(text),
    }
}

/// A number with a fraction, within these ends.
pub(crate) fn factor(text: &str, range: RangeInclusive<f64>) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if range.contains(&factor) => Ok(factor),
        Ok(_) | Err(_) => Err(format!("is no number within {} and {}", range.start(), range.end())),
    }
}

/// A size of the buffer.
pub(crate) fn capacity(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(capacity @ 1..=0x100_0000) => Ok(capacity),
        Ok(_) | Err(_) => Err("is no whole number from 1 to 16777216".to_string()),
    }
}

/// A switch outside the command line.
pub(crate) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("is neither true nor false".to_string()),
    }
}

/// A whole number.
pub(crate) fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "is no whole number, or too large".to_string())
}

/// `127.0.0.1:9090`, or `:9090` for a port of this machine that only it can reach.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let whole = if text.starts_with(':') {
        format!("127.0.0.1{text}")
    } else {
        text.replace("localhost:", "127.0.0.1:")
    };
    whole.parse().map_err(|_| "is no address; write it like 127.0.0.1:9090".to_string())
}

/// A number of attempts, `None` for `unlimited`.
pub(crate) fn attempts(text: &str) -> Result<Option<u32>, String> {
    match text {
        "unlimited" => Ok(None),
        _ => match text.parse() {
            Ok(attempts) if attempts > 0 => Ok(Some(attempts)),
            Ok(_) | Err(_) => Err("is neither a number from 1 on nor `unlimited`".to_string()),
        },
    }
}

/// What a session runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Tokio,
    AsyncStd,
    Smol,
}

/// One of the runtimes that there is an adapter for.
pub(crate) fn runtime(text: &str) -> Result<On, String> {
    match text {
        "tokio" => Ok(On::Tokio),
        "async-std" => Ok(On::AsyncStd),
        "smol" => Ok(On::Smol),
        _ => Err("is none of tokio, async-std, smol".to_string()),
    }
}

/// The overflow policies of docs/stream.md, section 6.
pub(crate) fn policy(text: &str) -> Result<Policy, String> {
    let known = Policy::ALL.into_iter().find(|policy| policy.name() == text);
    known.ok_or_else(|| "is no policy; there are pause, drop-oldest, drop-newest and end".to_string())
}

/// Whether reconnect delays are drawn.
pub(crate) fn jitter(text: &str) -> Result<bool, String> {
    match text {
        "full" => Ok(true),
        "none" => Ok(false),
        _ => Err("is neither full nor none".to_string()),
    }
}

/// The protocol that a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// docs/stream.md.
    Stream,
    /// docs/notifications.md.
    Notifications,
}

/// One of the dialects.
pub(crate) fn dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "stream" => Ok(Dialect::Stream),
        "notifications" => Ok(Dialect::Notifications),
        _ => Err("is no dialect; there are stream and notifications".to_string()),
    }
}

/// When to stop by oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitAfter {
    /// This long after the start.
    Time(Duration),
    /// After so many delivered events.
    Events(u64),
    /// When nothing has come for so long on a live connection.
    Idle(Duration),
}

/// `30s`, `1000events` or `idle:500ms`.
pub(crate) fn exit_after(text: &str) -> Result<ExitAfter, String> {
    let wrong = || "is none of 30s, 1000events, idle:500ms".to_string();
    if let Some(idle) = text.strip_prefix("idle:") {
        return duration(idle).map(ExitAfter::Idle).map_err(|_| wrong());
    }
    if let Some(count) = text.strip_suffix("events").or_else(|| text.strip_suffix("event")) {
        return match count.parse() {
            Ok(count) if count > 0 => Ok(ExitAfter::Events(count)),
            Ok(_) | Err(_) => Err(wrong()),
        };
    }
    duration(text).map(ExitAfter::Time).map_err(|_| wrong())
}

/// Seeds: so many from 0 on, or from one up to another without that.
pub(crate) fn seeds(text: &str) -> Result<Range<u64>, String> {
    let (first, end) = match text.split_once("..") {
        None => (0, number(text)?),
        Some((first, end)) => (number(first)?, number(end)?),
    };
    if first < end { Ok(first..end) } else { Err("has no seed in it".to_string()) }
}

/// Hours, with a fraction; up to a year.
pub(crate) fn hours(text: &str) -> Result<Duration, String> {
    let hours: f64 = text.parse().map_err(|_| "is no number of hours".to_string())?;
    if !(0.001..=8784.0).contains(&hours) {
        return Err("is not within 0.001 and 8784 hours".to_string());
    }
    Ok(Duration::from_secs_f64(hours * 3600.0))
}

/// How many times faster than life a replay runs; `None`: as fast as it can.
pub(crate) fn speed(text: &str) -> Result<Option<f64>, String> {
    let wrong = || "is neither max nor a multiple such as 1x, 10x or 0.5x".to_string();
    if text == "max" {
        return Ok(None);
    }
    let factor: f64 = text.strip_suffix('x').ok_or_else(wrong)?.parse().map_err(|_| wrong())?;
    if (0.001..=1e6).contains(&factor) { Ok(Some(factor)) } else { Err(wrong()) }
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Ndjson,
    Json,
    Csv,
}

/// `auto` is text on a terminal and NDJSON elsewhere.
pub(crate) fn format(text: &str, terminal: bool) -> Result<Format, String> {
    match text {
        "auto" if terminal => Ok(Format::Text),
        "auto" | "ndjson" => Ok(Format::Ndjson),
        "text" => Ok(Format::Text),
        "json" => Ok(Format::Json),
        "csv" => Ok(Format::Csv),
        _ => Err("is no format; there are auto, text, ndjson, json and csv".to_string()),
    }
}

/// Whether to colour. `no_color` is whether the environment asks for none (no-color.org).
pub(crate) fn color(text: &str, terminal: bool, no_color: bool) -> Result<bool, String> {
    match text {
        "auto" => Ok(terminal && !no_color),
        "always" => Ok(true),
        "never" => Ok(false),
        _ => Err("is none of auto, always and never".to_string()),
    }
}

/// Which lines are shown. The summary always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Show {
    pub(crate) events: bool,
    pub(crate) timelines: bool,
    /// A timeline at every change, not only when it is complete.
    pub(crate) live: bool,
    pub(crate) gaps: bool,
    pub(crate) status: bool,
    pub(crate) rejected: bool,
    pub(crate) raw: bool,
}

/// The kinds named in a list.
pub(crate) fn show(words: &[String]) -> Result<Show, String> {
    let mut show = Show::default();
    for word in words {
        match word.as_str() {
            "events" => show.events = true,
            "timelines" => show.timelines = true,
            "timelines=live" => (show.timelines, show.live) = (true, true),
            "gaps" => show.gaps = true,
            "status" => show.status = true,
            "rejected" => show.rejected = true,
            "raw" => show.raw = true,
            "none" if words.len() == 1 => {}
            "none" => return Err("`none` stands alone".to_string()),
            other => {
                return Err(format!(
                    "\"{other}\" is no kind; there are events, timelines, gaps, status, rejected, raw and none"
                ));
            }
        }
    }
    Ok(show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let good = [("500ms", 500), ("2s", 2000), ("5m", 300_000), ("1h", 3_600_000), ("0s", 0)];
        for (text, millis) in good {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in
            ["", "5", "s", "-1s", "1.5s", "1 s", "1d", "1S", "1sx", "99999999999999999999s", "9999999h"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fine_durations_factors_and_sizes() {
        assert_eq!(fine_duration("200us"), Ok(Duration::from_micros(200)));
        assert_eq!(fine_duration("2s"), Ok(Duration::from_secs(2)));
        for text in ["", "us", "-1us", "1.5us", "99999999999999999999us", "9999999999999999999us", "1ns"] {
            assert!(fine_duration(text).is_err(), "{text}");
        }
        assert_eq!(factor("0.5", 0.1..=2.0), Ok(0.5));
        for text in ["", "x", "0", "-1", "3", "nan", "inf"] {
            assert!(factor(text, 0.1..=2.0).is_err(), "{text}");
        }
        assert_eq!(capacity("16777216"), Ok(1 << 24));
        for text in ["0", "16777217", "-1", "1.5"] {
            assert!(capacity(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ends() {
        assert_eq!(exit_after("30s"), Ok(ExitAfter::Time(Duration::from_secs(30))));
        assert_eq!(exit_after("1000events"), Ok(ExitAfter::Events(1000)));
        assert_eq!(exit_after("idle:500ms"), Ok(ExitAfter::Idle(Duration::from_millis(500))));
        for text in ["", "0events", "events", "idle", "idle:", "idle:5", "30"] {
            assert!(exit_after(text).is_err(), "{text}");
        }
    }

    #[test]
    fn seeds_and_hours() {
        assert_eq!([seeds("3"), seeds("5..7")], [Ok(0..3), Ok(5..7)]);
        for text in ["", "0", "7..5", "5..5", "..5", "5..", "-1", "a..b"] {
            assert!(seeds(text).is_err(), "{text}");
        }
        assert_eq!(hours("0.5"), Ok(Duration::from_secs(1800)));
        for text in ["", "0", "-1", "nan", "inf", "9000", "1h"] {
            assert!(hours(text).is_err(), "{text}");
        }
    }

    #[test]
    fn speeds() {
        assert_eq!([speed("max"), speed("1x"), speed("0.5x")], [Ok(None), Ok(Some(1.0)), Ok(Some(0.5))]);
        for text in ["", "x", "10", "-1x", "0x", "infx", "nanx", "1e9x"] {
            assert!(speed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn kinds_to_show() {
        let words = |text: &str| text.split(',').map(str::to_string).collect::<Vec<_>>();
        assert_eq!(show(&words("none")), Ok(Show::default()));
        let live = show(&words("timelines=live")).expect("valid");
        assert!(live.timelines && live.live && !live.events);
        assert!(show(&words("none,events")).is_err());
        assert!(show(&words("event")).is_err());
    }

    #[test]
    fn automatic_choices() {
        assert_eq!(format("auto", true), Ok(Format::Text));
        assert_eq!(format("auto", false), Ok(Format::Ndjson));
        assert_eq!(color("auto", true, false), Ok(true));
        assert_eq!(color("auto", true, true), Ok(false));
        assert_eq!(color("auto", false, false), Ok(false));
        assert_eq!(color("always", false, true), Ok(true));
    }

    #[test]
    fn attempts_and_switches() {
        assert_eq!(attempts("unlimited"), Ok(None));
        assert_eq!(attempts("3"), Ok(Some(3)));
        assert!(attempts("0").is_err() && attempts("-1").is_err());
        assert_eq!(yes_or_no("TRUE"), Ok(true));
        assert!(yes_or_no("maybe").is_err());
    }
}
