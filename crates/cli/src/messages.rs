//! Messages on stderr: `tracing` of our own crates, and errors.

use std::io::{self, Write};

use rosterline_render::escape::Escaped;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How much is said. Only our own crates may speak: what others log of a connection could hold a token.
pub(crate) fn begin(quiet: bool, verbose: u8) {
    let level = match (quiet, verbose) {
        (true, 0) => LevelFilter::ERROR,
        (true, _) | (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let ours = Targets::new().with_target("rosterline", level);
    let layer =
        tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false).with_target(verbose > 0);
    // A second start in one process keeps the first one's settings.
    let _ = tracing_subscriber::registry().with(layer).with(ours).try_init();
}

/// Says why the process ends. An stderr that is closed takes nothing, and that is fine.
pub(crate) fn error(what: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr(), "error: {}", Escaped::whole(&what.to_string()));
}

/// Says something that is no trouble, in lines that are safe already.
pub(crate) fn say(what: &str) {
    let _ = writeln!(io::stderr(), "{what}");
}
