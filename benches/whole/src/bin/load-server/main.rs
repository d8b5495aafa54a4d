//! A server of the `stream` dialect that costs the machine as little as it can while it is measured against: whatever it
//! sends was written before the first byte leaves, and is then sent at once or at its time.
//!
//! ```text
//! load-server --events 1000000 --per-frame 10 --interactions 1000
//! ```
//!
//! | key | what for | default |
//! |---|---|---|
//! | `--events`, `--per-frame`, `--rounds` | events of a round, in frames of so many; so many rounds, each written while the client waits | 1000, 1, 1 |
//! | `--interactions`, `--presences`, `--jitter` | of how many interactions; joins and leaves of a hundred events; how many ms they may come late | 1000, 50, 200 |
//! | `--rate` | events a second; 0: as fast as they are read. Each event then carries the time at which it is due | 0 |
//! | `--idle` | 1: nothing is sent but answers to pings | 0 |
//!
//! It prints one line as soon as it listens, with its addresses, and what a client must have got in the end.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program, and its output is its result"
)]

mod http;
mod lane;
mod session;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use rosterline_whole::life::Life;
use rosterline_whole::load::{Round, Shape};
use rosterline_whole::words::Words;
use tokio::net::TcpListener;

/// What every session is sent.
#[derive(Debug)]
struct Plan {
    shape: Shape,
    rounds: u64,
    /// Events a second; 0 without a pace.
    rate: u64,
    idle: bool,
    next: Mutex<Next>,
}

/// The round that is ready, and what comes after it. Whoever sends holds its lock.
#[derive(Debug)]
struct Next {
    life: Life,
    round: Round,
}

impl Plan {
    fn read(words: &Words) -> Result<Self, String> {
        let rate = words.get("rate", 0)?;
        let (events, per_frame) = (words.get("events", 1000)?, words.get("per-frame", 1)?);
        let shape = Shape { events, per_frame, stamped: rate > 0 };
        let mut life = Life::new(
            words.get("interactions", 1000)?,
            words.get("presences", 50)?,
            words.get("jitter", 200)?,
        );
        let round = Round::write(&mut life, shape);
        let idle = words.get("idle", 0)? == 1;
        Ok(Self {
            shape,
            rounds: words.get("rounds", 1)?,
            rate,
            idle,
            next: Mutex::new(Next { life, round }),
        })
    }
}

fn main() -> ExitCode {
    let outcome = Words::read(0).and_then(|words| Plan::read(&words)).and_then(serve);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(plan: Plan) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    let plan = Arc::new(plan);
    runtime.block_on(async {
        let bind = || async { TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string()) };
        let (stream, login) = (bind().await?, bind().await?);
        let address =
            |listener: &TcpListener| listener.local_addr().map_err(|error| format!("no address: {error}"));
        {
            let next = plan.next.lock().map_err(|error| error.to_string())?;
            println!(
                "ws=ws://{} http=http://{} frames={} presences={} checksum={}",
                address(&stream)?,
                address(&login)?,
                next.round.len(),
                next.round.presences,
                next.round.sum.0
            );
        }
        tokio::spawn(http::serve(login));
        loop {
            match stream.accept().await {
                Ok((tcp, _)) => {
                    let plan = plan.clone();
                    tokio::spawn(async move {
                        if let Err(error) = session::serve(tcp, plan).await {
                            eprintln!("a session failed: {error}");
                        }
                    });
                }
                Err(error) => return Err(format!("cannot accept: {error}")),
            }
        }
    })
}
