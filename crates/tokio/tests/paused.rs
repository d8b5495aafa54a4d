//! An application's own tests may stop tokio's clock, which then leaps from one timer to the next.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use rosterline_core::{Auth, Config, Detail, Endpoint, Event, Subscription};
use rosterline_tokio::Client;

#[tokio::test(start_paused = true)]
async fn the_time_of_day_leaps_with_tokios_clock() {
    // Nobody listens there: the session tries again, and gives up after five attempts.
    let endpoint = Endpoint::new("ws://127.0.0.1:1/stream").expect("a URL");
    let config = Config::new(endpoint, Auth::Token("token".into()), Subscription::all());
    let client = Client::builder().build().expect("a client");
    let (mut events, _handle) = client.start(config).expect("valid");
    let (mut waited, mut times) = (Duration::ZERO, Vec::new());
    while let Ok(Some(event)) = events.try_next().await {
        let Event::Status(status) = event else { panic!("{event:?}") };
        times.push(status.at.0);
        if let Detail::Retry { delay, .. } = status.detail {
            waited += delay;
        } else if let Detail::ClockMoved { by_ms } = status.detail {
            panic!("nobody has set a clock by {by_ms} ms");
        }
    }
    let passed = times[times.len() - 1].abs_diff(times[0]);
    assert!(
        waited > Duration::from_millis(1500) && waited.as_millis() <= u128::from(passed) + 1,
        "{waited:?}, {times:?}"
    );
}
