//! Metrics: the report on stderr, and the pages for Prometheus and for supervisors.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{Histogram, State, Stats};
use rosterline_driver::{Handle, Runtime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::output::lines::Latency;
use crate::report::Report;

/// The largest request head that is read: a scraper's has some hundred bytes.
const HEAD: usize = 8 << 10;
/// How long a request may take, so that nobody holds a connection open for nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the pages need of the report, which another thread writes.
#[derive(Debug)]
pub(crate) struct Board(Mutex<(State, Histogram)>);

impl Board {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((State::Connecting, Histogram::default()))))
    }

    /// Puts the state up.
    pub(crate) fn update(&self, report: &Report) {
        *self.lock() = (report.state(), report.latency().clone());
    }

    /// A thread that panicked while it held the lock has left a whole value all the same.
    fn lock(&self) -> MutexGuard<'_, (State, Histogram)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The report on stderr.
pub(crate) fn report(stats: &Stats, report: &Report) {
    let Latency { p50, p99, p999 } = Latency::of(report.latency());
    let rtt_ms = stats.round_trip.smoothed.map_or(0.0, |trip| trip.as_secs_f64() * 1000.0);
    let last_pong = stats.last_pong.map_or_else(|| "never".to_string(), |at| at.to_string());
    let Stats { received, delivered, buffered, filtered, duplicate, rejected, dropped, .. } = stats;
    let Stats { reconnects, gaps, tokens, peer_faults, .. } = stats;
    tracing::info!(
        state = report.state().name(),
        received,
        delivered,
        buffered,
        filtered,
        duplicate,
        rejected,
        dropped,
        reconnects,
        gaps,
        tokens,
        peer_faults,
        rtt_ms,
        last_pong,
        latency_p50_ms = p50,
        latency_p99_ms = p99,
        latency_p999_ms = p999,
        "metrics"
    );
}

/// Answers requests until the process ends.
pub(crate) async fn serve(listener: TcpListener, handle: Handle<impl Runtime>, board: Arc<Board>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (handle, board) = (handle.clone(), board.clone());
                tokio::spawn(async move {
                    // A scraper that goes away early is no trouble of ours.
                    let _ = tokio::time::timeout(PATIENCE, answer(stream, &handle, &board)).await;
                });
            }
            // Out of file descriptors, say: the next moment may be better.
            Err(error) => {
                tracing::warn!(%error, "metrics: cannot accept a connection");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Opens the port.
pub(crate) async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn answer(mut stream: TcpStream, handle: &Handle<impl Runtime>, board: &Board) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        let count = stream.read(&mut chunk).await?;
        if count == 0 || head.len() + count > HEAD {
            return Ok(());
        }
        head.extend_from_slice(&chunk[..count]);
    }
    let line = head.split(|&b| b == b'\r').next().unwrap_or_default();
    let (status, kind, body) = page(&String::from_utf8_lossy(line), handle, board);
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(response.as_bytes()).await?;
    if !line.starts_with(b"HEAD ") {
        stream.write_all(body.as_bytes()).await?;
    }
    stream.shutdown().await
}

fn page(request: &str, handle: &Handle<impl Runtime>, board: &Board) -> (&'static str, &'static str, String) {
    const TEXT: &str = "text/plain; charset=utf-8";
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" && method != "HEAD" {
        return ("405 Method Not Allowed", TEXT, "only GET\n".to_string());
    }
    let (state, latency) = board.lock().clone();
    match path.split('?').next().unwrap_or_default() {
        "/metrics" => (
            "200 OK",
            "text/plain; version=0.0.4; charset=utf-8",
            prometheus(&handle.stats(), state, &latency),
        ),
        "/livez" => ("200 OK", TEXT, "ok\n".to_string()),
        "/readyz" if state == State::Live => ("200 OK", TEXT, "live\n".to_string()),
        "/readyz" => ("503 Service Unavailable", TEXT, format!("{}\n", state.name())),
        _ => ("404 Not Found", TEXT, "there are /metrics, /livez and /readyz\n".to_string()),
    }
}

/// The text format of Prometheus.
fn prometheus(stats: &Stats, state: State, latency: &Histogram) -> String {
    let mut out = String::new();
    let counters = [
        ("events_received_total", "Events that arrived, and frames that could not be opened", stats.received),
        ("events_delivered_total", "Events that the output has taken", stats.delivered),
        ("events_filtered_total", "Events of a type that nobody asked for", stats.filtered),
        ("events_duplicate_total", "Events that had been there before", stats.duplicate),
        ("events_rejected_total", "Events and frames that could not be understood", stats.rejected),
        ("events_dropped_total", "Events that were dropped", stats.dropped),
        ("reconnects_total", "Times that the session went live again", stats.reconnects),
        ("dials_total", "Connections that were dialled", stats.dials),
        ("gaps_total", "Gaps of every cause", stats.gaps),
        ("gaps_repaired_total", "Gaps that were repaired", stats.gaps_repaired),
        ("tokens_total", "Tokens that were got", stats.tokens),
        ("frames_total", "Messages and control frames that arrived", stats.frames),
        ("bytes_total", "Bytes of messages that arrived", stats.bytes),
        ("notices_total", "Messages that were neither events nor an expected answer", stats.notices),
        ("peer_faults_total", "Connections that ended because the server broke a rule", stats.peer_faults),
        ("stale_total", "Inputs for a connection or a request that was over", stats.stale),
        ("stray_pongs_total", "Pongs that answered no ping", stats.stray_pongs),
    ];
    for (name, help, value) in counters {
        metric(&mut out, name, help, "counter", &value);
    }
    let live = u8::from(state == State::Live);
    metric(&mut out, "events_buffered", "Events that wait for the output", "gauge", &stats.buffered);
    metric(&mut out, "live", "1 while the subscription is confirmed", "gauge", &live);
    let trip = |trip: Option<Duration>| trip.unwrap_or_default().as_secs_f64();
    let (last, smoothed) = (trip(stats.round_trip.last), trip(stats.round_trip.smoothed));
    metric(&mut out, "rtt_last_seconds", "The last round trip of the heartbeat", "gauge", &last);
    metric(&mut out, "rtt_smoothed_seconds", "The smoothed round trip", "gauge", &smoothed);
    let pong = stats.last_pong.map_or(0.0, |at| at.0 as f64 / 1000.0);
    metric(&mut out, "last_pong_timestamp_seconds", "When the last pong came", "gauge", &pong);
    quantiles(&mut out, "rtt_seconds", "Round trips of the heartbeat", &stats.round_trip.histogram);
    quantiles(&mut out, "latency_seconds", "From a frame's arrival to the output of its event", latency);
    out
}

fn metric(out: &mut String, name: &str, help: &str, kind: &str, value: &dyn std::fmt::Display) {
    let _ = write!(
        out,
        "# HELP rosterline_{name} {help}.\n# TYPE rosterline_{name} {kind}\nrosterline_{name} {value}\n"
    );
}

fn quantiles(out: &mut String, name: &str, help: &str, histogram: &Histogram) {
    let _ = write!(out, "# HELP rosterline_{name} {help}.\n# TYPE rosterline_{name} summary\n");
    for (label, per_mille) in [("0.5", 500), ("0.99", 990), ("0.999", 999)] {
        let seconds = histogram.quantile(per_mille).unwrap_or_default().as_secs_f64();
        let _ = writeln!(out, "rosterline_{name}{{quantile=\"{label}\"}} {seconds}");
    }
    let _ = writeln!(out, "rosterline_{name}_count {}", histogram.count());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_its_type_and_a_number() {
        let text = prometheus(&Stats { received: 7, ..Stats::default() }, State::Live, &Histogram::default());
        assert!(
            text.contains("\nrosterline_events_received_total 7\n") && text.contains("\nrosterline_live 1\n")
        );
        for sample in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = sample.rsplit_once(' ').expect("a name and a value");
            let base = name.split('{').next().expect("a name").trim_end_matches("_count");
            assert!(text.contains(&format!("# TYPE {base} ")), "{sample}");
            assert!(value.parse::<f64>().is_ok(), "{sample}");
        }
    }
}
