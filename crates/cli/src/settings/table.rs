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
pub(crate) const TUNE: u8 = 64;

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
const LOAD: &str = "Load";
const WANTED: &str = "What is wanted";
const SWEPT: &str = "What is swept";

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
    key("jitter", "full|none", CONNECTION, "Draw each reconnect delay from zero to its value, or not").or("full").on(WATCH | DOCTOR | TUNE),
    key("backoff-base", "D", CONNECTION, "The first reconnect delay; it doubles from there").or("1s").on(WATCH | DOCTOR | TUNE),
    key("backoff-max", "D", CONNECTION, "The longest reconnect delay").or("30s").on(WATCH | DOCTOR | TUNE),
    key("max-attempts", "N", CONNECTION, "Failed attempts in a row before giving up, or `unlimited`").or("5").on(WATCH | DOCTOR | TUNE),
    key("heartbeat", "D", CONNECTION, "From one ping to the next").or("30s").on(WATCH | DOCTOR | TUNE),
    key("pong-timeout", "D", CONNECTION, "From a ping to its pong").or("10s").on(WATCH | DOCTOR | TUNE),
    key("buffer", "N", BUFFER, "How many events may wait for the output").or("1024").on(WATCH | DOCTOR | TUNE),
    key("policy", "P", BUFFER, "When it is full: pause, drop-oldest, drop-newest or end").or("pause").on(WATCH | DOCTOR | TUNE),
    key("pause-max", "D", BUFFER, "The longest pause; then the oldest are dropped").or("60s").on(WATCH | DOCTOR | TUNE),
    key("runtime", "NAME", CONNECTION, "The async runtime that the session runs on: tokio, async-std or smol")
        .or("tokio")
        .on(WATCH),
    key("scenario", "NAME", SERVED, "Which story the interactions tell, or `all`").or("all").on(DEMO | MOCK),
    key("faults", "LEVEL", SERVED, "Faults that the server injects: none, some or storm [default: demo some, mock none]")
        .on(DEMO | MOCK),
    key("pace", "PACE", SERVED, "How fast the interactions run: lively, real, or a percentage of lively such as 400%").or("lively").on(DEMO | MOCK),
    key("interactions", "N", SERVED, "How many interactions there are [default: no end]; of a synthetic load, at a time [default: 500]").on(DEMO | MOCK | TUNE),
    key("listen", "ADDR", SERVED, "Where the server listens").or("127.0.0.1:8080").on(MOCK),
    key("tls", "", SERVED, "Serve https and wss, with a certificate made for this run").switch().on(MOCK),
    key("ca-out", "FILE", SERVED, "Where the certificate's authority is written [default: a file in the temporary directory]")
        .on(MOCK),
    key("seed", "N", DRAWS, "The seed of every random draw [default: watch random, demo and mock 7, tune 1]")
        .on(WATCH | DEMO | MOCK | TUNE),
    key("output", "FORMAT", OUTPUT, "text, ndjson, json, csv, or auto: text on a terminal, NDJSON in a pipe")
        .or("auto")
        .on(WATCH | DEMO | MOCK | REPLAY | DOCTOR | TUNE),
    key("show", "KINDS", OUTPUT, "Of events, timelines, gaps, status, rejected, raw; `timelines=live` for a line at every change, `none` for only the summary")
        .many()
        .or("events,timelines,gaps,status,rejected")
        .on(WATCH | DEMO | REPLAY),
    key("color", "WHEN", OUTPUT, "auto, always or never").or("auto").on(WATCH | DEMO | MOCK | REPLAY | DOCTOR | TUNE),
    key("html", "FILE", OUTPUT, "At the end, draw the timelines, or what tune has measured, as a page in this file: it opens in any browser, without network")
        .on(WATCH | DEMO | TUNE),
    key("metrics", "ADDR", OUTPUT, "Serve /metrics (Prometheus), /livez and /readyz here").on(WATCH),
    key("quiet", "", OUTPUT, "No messages but errors").switch().short('q').on(WATCH | DEMO | MOCK | REPLAY | SIMULATE | DOCTOR | TUNE),
    Key { kind: Kind::Count, ..key("verbose", "", OUTPUT, "More messages; repeat for even more") }
        .or("0")
        .short('v')
        .on(WATCH | DEMO | MOCK | REPLAY | SIMULATE | DOCTOR | TUNE),
    key("record", "FILE", RECORDING, "Record the session in this file, for `replay`: without secrets, and with pseudonyms for names")
        .on(WATCH | DEMO | SIMULATE),
    key("seeds", "N|A..B", SIMULATED, "So many worlds, or those of these seeds: A, and up to B without it").or("100").on(SIMULATE),
    key("hours", "H", SIMULATED, "How long there is trouble in each, in its own time; 0.5 is half an hour").or("1").on(SIMULATE),
    key("keep", "PARTS", SIMULATED, "Only this part of one world, as a failure that was made small names it").on(SIMULATE),
    key("json", "", SIMULATED, "The outcome as one JSON object").switch().on(SIMULATE),
    key("synthetic", "", LOAD, "Make the load up, instead of taking it from a recording").switch().on(TUNE),
    key("rate", "N", LOAD, "Synthetic: joins and leaves a second, on average").or("200").on(TUNE),
    key("burst", "F", LOAD, "Synthetic: how many times faster they come in bursts; 1 is evenly").or("4").on(TUNE),
    key("frame-events", "N", LOAD, "Synthetic: events in a frame, on average").or("5").on(TUNE),
    key("scale", "F", LOAD, "How many times faster than it was the load comes").or("1").on(TUNE),
    key("take", "D", LOAD, "How long your application is busy with one event, such as 200us").or("500us").on(TUNE),
    key("stall", "D", LOAD, "How long it stands still now and then: garbage collection, a slow disk; 0s is never").or("500ms").on(TUNE),
    key("stall-every", "D", LOAD, "From one such time to the next").or("10s").on(TUNE),
    key("latency", "D", LOAD, "From one end of the network to the other").or("50ms").on(TUNE),
    key("hush", "D", LOAD, "The network may be silent for so long without being dead").or("3s").on(TUNE),
    key("outage", "D", LOAD, "The server may be unreachable for up to so long").or("60s").on(TUNE),
    key("headroom", "F", WANTED, "Bear so many times the load").or("2").on(TUNE),
    key("goal", "GOAL", WANTED, "complete: lose nothing; fresh: nothing older than --max-wait").or("complete").on(TUNE),
    key("max-wait", "D", WANTED, "With --goal fresh: the oldest that an event may be when it is taken").or("1s").on(TUNE),
    key("detect-within", "D", WANTED, "Give a dead connection up within this").or("30s").on(TUNE),
    key("recover-within", "D", WANTED, "Be live again within this, once the server can be reached").or("15s").on(TUNE),
    key("buffers", "N", SWEPT, "Sizes of the buffer [default: powers of two around what the load needs]").many().on(TUNE),
    key("policies", "P", SWEPT, "Policies [default: all]").many().on(TUNE),
    key("loads", "F", SWEPT, "Multiples of the load, for the knee [default: 0.25 to 32]").many().on(TUNE),
    key("takes", "D", SWEPT, "Times for an event [default: a quarter of --take to eight times that]").many().on(TUNE),
    key("heartbeats", "D", SWEPT, "Times from ping to ping [default: 5s to 60s]").many().on(TUNE),
    key("pong-timeouts", "D", SWEPT, "Times from a ping to its pong [default: 2s, 5s, 10s]").many().on(TUNE),
    key("backoff-bases", "D", SWEPT, "First reconnect delays [default: 100ms to 5s]").many().on(TUNE),
    key("backoff-maxes", "D", SWEPT, "Longest reconnect delays [default: 5s to 60s]").many().on(TUNE),
    key("draws", "N", SWEPT, "How often each loss of a connection is tried").or("20").on(TUNE),
    key("real", "", SWEPT, "Try what is recommended in real time, too: over loopback, with the busiest part of the load").switch().on(TUNE),
    key("real-for", "D", SWEPT, "For so long").or("30s").on(TUNE),
    key("checkpoint", "FILE", RECORDING, "Remember in this file what was written out: the next run resumes there, and says what it may have missed").on(WATCH),
    key("record-plain", "", RECORDING, "Record names as they are; secrets are taken out all the same").switch().on(WATCH | DEMO),
    key("speed", "SPEED", RECORDING, "How fast: max, or in multiples of the time that it took, such as 1x or 10x").or("max").on(REPLAY),
    key("assert", "GOLDEN", RECORDING, "Compare the output with this file, show how it differs, and exit with 7 if it does").on(REPLAY),
    key("export", "FORM=FILE", RECORDING, "At the end, write files: html, svg, perfetto (a trace for ui.perfetto.dev), json, csv")
        .many()
        .on(REPLAY),
    key("duration", "D", END, "How long the demo runs, or the synthetic load [default: demo 12s, tune 2m]").on(DEMO | TUNE),
    key("exit-after", "WHEN", END, "Stop after a time (30s), a number (1000events), or quiet on a live connection (idle:500ms)")
        .many()
        .on(WATCH),
    key("drain", "D", END, "At the end, wait so long for what is buffered to be written").or("5s"),
    key("fail-on-gap", "", END, "Exit with 6 if anything may have been missed").switch().on(WATCH),
];
