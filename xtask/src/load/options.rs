//! What can be asked of a measurement.

use crate::shell::Trouble;

/// The options, with what they are if they are not given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// How often each client runs.
    pub(crate) runs: usize,
    /// Events of a run; the most of `growth`.
    pub(crate) events: Option<u64>,
    /// Sessions at rest.
    pub(crate) sessions: u64,
    /// Seconds that they rest.
    pub(crate) seconds: u64,
    /// Shapes whose name contains this.
    pub(crate) filter: String,
    /// Programs of others to measure beside ours.
    pub(crate) peers: Vec<Peer>,
}

/// A program of somebody else: its name in the table, and its command line. `{ws}` and `{http}` in it stand for the
/// addresses of the stream and of the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) command: String,
}

impl Options {
    /// Reads the arguments behind the kind.
    pub(crate) fn read(arguments: &[String]) -> Result<Self, Trouble> {
        let mut options = Self {
            runs: 5,
            events: None,
            sessions: 10_000,
            seconds: 60,
            filter: String::new(),
            peers: Vec::new(),
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| wrong(word, "nothing"))?;
            let number = || value.replace('_', "").parse().ok().filter(|number| *number > 0_u64);
            let number = || number().ok_or_else(|| wrong(word, value));
            match word.as_str() {
                "--runs" => options.runs = number()? as usize,
                "--events" => options.events = Some(number()?),
                "--sessions" => options.sessions = number()?,
                "--seconds" => options.seconds = number()?,
                "--shape" => options.filter = value.clone(),
                "--peer" => {
                    let (name, command) = value.split_once('=').ok_or_else(|| wrong(word, value))?;
                    options.peers.push(Peer { name: name.to_owned(), command: command.to_owned() });
                }
                _ => return Err(wrong(word, value)),
            }
        }
        Ok(options)
    }
}

fn wrong(word: &str, value: &str) -> Trouble {
    let what = format!("`{word} {value}` is not understood");
    Trouble::unusable(
        what,
        "cargo xtask load throughput --runs 5 --events 1000000 --peer 'NAME=COMMAND {ws}'",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Options, Trouble> {
        Options::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_peer_is_a_name_and_a_command() {
        let options = read(&["--runs", "3", "--peer", "go=./client -ws {ws}", "--events", "1_000"]);
        let options = options.expect("all known");
        assert_eq!((options.runs, options.events), (3, Some(1000)));
        assert_eq!(options.peers, [Peer { name: "go".into(), command: "./client -ws {ws}".into() }]);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for words in [&["--runs"][..], &["--runs", "0"], &["--peer", "go"], &["--speed", "9"]] {
            assert_eq!(read(words).expect_err("wrong").code, 2, "{words:?}");
        }
    }
}
