//! Any subset of what the sources say of a conversation, in any order, tells the same facts, each once
//! (docs/notifications.md, section 3).

use alloc::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::truth::{
    Life, MEDIA, Said, Truth, all_media, analytics, calls_alone, event, history, noon, until,
};
use super::*;

/// A fact: participant, session, kind.
type Fact = (usize, usize, PresenceKind);

/// A run of the book over what is said.
struct Run<'t> {
    truth: &'t Truth,
    book: Book,
    told: BTreeMap<Fact, Timestamp>,
    missed: BTreeSet<(usize, usize)>,
    /// Every `lossy`th fact that is new never reaches the application, which shows later.
    lossy: usize,
    news: usize,
    lost: Vec<Presence>,
}

impl<'t> Run<'t> {
    fn new(truth: &'t Truth, lossy: usize) -> Self {
        let (told, missed) = (BTreeMap::new(), BTreeSet::new());
        Self { truth, book: new_book(), told, missed, lossy, news: 0, lost: Vec::new() }
    }

    fn hear(&mut self, said: Said) -> Result<(), TestCaseError> {
        let truth = self.truth;
        let seen = |at: i64, which: fn(&Life) -> bool| {
            let lives = truth.participants.iter().flat_map(|sessions| until(sessions, at));
            lives.filter(|(_, life)| which(life)).map(|(_, life)| life.facts()).sum::<usize>()
        };
        let (told, facts) = match said {
            Said::Snapshot { at, vague } => {
                (told(&mut self.book, &snapshot(&all_media(truth, at, vague))), seen(at, |_| true))
            }
            Said::Flat { at } => {
                let frame = frame("v2.routing.queues.q.conversations.calls", &calls_alone(truth, at));
                (told(&mut self.book, &frame), seen(at, |life| life.medium == 0))
            }
            Said::Page { at } => {
                let body = analytics(truth, at).to_string();
                (told_of(&mut self.book, &page_of(&body)), seen(at, |_| true))
            }
            Said::Detail { participant, session, is_end, error } => {
                let Some((frame, facts)) = event(truth, participant, session, is_end, error) else {
                    return Ok(());
                };
                (told(&mut self.book, &frame), facts)
            }
        };
        self.note(told, facts)
    }

    /// Everything as it is in the end, as the REST API tells it.
    fn hear_the_last(&mut self) -> Result<(), TestCaseError> {
        for presence in self.lost.drain(..) {
            self.book.forget(&presence);
            self.book.audit();
        }
        let facts = self.truth.participants.iter().flatten().map(Life::facts).sum();
        let body = all_media(self.truth, i64::MAX, false).to_string();
        let told = told_of(&mut self.book, &answer_of(&body));
        self.note(told, facts)
    }

    fn note(&mut self, told: Vec<Told>, facts: usize) -> Result<(), TestCaseError> {
        let mut known = 0;
        let mut new = 0;
        for told in told {
            match told {
                Told::Known => known += 1,
                Told::Rejected { reason, place } => prop_assert!(false, "{:?} at {}", reason, place),
                Told::Missed(offer) => {
                    let (participant, session) = self.session(&offer.participant.to_string(), &offer.channel);
                    prop_assert!(self.missed.insert((participant, session)), "missed twice");
                }
                Told::New(presence) => {
                    new += 1;
                    self.news += 1;
                    if self.lossy > 0 && self.news % self.lossy == 0 {
                        self.lost.push(presence);
                        continue;
                    }
                    let (participant, session) =
                        self.session(&presence.participant.to_string(), &presence.channel);
                    let before = self.told.insert((participant, session, presence.kind), presence.at);
                    prop_assert_eq!(before, None, "told twice");
                }
            }
        }
        prop_assert_eq!(known + new, facts, "received is what is told");
        Ok(())
    }

    /// Which session it is: a participant has one on a medium. A detail event says both.
    fn session(&self, participant: &str, channel: &str) -> (usize, usize) {
        let participant: usize = participant[1..].parse().expect("a number");
        let is = |life: &Life| MEDIA[life.medium].1 == channel;
        (participant, self.truth.participants[participant].iter().position(is).expect("its medium"))
    }
}

proptest! {
    #[test]
    fn any_subset_in_any_order_tells_the_same_facts_each_once(
        (truth, said) in history(),
        lossy in prop_oneof![3 => Just(0), 1 => 2..5usize],
    ) {
        let mut run = Run::new(&truth, lossy);
        for said in said {
            run.hear(said)?;
        }
        // What was dropped in the last report is told by the one after it.
        run.hear_the_last()?;
        run.lossy = 0;
        run.hear_the_last()?;
        let mut facts = BTreeMap::new();
        let mut missed = BTreeSet::new();
        for (participant, sessions) in truth.participants.iter().enumerate() {
            for (session, life) in sessions.iter().enumerate() {
                let joined = life.joined.map(|at| (PresenceKind::Joined, at));
                let left = life.left.filter(|_| life.joined.is_some()).map(|at| (PresenceKind::Left, at));
                facts.extend(joined.into_iter().chain(left).map(|(kind, at)| ((participant, session, kind), at)));
                if life.joined.is_none() && life.left.is_some() {
                    missed.insert((participant, session));
                }
            }
        }
        prop_assert!(run.told.keys().eq(facts.keys()), "{:?} is not {:?}", run.told, facts);
        prop_assert_eq!(&run.missed, &missed);
        let guess = stamp(RECEIVED).received;
        for (fact, told) in &run.told {
            let error = told.unix_millis().0.abs_diff(noon(facts[fact]).unix_millis().0);
            prop_assert!(error < 2000 || told.unix_millis() == guess, "{:?} at {}", fact, told);
        }
        let is_open = truth.participants.iter().flatten().any(|life| life.left.is_none());
        prop_assert_eq!(run.book.open().count(), usize::from(is_open));
    }

    #[test]
    fn a_run_that_goes_on_tells_only_what_the_one_before_did_not(
        (truth, said) in history(),
        cut in 0..24usize,
    ) {
        let cut = cut.min(said.len());
        let mut before = Run::new(&truth, 0);
        let mut kept = Vec::new();
        for said in &said[..cut] {
            let frame = match *said {
                Said::Snapshot { at, .. } => snapshot(&all_media(&truth, at, false)),
                Said::Flat { at } => frame("v2.users.u.conversations.calls", &calls_alone(&truth, at)),
                Said::Page { .. } | Said::Detail { .. } => continue,
            };
            for told in told(&mut before.book, &frame) {
                if let Told::New(presence) = told {
                    kept.push(presence);
                }
            }
        }
        let mut after = Run::new(&truth, 0);
        after.book.resume(&kept);
        after.book.audit();
        for said in &said[cut..] {
            after.hear(*said)?;
        }
        after.hear_the_last()?;
        let all = truth.participants.iter().flatten().map(Life::facts).sum::<usize>();
        prop_assert_eq!(kept.len() + after.told.len(), all);
    }
}
