//! The laws of scenarios and feeds, whatever the seed.

use std::collections::BTreeSet;
use std::time::Duration;

use rosterline_core::{Instant, PresenceKind, Rng, UnixMillis};
use rosterline_sim::{Fact, Feed, Pace, Scenario, Script};

fn scripts(scenario: Scenario) -> impl Iterator<Item = Script> {
    (0..200).map(move |seed| Script::generate(scenario, &mut Rng::stream(seed, "test")))
}

#[test]
fn everybody_who_joins_leaves_and_nobody_twice_at_once() {
    for script in Scenario::ALL.into_iter().flat_map(scripts) {
        let mut present = BTreeSet::new();
        for fact in script.facts(UnixMillis(0)) {
            match fact.presence() {
                Some(PresenceKind::Joined) => assert!(present.insert(fact.participant), "{script:?}"),
                Some(PresenceKind::Left) => assert!(present.remove(&fact.participant), "{script:?}"),
                None => {}
            }
        }
        assert!(present.is_empty(), "{script:?}");
    }
}

#[test]
fn steps_are_in_order_of_time_and_take_three_to_eight_seconds() {
    for scenario in Scenario::ALL {
        for script in scripts(scenario) {
            assert!(script.steps.is_sorted_by_key(|step| step.offset), "{script:?}");
            let seconds = script.duration().as_secs_f32();
            assert!((2.9..=8.1).contains(&seconds), "{scenario}: {seconds} s");
        }
    }
}

#[test]
fn identifiers_are_uuids_of_version_4() {
    for script in scripts(Scenario::All) {
        for id in script.steps.iter().map(|step| &step.participant).chain([&script.interaction]) {
            let uuid = id.uuid().expect("canonical");
            assert_eq!((uuid[6] >> 4, uuid[8] >> 6), (4, 2), "{id}");
        }
    }
}

#[test]
fn a_mixture_has_every_channel_and_the_usual_reasons() {
    let facts: Vec<Fact> = scripts(Scenario::All).flat_map(|script| script.facts(UnixMillis(0))).collect();
    let channels: BTreeSet<_> = facts.iter().map(|fact| fact.channel.to_string()).collect();
    assert_eq!(channels.into_iter().collect::<Vec<_>>(), ["chat", "sms", "video", "voice"]);
    let reasons: BTreeSet<_> = facts.iter().filter_map(|fact| fact.reason.as_deref()).collect();
    for reason in ["client", "peer", "transfer", "timeout", "conference", "consult"] {
        assert!(reasons.contains(reason), "{reason}");
    }
    assert!(facts.iter().any(|fact| fact.presence().is_none()));
}

#[test]
fn names_are_read_back_and_an_unknown_one_is_told_the_others() {
    for scenario in Scenario::ALL {
        assert_eq!(scenario.name().parse(), Ok(scenario));
    }
    let error = "party".parse::<Scenario>().expect_err("no such thing").to_string();
    assert!(
        error.contains("\"party\"") && Scenario::ALL.iter().all(|known| error.contains(known.name())),
        "{error}"
    );
}

/// Plays a feed to its end, or for a minute, waking exactly when it says.
fn play(mut feed: Feed) -> Vec<(Instant, Fact)> {
    let mut told = Vec::new();
    while let Some(at) = feed.next_at().filter(|at| *at <= Instant::ZERO + Duration::from_secs(60)) {
        told.extend(feed.poll(at).into_iter().map(|fact| (at, fact)));
    }
    told
}

fn feed(seed: u64, pace: Pace) -> Feed {
    Feed::new(Scenario::All, pace, seed, UnixMillis(1_714_564_800_000), Instant::ZERO)
}

#[test]
fn a_seed_repeats_exactly_and_another_differs() {
    let pace = Pace::LIVELY;
    assert_eq!(play(feed(7, pace)), play(feed(7, pace)));
    assert_ne!(play(feed(7, pace)), play(feed(8, pace)));
}

#[test]
fn an_event_is_told_when_it_happens_and_carries_that_time() {
    for (at, fact) in play(feed(3, Pace::LIVELY)) {
        assert_eq!(fact.at.unix_millis(), UnixMillis(1_714_564_800_000).after(at.since(Instant::ZERO)));
        assert!(fact.at.to_string().ends_with('Z'));
    }
}

#[test]
fn how_often_it_is_polled_does_not_change_what_is_told() {
    let exact: Vec<Fact> = play(feed(5, Pace::LIVELY)).into_iter().map(|(_, fact)| fact).collect();
    let late = feed(5, Pace::LIVELY).poll(Instant::ZERO + Duration::from_secs(60));
    assert_eq!(exact, late);
}

#[test]
fn a_bounded_feed_ends_after_so_many_whole_interactions() {
    let told = play(feed(5, Pace::LIVELY).interactions(6));
    let interactions: BTreeSet<_> = told.iter().map(|(_, fact)| fact.interaction.clone()).collect();
    let of = |kind| told.iter().filter(|(_, fact)| fact.presence() == Some(kind)).count();
    assert_eq!(interactions.len(), 6);
    assert_eq!(of(PresenceKind::Joined), of(PresenceKind::Left));
}

#[test]
fn a_demonstration_shows_several_whole_interactions_and_starts_at_once() {
    for seed in 0..50 {
        let told = play(feed(seed, Pace::LIVELY));
        assert!(told[0].0 < Instant::ZERO + Duration::from_secs(1));
        let shown: Vec<_> =
            told.iter().filter(|(at, _)| *at < Instant::ZERO + Duration::from_secs(12)).collect();
        let started: BTreeSet<_> = shown.iter().map(|(_, fact)| &fact.interaction).collect();
        let ended = started.iter().filter(|id| {
            let last = told.iter().rev().find(|(_, fact)| fact.interaction == ***id).expect("it has events");
            shown.contains(&last)
        });
        assert!(ended.count() >= 3, "seed {seed}");
    }
}

#[test]
fn pace_stretches_everything() {
    let last = |pace| play(feed(1, pace).interactions(1)).last().expect("events").0.since(Instant::ZERO);
    assert_eq!(last(Pace::percent(50)), last(Pace::LIVELY) * 2);
}
