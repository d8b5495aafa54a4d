//! The strategies keep their word: what is lost is admitted, on both levels; and what fails becomes small.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use rosterline_core::config::Limits;
use rosterline_core::wire::{Body, Decoded, Decoder, Stamp};
use rosterline_core::{Event, Id, Instant, Presence, PresenceKind, UnixMillis};
use rosterline_sim::strategies::{self, Delivery, Framed, Run};
use rosterline_sim::{DialogueFault, FaultPlan, Frame, HttpFault, When};
use rosterline_timeline::Timelines;

proptest! {
    #[test]
    fn timelines_of_what_survives_are_true_as_far_as_they_are_complete(delivery in strategies::delivery()) {
        delivery.check(&delivery.timelines())?;
    }

    #[test]
    fn what_a_session_loses_is_admitted(run in strategies::run()) {
        let delivery = run.play();
        delivery.check(&delivery.timelines())?;
    }

    /// The connection is lost while the story goes on, and the next attempt takes long to be refused for good.
    #[test]
    fn what_a_session_misses_before_its_end_is_admitted(
        run in strategies::run(), lost in 1..20u64, slow in 1..14u64, cause in strategies::end(),
    ) {
        let (lost, slow) = (Duration::from_secs(lost), HttpFault::Slow(Duration::from_secs(slow)));
        let plan = FaultPlan::new().ending(When::First(1), lost, cause).upgrade(When::Nth(1), slow);
        let plan = plan.dialogue(When::Nth(1), DialogueFault::RefuseSubscription("no more".into()));
        let delivery = Run { plan, ..run }.play();
        delivery.check(&delivery.timelines())?;
    }

    #[test]
    fn the_same_run_goes_the_same_way(run in strategies::run()) {
        prop_assert_eq!(run.play(), run.play());
    }

    #[test]
    fn a_truth_makes_sense(truth in strategies::truth(), interaction in strategies::interaction()) {
        make_sense(&truth)?;
        prop_assert!(present_at_the_end(&interaction).is_empty());
        make_sense(&interaction)?;
    }

    #[test]
    fn a_frame_holds_what_it_says(framed in strategies::frame()) {
        prop_assert_eq!(framed.rejected, 0);
        prop_assert_eq!(decode(&framed), (written(&framed.events), 0));
    }

    #[test]
    fn a_damaged_frame_costs_what_it_says(framed in strategies::damaged_frame()) {
        prop_assert_eq!(decode(&framed), (written(&framed.events), 1));
        prop_assert_eq!(framed.rejected, 1);
    }
}

/// What a decoder finds: the events, and how much it refuses.
fn decode(framed: &Framed) -> (Vec<String>, u64) {
    let mut decoder = Decoder::new();
    let body = match &framed.frame {
        Frame::Text(text) => Body::Text(text),
        Frame::Binary(bytes) => Body::Binary(bytes),
    };
    let stamp = Stamp { arrived: Instant::ZERO, received: UnixMillis(0) };
    if decoder.decode(body, stamp, &Limits::default(), false).is_err() {
        return (Vec::new(), 1);
    }
    let (mut events, mut refused) = (Vec::new(), 0);
    for decoded in decoder.drain() {
        match decoded {
            Decoded::Presence(presence) => events.push(presence),
            Decoded::Rejected { .. } => refused += 1,
            Decoded::Unknown(_) | Decoded::Filtered => panic!("there are joins and leaves only"),
        }
    }
    (written(&events), refused)
}

/// The events, but for when they were received.
fn written(events: &[Presence]) -> Vec<String> {
    let line = |it: &Presence| {
        format!(
            "{} {:?} {} {} {} {:?}",
            it.at, it.kind, it.interaction, it.participant, it.channel, it.reason
        )
    };
    events.iter().map(line).collect()
}

fn present_at_the_end(events: &[Presence]) -> Vec<(&Id, &Id)> {
    let mut last = BTreeMap::new();
    for event in events {
        last.insert((&event.interaction, &event.participant), event.kind);
    }
    last.into_iter().filter(|(_, kind)| *kind == PresenceKind::Joined).map(|(seat, _)| seat).collect()
}

/// Times never go back, and joins and leaves of everyone alternate.
fn make_sense(events: &[Presence]) -> Result<(), TestCaseError> {
    prop_assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at), "{:?}", events);
    let mut last = BTreeMap::new();
    for event in events {
        let before = last.insert((&event.interaction, &event.participant), event.kind);
        let expected = before.map_or(PresenceKind::Joined, |kind| match kind {
            PresenceKind::Joined => PresenceKind::Left,
            PresenceKind::Left => PresenceKind::Joined,
        });
        prop_assert_eq!(event.kind, expected, "{:?}", event);
    }
    Ok(())
}

/// Draws the same cases every time, and keeps no seed of what it finds.
fn runner() -> TestRunner {
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// The smallest case that breaks a property.
fn smallest<S: Strategy>(
    strategy: &S,
    property: impl Fn(&S::Value) -> Result<(), TestCaseError>,
) -> S::Value {
    match runner().run(strategy, |case| property(&case)) {
        Err(TestError::Fail(_, smallest)) => smallest,
        Err(TestError::Abort(why)) => panic!("it was aborted: {why}"),
        Ok(()) => panic!("nothing was found"),
    }
}

/// Timelines that were given what the sieve lets through.
fn sieved(delivery: &Delivery, sieve: impl Fn(&Event) -> bool) -> Timelines {
    let mut timelines = Timelines::new(rosterline_timeline::Limits::default());
    delivery.events().filter(|event| sieve(event)).for_each(|event| _ = timelines.tell(event));
    timelines
}

fn is_no_gap(event: &Event) -> bool {
    !matches!(event, Event::Gap(_))
}

fn is_not_of_bob(event: &Event) -> bool {
    !matches!(event, Event::Presence(it) if it.participant == Id::new("bob"))
}

fn rules(plan: &FaultPlan) -> usize {
    let http = plan.tokens.len() + plan.upgrades.len();
    http + plan.dialogues.len() + plan.endings.len() + plan.frames.len() + usize::from(plan.close_expired)
}

#[test]
fn forgotten_gaps_shrink_to_one_lost_event() {
    let found = smallest(&strategies::delivery(), |delivery| delivery.check(&sieved(delivery, is_no_gap)));
    assert!(found.truth.len() <= 2 && found.gaps().count() == 1 && found.missing().len() == 1, "{found:?}");
}

#[test]
fn an_event_that_is_swallowed_shrinks_to_that_event() {
    let found =
        smallest(&strategies::delivery(), |delivery| delivery.check(&sieved(delivery, is_not_of_bob)));
    assert!(found.truth.len() <= 2 && found.missing().is_empty() && found.gaps().count() == 0, "{found:?}");
}

#[test]
fn what_a_session_does_shrinks_to_few_events_and_one_fault() {
    let forgets_gaps = |run: &Run| {
        let delivery = run.play();
        delivery.check(&sieved(&delivery, is_no_gap))
    };
    let found = smallest(&strategies::run(), forgets_gaps);
    assert!(found.told.concat().len() <= 2 && rules(&found.plan) <= 1, "{found:?}");
    let swallows_bob = |run: &Run| {
        let delivery = run.play();
        delivery.check(&sieved(&delivery, is_not_of_bob))
    };
    let found = smallest(&strategies::run(), swallows_bob);
    assert!(found.told.concat().len() <= 2 && rules(&found.plan) == 0, "{found:?}");
}

/// What has to occur in the deliveries of runs, so that holding for all of them means something.
const WORDS: &[&str] = &[
    "cause: Reconnect",
    "cause: Overflow",
    "cause: Ended",
    "Rejected(",
    "TokenRenewed",
    "RenewalFailed",
    "Http { step: Token",
    "Http { step: Dial",
    "BadToken",
    "Timeout(Pong)",
    "Timeout(Dial)",
    "Timeout(Authenticate)",
    "Timeout(Subscribe)",
    "Timeout(Token)",
    "code: 4401",
    "PauseEnded",
    "complete: true",
    "complete: false",
];

#[test]
fn everything_that_can_happen_happens() {
    let (mut runner, mut missing) = (runner(), WORDS.to_vec());
    for _ in 0..4000 {
        let run = strategies::run().new_tree(&mut runner).expect("nothing is rejected").current();
        let delivery = run.play();
        let mut text = String::new();
        delivery.events().for_each(|event| text += &format!("{event:?}\n"));
        delivery.timelines().iter().for_each(|timeline| text += &format!("{timeline:?}\n"));
        missing.retain(|word| !text.contains(*word));
        if missing.is_empty() {
            return;
        }
    }
    panic!("in no run: {missing:?}");
}
