//! Every setting of the tool, once: the flags, the environment, the config file and the help are made
//! from this table.

use clap::{Arg, ArgAction};

/// One setting. Its name is the flag (`--name`), the key in the config file, and in upper case with
/// underscores after `ROSTERLINE_` its environment variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// What stands for its value in the help.
    value: &'static str,
    help: &'static str,
    group: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Option<&'static str>,
    /// Environment variables that set it besides its own.
    pub(crate) also: &'static [&'static str],
    pub(crate) privacy: Privacy,
    short: Option<char>,
    commands: u8,
}

/// How often a setting may be given, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One value.
    One,
    /// Several: repeated, or separated by commas.
    Many,
    /// Yes or no; the flag has no value.
    Switch,
    /// How often the flag is there; elsewhere a number.
    Count,
}

/// Who may see a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privacy {
    /// Everybody.
    Open,
    /// Nobody: it comes from the environment only, where other users of the machine do not see it.
    Secret,
    /// A URL that may hold a password.
    Url,
}

/// The commands that have settings, as bits.
pub(crate) const WATCH: u8 = 1;
pub(crate) const DEMO: u8 = 2;
pub(crate) const MOCK: u8 = 4;
pub(crate) const REPLAY: u8 = 8;
pub(crate) const SIMULATE: u8 = 16;
pub(crate) const DOCTOR: u8 = 32;

const SERVER: &str = "Server";
const ACCESS: &str = "Credentials";
const FILTER: &str = "Subscription";
const CONNECTION: &str = "Connection";
const BUFFER: &str = "Buffer";
const OUTPUT: &str = "Output";
const END: &str = "End";
const RECORDING: &str = "Recordings";
const DRAWS: &str = "Randomness";
const SIMULATED: &str = "Simulation";
const SERVED: &str = "What the mock server does";

const fn key(name: &'static str, value: &'static str, group: &'static str, help: &'static str) -> Key {
    Key {
        name,
        value,
        help,
        group,
        kind: Kind::One,
        default: None,
        also: &[],
        privacy: Privacy::Open,
        short: None,
        commands: WATCH | DOCTOR,
    }
}

impl Key {
    const fn many(self) -> Self {
        Self { kind: Kind::Many, ..self }
    }

    const fn switch(self) -> Self {
        Self { kind: Kind::Switch, default: Some("false"), ..self }
    }

    const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    const fn on(self, commands: u8) -> Self {
        Self { commands, ..self }
    }

    const fn private(self, privacy: Privacy) -> Self {
        Self { privacy, ..self }
    }

    const fn short(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }

    /// Whether `command` (one of the bits) knows the setting.
    pub(crate) const fn is_for(&self, command: u8) -> bool {
        self.commands & command != 0
    }

    /// The environment variables that set it, the strongest first.
    pub(crate) fn variables(&self) -> impl Iterator<Item = String> + use<> {
        let own = format!("ROSTERLINE_{}", self.name.to_ascii_uppercase().replace('-', "_"));
        core::iter::once(own).chain(self.also.iter().map(|name| (*name).to_string()))
    }

    /// The flag; a secret has none.
    pub(crate) fn arg(&self) -> Option<Arg> {
        if self.privacy == Privacy::Secret {
            return None;
        }
        let help = match self.default {
            Some(default) if !matches!(self.kind, Kind::Switch | Kind::Count) => {
                format!("{} [default: {default}]", self.help)
            }
            Some(_) | None => self.help.to_string(),
        };
        let arg = Arg::new(self.name).long(self.name).help(help).help_heading(self.group);
        let arg = match self.short {
            Some(short) => arg.short(short),
            None => arg,
        };
        Some(match self.kind {
            // A negative number is no other flag: what is wrong with it is said with the setting's name.
            Kind::One => arg.value_name(self.value).action(ArgAction::Set).allow_negative_numbers(true),
            Kind::Many => arg.value_name(self.value).action(ArgAction::Append).allow_negative_numbers(true),
            Kind::Switch => arg.action(ArgAction::SetTrue),
            Kind::Count => arg.action(ArgAction::Count),
        })
    }
}

/// The setting called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// All settings, in the order of the help.
pub(crate) const KEYS: &[Key] = &[
    key("dialect", "NAME", SERVER, "The protocol that the server speaks: stream or notifications").or("stream").on(WATCH | DEMO | MOCK | SIMULATE | DOCTOR),
    key("region", "R", SERVER, "AWS region or raw domain of the organisation")
        .also(&["GENESYS_REGION", "GENESYSCLOUD_REGION"]),
    key("login-url", "URL", SERVER, "Where tokens come from, instead of what the region gives")
        .private(Privacy::Url),
    key("api-url", "URL", SERVER, "The server; login and stream URL derive from it").private(Privacy::Url),
    key("stream-url", "URL", SERVER, "The event stream (wss://…), instead of what the region gives")
        .private(Privacy::Url),
    key("allow-insecure", "", SERVER, "Allow URLs without TLS to other machines").switch(),
    key("ca-file", "FILE", SERVER, "Trust the authorities in this PEM file too"),
    key("proxy", "URL", SERVER, "Go through this HTTP proxy (http://user:password@host:port)")
        .private(Privacy::Url),
    key("client-id", "ID", ACCESS, "The OAuth client")
        .also(&["GENESYS_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"]),
    key("client-secret", "", ACCESS, "")
        .also(&["GENESYS_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"])
        .private(Privacy::Secret),
    key("client-secret-file", "FILE", ACCESS, "Read the client's secret from this file")
        .also(&["GENESYS_CLIENT_SECRET_FILE"]),
    key("token", "", ACCESS, "").also(&["GENESYSCLOUD_ACCESS_TOKEN"]).private(Privacy::Secret),
    key("token-file", "FILE", ACCESS, "Read an access token from this file, instead of asking for one"),
    key("interaction", "UUID", FILTER, "Only this interaction; all of them if left out").many(),
    key("channel", "NAME", FILTER, "Only these channels: voice, chat, video, sms …").many(),
    key("queue", "ID", FILTER, "Notifications: the conversations of this queue").many(),
    key("user", "ID", FILTER, "Notifications: the conversations of this user").many(),
    key("conversation", "ID", FILTER, "Notifications: the detail events of this conversation").many(),
    key("topic", "T", FILTER, "Notifications: this topic, as the service writes it").many(),
    key("details", "on|off", FILTER, "Notifications: ask for the detail events of conversations that are discovered, too")
        .or("off"),
    key("repair", "on|off", FILTER, "Ask the REST API for what was missed in a gap [default: notifications on, stream off]"),
    key("settle", "D", FILTER, "How long after a gap its data has settled, so that what the API tells of it is complete")
        .or("60s"),
    key("jitter", "full|none", CONNECTION, "Draw each reconnect delay from zero to its value, or not").or("full"),
    key("backoff-base", "D", CONNECTION, "The first reconnect delay; it doubles from there").or("1s"),
    key("backoff-max", "D", CONNECTION, "The longest reconnect delay").or("30s"),
    key("max-attempts", "N", CONNECTION, "Failed attempts in a row before giving up, or `unlimited`").or("5"),
    key("heartbeat", "D", CONNECTION, "From one ping to the next").or("30s"),
    key("pong-timeout", "D", CONNECTION, "From a ping to its pong").or("10s"),
    key("buffer", "N", BUFFER, "How many events may wait for the output").or("1024"),
    key("policy", "P", BUFFER, "When it is full: pause, drop-oldest, drop-newest or end").or("pause"),
    key("pause-max", "D", BUFFER, "The longest pause; then the oldest are dropped").or("60s"),
    key("runtime", "NAME", CONNECTION, "The async runtime that the session runs on: tokio, async-std or smol")
        .or("tokio")
        .on(WATCH),
    key("scenario", "NAME", SERVED, "Which story the interactions tell, or `all`").or("all").on(DEMO | MOCK),
    key("faults", "LEVEL", SERVED, "Faults that the server injects: none, some or storm [default: demo some, mock none]")
        .on(DEMO | MOCK),
    key("pace", "PACE", SERVED, "How fast the interactions run: lively, real, or a percentage of lively such as 400%").or("lively").on(DEMO | MOCK),
    key("interactions", "N", SERVED, "How many interactions there are [default: no end]").on(DEMO | MOCK),
    key("listen", "ADDR", SERVED, "Where the server listens").or("127.0.0.1:8080").on(MOCK),
    key("tls", "", SERVED, "Serve https and wss, with a certificate made for this run").switch().on(MOCK),
    key("ca-out", "FILE", SERVED, "Where the certificate's authority is written [default: a file in the temporary directory]")
        .on(MOCK),
    key("seed", "N", DRAWS, "The seed of every random draw [default: watch random, demo and mock 7]")
        .on(WATCH | DEMO | MOCK),
    key("output", "FORMAT", OUTPUT, "text, ndjson, json, csv, or auto: text on a terminal, NDJSON in a pipe")
        .or("auto")
        .on(WATCH | DEMO | MOCK | REPLAY | DOCTOR),
    key("show", "KINDS", OUTPUT, "Of events, timelines, gaps, status, rejected, raw; `timelines=live` for a line at every change, `none` for only the summary")
        .many()
        .or("events,timelines,gaps,status,rejected")
        .on(WATCH | DEMO | REPLAY),
    key("color", "WHEN", OUTPUT, "auto, always or never").or("auto").on(WATCH | DEMO | MOCK | REPLAY | DOCTOR),
    key("html", "FILE", OUTPUT, "At the end, draw the timelines as a page in this file: it opens in any browser, without network")
        .on(WATCH | DEMO),
    key("metrics", "ADDR", OUTPUT, "Serve /metrics (Prometheus), /livez and /readyz here").on(WATCH),
    key("quiet", "", OUTPUT, "No messages but errors").switch().short('q').on(WATCH | DEMO | MOCK | REPLAY | SIMULATE | DOCTOR),
    Key { kind: Kind::Count, ..key("verbose", "", OUTPUT, "More messages; repeat for even more") }
        .or("0")
        .short('v')
        .on(WATCH | DEMO | MOCK | REPLAY | SIMULATE | DOCTOR),
    key("record", "FILE", RECORDING, "Record the session in this file, for `replay`: without secrets, and with pseudonyms for names")
        .on(WATCH | DEMO | SIMULATE),
    key("seeds", "N|A..B", SIMULATED, "So many worlds, or those of these seeds: A, and up to B without it").or("100").on(SIMULATE),
    key("hours", "H", SIMULATED, "How long there is trouble in each, in its own time; 0.5 is half an hour").or("1").on(SIMULATE),
    key("keep", "PARTS", SIMULATED, "Only this part of one world, as a failure that was made small names it").on(SIMULATE),
    key("json", "", SIMULATED, "The outcome as one JSON object").switch().on(SIMULATE),
    key("checkpoint", "FILE", RECORDING, "Remember in this file what was written out: the next run resumes there, and says what it may have missed").on(WATCH),
    key("record-plain", "", RECORDING, "Record names as they are; secrets are taken out all the same").switch().on(WATCH | DEMO),
    key("speed", "SPEED", RECORDING, "How fast: max, or in multiples of the time that it took, such as 1x or 10x").or("max").on(REPLAY),
    key("assert", "GOLDEN", RECORDING, "Compare the output with this file, show how it differs, and exit with 7 if it does").on(REPLAY),
    key("export", "FORM=FILE", RECORDING, "At the end, write files: html, svg, perfetto (a trace for ui.perfetto.dev), json, csv")
        .many()
        .on(REPLAY),
    key("duration", "D", END, "How long the demo runs").or("12s").on(DEMO),
    key("exit-after", "WHEN", END, "Stop after a time (30s), a number (1000events), or quiet on a live connection (idle:500ms)")
        .many()
        .on(WATCH),
    key("drain", "D", END, "At the end, wait so long for what is buffered to be written").or("5s"),
    key("fail-on-gap", "", END, "Exit with 6 if anything may have been missed").switch().on(WATCH),
];
