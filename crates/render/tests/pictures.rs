//! What the drawings hold, without a browser.

mod common;
#[path = "../examples/picture.rs"]
mod example;

use common::{Story, crowd, eventful, hostile, plain, time};
use rosterline_core::{PresenceKind, Timestamp};
use rosterline_render::{About, Picture, Standing, page, svg};

#[test]
fn the_picture_in_the_readme_is_what_is_drawn() {
    let drawn = svg(&example::call(), None);
    let shown = include_str!("../../../docs/timeline.svg");
    assert!(drawn == shown, "the drawing has changed: run `cargo xtask picture`, and look at it");
}

#[test]
fn rows_stand_in_the_order_of_coming() {
    let picture = Picture::of(&eventful(), None);
    let rows: Vec<String> = picture
        .rows
        .iter()
        .map(|row| {
            format!("{} {}{}", row.participant, row.channel, if row.is_one_of_many { " +" } else { "" })
        })
        .collect();
    assert_eq!(
        rows,
        [
            "supervisor voice",
            "customer voice",
            "menu voice",
            "carl voice",
            "anna voice +",
            "anna chat +",
            "ben voice",
            "time traveller voice"
        ]
    );
    assert_eq!((picture.from, picture.standing), (time(0.0), Standing::Open));
}

#[test]
fn an_open_interaction_is_drawn_up_to_the_given_time_and_an_ended_one_is_not() {
    let until = Some(time(900.0));
    assert_eq!(Picture::of(&eventful(), until).to, time(900.0));
    assert_eq!(Picture::of(&eventful(), Some(time(1.0))).to, time(251.0), "never before the last event");
    assert_eq!(Picture::of(&plain("call-1", 0.0), until).to, time(41.0));
}

#[test]
fn an_event_that_was_set_aside_stretches_nothing_and_has_its_mark() {
    let picture = Picture::of(&eventful(), None);
    let row = picture.rows.last().expect("a row");
    assert!(row.bars.is_empty() && row.marks[0].at > picture.to);
    let alone = Story::of("alone").event(PresenceKind::Joined, 90_000.0, "traveller", "voice", "").told();
    assert!(svg(&alone, None).contains("future-time"), "even if there is nothing else");
}

#[test]
fn a_moment_and_all_of_history_can_be_drawn() {
    let moment = Story::of("moment").on("voice", "someone", 5.0, 5.0).told();
    let edges = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"].map(Timestamp::parse);
    for timeline in [moment, Story::of("empty").joined(1.0, "").told()] {
        for until in edges {
            let drawn = svg(&timeline, until);
            assert!(drawn.ends_with("</svg>\n") && drawn.contains("class=\"stay\""));
        }
    }
}

#[test]
fn drawings_hold_only_characters_of_xml() {
    let about = About { title: "\0]]>\u{ffff}".to_string(), ..About::default() };
    for text in [svg(&hostile(), None), page([hostile(), eventful()], &about)] {
        let allowed =
            |c: char| c == '\n' || (c >= ' ' && !('\u{7f}'..='\u{9f}').contains(&c) && c != '\u{ffff}');
        assert!(text.chars().all(allowed));
        assert!(!text.contains("]]>"));
    }
}

#[test]
fn a_page_is_one_file_that_fetches_nothing() {
    let text = page([eventful(), crowd()], &About::default());
    assert!(text.contains("default-src 'none'; style-src 'sha256-") && !text.contains("unsafe-inline"));
    for tag in ["<link", "<img", "<iframe", "@import", "url(http", "src=", "href=", " style=\"", "fetch("] {
        assert!(!text.contains(tag), "{tag}");
    }
    let elsewhere = text.matches("://").count();
    assert_eq!(elsewhere, text.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
}

#[test]
fn what_is_too_much_is_counted_and_left_out() {
    let many = (0..300).fold(Story::of("many"), |story, number| {
        let start = f64::from(number);
        (0..3).fold(story, |story, again| {
            story.on("voice", &format!("p{number}"), start + f64::from(again), start + f64::from(again) + 0.5)
        })
    });
    let text = page([many.told()], &About { forgotten: 12_345, ..About::default() });
    assert!(text.contains("50 more rows are not drawn"));
    assert!(text.contains("The first 1000; 800 more are left out."));
    assert!(text.contains("Besides, 12,345 interactions"));
    assert_eq!(text.matches("class=\"lane\"").count(), 250);
}

#[test]
fn a_communication_has_a_row_that_says_what_the_participant_is() {
    let story = Story::of("call").stay_as("customer", "s1", "cleo", 0.0, 60.0);
    let timeline =
        story.stay_as("agent", "s2", "ada", 5.0, 50.0).stay_as("agent", "s3", "ada", 10.0, 20.0).told();
    let picture = Picture::of(&timeline, None);
    let purpose = |row: &rosterline_render::Row| row.leg.as_ref().and_then(|leg| leg.purpose.clone());
    let rows: Vec<_> = picture.rows.iter().map(|row| (purpose(row), row.is_one_of_many)).collect();
    assert_eq!(
        rows,
        [(Some("customer".into()), false), (Some("agent".into()), true), (Some("agent".into()), true)]
    );
    let drawn = svg(&timeline, None);
    for text in [
        "<title>cleo, customer, on voice; user user cleo; queue queue cleo; session s1</title>",
        ">cleo<tspan class=\"channel\" dx=\"6\">customer</tspan>",
        ">ada<tspan class=\"channel\" dx=\"6\">agent",
        "ada, agent, on voice: ",
    ] {
        assert!(drawn.contains(text), "{text}\n{drawn}");
    }
    let written = page([timeline], &About::default());
    assert!(written.contains("<th scope=\"col\">As</th>") && written.contains("<bdi>agent</bdi></td>"));
    assert!(!page([eventful()], &About::default()).contains("<th scope=\"col\">As</th>"));
}
