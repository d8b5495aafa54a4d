//! A flat table of events for spreadsheets (RFC 4180), one row an event:
//! `at,received,interaction,participant,action,channel,reason`.
//!
//! A cell that a spreadsheet would take for a formula gets a leading apostrophe.

use std::io::{self, Write};

use rosterline_core::Presence;
use rosterline_render::escape::Escaped;

const HEADER: &[u8] = b"at,received,interaction,participant,action,channel,reason\r\n";

/// Writes the row of names.
pub(crate) fn header(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEADER)
}

/// Writes the row of one event: to the letter, except for a terminal, which may not see what could steer it.
pub(crate) fn row(out: &mut dyn Write, event: &Presence, terminal: bool) -> io::Result<()> {
    let cells = [
        event.at.to_string(),
        event.received.to_string(),
        event.interaction.to_string(),
        event.participant.to_string(),
        event.kind.name().to_string(),
        event.channel.to_string(),
        event.reason.as_deref().unwrap_or_default().to_string(),
    ];
    let shown = |text: &String| if terminal { cell(&Escaped::whole(text).to_string()) } else { cell(text) };
    let cells: Vec<String> = cells.iter().map(shown).collect();
    write!(out, "{}\r\n", cells.join(","))
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
    use super::{cell, row};
    use rosterline_core::{Id, Instant, Presence, PresenceKind, UnixMillis};

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
            row(&mut out, &event, terminal).expect("memory takes everything");
            String::from_utf8(out).expect("UTF-8")
        };
        assert!(written(false).contains(",\x1b[31manna,") && written(false).contains("\"two\nlines\""));
        assert!(written(true).contains(",\\u{1b}[31manna,") && written(true).contains(",two\\u{a}lines"));
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
