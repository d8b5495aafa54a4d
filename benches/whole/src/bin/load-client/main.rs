//! The clients that are measured beside the tool, each a program of one thread.
//!
//! | first word | what it is |
//! |---|---|
//! | `embedded` | a session with timelines, as an application has them: everything through the public API of rosterline-tokio |
//! | `by-hand` | a session of rosterline-core and timelines in one loop, without a driver; `--timelines 0` leaves them out |
//! | `bare` | the least that anybody can do with the same bytes: read messages with tokio-tungstenite, and count them |
//! | `growth` | `embedded`, with processor time and memory at each power of ten |
//! | `reconnect` | sessions one after the other, each up to its first event |
//! | `idle` | many sessions at once that nothing is sent to |
//! | `sum` | no client: adds up the timelines that the tool wrote, from standard input |
//!
//! Each prints one line of `key=value`, or several of them. `cargo xtask load` starts them.
#![allow(clippy::wildcard_enum_match_arm, reason = "events may be added")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program, and its output is its result"
)]

mod bare;
mod by_hand;
mod embedded;
mod idle;
mod reconnect;
mod told;

use std::error::Error;
use std::process::ExitCode;

use rosterline_core::{Auth, Config, Endpoint, Misuse, Subscription};
use rosterline_whole::words::Words;
use rosterline_whole::{PATH, TOKEN};

type Fault = Box<dyn Error + Send + Sync>;
type Outcome = Result<(), Fault>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load-client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome {
    let first = std::env::args().nth(1).unwrap_or_default();
    let words = Words::read(1)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let task = match first.as_str() {
        "embedded" => runtime.spawn(embedded::stream(words)),
        "by-hand" => runtime.spawn(by_hand::stream(words)),
        "bare" => runtime.spawn(bare::read(words)),
        "growth" => runtime.spawn(embedded::grow(words)),
        "reconnect" => runtime.spawn(reconnect::again(words)),
        "idle" => runtime.spawn(idle::rest(words)),
        "sum" => return told::sum(),
        _ => return Err(format!("`{first}` is none of the words in this program's page").into()),
    };
    runtime.block_on(task)?
}

/// Where the server is: `--ws` is what it has printed.
fn address(words: &Words) -> Result<String, String> {
    Ok(format!("{}{PATH}", words.need("ws")?))
}

/// A session with the load server, everything else as it is by default.
fn config(url: &str) -> Result<Config, Misuse> {
    Ok(Config::new(Endpoint::new(url)?, Auth::Token(TOKEN.into()), Subscription::all()))
}
