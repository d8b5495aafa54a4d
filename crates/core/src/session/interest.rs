//! Which of the conversations that the service knows were asked for.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::config::Service;
use crate::dialect::notifications::{Report, Statement, Wrong};
use crate::{Id, Topic};

/// What the details query tells of conversations that somebody asked for. It tells of all that the token may see.
pub(super) struct Chosen(Vec<Result<Statement, Wrong>>);

impl Chosen {
    /// Leaves out conversations that neither are `known` nor concern one of the topics.
    pub(super) fn of(report: &dyn Report, service: &Service, known: impl Fn(&Id) -> bool) -> Self {
        let mut all = Vec::new();
        report.read(&mut |statement| all.push(statement));
        let Some(interest) = Interest::of(service) else { return Self(all) };
        let mut wanted: BTreeMap<Id, bool> = BTreeMap::new();
        for statement in all.iter().flatten() {
            let id = &statement.conversation;
            let is = wanted.entry(id.clone()).or_insert_with(|| known(id));
            *is |= interest.has(statement);
        }
        all.retain(|one| one.as_ref().map_or(true, |statement| wanted[&statement.conversation]));
        Self(all)
    }
}

impl Report for Chosen {
    fn read(&self, each: &mut dyn FnMut(Result<Statement, Wrong>)) {
        self.0.iter().cloned().for_each(each);
    }
}

/// The queues, users and conversations that the topics name.
struct Interest(BTreeSet<Id>);

impl Interest {
    /// `None`: a topic says something else, so that nobody can tell.
    fn of(service: &Service) -> Option<Self> {
        let Service::Notifications(service) = service else { return None };
        service.topics.iter().map(subject).collect::<Option<_>>().map(Self)
    }

    fn has(&self, statement: &Statement) -> bool {
        let named = [statement.user.as_ref(), statement.queue.as_ref(), Some(&statement.conversation)];
        named.into_iter().flatten().any(|id| self.0.contains(id))
    }
}

/// Whose topic it is.
fn subject(topic: &Topic) -> Option<Id> {
    let before = ["v2.users.", "v2.routing.queues.", "v2.detail.events.conversation."];
    let rest = before.iter().find_map(|before| topic.as_str().strip_prefix(before))?;
    rest.split(['.', '?']).next().map(Id::new)
}
