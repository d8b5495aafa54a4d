//! The settings that are tuned, as a session takes them and as the tool writes them.

use std::time::Duration;

use rosterline_core::config::{Buffer, Heartbeat, Reconnect};
use rosterline_core::{Config, Policy};

use crate::words;

/// What is swept, and what is recommended. The default is that of [`Config`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many events the buffer holds: 1 to 16,777,216.
    pub buffer: usize,
    /// What happens when it is full.
    pub policy: Policy,
    /// The longest pause under [`Policy::Pause`].
    pub pause_max: Duration,
    /// From one ping to the next, 10 ms at least.
    pub heartbeat: Duration,
    /// From a ping to its pong, 10 ms at least.
    pub pong_timeout: Duration,
    /// The first reconnect delay, 1 ms at least.
    pub backoff_base: Duration,
    /// The longest reconnect delay, not below the first.
    pub backoff_max: Duration,
    /// Whether each delay is drawn from zero to its value.
    pub jitter: bool,
    /// Attempts in a row before the session gives up; `None`: no limit.
    pub max_attempts: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        let (buffer, beat, again) = (Buffer::default(), Heartbeat::default(), Reconnect::default());
        Self {
            buffer: buffer.capacity,
            policy: buffer.policy,
            pause_max: buffer.pause_max,
            heartbeat: beat.interval,
            pong_timeout: beat.pong_timeout,
            backoff_base: again.base,
            backoff_max: again.max,
            jitter: again.jitter,
            max_attempts: again.max_attempts,
        }
    }
}

impl Settings {
    /// Puts them into a configuration.
    pub fn apply(&self, config: &mut Config) {
        config.buffer = Buffer {
            capacity: self.buffer,
            policy: self.policy,
            pause_max: self.pause_max,
            ..config.buffer.clone()
        };
        config.heartbeat = Heartbeat {
            interval: self.heartbeat,
            pong_timeout: self.pong_timeout,
            ..config.heartbeat.clone()
        };
        config.reconnect = Reconnect {
            base: self.backoff_base,
            max: self.backoff_max,
            jitter: self.jitter,
            max_attempts: self.max_attempts,
            ..config.reconnect.clone()
        };
    }

    /// Each by its name in the tool, with its value; whether that is text in a file, or a number.
    fn named(&self) -> [(&'static str, String, bool); 9] {
        let attempts = self.max_attempts.map_or_else(|| "unlimited".to_owned(), |most| most.to_string());
        [
            ("buffer", self.buffer.to_string(), false),
            ("policy", self.policy.name().to_owned(), true),
            ("pause-max", words::setting(self.pause_max), true),
            ("heartbeat", words::setting(self.heartbeat), true),
            ("pong-timeout", words::setting(self.pong_timeout), true),
            ("backoff-base", words::setting(self.backoff_base), true),
            ("backoff-max", words::setting(self.backoff_max), true),
            ("jitter", if self.jitter { "full" } else { "none" }.to_owned(), true),
            ("max-attempts", attempts, self.max_attempts.is_none()),
        ]
    }

    /// As flags of the tool, to be pasted behind a command.
    #[must_use]
    pub fn flags(&self) -> String {
        let flags = self.named().map(|(name, value, _)| format!("--{name} {value}"));
        flags.join(" ")
    }

    /// As lines of the tool's configuration file.
    #[must_use]
    pub fn toml(&self) -> String {
        let line = |(name, value, is_text): (&str, String, bool)| match is_text {
            true => format!("{name} = \"{value}\"\n"),
            false => format!("{name} = {value}\n"),
        };
        self.named().map(line).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_written_as_the_tool_reads_them() {
        let settings = Settings { heartbeat: Duration::from_millis(1500), ..Settings::default() };
        assert_eq!(
            settings.flags(),
            "--buffer 1024 --policy pause --pause-max 1m --heartbeat 1500ms --pong-timeout 10s \
             --backoff-base 1s --backoff-max 30s --jitter full --max-attempts 5"
        );
        let unlimited = Settings { max_attempts: None, ..settings }.toml();
        assert!(unlimited.starts_with("buffer = 1024\npolicy = \"pause\"\n"), "{unlimited}");
        assert!(unlimited.ends_with("max-attempts = \"unlimited\"\n"), "{unlimited}");
    }

    #[test]
    fn they_decide_what_a_session_does() {
        let url = rosterline_core::Endpoint::new("wss://events.example.com").expect("a URL");
        let auth = rosterline_core::Auth::External;
        let mut config = Config::new(url, auth, rosterline_core::Subscription::all());
        let changed = Settings { buffer: 7, max_attempts: None, jitter: false, ..Settings::default() };
        changed.apply(&mut config);
        assert_eq!((config.buffer.capacity, config.reconnect.max_attempts), (7, None));
        assert!(!config.reconnect.jitter);
        assert!(config.check().is_ok());
    }
}
