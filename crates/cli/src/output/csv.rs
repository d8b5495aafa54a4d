//! A flat table of events for spreadsheets (RFC 4180), one row an event:
//! `at,received,interaction,participant,action,channel,reason`, and in the `notifications` dialect
//! `purpose,user,queue,session,source` besides.
//!
//! A cell that a spreadsheet would take for a formula gets a leading apostrophe.

use std::io::{self, Write};

use rosterline_core::{Id, Leg, Presence};
use rosterline_render::escape::Escaped;

const HEADER: &str = "at,received,interaction,participant,action,channel,reason";
const OF_LEGS: &str = ",purpose,user,queue,session,source";

/// Writes the row of names. `legs`: with those of communications.
pub(crate) fn header(out: &mut dyn Write, legs: bool) -> io::Result<()> {
    write!(out, "{HEADER}{}\r\n", if legs { OF_LEGS } else { "" })
}

/// Writes the row of one event: to the letter, except for a terminal, which may not see what could steer it.
pub(crate) fn row(out: &mut dyn Write, event: &Presence, legs: bool, terminal: bool) -> io::Result<()> {
    let mut cells = vec![
        event.at.to_string(),
        event.received.to_string(),
        event.interaction.to_string(),
        event.participant.to_string(),
        event.kind.name().to_string(),
        event.channel.to_string(),
        event.reason.as_deref().unwrap_or_default().to_string(),
    ];
    if legs {
        cells.extend(of_leg(event.leg.as_deref()));
    }
    let shown = |text: &String| if terminal { cell(&Escaped::whole(text).to_string()) } else { cell(text) };
    let cells: Vec<String> = cells.iter().map(shown).collect();
    write!(out, "{}\r\n", cells.join(","))
}

fn of_leg(leg: Option<&Leg>) -> [String; 5] {
    let Some(leg) = leg else { return Default::default() };
    let id = |id: &Option<Id>| id.as_ref().map(Id::to_string).unwrap_or_default();
    let (purpose, source) = (leg.purpose.to_string(), leg.source.name().to_string());
    [purpose, id(&leg.user), id(&leg.queue), leg.session.to_string(), source]
}

fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    if formula || text.contains(['"', ',', '\r', '\n']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{cell, header, row};
    use rosterline_core::{Id, Instant, Leg, Presence, PresenceKind, Source, UnixMillis};

    #[test]
    fn a_terminal_sees_nothing_that_could_steer_it() {
        let event = Presence {
            at: UnixMillis(0).into(),
            kind: PresenceKind::Joined,
            interaction: Id::new("call"),
            participant: Id::new("\x1b[31manna"),
            channel: "voice".into(),
            reason: Some("two\nlines".into()),
            leg: None,
            arrived: Instant::ZERO,
            received: UnixMillis(0),
        };
        let written = |terminal| {
            let mut out = Vec::new();
            row(&mut out, &event, false, terminal).expect("memory takes everything");
            String::from_utf8(out).expect("UTF-8")
        };
        assert!(written(false).contains(",\x1b[31manna,") && written(false).contains("\"two\nlines\""));
        assert!(written(true).contains(",\\u{1b}[31manna,") && written(true).contains(",two\\u{a}lines"));
    }

    #[test]
    fn communications_have_columns_of_their_own() {
        let leg = Leg {
            session: Id::new("s1"),
            purpose: "agent".into(),
            user: None,
            queue: Some(Id::new("=q1")),
            source: Source::Backfill,
        };
        let event = Presence {
            at: UnixMillis(0).into(),
            kind: PresenceKind::Left,
            interaction: Id::new("call"),
            participant: Id::new("anna"),
            channel: "voice".into(),
            reason: None,
            leg: Some(Box::new(leg)),
            arrived: Instant::ZERO,
            received: UnixMillis(0),
        };
        let mut out = Vec::new();
        header(&mut out, true).expect("memory takes everything");
        row(&mut out, &event, true, false).expect("memory takes everything");
        row(&mut out, &Presence { leg: None, ..event }, true, false).expect("memory takes everything");
        let written = String::from_utf8(out).expect("UTF-8");
        let lines: Vec<&str> = written.lines().collect();
        assert!(lines[0].ends_with("channel,reason,purpose,user,queue,session,source"), "{written}");
        assert!(lines[1].ends_with(",voice,,agent,,\"'=q1\",s1,backfill"), "{written}");
        assert!(lines[2].ends_with(",voice,,,,,,"), "{written}");
    }

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let table = [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=cmd()", "\"'=cmd()\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            ("\tx", "\"'\tx\""),
            ("\rx", "\"'\rx\""),
            ("\nx", "\"'\nx\""),
            ("a=b", "a=b"),
        ];
        for (text, expected) in table {
            assert_eq!(cell(text), expected);
        }
    }
}
