//! What the REST API knows: the truth of the stream, as interactions up to a moment (docs/stream.md, section 7).

use std::collections::HashMap;

use rosterline_core::{Id, PresenceKind, Timestamp, UnixMillis};

use super::interaction::Interaction;
use super::truth::Truth;
use crate::fact::{Fact, Number};

/// The interactions that the analytics know. Who repairs asks for one page after the other, and again for the next gap: what is
/// known stays, and what has come since is added.
#[derive(Debug)]
pub(super) struct Archive {
    /// In the order of their beginning.
    interactions: Vec<Interaction>,
    places: HashMap<Id, usize>,
    /// The moment.
    until: UnixMillis,
    /// The truth was read up to here, and had forgotten so much by then.
    read: Number,
    forgotten: Number,
    /// What was read, and lies behind the moment.
    coming: Vec<Number>,
    /// The place of the last event that is in, in the order of time.
    last: Option<Place>,
}

/// Where an event stands in the order of time. Where two are the same, the one that the server learnt of first is before the other.
type Place = (Timestamp, PresenceKind);

impl Archive {
    pub(super) fn new() -> Self {
        Self {
            interactions: Vec::new(),
            places: HashMap::new(),
            until: UnixMillis(i64::MIN),
            read: 0,
            forgotten: 0,
            coming: Vec::new(),
            last: None,
        }
    }

    /// All interactions up to a moment, in the order of their beginning.
    pub(super) fn up_to<'a>(
        &'a mut self,
        truth: &Truth,
        until: UnixMillis,
    ) -> impl Iterator<Item = &'a Interaction> {
        self.advance(truth, until);
        self.interactions.iter().filter(|interaction| !interaction.is_empty())
    }

    fn advance(&mut self, truth: &Truth, until: UnixMillis) {
        let mut new = self.read_on(truth, until);
        let is_late = new.first().is_some_and(|(place, _)| Some(*place) < self.last);
        if is_late || until < self.until || truth.forgotten() != self.forgotten {
            // What comes before what is in changes that: everything is told again.
            *self = Self { read: truth.forgotten(), forgotten: truth.forgotten(), ..Self::new() };
            new = self.read_on(truth, until);
        }
        self.until = until;
        for (place, fact) in new {
            self.last = Some(place);
            let at = *self.places.entry(fact.interaction.clone()).or_insert(self.interactions.len());
            if at == self.interactions.len() {
                self.interactions.push(Interaction::new(fact.interaction.clone()));
            }
            self.interactions[at].take(fact, place.1);
        }
    }

    /// What is not in yet and lies before the moment, in the order of time.
    fn read_on<'t>(&mut self, truth: &'t Truth, until: UnixMillis) -> Vec<(Place, &'t Fact)> {
        let numbers = std::mem::take(&mut self.coming).into_iter().chain(self.read..truth.end());
        let mut new = Vec::new();
        for number in numbers {
            let Some(fact) = truth.fact(number) else { continue };
            let Some(kind) = fact.presence() else { continue };
            if fact.at.unix_millis() <= until {
                new.push(((fact.at, kind), fact));
            } else {
                self.coming.push(number);
            }
        }
        self.read = truth.end();
        new.sort_by_key(|(place, _)| *place);
        new
    }
}

/// One interaction up to a moment.
pub(super) fn interaction(truth: &Truth, id: &Id, until: UnixMillis) -> Option<Interaction> {
    let facts = truth.told().map(|told| &told.fact);
    let theirs = facts.filter(|fact| fact.interaction == *id && fact.at.unix_millis() <= until);
    let mut theirs: Vec<(&Fact, PresenceKind)> =
        theirs.filter_map(|fact| Some((fact, fact.presence()?))).collect();
    theirs.sort_by_key(|(fact, kind)| (fact.at, *kind));
    let mut interaction = Interaction::new(id.clone());
    theirs.into_iter().for_each(|(fact, kind)| interaction.take(fact, kind));
    Some(interaction).filter(|interaction| !interaction.is_empty())
}

#[cfg(test)]
mod tests {
    use rosterline_core::{Instant, Rng};

    use super::*;
    use crate::analytics::Analysed as _;

    fn documents(archive: &mut Archive, truth: &Truth, until: UnixMillis) -> Vec<String> {
        archive.up_to(truth, until).map(|it| it.document().into_owned()).collect()
    }

    #[test]
    fn what_is_added_bit_by_bit_is_the_same_as_what_is_told_anew() {
        let mut rng = Rng::stream(7, "archive");
        let mut truth = Truth::new(150);
        let mut archive = Archive::new();
        let mut now = 1_000;
        for _ in 0..300 {
            // Now and then an event comes late, and somebody asks for a moment before the last one.
            now += i64::try_from(rng.up_to(20)).expect("it is small");
            let back = if rng.chance(10) { 300 } else { 0 };
            let at = Timestamp::from(UnixMillis(now - back));
            let kind = if rng.chance(60) { PresenceKind::Joined } else { PresenceKind::Left };
            let (interaction, who) = (format!("i{}", rng.up_to(30)), format!("p{}", rng.up_to(3)));
            truth.learn(Fact::other(kind.name(), at, &interaction, &who, "voice"), Instant::ZERO);
            if rng.chance(20) {
                let until = UnixMillis(now - if rng.chance(20) { 200 } else { 50 });
                let anew = documents(&mut Archive::new(), &truth, until);
                assert_eq!(documents(&mut archive, &truth, until), anew, "up to {until:?}");
            }
        }
        assert!(truth.forgotten() > 0 && !archive.interactions.is_empty());
    }
}
