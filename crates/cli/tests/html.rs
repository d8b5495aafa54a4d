//! `--html`: the page at the end, whatever the end is.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Running, call, run, server, subscribed, tool, watch};

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("html-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The names of what is in a folder.
fn names(folder: &PathBuf) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn watch_draws_at_the_end_and_after_a_signal() {
    for signal in [None, Some("INT")] {
        let folder = folder(if signal.is_some() { "signal" } else { "end" });
        let page = folder.join("page.html");
        fs::write(&page, "the one before").expect("written");
        let mut flags = vec!["--output", "ndjson", "--html", page.to_str().expect("UTF-8")];
        if signal.is_none() {
            flags.extend(["--exit-after", "5events"]);
        }
        let server = server().await;
        let mut tool = Running::start(watch(&server, &flags));
        subscribed(&server).await;
        let open = rosterline_sim::Fact::joined(common::at(50), "<b>call-2", "customer", "chat");
        server.control().emit([call("call-1"), vec![open]].concat());
        tool.until("call-2").await;
        if let Some(signal) = signal {
            tool.signal(signal);
        }
        let done = tool.finish().await;
        assert_eq!(done.code, 0, "{done:?}");
        done.summary();
        let text = fs::read_to_string(&page).expect("a page");
        assert!(text.starts_with("<!doctype html>") && text.ends_with("</html>\n"));
        assert_eq!(text.matches("<section ").count(), 2);
        assert!(text.contains("call-1") && text.contains("&lt;b&gt;call-2") && !text.contains("<b>call-2"));
        assert!(text.contains("still-open"), "it is the last time that the open one is shown");
        assert_eq!(names(&folder), ["page.html"], "nothing else is left");
    }
}

#[tokio::test]
async fn a_reader_who_leaves_does_not_cost_the_page() {
    let folder = folder("reader");
    let page = folder.join("page.html");
    let server = server().await;
    let mut tool =
        Running::start(watch(&server, &["--output", "ndjson", "--html", page.to_str().expect("UTF-8")]));
    tool.until("\"live\"").await;
    let done = tool.finish_unread(&server).await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(fs::read_to_string(&page).expect("a page").contains("call-1"));
}

#[tokio::test]
async fn demo_draws_what_it_showed() {
    let folder = folder("demo");
    let page = folder.join("demo.html");
    let flags = ["demo", "--duration", "2s", "--output", "ndjson", "--html", page.to_str().expect("UTF-8")];
    let done = run(tool(&flags)).await;
    assert_eq!(done.code, 0, "{done:?}");
    let interactions = done.summary()["interactions"].as_u64().expect("a number");
    let text = fs::read_to_string(&page).expect("a page");
    assert_eq!(text.matches("<section ").count() as u64, interactions);
    assert!(interactions > 0 && text.contains(&format!("<dt>Interactions</dt><dd>{interactions}</dd>")));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_told_at_the_start() {
    let folder = folder("unfit");
    let missing = folder.join("no-such-folder").join("page.html");
    for path in [missing.to_str().expect("UTF-8"), folder.to_str().expect("UTF-8"), ""] {
        let done = run(tool(&["demo", "--html", path])).await;
        assert_eq!(done.code, 2, "{done:?}");
        let told = format!("error: html (flag): cannot write {path}: ");
        assert!(done.stderr.starts_with(&told), "{}", done.stderr);
        assert!(done.stdout.is_empty());
    }
    assert!(names(&folder).is_empty());
}
