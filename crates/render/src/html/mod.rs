//! Many interactions as one HTML file.

mod section;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rosterline_core::{GapId, Timestamp};
use rosterline_timeline::Timeline;

use crate::markup::Text;
use crate::parts::thousands;
use crate::svg::{HATCHES, Sample, sample};
use crate::time::date_time;
use crate::{Picture, Standing};

/// The style of everything, in one element. The policy of a page allows this one by its hash, and no other.
pub const STYLE: &str = concat!(include_str!("../svg/style.css"), include_str!("style.css"));
const SCRIPT: &str = include_str!("script.js");

/// SHA-256 of the style, in base64, as a policy names it. A test says what it has to be, as for the script.
pub const STYLE_HASH: &str = "sha256-ZdjQ0lLlO8VuCOKLvejSShrHc1zxIAcCLVbNM3hoedU=";
const SCRIPT_HASH: &str = "sha256-5ncjYw+3CymjfbsfXrn5hYb1ju2Ht971MMvlc+bRRCM=";

/// What a page says besides the timelines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What stands above everything and in the browser's tab.
    pub title: String,
    /// When the page is written, if that is to be said.
    pub written: Option<Timestamp>,
    /// Interactions that there were besides, and that are no longer known in detail. The page says how many.
    pub forgotten: u64,
}

/// Interactions drawn in one page: those with the newest activity. 200 is more than anybody scrolls through, and a
/// page of so many usual ones has about 1 MB and opens at once.
pub const MOST_INTERACTIONS: usize = 200;

/// And no section is added to a page that is longer than this, in bytes: some long interactions could otherwise make
/// a page that no browser opens. It ends then with the section that is begun.
const LONG: usize = 16 << 20;

/// A page that shows timelines: one file that needs no network and no other file, in light and dark, on paper, and
/// without its script.
///
/// The interactions stand in the order of their newest activity, the newest first; at most [`MOST_INTERACTIONS`] of
/// them, while the totals count all, and the page says how many it leaves out. One that is open is drawn up to the
/// newest activity of all. Times are in UTC; the script adds the reader's zone. Whatever came from outside is text in
/// it: the page's policy allows one style and one script, by their hashes, and nothing else.
#[must_use]
pub fn page(timelines: impl IntoIterator<Item = Timeline>, about: &About) -> String {
    let (totals, drawn) = gather(timelines);
    let mut out = String::new();
    head(&mut out, about);
    let mut sections = String::new();
    let mut count = 0;
    for timeline in &drawn {
        if sections.len() > LONG {
            break;
        }
        count += 1;
        section::write(&mut sections, timeline, count, totals.newest);
    }
    totals.write(&mut out, about, count);
    out.push_str("<main>\n");
    out.push_str(&sections);
    out.push_str("</main>\n<footer><p>Drawn by Rosterline. This file needs no network and loads nothing.</p></footer>\n");
    let _ = write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

/// What there is in all timelines together.
#[derive(Debug, Default)]
struct Totals {
    interactions: u64,
    complete: u64,
    over: u64,
    open: u64,
    gaps: BTreeSet<GapId>,
    anomalies: usize,
    newest: Option<Timestamp>,
}

/// Counts all timelines, and keeps those with the newest activity, the newest first.
fn gather(timelines: impl IntoIterator<Item = Timeline>) -> (Totals, Vec<Timeline>) {
    let mut totals = Totals::default();
    let mut kept: Vec<Timeline> = Vec::new();
    let newest_first = |kept: &mut Vec<Timeline>| {
        kept.sort_by(|a, b| {
            b.last_updated.cmp(&a.last_updated).then_with(|| a.interaction_id.cmp(&b.interaction_id))
        });
        kept.truncate(MOST_INTERACTIONS);
    };
    for timeline in timelines {
        totals.count(&timeline);
        kept.push(timeline);
        // There may be many more than are drawn; they need not be in memory at the same time.
        if kept.len() >= 4 * MOST_INTERACTIONS {
            newest_first(&mut kept);
        }
    }
    newest_first(&mut kept);
    (totals, kept)
}

impl Totals {
    fn count(&mut self, timeline: &Timeline) {
        self.interactions += 1;
        match Picture::of(timeline, None).standing {
            Standing::Complete => self.complete += 1,
            Standing::Over => self.over += 1,
            Standing::Open => self.open += 1,
        }
        self.gaps.extend(timeline.gaps.iter().map(|gap| gap.id));
        self.anomalies += timeline.anomalies.len();
        self.newest = self.newest.max(timeline.last_updated);
    }

    /// The totals, the legend, and what the page leaves out.
    fn write(&self, out: &mut String, about: &About, drawn: u64) {
        let gaps = u64::try_from(self.gaps.len()).unwrap_or(u64::MAX);
        let anomalies = u64::try_from(self.anomalies).unwrap_or(u64::MAX);
        out.push_str("<dl class=\"totals\">\n");
        for (name, count) in [
            ("Interactions", self.interactions),
            ("Complete", self.complete),
            ("Open", self.open),
            ("May lack events", self.over),
            ("Gaps", gaps),
            ("Anomalies", anomalies),
        ] {
            let _ = writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", thousands(count));
        }
        out.push_str("</dl>\n<ul class=\"legend\" aria-label=\"Legend\">\n");
        for one in Sample::ALL {
            let _ = writeln!(out, "<li>{}{}</li>", sample(one), one.meaning());
        }
        out.push_str("</ul>\n");
        let left_out = self.interactions - drawn;
        if left_out > 0 {
            let _ = writeln!(
                out,
                "<p class=\"left-out\">The {} interactions with the newest activity are drawn; {} older ones are \
                 counted above, and left out below.</p>",
                thousands(drawn),
                thousands(left_out)
            );
        }
        if about.forgotten > 0 {
            let _ = writeln!(
                out,
                "<p class=\"left-out\">Besides, {} interactions were over and had left memory before this page was \
                 written; they are not counted above.</p>",
                thousands(about.forgotten)
            );
        }
        out.push_str("</header>\n");
    }
}

/// Everything up to the totals.
fn head(out: &mut String, about: &About) {
    let title = Text(&about.title);
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\" class=\"rosterline\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{STYLE_HASH}'; \
         script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<svg class=\"hatches\" width=\"0\" height=\"0\" aria-hidden=\"true\">{HATCHES}</svg>\n\
         <header>\n<h1>{title}</h1>\n<p class=\"about\">"
    );
    if let Some(written) = about.written {
        let _ = write!(
            out,
            "Written at {} UTC. ",
            Text(&date_time(Timestamp::from_unix(written.unix_seconds(), 0).with_digits(0)))
        );
    }
    out.push_str(
        "The newest activity comes first. Times are in UTC<span class=\"local\">, and in your zone, \
         <span id=\"zone\"></span></span>.</p>\n",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn the_policy_names_the_style_and_the_script_that_are_there() {
        let hash = |text: &str| {
            let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
            format!("sha256-{}", STANDARD.encode(digest))
        };
        assert_eq!(
            [STYLE_HASH, SCRIPT_HASH],
            [hash(STYLE), hash(SCRIPT)],
            "put the right one into this file"
        );
        for text in [STYLE, SCRIPT] {
            assert!(
                !text.contains("</") && !text.contains('\r'),
                "it would end too early, or not be as hashed"
            );
        }
    }
}
