//! The events as bytes: every WebSocket frame of a round, before the first is sent.

use std::io::Write as _;
use std::time::Duration;

use rosterline_benches::START;
use rosterline_benches::load::uuid;
use rosterline_core::Timestamp;

use crate::life::{Kind, Life, Step};
use crate::sum::Sum;

/// How a round is to look.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Events of the round.
    pub events: u64,
    /// Events in a frame.
    pub per_frame: u64,
    /// Each event has a place for the time at which it is sent, as its reason: `t=` and [`DIGITS`] digits.
    pub stamped: bool,
}

/// Digits of a time in nanoseconds.
pub const DIGITS: usize = 20;

/// The frames of a round, one behind the other.
#[derive(Debug, Default)]
pub struct Round {
    bytes: Vec<u8>,
    /// Where each frame ends.
    ends: Vec<usize>,
    /// Where the digits of each stamp begin.
    stamps: Vec<usize>,
    per_frame: usize,
    /// How many of the events are joins and leaves.
    pub presences: u64,
    /// What the timelines of these must come to.
    pub sum: Sum,
}

impl Round {
    /// Writes what happens next in `life`.
    #[must_use]
    pub fn write(life: &mut Life, shape: Shape) -> Self {
        let mut round = Self { per_frame: shape.per_frame as usize, ..Self::default() };
        round.bytes.reserve_exact((shape.events * 240 + shape.events / shape.per_frame * 20) as usize);
        let (mut text, mut stamps) = (Vec::new(), Vec::new());
        for steps in life.next(shape.events).chunks(round.per_frame) {
            text.clear();
            text.extend_from_slice(br#"{"events":["#);
            for (n, step) in steps.iter().enumerate() {
                if n > 0 {
                    text.push(b',');
                }
                let stamp = round.event(step, shape.stamped, &mut text);
                stamps.extend(stamp);
            }
            text.extend_from_slice(b"]}");
            let payload = round.frame(&text);
            round.stamps.extend(stamps.drain(..).map(|at| payload + at));
        }
        round
    }

    /// A frame with an event that says that no more will follow, for clients that do not count.
    #[must_use]
    pub fn end() -> Self {
        let mut round = Self { per_frame: 1, ..Self::default() };
        round.frame(
            br#"{"events":[{"timestamp":"2024-05-01T12:00:00.000Z","type":"EndOfStream","participant":"","interaction":"","channel":""}]}"#,
        );
        round
    }

    /// How many frames there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of some frames.
    #[must_use]
    pub fn frames(&self, range: std::ops::Range<usize>) -> &[u8] {
        let start = |frame: usize| if frame == 0 { 0 } else { self.ends[frame - 1] };
        &self.bytes[start(range.start)..start(range.end)]
    }

    /// How many frames from this one on are no more than so many bytes; at least one.
    #[must_use]
    pub fn fit(&self, from: usize, bytes: usize) -> usize {
        let start = if from == 0 { 0 } else { self.ends[from - 1] };
        (self.ends.partition_point(|end| *end <= start + bytes)).max(from + 1)
    }

    /// Writes a time into the events of a frame.
    pub fn stamp(&mut self, frame: usize, nanos: u64) {
        let digits = format!("{nanos:0DIGITS$}");
        let last = self.stamps.len().min((frame + 1) * self.per_frame);
        for at in &self.stamps[(frame * self.per_frame).min(last)..last] {
            self.bytes[*at..at + DIGITS].copy_from_slice(digits.as_bytes());
        }
    }

    /// A text frame of RFC 6455, unmasked as a server's is; where its payload begins.
    fn frame(&mut self, payload: &[u8]) -> usize {
        self.bytes.push(0x81);
        match payload.len() {
            short @ ..126 => self.bytes.push(short as u8),
            length @ ..65_536 => {
                self.bytes.push(126);
                self.bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                self.bytes.push(127);
                self.bytes.extend((length as u64).to_be_bytes());
            }
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        self.ends.push(self.bytes.len());
        start
    }

    /// Writes an event; where its stamp stands, if it has one.
    fn event(&mut self, step: &Step, stamped: bool, text: &mut Vec<u8>) -> Option<usize> {
        const OTHERS: [&str; 4] =
            ["ParticipantMuted", "ParticipantHeld", "QueueChanged", "ParticipantUpdated"];
        const CHANNELS: [&str; 4] = ["voice", "chat", "video", "sms"];
        const REASONS: [&str; 4] = ["client", "peer", "transfer", "timeout"];
        let kind = match step.kind {
            Kind::Joined => "ParticipantJoined",
            Kind::Left => "ParticipantLeft",
            Kind::Other(which) => OTHERS[usize::from(which) % 4],
        };
        let interaction = uuid(u64::from(step.interaction), 0xffff);
        let participant = uuid(u64::from(step.interaction), u64::from(step.participant));
        let (at, channel) = (time(step.millis), CHANNELS[step.interaction as usize % 4]);
        if !matches!(step.kind, Kind::Other(_)) {
            self.presences += 1;
            self.sum.add(&interaction, &at, kind, &participant);
        }
        let written = write!(
            text,
            r#"{{"timestamp":"{at}","type":"{kind}","participant":"{participant}","interaction":"{interaction}","channel":"{channel}""#
        );
        written.expect("memory takes everything");
        let mut stamp = None;
        if stamped {
            text.extend_from_slice(br#","reason":"t="#);
            stamp = Some(text.len());
            text.extend_from_slice(&[b'0'; DIGITS]);
            text.push(b'"');
        } else if step.kind == Kind::Left {
            text.extend_from_slice(br#","reason":""#);
            text.extend_from_slice(REASONS[step.millis as usize % 4].as_bytes());
            text.push(b'"');
        }
        text.push(b'}');
        stamp
    }
}

/// RFC 3339, so many milliseconds after [`START`].
fn time(millis: u64) -> String {
    Timestamp::from(START.after(Duration::from_millis(millis))).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_json_and_as_many_as_asked_for() {
        let shape = Shape { events: 100, per_frame: 10, stamped: true };
        let mut round = Round::write(&mut Life::new(3, 50, 20), shape);
        round.stamp(1, 77);
        assert_eq!(round.len(), 10);
        let frame = round.frames(1..2);
        let payload: serde_json::Value = serde_json::from_slice(&frame[4..]).expect("JSON");
        let events = payload["events"].as_array().expect("events");
        assert_eq!(events.len(), 10);
        assert!(events.iter().all(|event| event["reason"] == "t=00000000000000000077"), "{events:?}");
        assert_eq!(round.fit(0, 1), 1);
        assert_eq!(round.fit(2, usize::MAX / 2), 10);
    }

    #[test]
    fn a_time_goes_on_into_the_next_day() {
        assert_eq!(time(43_199_999), "2024-05-01T23:59:59.999Z");
        assert_eq!(time(43_200_000), "2024-05-02T00:00:00.000Z");
    }
}
