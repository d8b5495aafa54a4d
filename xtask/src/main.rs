//! The chores of the workspace, one file each. `cargo xtask --help` lists them.
//!
//! Standard library only, so that the first `cargo xtask` of a fresh clone is ready in seconds.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

mod autobahn;
mod bench;
mod ci;
mod coverage;
mod deny;
mod examples;
mod fuzz;
mod load;
mod mutants;
mod netns;
mod no_std;
mod picture;
mod planted;
mod python;
mod shell;
mod soak;
mod tidy;
mod tree;
mod witnesses;
mod worlds;

use std::process::ExitCode;

use shell::Outcome;

/// One chore.
struct Chore {
    /// What is typed after `cargo xtask`.
    name: &'static str,
    /// Its arguments, as the help shows them.
    arguments: &'static str,
    /// What it is for, in one line.
    purpose: &'static str,
    /// Does it.
    run: fn(&[String]) -> Outcome,
}

/// Every chore, in the order in which the help lists them.
const CHORES: &[Chore] = &[
    Chore { name: "ci", arguments: "", purpose: "everything that must pass before a merge", run: ci::run },
    Chore { name: "tidy", arguments: "", purpose: "drift that no compiler sees", run: tidy::run },
    Chore {
        name: "no-std",
        arguments: "",
        purpose: "prove that core and timeline link without std",
        run: no_std::run,
    },
    Chore {
        name: "worlds",
        arguments: "[N|A..B]",
        purpose: "simulated worlds by seed, with everything going wrong",
        run: worlds::run,
    },
    Chore {
        name: "autobahn",
        arguments: "[--setup] [ADAPTER]...",
        purpose: "hold the adapters' WebSockets against Autobahn|Testsuite; with --setup only install it",
        run: autobahn::run,
    },
    Chore {
        name: "witnesses",
        arguments: "",
        purpose: "clients that others wrote against our mock of Genesys Cloud (needs Python, Node.js and their registries)",
        run: witnesses::run,
    },
    Chore {
        name: "bench",
        arguments: "[--counted] [FILTER]",
        purpose: "the benches: by the clock, in memory, or by counted instructions (needs valgrind)",
        run: bench::run,
    },
    Chore {
        name: "load",
        arguments: "KIND [--runs N] [--events N] [--peer NAME=COMMAND]...",
        purpose: "the whole client against a load server: throughput, latency, growth, reconnect, idle or build (needs Linux)",
        run: load::run,
    },
    Chore {
        name: "bench-check",
        arguments: "[--update]",
        purpose: "hold the counted costs of an event against benches/budgets.toml (instructions need valgrind); or write them there",
        run: bench::check,
    },
    Chore {
        name: "soak",
        arguments: "[MINUTES]",
        purpose: "the property tests of core, timeline and sim, for as long as you like (default 10)",
        run: soak::run,
    },
    Chore {
        name: "planted",
        arguments: "[--list | WORDS]",
        purpose: "break a copy of the project, one bug at a time, and see that a test finds each; or list them",
        run: planted::run,
    },
    Chore {
        name: "fuzz",
        arguments: "[TARGET [SECONDS]]",
        purpose: "libFuzzer over one target or all of them (default 60 s each)",
        run: fuzz::run,
    },
    Chore {
        name: "netns",
        arguments: "",
        purpose: "what the kernel does to connections, in networks of the tests' own (Linux, root)",
        run: netns::run,
    },
    Chore {
        name: "mutants",
        arguments: "[FILES]... [--shard K/N]",
        purpose: "change core and timeline, one operator at a time, and see that a test notices (needs cargo-mutants)",
        run: mutants::run,
    },
    Chore {
        name: "deny",
        arguments: "",
        purpose: "licences, bans and sources of the dependency tree",
        run: deny::run,
    },
    Chore {
        name: "picture",
        arguments: "",
        purpose: "draw the picture in the README anew",
        run: picture::run,
    },
    Chore {
        name: "coverage",
        arguments: "",
        purpose: "lines that no test reaches, as a summary",
        run: coverage::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "-h" | "--help" | "help") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        eprintln!("there is no chore `{name}`\n\n{}", help());
        return ExitCode::from(2);
    };
    if rest.iter().any(|argument| matches!(argument.as_str(), "-h" | "--help")) {
        println!("cargo xtask {} {}\n\n{}", chore.name, chore.arguments, chore.purpose);
        return ExitCode::SUCCESS;
    }
    match (chore.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("\nerror: {}\n next: {}", trouble.what, trouble.next);
            ExitCode::from(trouble.code)
        }
    }
}

/// The list of chores.
fn help() -> String {
    let usage = |chore: &Chore| format!("{} {}", chore.name, chore.arguments);
    let width = CHORES.iter().map(|chore| usage(chore).len()).max().unwrap_or(0);
    let mut text = String::from("usage: cargo xtask CHORE\n\n");
    for chore in CHORES {
        text.push_str(&format!("  {:width$}  {}\n", usage(chore), chore.purpose));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{CHORES, help};

    #[test]
    fn help_gives_every_chore_one_line() {
        let help = help();
        for chore in CHORES {
            let lines =
                help.lines().filter(|line| line.split_whitespace().next() == Some(chore.name)).count();
            assert_eq!(lines, 1, "{}", chore.name);
        }
    }

    #[test]
    fn the_guide_for_contributors_names_every_chore() {
        let guide = include_str!("../../CONTRIBUTING.md");
        for chore in CHORES {
            assert!(guide.contains(&format!("cargo xtask {}", chore.name)), "{}", chore.name);
        }
    }
}
