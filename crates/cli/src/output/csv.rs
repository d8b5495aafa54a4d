//! A flat table of events for spreadsheets (RFC 4180), one row an event:
//! `at,received,interaction,participant,action,channel,reason`.
//!
//! A cell that a spreadsheet would take for a formula gets a leading apostrophe.

use std::io::{self, Write};

use rosterline_core::Presence;

const HEADER: &[u8] = b"at,received,interaction,participant,action,channel,reason\r\n";

/// Writes the row of names.
pub(crate) fn header(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEADER)
}

/// Writes the row of one event.
pub(crate) fn row(out: &mut dyn Write, event: &Presence) -> io::Result<()> {
    let cells = [
        event.at.to_string(),
        event.received.to_string(),
        event.interaction.to_string(),
        event.participant.to_string(),
        event.kind.name().to_string(),
        event.channel.to_string(),
        event.reason.as_deref().unwrap_or_default().to_string(),
    ];
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
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
    use super::cell;

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
