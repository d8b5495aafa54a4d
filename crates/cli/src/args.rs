//! The command line. Commands stand here; their flags are made from the table of settings.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use clap_complete::Shell;

use crate::settings::table::{DEMO, DOCTOR, KEYS, Key, MOCK, REPLAY, SIMULATE, TUNE, WATCH};

/// Every command that has settings.
const EVERY: u8 = WATCH | DEMO | MOCK | REPLAY | SIMULATE | DOCTOR | TUNE;

const EXAMPLES: &str = "\
Examples:
  rosterline demo
      everything in one: a mock server, a client, timelines that grow, a summary
  GENESYS_CLIENT_ID=… GENESYS_CLIENT_SECRET=… rosterline watch --region us-east-1
      stream every interaction that the client may see
  rosterline watch --region mypurecloud.de --channel voice,chat --output ndjson | jq .
      two channels, as NDJSON for other programs
  rosterline watch --region us-east-1 --record run.ndjson; rosterline replay run.ndjson
      the same run again, as often as you like; without secrets, and with pseudonyms for names
  rosterline mock --listen 127.0.0.1:8080 --faults some
      the mock server by itself, for any client
  rosterline simulate --seeds 10000 --hours 1
      a year in a few minutes, with everything going wrong that can
  rosterline tune run.ndjson --take 200us --html tune.html
      which buffer, policy, heartbeat and backoff, by measurement
  rosterline doctor --dialect notifications --region eu-central-1 --queue ID
      what stands between this machine and a live session, and what to do about it
  rosterline config show --origin
      every setting, its value, and where it comes from
";

const WATCH_EXAMPLES: &str = "\
Examples:
  GENESYS_CLIENT_ID=… GENESYS_CLIENT_SECRET=… rosterline watch --region us-east-1
  rosterline watch --region us-east-1 --client-secret-file secret.txt --show timelines
  rosterline watch --dialect notifications --region eu-central-1 --queue ID --checkpoint watch.json
  rosterline watch --api-url http://127.0.0.1:8080 --exit-after 30s --fail-on-gap
  rosterline watch --region us-east-1 --exit-after 1h --html hour.html
  rosterline watch --region us-east-1 --record run.ndjson
  rosterline watch --region us-east-1 --metrics 127.0.0.1:9090 >> events.ndjson
";

const REPLAY_EXAMPLES: &str = "\
Examples:
  rosterline replay run.ndjson
  rosterline replay run.ndjson --speed 10x --output text
  rosterline replay run.ndjson --output ndjson > golden.ndjson
  rosterline replay run.ndjson --assert golden.ndjson
  rosterline replay run.ndjson --show none --export html=run.html,perfetto=run.json
  rosterline replay browser.har
";

const DEMO_EXAMPLES: &str = "\
Examples:
  rosterline demo
  rosterline demo --faults storm --seed 3 --duration 30s
  rosterline demo --html calls.html
  rosterline demo --record run.ndjson
  rosterline demo --output ndjson | jq -c 'select(.kind == \"timeline\")'
";

const MOCK_EXAMPLES: &str = "\
Examples:
  rosterline mock
  rosterline mock --listen 127.0.0.1:8443 --tls --ca-out ca.pem
  rosterline mock --faults storm --seed 7
";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  rosterline doctor --region us-east-1
  rosterline doctor --dialect notifications --region eu-central-1 --queue ID
  rosterline doctor --region us-east-1 --proxy http://proxy:3128 --output ndjson
";

const DOCTOR_NOTE: &str = "\
Looks, in this order, at DNS, proxy, TLS, the clock and the token; in the
notifications dialect at the channels that are taken and at what may be asked for
after a gap; then at a session: handshake, subscription and the permission for each
topic, ping, heartbeat. What builds on something that failed is not looked at.
Exit code 3 if something is refused, 4 if there is no connection.

";

const SIMULATE_EXAMPLES: &str = "\
Examples:
  rosterline simulate
  rosterline simulate --seeds 10000 --hours 1
  rosterline simulate --seeds 17..18 --record seed-17.ndjson
";

const TUNE_EXAMPLES: &str = "\
Examples:
  rosterline tune run.ndjson --take 200us --html tune.html
  rosterline tune --synthetic --rate 500 --burst 8 --take 1ms
  rosterline tune --synthetic --rate 500 --take 1ms --buffer 4096 --real
  rosterline tune run.ndjson --scale 10 --headroom 3 --goal fresh --max-wait 2s
";

const TUNE_NOTE: &str = "\
Runs the load through sessions with many settings, in virtual time, and recommends
some, with the reasons. --buffer, --policy, --heartbeat and so on say what is set
now: that is measured, too. What is recommended is tried again with other draws,
and with --real over loopback in real time; exit code 7 if it does not hold.
The same load and options give the same report, to the byte, without --real.

";

const NOTES: &str = "\
Every setting can also be given in the environment (ROSTERLINE_LOGIN_URL for
--login-url) and in the config file (login-url = \"…\"). A flag wins over the
environment, that over the file, that over the default. The client's secret comes
from GENESYS_CLIENT_SECRET or --client-secret-file, never from a flag.
Durations are 500ms, 2s, 5m, 1h. Flags that take several values are repeated or
comma-separated.

Exit codes: 0 ok, 1 internal, 2 usage or config, 3 refused, 4 never connected,
5 gave up reconnecting, 6 gap (with --fail-on-gap), 7 replay or assertion mismatch, 130 interrupted twice.";

const CSV_NOTE: &str = "\
With --output csv, stdout is a table of events with the columns at, received,
interaction, participant, action, channel, reason; in the notifications dialect also
purpose, user, queue, session, source. The summary goes to stderr.

";

/// The command line with all its flags.
pub(crate) fn command() -> Command {
    Command::new("rosterline")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Streams contact-centre interaction events and rebuilds participant timelines")
        .before_help(EXAMPLES)
        .after_help(NOTES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            with_settings("demo", DEMO, DEMO_EXAMPLES)
                .about("The main job with nothing to set up: a mock server, a client, timelines, a summary"),
        )
        .subcommand(
            with_settings("watch", WATCH, WATCH_EXAMPLES)
                .about("Stream from a server: events, timelines, gaps, statuses")
                .after_help(format!("{CSV_NOTE}{NOTES}")),
        )
        .subcommand(
            with_settings("replay", REPLAY, REPLAY_EXAMPLES)
                .about("Run a recording again, through the same machine, in its own time")
                .arg(
                    Arg::new("file")
                        .value_name("FILE")
                        .required(true)
                        .value_parser(clap::value_parser!(PathBuf))
                        .help("What --record wrote, or a HAR file of a browser; - for stdin"),
                ),
        )
        .subcommand(
            with_settings("mock", MOCK, MOCK_EXAMPLES)
                .about("The mock server by itself: OAuth and WebSocket on one port"),
        )
        .subcommand(
            with_settings("doctor", DOCTOR, DOCTOR_EXAMPLES)
                .about("What stands between this machine and a live session, and what to do about it")
                .after_help(format!("{DOCTOR_NOTE}{NOTES}")),
        )
        .subcommand(
            with_settings("tune", TUNE, TUNE_EXAMPLES)
                .about("Which buffer, policy, heartbeat and backoff: by measurement, on a recording or a made-up load")
                .after_help(format!("{TUNE_NOTE}{NOTES}"))
                .arg(
                    Arg::new("file")
                        .value_name("FILE")
                        .value_parser(clap::value_parser!(PathBuf))
                        .help("What --record wrote; - for stdin"),
                ),
        )
        .subcommand(
            with_settings("simulate", SIMULATE, SIMULATE_EXAMPLES).about(
                "Session, server, network and application in virtual time, with everything going wrong",
            ),
        )
        .subcommand(Command::new("config").about("The settings").subcommand_required(true).subcommand(
            with_settings("show", EVERY, "").about("Every setting and its value").arg(
                Arg::new("origin").long("origin").action(ArgAction::SetTrue).help("And where it comes from"),
            ),
        ))
        .subcommand(
            Command::new("completions").about("What a shell needs to complete these commands and flags").arg(
                Arg::new("shell").value_name("SHELL").required(true).value_parser(clap::value_parser!(Shell)),
            ),
        )
        .subcommand(Command::new("man").about("The manual page, in roff"))
}

fn with_settings(name: &'static str, which: u8, examples: &'static str) -> Command {
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .help("Read settings from this TOML file instead of the platform's config directory");
    let flags = KEYS.iter().filter(|key| key.is_for(which)).filter_map(Key::arg);
    Command::new(name).before_help(examples).after_help(NOTES).args(flags).arg(config)
}

/// What is to be done, with the flags that were given for it.
#[derive(Debug)]
pub(crate) enum Task {
    Demo(ArgMatches),
    Watch(ArgMatches),
    Mock(ArgMatches),
    Doctor(ArgMatches),
    Replay(ArgMatches, PathBuf),
    Simulate(ArgMatches),
    Tune(ArgMatches, Option<PathBuf>),
    ConfigShow(ArgMatches),
    Completions(Shell),
    Man,
}

impl Task {
    /// Reads the command line.
    ///
    /// # Errors
    /// A usage error, or help that was asked for: clap knows how to print both.
    pub(crate) fn read(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, clap::Error> {
        let mut command = command();
        let mut matches = command.try_get_matches_from_mut(arguments)?;
        let mut task = matches.remove_subcommand();
        if let Some((name, mut inner)) = task.take_if(|(name, _)| name == "config") {
            task = inner.remove_subcommand().map(|(inner, matches)| (format!("{name} {inner}"), matches));
        }
        match task {
            Some((name, matches)) => match name.as_str() {
                "demo" => Ok(Self::Demo(matches)),
                "watch" => Ok(Self::Watch(matches)),
                "mock" => Ok(Self::Mock(matches)),
                "doctor" => Ok(Self::Doctor(matches)),
                "replay" => {
                    match matches.get_one::<PathBuf>("file").cloned() {
                        Some(file) => Ok(Self::Replay(matches, file)),
                        None => Err(command
                            .error(clap::error::ErrorKind::MissingRequiredArgument, "a file is missing")),
                    }
                }
                "simulate" => Ok(Self::Simulate(matches)),
                "tune" => {
                    let file = matches.get_one::<PathBuf>("file").cloned();
                    Ok(Self::Tune(matches, file))
                }
                "config show" => Ok(Self::ConfigShow(matches)),
                "completions" => matches.get_one("shell").copied().map(Self::Completions).ok_or_else(|| {
                    command.error(clap::error::ErrorKind::MissingRequiredArgument, "a shell is missing")
                }),
                "man" => Ok(Self::Man),
                _ => Err(command.error(clap::error::ErrorKind::InvalidSubcommand, "no such command")),
            },
            None => Err(command.error(clap::error::ErrorKind::MissingSubcommand, "a command is missing")),
        }
    }

    /// The flags and the commands whose settings they are; `None` for a command without settings.
    pub(crate) fn flags(&self) -> Option<(&ArgMatches, u8)> {
        match self {
            Self::Demo(flags) => Some((flags, DEMO)),
            Self::Watch(flags) => Some((flags, WATCH)),
            Self::Mock(flags) => Some((flags, MOCK)),
            Self::Doctor(flags) => Some((flags, DOCTOR)),
            Self::Replay(flags, _) => Some((flags, REPLAY)),
            Self::Simulate(flags) => Some((flags, SIMULATE)),
            Self::Tune(flags, _) => Some((flags, TUNE)),
            Self::ConfigShow(flags) => Some((flags, EVERY)),
            Self::Completions(_) | Self::Man => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn no_secret_is_a_flag() {
        for flag in ["--client-secret=x", "--token=x"] {
            assert!(Task::read(["rosterline", "watch", flag].map(Into::into)).is_err(), "{flag}");
        }
    }

    #[test]
    fn help_begins_with_examples() {
        let help = command().render_long_help().to_string();
        assert!(help.starts_with("Examples:"), "{help}");
    }
}
