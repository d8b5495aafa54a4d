//! The page, looked at in a real browser: what is drawn is what was measured, nothing is refused or reaches out of its
//! place, and it can be read in light and dark.

#[path = "../../../render/tests/browser/driver.rs"]
#[allow(dead_code, reason = "the other pages need more of it")]
mod driver;

use std::time::Duration;

use driver::{Browser, contrast, quiet};
use rosterline_core::Policy;
use rosterline_tune::{Check, Load, Plan, Recommendation, Report, Sweep, Synthetic, page};
use serde_json::json;

struct Drawn {
    load: Load,
    sweep: Sweep,
    found: Recommendation,
    checks: Vec<Check>,
}

fn drawn() -> Drawn {
    let load = Synthetic { length: Duration::from_secs(5), ..Synthetic::default() }.load().expect("frames");
    let plan = Plan { draws: 2, loads: vec![0.25, 1.0, 2.0, 4.0, 16.0], ..Plan::default() };
    let sweep = plan.run(&load, 2, &|_| {});
    let found = sweep.recommend(&load);
    let checks = sweep.confirm(&found, &load, None);
    Drawn { load, sweep, found, checks }
}

impl Drawn {
    fn page(&self) -> String {
        let Self { load, sweep, found, checks } = self;
        page(&Report { source: "<b>a \"name\"</b>", load, sweep, found, checks, real: checks })
    }
}

#[test]
fn every_measurement_is_a_dot_where_its_value_is() {
    let Some(browser) = Browser::start("tune-dots") else { return };
    let drawn = drawn();
    browser.open("tune.html", &drawn.page(), 1280);
    let sweep = &drawn.sweep;
    let dots = |chart: usize, look: usize| -> Vec<[f64; 2]> {
        let script = format!(
            "const dots = document.querySelectorAll('svg.chart')[{chart}].querySelectorAll('path.dot.look{look}');
             return [...dots].map(it => {{ const b = it.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2] }})"
        );
        serde_json::from_value(browser.run(&script)).expect("places")
    };
    // Lost over sizes, under drop-oldest: the second look, the larger the loss the higher.
    let lost: Vec<u64> =
        sweep.buffers.iter().filter(|it| it.0 == Policy::DropOldest).map(|it| it.2.lost).collect();
    let places = dots(1, 1);
    assert_eq!(places.len(), lost.len());
    for (pair, places) in lost.windows(2).zip(places.windows(2)) {
        assert!(
            places[0][0] < places[1][0] && (pair[0] > pair[1]) <= (places[0][1] < places[1][1]),
            "{pair:?} {places:?}"
        );
    }
    assert!(lost[0] > 0 && places[0][1] < places[lost.len() - 1][1] - 20.0, "{lost:?} {places:?}");
    assert_eq!(dots(5, 0).len(), sweep.loads.len());
    assert_eq!(dots(6, 0).len(), sweep.takes.len());
    let beats: usize = (0..3).map(|look| dots(7, look).len()).sum();
    assert_eq!(beats, sweep.silences.len());
    assert_eq!(browser.count("svg.chart"), 9);
    let knee = sweep.knee.expect("a load of 16 times is past it");
    let words = browser.texts("svg.chart text.here");
    assert!(words.iter().any(|word| word.starts_with("knee ×")), "{words:?} {knee:?}");
    assert_eq!(words.iter().filter(|word| word.starts_with("recommended")).count(), 6, "{words:?}");
    assert_eq!(browser.count("table.checks tbody tr"), 2 * drawn.checks.len());
    quiet(&browser);
}

#[test]
fn what_is_to_be_pasted_is_there_to_the_letter_and_names_stay_text() {
    let Some(browser) = Browser::start("tune-text") else { return };
    let drawn = drawn();
    browser.open("tune.html", &drawn.page(), 1280);
    let pasted = browser.texts("pre");
    assert_eq!(pasted, [drawn.found.settings.flags(), drawn.found.settings.toml().trim_end().to_owned()]);
    assert!(browser.texts(".about")[0].contains("<b>a \"name\"</b>"));
    assert_eq!((browser.count("script"), browser.count(".about b"), browser.count("[style]")), (0, 0, 0));
    quiet(&browser);
}

#[test]
fn nothing_reaches_out_of_a_narrow_screen_or_of_its_chart() {
    let Some(browser) = Browser::start("tune-narrow") else { return };
    let page = drawn().page();
    for width in [1280, 400] {
        browser.open("narrow.html", &page, width);
        browser.run("for (const it of document.querySelectorAll('details')) it.open = true");
        let widest = browser.number("return document.documentElement.scrollWidth");
        assert!(widest <= f64::from(width), "{widest} at {width}");
        let out = "return [...document.querySelectorAll('body *')].filter(it => !it.closest('.scroll')
            && it.getBoundingClientRect().right > innerWidth).map(it => it.outerHTML.slice(0, 200))";
        assert_eq!(browser.run(out), json!([]), "at {width}");
    }
    let beyond = "return [...document.querySelectorAll('svg.chart')].flatMap(chart => {
        const frame = chart.getBoundingClientRect();
        return [...chart.querySelectorAll('text, path')].filter(it => {
          const b = it.getBoundingClientRect();
          return b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 1 || b.bottom > frame.bottom + 1
        }).map(it => it.outerHTML) })";
    assert_eq!(browser.run(beyond), json!([]));
    // The words along an axis do not lie over each other.
    let over = "return [...document.querySelectorAll('svg.chart')].flatMap(chart => {
        const all = [...chart.querySelectorAll('.tick.middle')].map(it => it.getBoundingClientRect());
        return all.slice(1).filter((it, place) => it.left < all[place].right).map(() => chart.getAttribute('aria-label')) })";
    assert_eq!(browser.run(over), json!([]));
    quiet(&browser);
}

#[test]
fn curves_and_words_have_contrast_in_light_and_dark() {
    let Some(browser) = Browser::start("tune-contrast") else { return };
    let page = drawn().page();
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        browser.open("contrast.html", &page, 1280);
        let colour = |selector: &str, property: &str| browser.luminance(selector, property);
        let paper = colour("section", "backgroundColor");
        for look in 0..4 {
            let ratio = contrast(colour(&format!(".curve.look{look}"), "stroke"), paper);
            assert!(ratio >= 3.0, "look {look} in {scheme}: {ratio}");
        }
        for selector in ["svg.chart .tick", "svg.chart .name", "svg.chart text.here"] {
            let ratio = contrast(colour(selector, "fill"), paper);
            assert!(ratio >= 4.5, "{selector} in {scheme}: {ratio}");
        }
        for selector in ["figcaption", ".reasons dt", ".holds b", "summary"] {
            let ratio = contrast(colour(selector, "color"), paper);
            assert!(ratio >= 4.5, "{selector} in {scheme}: {ratio}");
        }
        assert_eq!(paper > 0.5, scheme == "light");
    }
    quiet(&browser);
}
