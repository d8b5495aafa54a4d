//! The kinds of lines.

use std::time::Duration;

use rosterline_tune::Spread;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct LoadLine<'a> {
    pub(super) kind: &'static str,
    pub(super) source: &'a str,
    pub(super) dialect: &'static str,
    pub(super) frames: u64,
    pub(super) events: u64,
    pub(super) seconds: f64,
    pub(super) rate: f64,
    pub(super) most_in_1s: u64,
    pub(super) left_out: u64,
}

#[derive(Serialize)]
pub(super) struct Ranks {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Ranks {
    pub(super) fn of(spread: &Spread) -> Self {
        Self { p50: ms(spread.p50), p99: ms(spread.p99), max: ms(spread.max) }
    }
}

/// What is varied in a sweep stands before what was measured.
#[derive(Serialize)]
pub(super) struct TrialLine {
    pub(super) kind: &'static str,
    pub(super) sweep: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buffer: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<&'static str>,
    pub(super) scale: f64,
    pub(super) take_us: f64,
    pub(super) offered: u64,
    pub(super) delivered: u64,
    pub(super) lost: u64,
    pub(super) lost_percent: f64,
    pub(super) dropped: u64,
    pub(super) gaps: u64,
    pub(super) wait_ms: Ranks,
    pub(super) age_ms: Ranks,
    pub(super) peak_events: u64,
    pub(super) peak_bytes: u64,
    pub(super) paused_ms: f64,
    pub(super) longest_pause_ms: f64,
    pub(super) outside_frames: u64,
    pub(super) outside_bytes: u64,
    pub(super) busy_ms: f64,
    pub(super) idle_ms: f64,
    pub(super) lasted_ms: f64,
    pub(super) ended: bool,
}

#[derive(Serialize)]
pub(super) struct SilenceLine {
    pub(super) kind: &'static str,
    pub(super) sweep: &'static str,
    pub(super) heartbeat_ms: f64,
    pub(super) pong_timeout_ms: f64,
    pub(super) detected_ms: Ranks,
    pub(super) recovered_ms: Ranks,
    pub(super) pings_per_hour: u64,
    pub(super) false_alarms: u32,
    pub(super) tried: u32,
}

#[derive(Serialize)]
pub(super) struct OutageLine {
    pub(super) kind: &'static str,
    pub(super) sweep: &'static str,
    pub(super) backoff_base_ms: f64,
    pub(super) backoff_max_ms: f64,
    pub(super) back_ms: Ranks,
    pub(super) dials: u64,
    pub(super) most_dials: u64,
    pub(super) tried: u32,
}

#[derive(Serialize)]
pub(super) struct KneeLine {
    pub(super) kind: &'static str,
    pub(super) factor: f64,
    pub(super) past: f64,
    pub(super) rate: f64,
    pub(super) p99_ms: f64,
    pub(super) lowest_p99_ms: f64,
}

#[derive(Serialize)]
pub(super) struct CheckLine<'a> {
    pub(super) kind: &'static str,
    pub(super) time: &'static str,
    pub(super) what: &'static str,
    pub(super) expected: &'a str,
    pub(super) measured: &'a str,
    pub(super) holds: bool,
}

#[derive(Serialize)]
pub(super) struct ReasonLine<'a> {
    pub(super) kind: &'static str,
    pub(super) setting: &'a str,
    pub(super) value: &'a str,
    pub(super) why: &'a str,
}

#[derive(Serialize)]
pub(super) struct TextLine<'a> {
    pub(super) kind: &'static str,
    pub(super) text: &'a str,
}

#[derive(Serialize)]
pub(super) struct RecommendationLine {
    pub(super) kind: &'static str,
    pub(super) buffer: usize,
    pub(super) policy: &'static str,
    pub(super) pause_max_ms: f64,
    pub(super) heartbeat_ms: f64,
    pub(super) pong_timeout_ms: f64,
    pub(super) backoff_base_ms: f64,
    pub(super) backoff_max_ms: f64,
    pub(super) max_attempts: Option<u32>,
    pub(super) flags: String,
    pub(super) toml: String,
}

#[derive(Serialize)]
pub(super) struct SummaryLine {
    pub(super) kind: &'static str,
    pub(super) trials: usize,
    pub(super) events: u64,
    pub(super) lost: u64,
    pub(super) checks: usize,
    pub(super) failed: usize,
    pub(super) warnings: usize,
}

pub(super) fn ms(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
