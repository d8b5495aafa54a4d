//! A wallboard that shows how many people are in each interaction, and the property that it is held to.
//!
//! The property is tested with the crate. Run as a program, it shows what the property finds about it, and about a
//! board that only counts:
//!
//! ```text
//! cargo test -p rosterline-sim --features proptest --example wallboard
//! cargo run -p rosterline-sim --features proptest --example wallboard
//! ```
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::wildcard_enum_match_arm, reason = "the library may add to its enum")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use rosterline_core::{Event, GapId, Id, PresenceKind, Timestamp};
use rosterline_sim::strategies::{self, Delivery};

/// What an application makes of the events of a session.
trait Board: Default {
    fn take(&mut self, event: &Event);
    /// How many people are in an interaction, as far as the board knows.
    fn present(&self, interaction: &Id) -> i64;
    /// Whether it claims to know.
    fn is_certain(&self) -> bool;
}

/// Knows who is there, and what it may have missed.
#[derive(Default)]
struct Wallboard {
    /// The newest that is known of each participant of each interaction: events come late and twice.
    seats: BTreeMap<(Id, Id), (Timestamp, PresenceKind)>,
    open: BTreeSet<GapId>,
}

impl Board for Wallboard {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Presence(it) => {
                let seat = self.seats.entry((it.interaction.clone(), it.participant.clone()));
                let newest = seat.or_insert((it.at, it.kind));
                *newest = (*newest).max((it.at, it.kind));
            }
            Event::Gap(gap) => drop(self.open.insert(gap.id)),
            Event::Repaired(repair) => drop(self.open.remove(&repair.gap.id)),
            _ => {}
        }
    }

    fn present(&self, interaction: &Id) -> i64 {
        let here = |((id, _), (_, kind)): &(&(Id, Id), &(Timestamp, PresenceKind))| {
            id == interaction && *kind == PresenceKind::Joined
        };
        self.seats.iter().filter(here).count() as i64
    }

    fn is_certain(&self) -> bool {
        self.open.is_empty()
    }
}

/// Counts joins and leaves, and is always sure of itself.
#[derive(Default)]
struct Counter(BTreeMap<Id, i64>);

impl Board for Counter {
    fn take(&mut self, event: &Event) {
        let Event::Presence(it) = event else { return };
        *self.0.entry(it.interaction.clone()).or_default() += change(it.kind);
    }

    fn present(&self, interaction: &Id) -> i64 {
        self.0.get(interaction).copied().unwrap_or_default()
    }

    fn is_certain(&self) -> bool {
        true
    }
}

/// The property: whenever a board claims to know how many people there are, it is so; and when all gaps are filled it
/// knows.
fn is_right<B: Board>(delivery: &Delivery) -> Result<(), TestCaseError> {
    let mut board = B::default();
    delivery.events().for_each(|event| board.take(event));
    if board.is_certain() {
        compare(&board, delivery)?;
    }
    delivery.repairs().iter().for_each(|event| board.take(event));
    prop_assert!(board.is_certain(), "all gaps are filled");
    compare(&board, delivery)
}

fn compare(board: &impl Board, delivery: &Delivery) -> Result<(), TestCaseError> {
    let mut truth: BTreeMap<&Id, i64> = BTreeMap::new();
    for event in &delivery.truth {
        *truth.entry(&event.interaction).or_default() += change(event.kind);
    }
    for (interaction, present) in truth {
        prop_assert_eq!(board.present(interaction), present, "people in {}", interaction);
    }
    Ok(())
}

fn change(kind: PresenceKind) -> i64 {
    match kind {
        PresenceKind::Joined => 1,
        PresenceKind::Left => -1,
    }
}

/// What the property finds about a kind of board: why it is wrong, and the smallest history that shows it.
fn found_about<B: Board>() -> Option<(String, Delivery)> {
    let (config, rng) = (Config { failure_persistence: None, ..Config::default() }, RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(rng));
    let result = runner.run(&strategies::delivery(), |delivery| is_right::<B>(&delivery));
    if let Err(TestError::Fail(why, smallest)) = result { Some((why.to_string(), smallest)) } else { None }
}

fn main() {
    let found = [
        ("a board that knows who is there", found_about::<Wallboard>()),
        ("a board that counts", found_about::<Counter>()),
    ];
    for (board, found) in found {
        match found {
            None => println!("{board} is right"),
            Some((why, smallest)) => println!("{board} is wrong: {why}\n{smallest:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest! {
        #[test]
        fn the_board_is_right_whatever_is_lost_late_or_twice(delivery in strategies::delivery()) {
            is_right::<Wallboard>(&delivery)?;
        }

        #[test]
        fn the_board_is_right_behind_a_session_whose_server_fails(run in strategies::run()) {
            is_right::<Wallboard>(&run.play())?;
        }
    }

    #[test]
    fn a_board_that_counts_is_found_out_by_two_events() {
        let (_, smallest) = found_about::<Counter>().expect("it is wrong");
        assert!(smallest.truth.len() <= 2, "{smallest:?}");
    }
}
