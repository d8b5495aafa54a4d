//! What a million events cost, by events a frame and by how many interactions they belong to.

use super::client::Client;
use super::figures::{Spread, row};
use super::options::Options;
use super::server::Server;
use crate::shell::Outcome;

/// Events a frame, and interactions.
const SHAPES: &[(u64, u64)] = &[(1, 1000), (10, 1000), (100, 1000), (10, 1), (10, 100_000)];

/// The tool's timelines hold this many events of one interaction: beyond it, only their number is compared.
const TOOL_HOLDS: u64 = 10_000;

/// Every client in every shape.
pub(crate) fn run(options: &Options) -> Outcome {
    println!(
        "{}",
        row([
            "events a frame",
            "interactions",
            "client",
            "CPU s per million",
            "least to most",
            "first by it",
            "peak MiB"
        ])
    );
    println!("{}", row(["---:", "---:", "---", "---:", "---:", "---:", "---:"]));
    for (per_frame, interactions) in SHAPES {
        if format!("{per_frame}x{interactions}").contains(&options.filter) {
            shape(*per_frame, *interactions, options)?;
        }
    }
    Ok(())
}

fn shape(per_frame: u64, interactions: u64, options: &Options) -> Outcome {
    let events = options.events.unwrap_or(1_000_000);
    let arguments = format!("--events {events} --per-frame {per_frame} --interactions {interactions}");
    let server = Server::start(&arguments, false)?;
    // Peers first: ours are told as a part of the first of them.
    let mut clients: Vec<Client> = options.peers.iter().cloned().map(Client::Peer).collect();
    clients.extend([Client::Tool, Client::Embedded, Client::ByHand, Client::Session, Client::Bare]);
    for client in &clients {
        if !matches!(client, Client::Tool) || server.presences / interactions < TOOL_HOLDS {
            client.check(&server)?;
        }
    }
    let mut figures = vec![(Vec::new(), Vec::new()); clients.len()];
    for turn in 0..options.runs {
        for place in 0..clients.len() {
            let which = (turn + place) % clients.len();
            let ran = clients[which].run(&server, false)?;
            clients[which].complete(&server, &ran.said)?;
            figures[which].0.push(ran.cpu * 1e6 / events as f64);
            figures[which].1.push(ran.peak);
        }
    }
    let first = Spread::of(&figures[0].0).median;
    for (client, (cpu, peak)) in clients.iter().zip(&figures) {
        let (cpu, peak) = (Spread::of(cpu), Spread::of(peak).median / 1_048_576.0);
        println!(
            "{}",
            row([
                per_frame.to_string(),
                interactions.to_string(),
                client.name().to_owned(),
                format!("{:.2}", cpu.median),
                format!("{:.2} to {:.2}", cpu.least, cpu.most),
                format!("{:.1}", first / cpu.median),
                format!("{peak:.0}")
            ])
        );
    }
    Ok(())
}
