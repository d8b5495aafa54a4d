//! Who comes and goes: the events before they are written.

use rosterline_benches::load::mix;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, in milliseconds after the beginning.
    pub millis: u64,
    /// Which interaction, from 0.
    pub interaction: u32,
    /// Which of its participants, from 0.
    pub participant: u8,
    /// What happened.
    pub kind: Kind,
}

/// What happens to a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Comes.
    Joined,
    /// Goes.
    Left,
    /// One of the events that are no join or leave.
    Other(u8),
}

/// Participants of an interaction.
const PARTICIPANTS: u64 = 6;

/// Interactions whose participants come and go, one event each millisecond. The first participant of each stays for
/// good, so none is ever complete: what a client then does is the same work for each event, however many there were.
#[derive(Debug)]
pub struct Life {
    /// For each interaction who is there, as bits.
    present: Vec<u8>,
    /// Of a hundred events, how many are joins and leaves.
    presences: u64,
    /// How many milliseconds the network may hold an event back.
    jitter: u64,
    begun: u64,
}

impl Life {
    /// Life in so many interactions.
    #[must_use]
    pub fn new(interactions: usize, presences: u64, jitter: u64) -> Self {
        Self { present: vec![0; interactions], presences, jitter, begun: 0 }
    }

    /// The next so many events, in the order in which they arrive.
    pub fn next(&mut self, events: u64) -> Vec<Step> {
        let first = self.begun;
        self.begun += events;
        let mut steps: Vec<(u64, Step)> = (first..first + events)
            .map(|n| {
                let (step, delay) = (self.step(n), mix(n ^ 0x0dd0) % (self.jitter + 1));
                // Who stays for good is there before anybody else: without them an interaction would be complete for a moment.
                let delay = if step.participant == 0 { 0 } else { delay * 1_000_000 + n % 1_000_000 };
                (n * 1_000_000 + delay, step)
            })
            .collect();
        steps.sort_unstable_by_key(|(arrives, _)| *arrives);
        steps.into_iter().map(|(_, step)| step).collect()
    }

    fn step(&mut self, n: u64) -> Step {
        let draw = mix(n);
        let interaction = (draw % self.present.len() as u64) as u32;
        let present = &mut self.present[interaction as usize];
        let draw = mix(draw);
        if draw % 100 >= self.presences {
            let participant = (draw >> 32) % PARTICIPANTS;
            let kind = Kind::Other((draw >> 48) as u8);
            return Step { millis: n, interaction, participant: participant as u8, kind };
        }
        let participant = if *present == 0 { 0 } else { 1 + (draw >> 32) % (PARTICIPANTS - 1) };
        let joined = *present & (1 << participant) == 0;
        *present ^= 1 << participant;
        let kind = if joined { Kind::Joined } else { Kind::Left };
        Step { millis: n, interaction, participant: participant as u8, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn whoever_leaves_was_there_and_the_first_one_stays() {
        let mut steps = Life::new(10, 50, 200).next(5000);
        let mut begun = BTreeSet::new();
        let of_first = |step: &&Step| !matches!(step.kind, Kind::Other(_)) && begun.insert(step.interaction);
        assert!(
            steps.iter().filter(of_first).all(|step| step.participant == 0),
            "nobody is there before the first one"
        );
        assert!(steps.windows(2).any(|pair| pair[0].millis > pair[1].millis), "the network mixes them");
        steps.sort_by_key(|step| step.millis);
        let mut present = BTreeSet::new();
        for step in &steps {
            let who = (step.interaction, step.participant);
            match step.kind {
                Kind::Joined => assert!(present.insert(who), "{step:?}"),
                Kind::Left => assert!(step.participant != 0 && present.remove(&who), "{step:?}"),
                Kind::Other(_) => {}
            }
        }
        let others = steps.iter().filter(|step| matches!(step.kind, Kind::Other(_))).count();
        assert!((2300..2700).contains(&others), "about half: {others}");
    }

    #[test]
    fn it_goes_on_where_it_stopped() {
        let (mut one, mut two) = (Life::new(7, 100, 0), Life::new(7, 100, 0));
        let mut parts = two.next(40);
        parts.extend(two.next(60));
        assert_eq!(one.next(100), parts);
    }
}
