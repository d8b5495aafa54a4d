//! The pages, looked at in a real browser: what is drawn is what the timelines say, hostile names stay text, and
//! nothing is fetched or refused.

#[path = "../common/mod.rs"]
mod common;
mod driver;

use common::{HOSTILE, Story, crowd, eventful, hostile, plain, time, unprintable};
use driver::{Browser, contrast, quiet};
use rosterline_render::{About, MOST_INTERACTIONS, Picture, page, svg};
use rosterline_timeline::Timeline;
use serde_json::{Value, json};

fn about() -> About {
    About { title: "Calls <of> a \"morning\"".to_string(), written: Some(time(3600.0)), forgotten: 0 }
}

/// The page of some timelines, and the pictures in the order of its sections.
fn drawn(timelines: &[Timeline]) -> (String, Vec<Picture>) {
    let mut sorted: Vec<&Timeline> = timelines.iter().collect();
    sorted.sort_by(|a, b| {
        b.last_updated.cmp(&a.last_updated).then_with(|| a.interaction_id.cmp(&b.interaction_id))
    });
    let newest = sorted.first().and_then(|timeline| timeline.last_updated);
    let pictures = sorted.iter().map(|timeline| Picture::of(timeline, newest)).collect();
    (page(timelines.iter().cloned(), &about()), pictures)
}

/// The boxes of all elements that match, within a section: left, top, right, bottom.
fn boxes(browser: &Browser, section: usize, selector: &str) -> Vec<[f64; 4]> {
    let script = format!(
        "const all = document.querySelectorAll('section')[{section}].querySelectorAll({selector:?});
         return [...all].map(it => {{ const b = it.getBoundingClientRect();
           return [b.left, b.top, b.right, b.bottom] }})"
    );
    serde_json::from_value(browser.run(&script)).expect("boxes")
}

#[test]
fn everything_of_the_timelines_is_drawn_once() {
    let Some(browser) = Browser::start("counts") else { return };
    let timelines = [plain("call-1", 0.0), eventful(), crowd(), hostile()];
    let (text, pictures) = drawn(&timelines);
    browser.open("counts.html", &text, 1280);
    assert_eq!(browser.count("section"), timelines.len());
    for (number, picture) in pictures.iter().enumerate() {
        let count = |selector: &str| boxes(&browser, number, selector).len();
        let rows = &picture.rows;
        assert_eq!(count(".drawing .lane"), rows.len());
        assert_eq!(count(".drawing .who"), rows.len());
        assert_eq!(count(".drawing .stay"), rows.iter().map(|row| row.bars.len()).sum::<usize>());
        let uncertain = rows.iter().flat_map(|row| &row.bars).filter(|bar| bar.uncertain).count();
        assert_eq!(count(".drawing .stay.uncertain"), uncertain);
        assert_eq!(count(".drawing .gap"), picture.bands.len());
        assert_eq!(count(".drawing .gap.repaired"), picture.bands.iter().filter(|it| it.repaired).count());
        let rings = rows.iter().filter(|row| row.ring.is_some()).count();
        assert_eq!((count(".drawing .ring"), count(".remarks .ring")), (rings, rings));
        let marks: usize = rows.iter().map(|row| row.marks.len()).sum();
        assert_eq!((count(".drawing .mark"), count(".remarks .odd")), (marks, marks));
        let timeline = timelines.iter().find(|it| it.interaction_id == picture.interaction);
        assert_eq!(count("tbody tr"), timeline.expect("one of them").entries.len());
    }
    let eventful = &pictures.iter().find(|it| it.interaction.uuid().is_some()).expect("it is drawn").rows;
    assert!(eventful.iter().any(|row| row.is_one_of_many) && eventful.iter().any(|row| row.marks.len() > 1));
    let totals = browser.texts(".totals dd");
    let anomalies: usize = timelines.iter().map(|timeline| timeline.anomalies.len()).sum();
    assert_eq!(totals, ["4", "2", "1", "1", "3", &anomalies.to_string()]);
    quiet(&browser);
}

#[test]
fn bars_are_where_time_puts_them() {
    let Some(browser) = Browser::start("geometry") else { return };
    let timelines = [plain("call-1", 0.0), eventful(), crowd(), hostile()];
    let (text, pictures) = drawn(&timelines);
    browser.open("geometry.html", &text, 1280);
    for (number, picture) in pictures.iter().enumerate() {
        let lanes = boxes(&browser, number, ".drawing .lane");
        let stays = boxes(&browser, number, ".drawing .stay");
        let millis = |at: rosterline_core::Timestamp| at.unix_millis().0 as f64;
        let (from, to) = (millis(picture.from), millis(picture.to));
        let bars = picture
            .rows
            .iter()
            .zip(&lanes)
            .flat_map(|(row, lane)| row.bars.iter().map(move |bar| (bar, lane)));
        for ((bar, lane), stay) in bars.zip(&stays) {
            let x = |at: f64| lane[0] + (at - from) / (to - from) * (lane[2] - lane[0]);
            let (start, end) = (x(bar.from.map_or(from, millis)), x(bar.to.map_or(to, millis)));
            assert!((stay[0] - start).abs() < 2.5 && (stay[2] - end).abs() < 2.5, "{stay:?} {start} {end}");
            assert!(stay[0] >= lane[0] - 0.1 && stay[2] <= lane[2] + 0.1, "{stay:?} in {lane:?}");
            assert!(stay[1] > lane[1] && stay[3] < lane[3], "{stay:?} in {lane:?}");
        }
        for gap in boxes(&browser, number, ".drawing .gap") {
            assert!(gap[0] >= lanes[0][0] - 0.1 && gap[2] <= lanes[0][2] + 0.1, "{gap:?}");
        }
        let labels = boxes(&browser, number, ".drawing .who");
        assert!(
            labels.iter().zip(&lanes).all(|(label, lane)| label[2] < lane[0]),
            "labels stay beside lanes"
        );
        apart(&windows(&browser, number));
        let ticks = boxes(&browser, number, ".drawing .axis text");
        assert!(ticks.len() > 2);
        apart(&ticks);
    }
    quiet(&browser);
}

/// The windows through which the labels of a section are seen: what letters there are may be higher, but is cut off.
fn windows(browser: &Browser, section: usize) -> Vec<[f64; 4]> {
    let script = format!(
        "const drawing = document.querySelectorAll('section')[{section}].querySelector('.drawing');
         return [...drawing.querySelectorAll('.who')].map(it => {{
           if (getComputedStyle(it).overflow != 'hidden') throw new Error('a label is not cut off');
           const [x, y, width, height] = ['x', 'y', 'width', 'height'].map(name => it[name].baseVal.value);
           return [x, y, x + width, y + height] }})"
    );
    serde_json::from_value(browser.run(&script)).expect("boxes")
}

/// No two boxes lie over each other.
fn apart(boxes: &[[f64; 4]]) {
    for (number, a) in boxes.iter().enumerate() {
        for b in &boxes[number + 1..] {
            let over = a[0] < b[2] && b[0] < a[2] && a[1] + 0.1 < b[3] && b[1] + 0.1 < a[3];
            assert!(!over, "{a:?} lies over {b:?}");
        }
    }
}

#[test]
fn a_narrow_screen_scrolls_within_the_section() {
    let Some(browser) = Browser::start("narrow") else { return };
    let (text, _) = drawn(&[plain("call-1", 0.0), eventful(), hostile()]);
    for width in [1280, 400] {
        browser.open("narrow.html", &text, width);
        browser.run("for (const it of document.querySelectorAll('details')) it.open = true");
        assert_eq!(browser.number("return innerWidth"), f64::from(width));
        let widest = browser.number("return document.documentElement.scrollWidth");
        assert!(widest <= f64::from(width), "{widest} at {width}");
        let out = "return [...document.querySelectorAll('body *')].filter(it => !it.closest('.scroll')
            && it.getBoundingClientRect().right > innerWidth).map(it => it.outerHTML.slice(0, 200))";
        assert_eq!(browser.run(out), json!([]), "at {width}");
    }
    let scrolls =
        "const it = document.querySelector('section .scroll'); return it.scrollWidth > it.clientWidth";
    assert_eq!(browser.run(scrolls), Value::Bool(true));
    quiet(&browser);
}

#[test]
fn hostile_names_stay_text() {
    let Some(browser) = Browser::start("hostile") else { return };
    let spoken = Story::of("call-2").stay_as("agent", "session", "anna", 0.0, 5.0).told();
    let plain_page = drawn(&[plain("call-1", 0.0), spoken]).0;
    let kinds = "return [...new Set([...document.querySelectorAll('*')].map(it => it.tagName))].sort()";
    let handlers = "return [...document.querySelectorAll('*')].filter(it => [...it.attributes].some(one =>
        one.name.startsWith('on') || one.name == 'style' || one.name == 'href' || one.name == 'src')).length";
    browser.open("plain.html", &plain_page, 1280);
    let usual = browser.run(kinds);
    browser.open("hostile.html", &drawn(&[hostile()]).0, 1280);
    let text_only = ["LI", "H3", "UL"].map(Value::from);
    let found: Vec<Value> = browser.run(kinds).as_array().expect("names").clone();
    for kind in found {
        let known = usual.as_array().expect("names").contains(&kind);
        assert!(known || text_only.contains(&kind), "{kind} came from a name");
    }
    assert_eq!((browser.count("script"), browser.number(handlers)), (1, 0.0));
    let cells = browser.texts("tbody td bdi");
    let titles = browser.texts(".drawing .who title");
    for name in HOSTILE {
        assert!(cells.iter().any(|cell| cell == name), "{name} is not there to the letter");
        assert!(titles.contains(&format!("{name} on {name}")), "{name} in no tooltip");
    }
    let long = unprintable().into_iter().filter(|name| name.len() > 8000);
    for name in long {
        assert!(titles.contains(&format!("{name} on {name}")), "the whole name is in a tooltip");
        assert!(!cells.contains(&name), "and cut elsewhere");
    }
    let shown = browser.run("return document.documentElement.textContent");
    let bad = |c: char| {
        c != '\n' && c.is_control() || "\u{202e}\u{2066}\u{2028}\u{fffe}\u{ffff}\u{fffd}".contains(c)
    };
    assert!(!shown.as_str().expect("a text").contains(bad));
    assert!(shown.as_str().expect("a text").contains("\\u{202e}desrever\\u{2066}"));
    quiet(&browser);
}

#[test]
fn times_are_shown_in_the_readers_zone_and_in_utc() {
    let Some(browser) = Browser::start("zones") else { return };
    let (text, _) = drawn(&[plain("call-1", 0.0)]);
    browser.devtools("Emulation.setTimezoneOverride", json!({"timezoneId": "America/St_Johns"}));
    browser.open("zones.html", &text, 1280);
    browser.run("document.querySelector('details').open = true");
    let row = "return [...document.querySelector('tbody tr').children].slice(0, 2).map(it => it.innerText)";
    assert_eq!(browser.run(row), json!(["2026-05-04 09:00:00.000", "2026-05-04 06:30:00.000"]));
    let (utc, local) = (browser.texts(".axis .tick:not(.local)"), browser.texts(".axis .tick.local"));
    assert_eq!((utc[1].as_str(), local[1].as_str()), ("09:00:10", "06:30:10"));
    let zones = browser.texts(".zone, th.local, #zone");
    assert_eq!(zones.iter().filter(|zone| *zone == "America/St_Johns").count(), 3, "{zones:?}");
    let visible = "return [...document.querySelectorAll('.local')].filter(it => it.checkVisibility()
        && it.textContent).length";
    assert!(browser.number(visible) > 0.0);
    browser.devtools("Emulation.setTimezoneOverride", json!({"timezoneId": "UTC"}));
    browser.open("utc.html", &text, 1280);
    assert_eq!(browser.number(visible), 0.0, "nothing twice for whoever is in UTC");
    browser.devtools("Emulation.setTimezoneOverride", json!({"timezoneId": "America/St_Johns"}));
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.open("without.html", &text, 1280);
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": false}));
    assert_eq!(browser.number(visible), 0.0, "nothing of the reader's zone without the script");
    assert!(browser.texts("tbody td")[0].starts_with("2026-05-04 09:00:00"));
    quiet(&browser);
}

#[test]
fn dark_and_light_have_contrast() {
    let Some(browser) = Browser::start("contrast") else { return };
    let (text, _) = drawn(&[plain("call-1", 0.0), eventful()]);
    let mut papers = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        browser.open("contrast.html", &text, 1280);
        let colour = |selector: &str, property: &str| browser.luminance(selector, property);
        let paper = colour("section", "backgroundColor");
        let lane = colour(".lane", "fill");
        for (selector, property) in [
            ("h2", "color"),
            (".standing", "color"),
            ("dt", "color"),
            ("summary", "color"),
            ("th", "color"),
            (".remarks li", "color"),
            (".who text", "fill"),
            (".who .channel", "fill"),
            (".axis .tick", "fill"),
        ] {
            let ratio = contrast(colour(selector, property), paper);
            assert!(ratio >= 4.5, "{selector} in {scheme}: {ratio}");
        }
        assert!(contrast(colour(".about", "color"), colour("html", "backgroundColor")) >= 4.5, "{scheme}");
        for selector in [".drawing .stay", ".hatch-line", ".mended-line", ".drawing .mark"] {
            let ratio = contrast(colour(selector, "fill"), lane);
            assert!(ratio >= 3.0, "{selector} in {scheme}: {ratio}");
        }
        papers.push(paper);
    }
    assert!(papers[0] > 0.9 && papers[1] < 0.05, "{papers:?}");
    quiet(&browser);
}

#[test]
fn a_page_says_what_it_leaves_out() {
    let Some(browser) = Browser::start("many") else { return };
    let timelines: Vec<Timeline> =
        (0..MOST_INTERACTIONS + 7).map(|number| plain(&format!("call-{number:03}"), number as f64)).collect();
    let (text, _) = drawn(&timelines);
    browser.open("many.html", &text, 1280);
    assert_eq!(browser.count("section"), MOST_INTERACTIONS);
    let names = browser.texts("h2");
    assert_eq!((names[0].as_str(), names[MOST_INTERACTIONS - 1].as_str()), ("call-206", "call-007"));
    assert!(browser.texts(".left-out")[0].contains("200 interactions"), "{:?}", browser.texts(".left-out"));
    assert_eq!(browser.texts(".totals dd")[0], "207");
    quiet(&browser);
}

#[test]
fn an_svg_file_is_valid_and_drawn_as_it_says() {
    let Some(browser) = Browser::start("svg") else { return };
    for (number, timeline) in [hostile(), crowd(), eventful(), plain("<&\"']]>", 0.0)].iter().enumerate() {
        browser.open(&format!("{number}.svg"), &svg(timeline, None), 1280);
        assert_eq!(browser.run("return document.documentElement.tagName"), json!("svg"));
        assert_eq!(browser.count("parsererror"), 0);
        let picture = Picture::of(timeline, None);
        assert_eq!(
            browser.count(".stays .stay"),
            picture.rows.iter().map(|row| row.bars.len()).sum::<usize>()
        );
        assert_eq!(browser.count("svg .who"), picture.rows.len());
        let wide = "const all = document.documentElement.getBoundingClientRect();
            return [...document.querySelectorAll('text, rect, path')].filter(it => !it.closest('.who, defs')
            && it.getBoundingClientRect().right > all.right + .1).length";
        assert_eq!(browser.number(wide), 0.0, "nothing reaches out of the drawing");
    }
    quiet(&browser);
}
