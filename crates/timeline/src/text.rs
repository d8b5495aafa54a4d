//! A timeline as text: for goldens, logs and people. The same timeline gives the same bytes, on every platform.

use core::fmt::{Display, Formatter, Result, Write};

use rosterline_core::PresenceKind;

use crate::{Anomaly, AnomalyKind, Communication, Entry, GapMark, Interval, Timeline, Unanswered};

impl Display for Timeline {
    /// The whole timeline, one fact a line, without a line break at its end. The form is stable: a change of it is
    /// a breaking one. Control characters in names are written as escapes (`\n`, `\u{202e}`), so that no name can look
    /// like a line of its own.
    ///
    /// ```text
    /// interaction c1 revision 3 incomplete
    ///   entry 2024-05-01T12:00:00Z joined alice voice
    ///   entry 2024-05-01T12:01:00Z left alice voice because transfer
    ///   present alice voice 2024-05-01T12:00:00Z to 2024-05-01T12:01:00Z uncertain
    ///   anomaly late joined at 2024-05-01T12:00:00Z alice voice
    ///   gap 1 reconnect 2024-05-01T12:00:30Z to 2024-05-01T12:00:40Z dropped 0 open
    ///   figures participants 1 most-at-once 1 first-answer - talk 0ns transfers 1
    ///   updated 2024-05-01T12:01:00Z
    /// ```
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let complete = if self.complete { "complete" } else { "incomplete" };
        write!(f, "interaction {} revision {} {complete}", Plain(&self.interaction_id), self.revision)?;
        for entry in &self.entries {
            write!(f, "\n  {entry}")?;
        }
        for stay in &self.presence {
            write!(f, "\n  {stay}")?;
        }
        for offer in &self.unanswered {
            write!(f, "\n  {offer}")?;
        }
        for anomaly in &self.anomalies {
            write!(f, "\n  {anomaly}")?;
        }
        for gap in &self.gaps {
            write!(f, "\n  {gap}")?;
        }
        let figures = &self.figures;
        write!(f, "\n  figures participants {}", figures.participants)?;
        write!(f, " most-at-once {} first-answer ", figures.most_at_once)?;
        match figures.first_answer {
            Some(after) => write!(f, "{}ns", after.as_nanos())?,
            None => f.write_char('-')?,
        }
        write!(f, " talk {}ns transfers {}", figures.talk.as_nanos(), figures.transfers)?;
        write!(f, "\n  updated {}", Maybe(self.last_updated, "-"))
    }
}

impl Display for Entry {
    /// `entry TIME joined|left PARTICIPANT CHANNEL [LEG] [because REASON]`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "entry {} {} ", self.timestamp, verb(self.action))?;
        write!(f, "{} {}{}", Plain(&self.participant), Plain(&self.channel), Of(self.leg.as_deref()))?;
        match &self.reason {
            Some(reason) => write!(f, " because {}", Plain(reason)),
            None => Ok(()),
        }
    }
}

impl Display for Interval {
    /// `present PARTICIPANT CHANNEL [LEG] FROM|? to TO|- [uncertain]`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let leg = Of(self.leg.as_deref());
        write!(f, "present {} {}{leg}", Plain(&self.participant), Plain(&self.channel))?;
        write!(f, " {} to {}", Maybe(self.from, "?"), Maybe(self.to, "-"))?;
        f.write_str(if self.uncertain { " uncertain" } else { "" })
    }
}

impl Display for Unanswered {
    /// `unanswered PARTICIPANT CHANNEL LEG FROM|? to TO|? [because REASON]`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let leg = Of(Some(&self.leg));
        write!(f, "unanswered {} {}{leg}", Plain(&self.participant), Plain(&self.channel))?;
        write!(f, " {} to {}", Maybe(self.from, "?"), Maybe(self.to, "?"))?;
        match &self.reason {
            Some(reason) => write!(f, " because {}", Plain(reason)),
            None => Ok(()),
        }
    }
}

impl Display for Anomaly {
    /// `anomaly KIND … at TIME PARTICIPANT CHANNEL [session SESSION]`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "anomaly {}", self.kind.name())?;
        match &self.kind {
            AnomalyKind::LeftWithoutJoin
            | AnomalyKind::JoinedTwice
            | AnomalyKind::LeftTwice
            | AnomalyKind::StillOpen => {}
            AnomalyKind::Conflict { action, other } => {
                write!(f, " {}", verb(*action))?;
                match other {
                    Some(reason) => write!(f, " other-reason {}", Plain(reason))?,
                    None => f.write_str(" other-without-reason")?,
                }
            }
            AnomalyKind::FutureTime { action } => write!(f, " {}", verb(*action))?,
            AnomalyKind::Late { action, quarantined } => {
                let quarantined = if *quarantined { " quarantined" } else { "" };
                write!(f, " {}{quarantined}", verb(*action))?;
            }
        }
        write!(f, " at {} {} {}", self.at, Plain(&self.participant), Plain(&self.channel))?;
        match &self.session {
            Some(session) => write!(f, " session {}", Plain(session)),
            None => Ok(()),
        }
    }
}

impl Display for GapMark {
    /// `gap NUMBER CAUSE FROM to TO dropped N open|repaired`.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "gap {} {} {} to {}", self.id.0, self.cause.name(), self.from, self.to)?;
        write!(f, " dropped {} {}", self.dropped, if self.repaired { "repaired" } else { "open" })
    }
}

const fn verb(kind: PresenceKind) -> &'static str {
    match kind {
        PresenceKind::Joined => "joined",
        PresenceKind::Left => "left",
    }
}

/// ` session SESSION [as PURPOSE] [user USER] [queue QUEUE]`, or nothing: the `LEG` of the lines above.
struct Of<'a>(Option<&'a Communication>);

impl Display for Of<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Some(Communication { session, purpose, user, queue }) = self.0 else { return Ok(()) };
        write!(f, " session {}", Plain(session))?;
        if let Some(purpose) = purpose {
            write!(f, " as {}", Plain(purpose))?;
        }
        if let Some(user) = user {
            write!(f, " user {}", Plain(user))?;
        }
        match queue {
            Some(queue) => write!(f, " queue {}", Plain(queue)),
            None => Ok(()),
        }
    }
}

/// A name in which no character can move the cursor, break the line or turn the direction of the text. A space is
/// escaped as well, so that words stay apart.
struct Plain<T>(T);

impl<T: Display> Display for Plain<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        struct Escape<'a, 'f>(&'a mut Formatter<'f>, bool);
        impl Write for Escape<'_, '_> {
            fn write_str(&mut self, text: &str) -> Result {
                self.1 |= !text.is_empty();
                text.chars().try_for_each(|c| match c {
                    ' ' => self.0.write_str("\\u{20}"),
                    '\'' => self.0.write_char(c),
                    _ => write!(self.0, "{}", c.escape_debug()),
                })
            }
        }
        let mut escape = Escape(f, false);
        write!(escape, "{}", self.0)?;
        if escape.1 { Ok(()) } else { f.write_str("\"\"") }
    }
}

/// A value, or what stands for none.
struct Maybe<T>(Option<T>, &'static str);

impl<T: Display> Display for Maybe<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str(self.1),
        }
    }
}
