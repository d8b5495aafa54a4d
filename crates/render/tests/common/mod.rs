//! Timelines to draw: usual, many, broken and hostile ones. Times are seconds of one morning, in UTC.
#![allow(dead_code, reason = "each test file uses a part of it")]

use rosterline_core::{
    Gap, GapCause, GapId, Id, Instant, Leg, Offer, Presence, PresenceKind, Scope, Source, Timestamp,
    UnixMillis,
};
use rosterline_timeline::{Limits, Timeline, Timelines};

/// 2026-05-04T09:00:00Z.
const MORNING: i64 = 1_777_885_200;

pub(crate) fn time(second: f64) -> Timestamp {
    Timestamp::from(UnixMillis(MORNING * 1000 + (second * 1000.0) as i64))
}

/// What happens in one interaction.
pub(crate) struct Story {
    name: String,
    timelines: Timelines,
}

impl Story {
    pub(crate) fn of(name: &str) -> Self {
        Self { name: name.to_string(), timelines: Timelines::new(Limits::default()) }
    }

    pub(crate) fn event(
        mut self,
        kind: PresenceKind,
        second: f64,
        who: &str,
        channel: &str,
        why: &str,
    ) -> Self {
        let event = self.presence(kind, second, who, channel, why);
        self.apply(&event);
        self
    }

    /// A stay in one communication, whose names are like the participant's.
    pub(crate) fn stay_as(mut self, purpose: &str, session: &str, who: &str, from: f64, to: f64) -> Self {
        let leg = Leg {
            session: Id::new(session),
            purpose: purpose.into(),
            user: Some(Id::new(&format!("user {who}"))),
            queue: Some(Id::new(&format!("queue {who}"))),
            source: Source::Snapshot,
        };
        for (kind, second) in [(PresenceKind::Joined, from), (PresenceKind::Left, to)] {
            let event = self.presence(kind, second, who, "voice", "");
            self.apply(&Presence { leg: Some(Box::new(leg.clone())), ..event });
        }
        self
    }

    /// A communication that nobody answered, whose names are like the participant's.
    pub(crate) fn rang(mut self, session: &str, who: &str, from: f64, to: f64) -> Self {
        let offer = Offer {
            interaction: Id::new(&self.name),
            participant: Id::new(who),
            channel: "voice".into(),
            from: Some(time(from)),
            to: Some(time(to)),
            reason: Some(who.into()),
            leg: Box::new(Leg {
                session: Id::new(session),
                purpose: who.into(),
                user: None,
                queue: None,
                source: Source::Snapshot,
            }),
            received: time(to).unix_millis(),
        };
        assert_eq!(self.timelines.unanswered(&offer), rosterline_timeline::Applied::New);
        self
    }

    fn presence(&self, kind: PresenceKind, second: f64, who: &str, channel: &str, why: &str) -> Presence {
        Presence {
            at: time(second),
            kind,
            interaction: Id::new(&self.name),
            participant: Id::new(who),
            channel: channel.into(),
            reason: (!why.is_empty()).then(|| why.into()),
            leg: None,
            arrived: Instant::ZERO,
            // An hour after the morning began: what is dated later lies in the future.
            received: time(second.min(3600.0)).unix_millis(),
        }
    }

    fn apply(&mut self, event: &Presence) {
        assert_ne!(self.timelines.apply(event), rosterline_timeline::Applied::TooLate);
    }

    pub(crate) fn joined(self, second: f64, who: &str) -> Self {
        self.event(PresenceKind::Joined, second, who, "voice", "")
    }

    pub(crate) fn left(self, second: f64, who: &str) -> Self {
        self.event(PresenceKind::Left, second, who, "voice", "")
    }

    pub(crate) fn on(self, channel: &str, who: &str, from: f64, to: f64) -> Self {
        self.event(PresenceKind::Joined, from, who, channel, "").event(
            PresenceKind::Left,
            to,
            who,
            channel,
            "transfer",
        )
    }

    pub(crate) fn gap(mut self, id: u64, from: f64, to: f64) -> Self {
        let (from, to) = (time(from), time(to));
        let cause = GapCause::Reconnect;
        self.timelines.gap(&Gap { id: GapId(id), cause, from, to, dropped: 0, scope: Scope::All });
        self
    }

    pub(crate) fn repaired(mut self, id: u64) -> Self {
        self.timelines.repaired(GapId(id));
        self
    }

    /// The timeline, for the last time it is shown.
    pub(crate) fn told(&self) -> Timeline {
        self.timelines.final_snapshot(&Id::new(&self.name)).expect("it has events")
    }
}

/// A usual call, in which all went well.
pub(crate) fn plain(name: &str, start: f64) -> Timeline {
    Story::of(name)
        .on("voice", "customer", start, start + 41.0)
        .on("voice", "agent", start + 5.25, start + 40.0)
        .told()
}

/// One of everything: open ends, gaps of both kinds, every anomaly, a participant on two channels.
pub(crate) fn eventful() -> Timeline {
    Story::of("1c9f7a52-8f0e-4a43-9a0b-6a2f4f1f2b11")
        .joined(0.0, "customer")
        .on("voice", "menu", 0.4, 31.0)
        .on("voice", "anna", 44.5, 180.0)
        .on("chat", "anna", 60.0, 61.0)
        .on("chat", "anna", 75.0, 240.0)
        .left(100.0, "supervisor")
        .rang("s7", "carl", 32.0, 41.0)
        .joined(175.0, "ben")
        .joined(230.0, "ben")
        .left(251.0, "anna")
        .event(PresenceKind::Left, 180.0, "anna", "voice", "peer")
        .event(PresenceKind::Joined, 90_000_000.0, "time traveller", "voice", "")
        .gap(1, 20.0, 26.0)
        .repaired(1)
        .gap(2, 200.0, 222.0)
        .gap(3, 310.0, 330.0)
        .told()
}

/// Fifty people in one conference, who come and go.
pub(crate) fn crowd() -> Timeline {
    (0..50)
        .fold(Story::of("town hall"), |story, number| {
            let who = format!("participant {number:02}");
            let start = f64::from(number) * 31.0;
            let story = story.on("video", &who, start, start + 900.0 + f64::from(number * 7 % 50) * 20.0);
            if number % 4 == 0 { story.on("video", &who, 2900.0 - start / 3.0, 3400.0) } else { story }
        })
        .gap(1, 1200.0, 1290.0)
        .told()
}

/// Names that would like to be something else than text.
pub(crate) const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"><svg onload=alert(3)>",
    "' onmouseover='alert(4)",
    "</title></style></text></svg><h1>big</h1>",
    "]]><!--",
    "&lt;b&gt;&amp;#60;",
    "javascript:alert(5)",
    "ชื่อ אבג 漢字 \u{1f600} e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
];

/// And those that are not shown to the letter: controls, directions, what XML forbids, eight KiB without a space.
pub(crate) fn unprintable() -> Vec<String> {
    vec![
        "nul \0 esc \u{1b}[31m".to_string(),
        "\u{202e}desrever\u{2066}".to_string(),
        "\u{fffe}\u{ffff}\u{1fffe}\u{fdd0}".to_string(),
        "\r\n\t\u{85}\u{2028}".to_string(),
        "W".repeat(8192),
        "漢".repeat(2730),
    ]
}

pub(crate) fn hostile() -> Timeline {
    let names = HOSTILE.iter().map(ToString::to_string).chain(unprintable());
    names
        .enumerate()
        .fold(Story::of("</script><script>alert(0)</script>"), |story, (number, name)| {
            let start = number as f64;
            let story = story.event(PresenceKind::Joined, start, &name, &name, &name);
            let story = story.stay_as(&name, &name, &name, start + 1.0, start + 2.0);
            let story = story.rang(&format!("{name} rang"), &name, start + 3.0, start + 4.0);
            story.event(PresenceKind::Left, start + 10.0, &name, &name, "</td>").event(
                PresenceKind::Left,
                start + 12.0,
                &name,
                &name,
                &name,
            )
        })
        .told()
}
