//! A sweep as a page that opens anywhere, without network and without a script.

mod charts;
mod tables;

use std::fmt::Write as _;

use rosterline_render::parts::{STYLE as HOUSE, STYLE_HASH as HOUSE_HASH, Text};

use crate::confirm::Check;
use crate::load::Load;
use crate::recommend::Recommendation;
use crate::sweep::Sweep;
use crate::words::{setting, thousands, three, time};

/// What the charts look like; everything else is that of the other pages.
const STYLE: &str = include_str!("style.css");
/// SHA-256 of it, in base64. A test says what it has to be.
const STYLE_HASH: &str = "sha256-6yboDjTVnQrsdjpe7fczlIh8yUBbbvXeB9AC4qddx3o=";

/// Everything that the page tells.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Where the load comes from, in words. It may hold the name of a file.
    pub source: &'a str,
    /// The load.
    pub load: &'a Load,
    /// What was measured.
    pub sweep: &'a Sweep,
    /// What follows.
    pub found: &'a Recommendation,
    /// What became of it when it was tried again in virtual time.
    pub checks: &'a [Check],
    /// And in real time, if it was.
    pub real: &'a [Check],
}

/// The page: one file, light and dark, on narrow screens and on paper. It holds no time of its own making, so the same
/// report is the same page.
#[must_use]
pub fn page(report: &Report<'_>) -> String {
    let mut out = String::new();
    head(&mut out, report);
    totals(&mut out, report);
    out.push_str("<main>\n");
    recommendation(&mut out, report);
    load(&mut out, report);
    buffer(&mut out, report);
    latency(&mut out, report);
    connection(&mut out, report);
    assumed(&mut out, report);
    out.push_str(
        "</main>\n<footer><p>Measured and drawn by Rosterline. This file needs no network and loads nothing.</p></footer>\n\
         </body>\n</html>\n",
    );
    out
}

fn head(out: &mut String, report: &Report<'_>) {
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\" class=\"rosterline\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{HOUSE_HASH}' '{STYLE_HASH}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>Rosterline: settings by measurement</title>\n\
         <style>{HOUSE}</style>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Settings by measurement</h1>\n\
         <p class=\"about\">The load: {}. Every figure was measured at a real session in virtual time.</p>\n",
        Text(report.source)
    );
}

fn totals(out: &mut String, report: &Report<'_>) {
    let settings = &report.found.settings;
    let rate = report.load.rate() * report.sweep.plan.scale;
    let knee = report
        .sweep
        .knee
        .map_or_else(|| "not reached".to_owned(), |knee| format!("{}/s", three(rate * knee.factor)));
    let attempts = settings.max_attempts.map_or_else(|| "unlimited".to_owned(), |most| most.to_string());
    out.push_str("<dl class=\"totals\">\n");
    for (name, value) in [
        ("Buffer", thousands(settings.buffer as u64)),
        ("Policy", settings.policy.name().to_owned()),
        ("Heartbeat, pong", format!("{}, {}", setting(settings.heartbeat), setting(settings.pong_timeout))),
        ("Backoff", format!("{} to {}", setting(settings.backoff_base), setting(settings.backoff_max))),
        ("Attempts", attempts),
        ("Knee", knee),
    ] {
        let _ = writeln!(out, "<div><dt>{name}</dt><dd class=\"small\">{}</dd></div>", Text(&value));
    }
    out.push_str("</dl>\n</header>\n");
}

fn recommendation(out: &mut String, report: &Report<'_>) {
    let found = report.found;
    out.push_str("<section id=\"recommendation\">\n<h2>Recommended</h2>\n");
    let flags = found.settings.flags();
    let toml = found.settings.toml();
    // A flag stays in one line with its value.
    let flags: Vec<String> = flags
        .split(" --")
        .map(|flag| format!("<span>--{}</span>", Text(flag.trim_start_matches("--"))))
        .collect();
    let _ = write!(out, "<h3>To be pasted behind a command</h3>\n<pre>{}</pre>\n", flags.join(" "));
    // Line breaks are ours: in a text they would be shown as numbers.
    let lines: Vec<String> = toml.lines().map(|line| Text(line).to_string()).collect();
    let _ = write!(out, "<h3>Or into the configuration file</h3>\n<pre>{}</pre>\n", lines.join("\n"));
    for warning in &found.warnings {
        let _ = writeln!(out, "<p class=\"warning\">{}</p>", Text(warning));
    }
    out.push_str("<h3>Why</h3>\n<dl class=\"reasons\">\n");
    for reason in &found.reasons {
        let (what, value, why) = (Text(reason.what), Text(&reason.value), Text(&reason.why));
        let _ = writeln!(out, "<div><dt>{what}: {value}</dt><dd>{why}.</dd></div>");
    }
    out.push_str("</dl>\n");
    let words = "All of it together, with the headroom and other draws, in virtual time";
    tables::checks(out, words, report.checks);
    if !report.real.is_empty() {
        tables::checks(
            out,
            "The same in real time, over loopback, with the busiest part of the load",
            report.real,
        );
    }
    out.push_str("</section>\n");
}

fn load(out: &mut String, report: &Report<'_>) {
    let load = report.load;
    out.push_str("<section>\n<h2>The load</h2>\n");
    let _ = writeln!(
        out,
        "<p>{} joins and leaves in {} frames within {}: {} a second on average, up to {} within one second.</p>",
        thousands(load.offered()),
        thousands(load.frames() as u64),
        time(load.length()),
        three(load.rate()),
        thousands(load.most_within(std::time::Duration::from_secs(1)))
    );
    if load.left_out > 0 {
        let _ = writeln!(
            out,
            "<p>{} frames of the recording are not part of it: their content was not recorded.</p>",
            thousands(load.left_out)
        );
    }
    if let Some(remark) = &load.remark {
        let _ = writeln!(out, "<p>Of the recording: {}.</p>", Text(remark));
    }
    out.push_str("<div class=\"charts\">\n");
    charts::profile(load).write(out);
    out.push_str("</div>\n</section>\n");
}

fn buffer(out: &mut String, report: &Report<'_>) {
    let headroom = three(report.sweep.plan.headroom);
    out.push_str("<section>\n<h2>Buffer and policy</h2>\n");
    let _ = writeln!(
        out,
        "<p>At {headroom} times the load. A policy that drops loses events; one that pauses leaves them to the network and \
         the server, which may hang up on a client that does not read.</p>\n<div class=\"charts\">"
    );
    charts::losses(report.sweep, report.found).write(out);
    charts::memory(report.sweep, report.found).write(out);
    charts::pauses(report.sweep, report.found).write(out);
    charts::ages(report.sweep, report.found).write(out);
    out.push_str("</div>\n");
    tables::buffers(out, report.sweep);
    out.push_str("</section>\n");
}

fn latency(out: &mut String, report: &Report<'_>) {
    out.push_str("<section>\n<h2>Latency</h2>\n");
    let rate = report.load.rate() * report.sweep.plan.scale;
    let words = match report.sweep.knee {
        Some(knee) => format!(
            "The knee is at {} times the load, {} events a second: the last at which 99 of 100 events wait no longer than ten \
             times as long as at best ({} there, {} at best).",
            three(knee.factor),
            three(rate * knee.factor),
            time(knee.p99),
            time(knee.lowest)
        ),
        None => {
            "There is no knee among the loads that were tried: the waiting never grew to ten times its least."
                .to_owned()
        }
    };
    let _ = writeln!(
        out,
        "<p>{} Measured from the server's sending to the taking, with a buffer that is never full; on the left with an \
         application that never stands still, on the right at {} times the load.</p>\n<div class=\"charts\">",
        Text(&words),
        three(report.sweep.plan.headroom)
    );
    charts::loads(report.sweep).write(out);
    charts::takes(report.sweep).write(out);
    out.push_str("</div>\n");
    tables::latencies(out, report.sweep, rate);
    out.push_str("</section>\n");
}

fn connection(out: &mut String, report: &Report<'_>) {
    let plan = &report.sweep.plan;
    out.push_str("<section>\n<h2>Lost connections</h2>\n");
    let _ = writeln!(
        out,
        "<p>On the left the other end falls silent for good, {} times, each at another moment; a heartbeat is sound if it gives \
         up no connection that is silent for {}. On the right the server cannot be reached for up to {}.</p>\n\
         <div class=\"charts\">",
        plan.draws,
        time(plan.hush),
        time(plan.outage)
    );
    charts::silences(report.sweep, report.found).write(out);
    charts::outages(report.sweep, report.found).write(out);
    out.push_str("</div>\n");
    tables::connections(out, report.sweep);
    out.push_str("</section>\n");
}

fn assumed(out: &mut String, report: &Report<'_>) {
    out.push_str("<section>\n<h2>Taken for granted</h2>\n<ul class=\"plain\">\n");
    for one in &report.found.assumed {
        let _ = writeln!(out, "<li>{}</li>", Text(one));
    }
    let _ = writeln!(out, "<li>the draws: seed {}</li>\n</ul>\n</section>", report.sweep.plan.seed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn the_policy_names_the_style_that_is_there() {
        let digest = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
        assert_eq!(
            STYLE_HASH,
            format!("sha256-{}", STANDARD.encode(digest)),
            "put the right one into this file"
        );
        assert!(
            !STYLE.contains("</") && !STYLE.contains('\r'),
            "it would end too early, or not be as hashed"
        );
    }
}
