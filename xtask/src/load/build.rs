//! How long a cold build takes on two cores, how large the tool becomes, and what it then costs to run: by the settings of
//! the release profile.

use std::fs;
use std::time::Instant;

use super::client::Client;
use super::figures::{Spread, row};
use super::options::Options;
use super::server::Server;
use crate::shell::{self, Outcome, Trouble, cargo};

/// Settings of the profile, as `--config` takes them; the first row is what the workspace says.
const PROFILES: &[(&str, &[&str])] = &[
    ("as it is", &[]),
    ("lto = \"fat\"", &["profile.release.lto=\"fat\""]),
    ("lto = false", &["profile.release.lto=false"]),
    ("codegen-units = 16", &["profile.release.codegen-units=16"]),
    ("opt-level = 2", &["profile.release.opt-level=2"]),
    ("opt-level = \"s\"", &["profile.release.opt-level=\"s\""]),
    ("panic = \"abort\"", &["profile.release.panic=\"abort\""]),
];

/// Builds the tool and the clients in a folder of their own, once for each profile whose name contains the filter.
pub(crate) fn run(options: &Options) -> Outcome {
    println!("{}", row(["profile", "cold build, s", "tool, MiB", "CPU s per million, tool", "embedded"]));
    println!("{}", row(["---", "---:", "---:", "---:", "---:"]));
    for (name, settings) in PROFILES.iter().filter(|(name, _)| name.contains(&options.filter)) {
        profile(name, settings, options)?;
    }
    Ok(())
}

fn profile(name: &str, settings: &[&str], options: &Options) -> Outcome {
    let folder = shell::root().join("target").join("profiles");
    let emptied = fs::remove_dir_all(&folder);
    if let Err(error) = emptied.or_else(|error| if folder.exists() { Err(error) } else { Ok(()) }) {
        return Err(Trouble::unusable(format!("cannot empty {}: {error}", folder.display()), "cargo clean"));
    }
    let build = |package: &str| {
        let mut command = cargo("build --release --jobs 2 --quiet --package");
        command.arg(package).env("CARGO_TARGET_DIR", &folder);
        for setting in settings {
            command.args(["--config", setting]);
        }
        shell::read(&mut command)
    };
    let begun = Instant::now();
    build("rosterline")?;
    let seconds = begun.elapsed().as_secs();
    build("rosterline-whole")?;
    let size = fs::metadata(folder.join("release").join("rosterline")).map_or(0, |file| file.len());
    let events = options.events.unwrap_or(1_000_000);
    let server = Server::start_in(&folder, &format!("--events {events} --per-frame 10"), false)?;
    let mut figures = [const { Vec::new() }; 2];
    for _ in 0..options.runs {
        for (client, values) in [Client::Tool, Client::Embedded].iter().zip(&mut figures) {
            values.push(client.run(&server, false)?.cpu * 1e6 / events as f64);
        }
    }
    let [tool, embedded] = figures.map(|values| format!("{:.2}", Spread::of(&values).median));
    println!(
        "{}",
        row([
            name.to_owned(),
            seconds.to_string(),
            format!("{:.1}", size as f64 / 1_048_576.0),
            tool,
            embedded
        ])
    );
    Ok(())
}
