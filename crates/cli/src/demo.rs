//! `demo`: a mock server and a client in one process, over real sockets, and timelines that grow.

use std::io::{self, Write};
use std::time::Duration;

use rosterline_core::config::{Heartbeat, Reconnect};
use rosterline_core::{Config, Misuse, Service, Timestamp};
use rosterline_mock::MockServer;
use rosterline_render::{Paint, Picture};
use rosterline_sim::Faults;
use rosterline_tokio::{Client, ClientBuilder};

use crate::drawing::Drawing;
use crate::exit::Exit;
use crate::output::lines::Line;
use crate::output::{Lines, Look, Scene, Sink, text};
use crate::record::Record;
use crate::screen::{Screen, compose, size};
use crate::settings::values::{self, ExitAfter, Format, Show};
use crate::settings::{Origin, Settings, Wrong};
use crate::watch::{Ends, Following};
use crate::{Failure, served};

/// How long it runs if nobody says so: three or four interactions come and go.
const DURATION: Duration = Duration::from_secs(12);

/// Runs the main job for a while.
pub(crate) async fn demo(settings: &Settings) -> Result<Exit, Failure> {
    let mut look = Look::read(settings)?;
    let duration = settings.read("duration", values::duration)?.unwrap_or(DURATION);
    let drawing = Drawing::read(settings, "Rosterline demo")?;
    // With TLS, as in life; and its own authority works where the system has none installed.
    let options = served::options(settings, Faults::Some)?.tls(true);
    let server = MockServer::start(options).await.map_err(Failure::Internal)?;
    let config = config(&server, served::seed(settings)?, look.show).map_err(unfit)?;
    let authority = server.ca_pem().unwrap_or_default().as_bytes();
    let client =
        Client::builder().root_certificates(authority).and_then(ClientBuilder::build).map_err(unfit)?;
    let record = Record::read(settings)?;
    let ends = Ends { conditions: vec![ExitAfter::Time(duration)], drawing, record, ..Ends::default() };
    let exit = if look.format == Format::Text && look.terminal {
        look.show = Show { status: true, gaps: true, ..Show::default() };
        let mut following = Following::start(&client, config, look, ends)?;
        following.run(&mut Live::new(io::stdout().lock(), look.paint)).await
    } else {
        if look.format == Format::Text
            && settings.given("show").is_some_and(|given| given.origin == Origin::Default)
        {
            look.show = Show { events: false, ..look.show };
        }
        let mut following = Following::start(&client, config, look, ends)?;
        following.run(&mut Lines::new(io::stdout().lock(), &look)).await
    };
    server.stop().await;
    exit
}

fn unfit(misuse: Misuse) -> Wrong {
    Wrong::new(misuse.what, None, &*misuse.why)
}

/// A session with the server of the demo. Its times are shorter than in life: a demo has seconds to show
/// what a day brings, and its server is on this machine.
fn config(server: &MockServer, seed: u64, show: Show) -> Result<Config, Misuse> {
    let mut config = server.config()?;
    if let Service::Notifications(service) = &mut config.service {
        service.settle = Duration::from_secs(3);
    }
    config.heartbeat = Heartbeat {
        interval: Duration::from_secs(1),
        pong_timeout: Duration::from_secs(1),
        ..Heartbeat::default()
    };
    config.reconnect = Reconnect {
        base: Duration::from_millis(500),
        max: Duration::from_secs(2),
        max_attempts: None,
        ..Reconnect::default()
    };
    config.deliver_unknown = show.raw;
    config.seed = seed;
    Ok(config)
}

/// Draws the timelines in place while they grow.
struct Live<W: Write> {
    out: W,
    paint: Paint,
    screen: Screen,
    /// The last news, for the status line.
    news: String,
    pictures: Vec<Picture>,
}

impl<W: Write> Live<W> {
    fn new(out: W, paint: Paint) -> Self {
        Self { out, paint, screen: Screen::default(), news: String::new(), pictures: Vec::new() }
    }

    fn status(&self, scene: &Scene<'_>) -> String {
        let gaps = match scene.open_gaps {
            0 => String::new(),
            1 => ", 1 gap".to_string(),
            gaps => format!(", {gaps} gaps"),
        };
        format!("{}: {} events{gaps}. {}", scene.state.name(), scene.events, self.news)
    }
}

impl<W: Write> Sink for Live<W> {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.news = text::render(line, size().0, Paint(false));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn frame(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn look(&mut self, scene: &Scene<'_>) -> io::Result<()> {
        let timelines = scene.timelines;
        let newest: Option<Timestamp> = timelines.iter().filter_map(|timeline| timeline.last_updated).max();
        self.pictures = timelines.iter().map(|timeline| Picture::of(&timeline, newest)).collect();
        self.pictures.sort_by(|a, b| (a.from, &a.interaction).cmp(&(b.from, &b.interaction)));
        let lines = compose(&self.pictures, &self.status(scene), size(), self.paint);
        self.screen.draw(&mut self.out, &lines)
    }

    fn finish(&mut self, summary: Line) -> io::Result<()> {
        writeln!(self.out, "{}", text::render(&summary, size().0, self.paint))?;
        self.out.flush()
    }
}
