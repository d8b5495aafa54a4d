//! A service on tokio: a task takes the events, figures come now and then, and SIGTERM or Ctrl-C ends it in good
//! order: what has been received by then is still taken.
//!
//! Start a server, and give this program what it prints:
//!
//! ```text
//! rosterline mock
//! cargo run -p rosterline-tokio --example service -- http://127.0.0.1:8080 CLIENT_ID CLIENT_SECRET
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]
#![allow(clippy::wildcard_enum_match_arm, reason = "events may be added")]

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use rosterline_core::{Auth, Config, Detail, Endpoint, Event, Misuse, Stats, Subscription};
use rosterline_tokio::{Client, Error, Events, Handle};
use tokio::time::MissedTickBehavior;

/// How often figures come.
const EVERY: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, client_id, client_secret] = args.as_slice() else {
        return Err("usage: service http://HOST:PORT CLIENT_ID CLIENT_SECRET".into());
    };
    let (events, handle) = Client::builder().build()?.start(config(base, client_id, client_secret)?)?;
    let mut consumer = tokio::spawn(consume(events, handle.clone()));
    let mut signals = Signals::new()?;
    let mut figures = tokio::time::interval(EVERY);
    figures.reset();
    figures.set_missed_tick_behavior(MissedTickBehavior::Delay);

    let outcome = loop {
        tokio::select! {
            outcome = &mut consumer => break outcome?,
            // The consumer ends soon after: the configuration bounds how long closing and draining take.
            () = signals.next() => handle.close(),
            _ = figures.tick() => println!("{}", summary(&handle.stats())),
        }
    };
    println!("{}", summary(&handle.stats()));
    match outcome {
        Ok(()) => {
            println!("ended on request");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("ended: {error}. {}", error.hint());
            // For whoever watches over the service: whether it is worth starting it again (EX_TEMPFAIL, EX_CONFIG).
            Ok(ExitCode::from(if error.is_retryable() { 75 } else { 78 }))
        }
    }
}

fn config(base: &str, client_id: &str, client_secret: &str) -> Result<Config, Misuse> {
    let stream_url = base.replacen("http", "ws", 1) + "/api/v2/analytics/conversations/stream";
    let auth = Auth::ClientCredentials {
        login_url: Endpoint::new(base)?,
        client_id: client_id.into(),
        client_secret: client_secret.into(),
    };
    let mut config = Config::new(Endpoint::new(&stream_url)?, auth, Subscription::all());
    // A service waits out every trouble that can pass. What cannot pass ends it all the same.
    config.reconnect.max_attempts = None;
    // Another one in each process, so that a fleet does not reconnect in step.
    config.seed = RandomState::new().build_hasher().finish();
    Ok(config)
}

/// Takes the events, for as long as there are any.
async fn consume(mut events: Events, handle: Handle) -> Result<(), Error> {
    let mut presences = 0;
    while let Some(event) = events.try_next().await? {
        match event {
            Event::Presence(it) => {
                println!("{} {} {} {}", it.at, it.kind.name(), it.participant, it.channel);
                presences += 1;
                if presences == 20 {
                    handle.close(); // So that this example has an end. A service leaves that to the signals.
                }
            }
            Event::Gap(gap) => println!("what happened from {} to {} may be missing", gap.from, gap.to),
            Event::Rejected(it) => println!("could not be read: {:?}", it.reason),
            // The session is at it already: this is for the log.
            Event::Status(status) => match status.detail {
                Detail::Retry { cause, delay } => println!("{cause}; next attempt in {delay:.1?}"),
                _ => println!("{}", status.state.name()),
            },
            _ => {}
        }
    }
    Ok(())
}

fn summary(stats: &Stats) -> String {
    let Stats { received, delivered, buffered, dropped, reconnects, gaps, .. } = stats;
    format!(
        "{received} received, {delivered} delivered, {buffered} waiting, {dropped} dropped; \
         {reconnects} reconnects, {gaps} gaps"
    )
}

/// SIGINT and SIGTERM; elsewhere than on Unix, Ctrl-C.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
