//! How late events are: from the moment at which each is due at the server until the application has it in a timeline.

use super::client::Client;
use super::figures::{Spread, need, row};
use super::machine::can_hurry;
use super::options::Options;
use super::server::Server;
use crate::shell::Outcome;

/// Events a second, one in a frame.
const RATES: &[u64] = &[1000, 10_000, 50_000];
/// How long each run lasts.
const SECONDS: u64 = 3;
/// What is printed of the distribution.
const QUANTILES: [&str; 3] = ["p50_us", "p99_us", "p999_us"];

/// Every client at every rate. A peer says `p50_us` and `p99_us` itself: each event has `t=` and 20 digits as its reason,
/// nanoseconds of the monotonic clock.
pub(crate) fn run(options: &Options) -> Outcome {
    if can_hurry() {
        println!("client and server in the real-time class (chrt --fifo 10)\n");
    } else {
        println!(
            "NOT in the real-time class (chrt is missing, or may not): these are the scheduler's delays too\n"
        );
    }
    println!(
        "{}",
        row(["events/s", "client", "p50 µs", "p99 µs", "p99.9 µs", "p99 by the first's", "CPU µs an event"])
    );
    println!("{}", row(["---:", "---", "---:", "---:", "---:", "---:", "---:"]));
    for rate in RATES.iter().filter(|rate| rate.to_string().contains(&options.filter)) {
        paced(*rate, options)?;
    }
    Ok(())
}

fn paced(rate: u64, options: &Options) -> Outcome {
    let events = rate * SECONDS;
    let server = Server::start(&format!("--events {events} --rate {rate} --presences 100"), true)?;
    let mut clients: Vec<Client> = options.peers.iter().cloned().map(Client::Peer).collect();
    clients.push(Client::Embedded);
    let mut figures = vec![[const { Vec::new() }; 4]; clients.len()];
    for turn in 0..options.runs {
        for place in 0..clients.len() {
            let which = (turn + place) % clients.len();
            let ran = clients[which].run(&server, true)?;
            clients[which].complete(&server, &ran.said)?;
            for (values, key) in figures[which].iter_mut().zip(QUANTILES) {
                // Not every peer knows the last of them.
                let value = need(&ran.said, key, clients[which].name());
                if key != QUANTILES[2] || value.is_ok() {
                    values.push(value?);
                }
            }
            figures[which][3].push(ran.cpu * 1e6 / events as f64);
        }
    }
    let first = Spread::of(&figures[0][1]).median;
    for (client, values) in clients.iter().zip(&figures) {
        let [p50, p99, p999, cpu] = values.each_ref().map(|values| Spread::of(values).median);
        println!(
            "{}",
            row([
                rate.to_string(),
                client.name().to_owned(),
                format!("{p50:.0}"),
                format!("{p99:.0}"),
                if p999 > 0.0 { format!("{p999:.0}") } else { "–".to_owned() },
                format!("{:.2}", p99 / first),
                format!("{cpu:.1}")
            ])
        );
    }
    Ok(())
}
