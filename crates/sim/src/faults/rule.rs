//! A fault is a rule with a verdict.

use std::collections::VecDeque;

use rosterline_core::Rng;

/// Which of the things that a rule is about it strikes. They are counted from 0 over the server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Only this one.
    Nth(u64),
    /// The first so many.
    First(u64),
    /// Each, with this chance in percent; drawn from the server's seed.
    Percent(u8),
    /// Each.
    Always,
}

/// When something goes wrong, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<F> {
    /// When.
    pub when: When,
    /// What.
    pub fault: F,
}

/// Rules about one kind of thing, with the count of what they have seen.
#[derive(Debug)]
pub(crate) struct Rules<F> {
    rules: Vec<Rule<F>>,
    /// What a test ordered meanwhile, and how often: it comes before the rules.
    ordered: VecDeque<(u64, F)>,
    seen: u64,
    rng: Rng,
}

impl<F: Clone> Rules<F> {
    pub(crate) fn new(rules: Vec<Rule<F>>, seed: u64, stream: &str) -> Self {
        Self { rules, ordered: VecDeque::new(), seen: 0, rng: Rng::stream(seed, stream) }
    }

    /// Lets `fault` strike the next `count` things, after what was ordered before.
    pub(crate) fn order(&mut self, count: u64, fault: F) {
        if count > 0 {
            self.ordered.push_back((count, fault));
        }
    }

    /// Everything that strikes the next thing. Each rule with a chance draws once, whatever the others say,
    /// so that one rule's verdicts do not depend on its neighbours'.
    pub(crate) fn next(&mut self) -> Vec<F> {
        let nth = self.seen;
        self.seen += 1;
        let mut faults: Vec<F> = self.next_ordered().into_iter().collect();
        for rule in &self.rules {
            let strikes = match rule.when {
                When::Nth(n) => n == nth,
                When::First(n) => nth < n,
                When::Percent(percent) => self.rng.chance(u64::from(percent)),
                When::Always => true,
            };
            if strikes {
                faults.push(rule.fault.clone());
            }
        }
        faults
    }

    /// The first that strikes the next thing, for faults of which there can be only one.
    pub(crate) fn first(&mut self) -> Option<F> {
        self.next().into_iter().next()
    }

    fn next_ordered(&mut self) -> Option<F> {
        let (left, fault) = self.ordered.front_mut()?;
        *left -= 1;
        let (over, fault) = (*left == 0, fault.clone());
        if over {
            self.ordered.pop_front();
        }
        Some(fault)
    }
}
