//! `--checkpoint`: what was written out is remembered in a file, so that the next run begins where this one ended, however
//! it ended.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Duration;

use rosterline_core::config::Limits;
use rosterline_core::{
    Event, Gap, GapId, Id, Instant, Leg, Presence, PresenceKind, Resume, Service, Source, Timestamp,
    UnixMillis,
};
use serde::{Deserialize, Serialize};

use crate::messages;
use crate::settings::values::Dialect;
use crate::settings::{Settings, Wrong, values};
use crate::target::Target;

/// The file is written this often at most.
const PAUSE: Duration = Duration::from_secs(1);
/// An interaction that is over is remembered for so long, in event time: a repair reaches back 5 minutes behind a gap and
/// tells of it again.
const KEPT: Duration = Duration::from_secs(600);
const VERSION: u32 = 1;

/// The file, and what is to stand in it.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    target: Target,
    dialect: &'static str,
    newest: Option<Timestamp>,
    known: BTreeMap<Id, Vec<Presence>>,
    /// Where the gaps begin that are not repaired yet: the next run begins there.
    gaps: BTreeMap<GapId, Timestamp>,
    /// Whether anybody repairs gaps. If not, the next run can do no more about them than to tell of them again.
    repairs: bool,
    /// The file lacks something.
    changed: bool,
    /// When it was written last, or could not be.
    written: Option<Instant>,
    /// It could not be written the last time.
    failing: bool,
}

/// The file as it stands on the disk.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    dialect: String,
    /// Nothing up to here is missing that could still be repaired: the gap of a restart begins here.
    complete_until: Option<String>,
    /// What was written out of interactions that are not over, or only just.
    events: Vec<Told>,
}

/// One join or leave.
#[derive(Serialize, Deserialize)]
struct Told {
    at: String,
    action: String,
    interaction: String,
    participant: String,
    channel: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    leg: Option<Part>,
    received: i64,
}

/// The communication of a join or leave.
#[derive(Serialize, Deserialize)]
struct Part {
    session: String,
    purpose: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    queue: Option<String>,
    source: String,
}

impl Checkpoint {
    /// Reads the setting, and the file if there is one: what a run before this one knew. `service`: what is watched.
    pub(crate) fn read(
        settings: &Settings,
        service: &Service,
    ) -> Result<Option<(Self, Option<Resume>)>, Wrong> {
        let Some(name) = settings.text("checkpoint") else { return Ok(None) };
        let dialect = match settings.need("dialect", values::dialect)? {
            Dialect::Stream => "stream",
            Dialect::Notifications => "notifications",
        };
        // It names people, as a recording may.
        let target = Target::new(settings, "checkpoint", name)?.private();
        let mut checkpoint = Self {
            target,
            dialect,
            newest: None,
            known: BTreeMap::new(),
            gaps: BTreeMap::new(),
            repairs: service.settle().is_some(),
            changed: false,
            written: None,
            failing: false,
        };
        let text = match fs::read(name) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some((checkpoint, None))),
            Err(error) => return Err(settings.wrong("checkpoint", format!("cannot read {name}: {error}"))),
        };
        let unfit = |why: String| {
            let advice =
                "remove it to start without; what happened since it was written is then not asked for";
            settings.wrong("checkpoint", format!("{name} {why}; {advice}"))
        };
        let stored: Stored = serde_json::from_slice(&text)
            .map_err(|error| unfit(format!("is no checkpoint, or is damaged ({error})")))?;
        if stored.version != VERSION || stored.dialect != dialect {
            let (version, other) = (stored.version, &stored.dialect);
            return Err(unfit(format!(
                "is of version {version} and the {other} dialect, not of {VERSION} and {dialect}"
            )));
        }
        let resume = checkpoint.take_up(&stored).ok_or_else(|| unfit("holds a time that is none".into()))?;
        Ok(Some((checkpoint, resume)))
    }

    fn take_up(&mut self, stored: &Stored) -> Option<Option<Resume>> {
        let known: Vec<Presence> = stored.events.iter().map(Told::presence).collect::<Option<_>>()?;
        for presence in &known {
            self.known.entry(presence.interaction.clone()).or_default().push(presence.clone());
        }
        let Some(until) = &stored.complete_until else { return Some(None) };
        let newest = Timestamp::parse(until)?;
        self.newest = Some(newest);
        Some(Some(Resume { newest, known }))
    }

    /// An event has been written out.
    pub(crate) fn saw(&mut self, event: &Event) {
        match event {
            Event::Presence(presence) => {
                // One of tomorrow says nothing about how far we have come.
                if presence.at <= presence.received.after(Limits::default().future).into() {
                    self.newest = self.newest.max(Some(presence.at));
                }
                self.known.entry(presence.interaction.clone()).or_default().push(presence.clone());
            }
            Event::Gap(Gap { id, from, .. }) if self.repairs => _ = self.gaps.insert(*id, *from),
            Event::Repaired(repair) => _ = self.gaps.remove(&repair.gap.id),
            // Of these nothing has to be remembered.
            Event::Gap(_)
            | Event::Unknown(_)
            | Event::Unanswered(_)
            | Event::Status(_)
            | Event::Rejected(_)
            | Event::Ended(_)
            | _ => return,
        }
        self.changed = true;
    }

    /// Writes the file, if something has changed, and it is time or there is none to lose. The output that it speaks of has to
    /// be flushed before. If it cannot be written, that is said once, and tried again a second later.
    pub(crate) fn write(&mut self, now: Instant, at_once: bool) {
        if !(self.changed && at_once || self.is_due(now)) {
            return;
        }
        self.written = Some(now);
        let result = self.try_write();
        self.changed = result.is_err();
        let was_failing = std::mem::replace(&mut self.failing, result.is_err());
        if let (Err(error), false) = (result, was_failing) {
            let advice = "until it can, a restart begins where the file that is there ends";
            messages::error(&format!("the checkpoint is not up to date: {error}; {advice}"));
        }
    }

    /// Whether the file holds all that it should.
    pub(crate) const fn is_up_to_date(&self) -> bool {
        !self.failing
    }

    fn try_write(&mut self) -> io::Result<()> {
        self.forget_what_is_over();
        let first_gap = self.gaps.values().min().copied();
        let until = first_gap.map_or(self.newest, |gap| self.newest.map(|newest| newest.min(gap)));
        let stored = Stored {
            version: VERSION,
            dialect: self.dialect.to_string(),
            complete_until: until.map(|until| until.to_string()),
            events: self.known.values().flatten().map(Told::of).collect(),
        };
        let mut text = serde_json::to_vec(&stored)?;
        text.push(b'\n');
        self.target.write(&text)
    }

    /// When the file is to be written, if something has changed.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.changed.then(|| self.written.map_or(Instant::ZERO, |written| written + PAUSE))
    }

    /// Whether that time has come.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    fn forget_what_is_over(&mut self) {
        let Some(newest) = self.newest else { return };
        let recent = |at: Timestamp| Timestamp::from(at.unix_millis().after(KEPT)) >= newest;
        self.known.retain(|_, told| is_open(told) || told.iter().any(|presence| recent(presence.at)));
    }
}

/// Whether somebody is still there.
fn is_open(told: &[Presence]) -> bool {
    let mut there: BTreeMap<(&Id, Option<&Id>), i64> = BTreeMap::new();
    for presence in told {
        let session = presence.leg.as_ref().map(|leg| &leg.session);
        *there.entry((&presence.participant, session)).or_default() += match presence.kind {
            PresenceKind::Joined => 1,
            PresenceKind::Left => -1,
        };
    }
    there.values().any(|count| *count > 0)
}

impl Told {
    fn of(presence: &Presence) -> Self {
        let leg = presence.leg.as_ref().map(|leg| Part {
            session: leg.session.to_string(),
            purpose: leg.purpose.to_string(),
            user: leg.user.as_ref().map(Id::to_string),
            queue: leg.queue.as_ref().map(Id::to_string),
            source: leg.source.name().to_string(),
        });
        Self {
            at: presence.at.to_string(),
            action: presence.kind.name().to_string(),
            interaction: presence.interaction.to_string(),
            participant: presence.participant.to_string(),
            channel: presence.channel.to_string(),
            reason: presence.reason.as_deref().map(str::to_string),
            leg,
            received: presence.received.0,
        }
    }

    fn presence(&self) -> Option<Presence> {
        let leg = match &self.leg {
            Some(part) => Some(Box::new(part.leg()?)),
            None => None,
        };
        Some(Presence {
            at: Timestamp::parse(&self.at)?,
            kind: [PresenceKind::Joined, PresenceKind::Left]
                .into_iter()
                .find(|it| it.name() == self.action)?,
            interaction: Id::new(&self.interaction),
            participant: Id::new(&self.participant),
            channel: self.channel.as_str().into(),
            reason: self.reason.as_deref().map(Into::into),
            leg,
            arrived: Instant::ZERO,
            received: UnixMillis(self.received),
        })
    }
}

impl Part {
    fn leg(&self) -> Option<Leg> {
        let sources = [Source::Snapshot, Source::Detail, Source::Backfill];
        Some(Leg {
            session: Id::new(&self.session),
            purpose: self.purpose.as_str().into(),
            user: self.user.as_deref().map(Id::new),
            queue: self.queue.as_deref().map(Id::new),
            source: sources.into_iter().find(|source| source.name() == self.source)?,
        })
    }
}
