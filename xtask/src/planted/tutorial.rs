//! The mistakes of the Go tutorial that the `stream` dialect comes from, by their numbers.

/// What the tutorial does, in a few words; the first has number 1.
pub(super) const MISTAKES: [&str; 70] = [
    "names that the library does not have",
    "a variable that is never used",
    "imports that are missing, and others that are not used",
    "the complete example never builds a timeline",
    "a login host that does not exist",
    "the region goes unchecked into the URL that gets the credentials",
    "the token's lifetime is parsed and thrown away",
    "\"refresh if expired\" takes the old token again",
    "429 is an error like any other: no `Retry-After`, no backoff",
    "an error repeats the whole body of the answer, of any length",
    "an empty token and a lifetime of nothing are taken",
    "credentials are not form-encoded, and redirects are followed",
    "advises a cache that is locked for the length of a request",
    "401 at the handshake is tried again with the same token",
    "a dial that nothing can cancel",
    "401, 403, 429 and 503 at the handshake are all one error",
    "no deadline for the answer to the token",
    "a number in an answer makes it an error",
    "the first frame is taken for the answer to the token",
    "an event that overtakes the confirmation is lost",
    "the client goes on pointing at a connection that has failed",
    "no proxy, and no settings of TLS",
    "messages of any size",
    "an empty filter subscribes to everything",
    "only main knows the subscription",
    "nobody looks at what the server has accepted",
    "the end of the read loop reconnects nothing",
    "1001, 1006 and every error of the network are silent",
    "close codes mean nothing",
    "a stop waits for the next frame",
    "compressed frames are dropped",
    "a frame that cannot be read takes all its events along, uncounted",
    "unknown types, errors and notices are passed over in silence",
    "a half-open connection lives for ever",
    "text of a peer goes to the log as it is",
    "a frame of n events is delivered n times",
    "types that were filtered out are processed all the same",
    "drops the newest while saying that it drops the oldest",
    "1,024 frames of any size are called a bound",
    "nobody hears of what was dropped",
    "which of two things that are ready goes first is drawn",
    "counters, token and times are shared without a lock",
    "the setting that is advised against lag changes nothing",
    "the wait for a pong never hears of it",
    "pings have no payload: any pong will do",
    "latency is measured from the last pong",
    "the heartbeat ends after its first beat",
    "pongs are heard on the first connection only",
    "beats without jitter; a machine that slept condemns its peer",
    "a cancelled context is used again: after a reconnect nothing is read",
    "the old connection is never closed",
    "a failed subscription leaves its connection open, and counts as a reconnect",
    "the fifth failure kills the process, with all that is buffered",
    "backoff without jitter, started anew by every trigger",
    "two reconnects can run at once",
    "the last timestamp is never written",
    "after a restart other settings count",
    "no planned way from one token to the next",
    "lag is the time of a print, not that of the application",
    "nothing is kept of what was built",
    "a signal never reaches the client",
    "what is buffered at the end vanishes uncounted",
    "no events are a panic",
    "all interactions become one",
    "a bad timestamp is the year 1, and an offset makes a timestamp bad",
    "equal timestamps stand in any order",
    "an event that comes twice counts twice",
    "the promised validation of sequences is not there",
    "the last update is the time of day",
    "channel and reason are dropped, memory has no bound, and nothing can be late",
];

/// What no bug can be planted for, and what sees to it instead.
pub(super) const APART: &[(u8, &str)] = &[
    (1, "does not compile: README's example and all others are built and run by `cargo xtask ci`"),
    (2, "does not compile, as above; lints are errors"),
    (3, "does not compile, as above"),
];

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::{APART, MISTAKES};

    #[test]
    fn every_mistake_is_planted_or_stands_apart() {
        for number in 1..=MISTAKES.len() {
            let number = u8::try_from(number).expect("70 of them");
            let planted = all().any(|bug| bug.tutorial.contains(&number));
            let apart = APART.iter().any(|(of, _)| *of == number);
            assert!(planted != apart, "{number}: planted {planted}, apart {apart}");
        }
        let numbers = || all().flat_map(|bug| bug.tutorial);
        assert!(numbers().all(|&number| (1..=MISTAKES.len()).contains(&usize::from(number))));
    }
}
