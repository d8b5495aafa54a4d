//! What it takes to be live again: TCP, upgrade, authentication, subscription, the first frame.

use super::client::{ours, theirs};
use super::figures::{Spread, need, row};
use super::machine::measure;
use super::options::Options;
use super::server::Server;
use crate::shell::Outcome;

/// Sessions in each run.
const COUNT: &str = "300";

/// Ours, and peers that say `p50_us` and `cpu_us` themselves.
pub(crate) fn run(options: &Options) -> Outcome {
    let server = Server::start("--events 1 --presences 100", false)?;
    println!("{}", row(["client", "p50 µs", "CPU µs", "p50 by the first's", "CPU by the first's"]));
    println!("{}", row(["---", "---:", "---:", "---:", "---:"]));
    let mut names: Vec<String> = options.peers.iter().map(|peer| peer.name.clone()).collect();
    names.push("embedded".to_owned());
    let mut figures = vec![(Vec::new(), Vec::new()); names.len()];
    for turn in 0..options.runs {
        for place in 0..names.len() {
            let which = (turn + place) % names.len();
            let command = match options.peers.get(which) {
                Some(peer) => theirs(peer, &server, false)?,
                None => ours(&server, "reconnect", &["--count", COUNT], false),
            };
            let ran = measure(command)?;
            figures[which].0.push(need(&ran.said, "p50_us", &names[which])?);
            figures[which].1.push(need(&ran.said, "cpu_us", &names[which])?);
        }
    }
    let median = |values: &(Vec<f64>, Vec<f64>)| (Spread::of(&values.0).median, Spread::of(&values.1).median);
    let first = median(&figures[0]);
    for (name, values) in names.iter().zip(&figures) {
        let (p50, cpu) = median(values);
        let ratios = [p50 / first.0, cpu / first.1].map(|ratio| format!("{ratio:.2}"));
        println!(
            "{}",
            row([
                name.clone(),
                format!("{p50:.0}"),
                format!("{cpu:.0}"),
                ratios[0].clone(),
                ratios[1].clone()
            ])
        );
    }
    Ok(())
}
