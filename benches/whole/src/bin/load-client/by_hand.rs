//! A session driven by hand: no driver, no lock, no other task. What it costs less than `embedded` is what these cost.

use std::time::UNIX_EPOCH;

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Action, ConnId, Event, Frame, Input, Instant, Message as Sent, Session, UnixMillis};
use rosterline_timeline::Timelines;
use rosterline_whole::words::Words;
use tokio_tungstenite::tungstenite::Message;

use crate::bare::{WebSocket, open};
use crate::embedded::{limits, sum};
use crate::{Fault, Outcome, address, config};

/// Takes so many joins and leaves; into timelines, unless `--timelines 0` says that they only be counted.
pub(crate) async fn stream(words: Words) -> Outcome {
    let (presences, told): (u64, u8) = (words.need("presences")?.parse()?, words.get("timelines", 1)?);
    let url = address(&words)?;
    let wall = UnixMillis(UNIX_EPOCH.elapsed()?.as_millis() as i64);
    let begun = std::time::Instant::now();
    let mut session = Session::new(config(&url)?, Instant::ZERO, wall)?;
    let mut timelines = Timelines::new(limits(&words)?);
    let (conn, mut websocket) = connect(&mut session, &url).await?;
    let mut taken = 0;
    while taken < presences {
        let message = websocket.next().await.ok_or("the stream has ended")??;
        let Message::Text(text) = message else { continue };
        let at = Instant::ZERO + begun.elapsed();
        session.handle(Input::Frame { conn, frame: Frame::Text(&text) }, at);
        while let Some(event) = session.poll_event() {
            if !matches!(event, Event::Presence(_)) {
                continue;
            }
            taken += 1;
            if told == 1 {
                timelines.advance(at);
                let _ = timelines.tell(&event);
                while timelines.poll_change().is_some() {}
            }
        }
        // The subscription follows the answer to the token.
        send(&mut session, &mut websocket, at).await?;
    }
    print!("presences={taken} interactions={}", timelines.len());
    if words.get("verify", 0)? == 1 {
        print!(" checksum={}", sum(&timelines).0);
    }
    println!();
    Ok(())
}

/// Opens the connection that the session asks for, and sends what comes first.
async fn connect(session: &mut Session, url: &str) -> Result<(ConnId, WebSocket), Fault> {
    session.handle(Input::Timeout, Instant::ZERO);
    let conn = loop {
        match session.poll_action() {
            Some(Action::Open { conn, .. }) => break conn,
            Some(_) => {}
            None => return Err("the session does not connect".into()),
        }
    };
    let mut websocket = open(url).await?;
    session.handle(Input::Opened { conn }, Instant::ZERO);
    send(session, &mut websocket, Instant::ZERO).await?;
    Ok((conn, websocket))
}

/// Sends what the session has to say.
async fn send(session: &mut Session, websocket: &mut WebSocket, at: Instant) -> Outcome {
    while let Some(action) = session.poll_action() {
        let (conn, text) = match action {
            Action::Send { conn, message: Sent::Text(text) } => (conn, Message::text(text)),
            Action::Send { conn, message: Sent::Secret(text) } => (conn, Message::text(text.expose())),
            other => return Err(format!("unlooked for: {other:?}").into()),
        };
        websocket.send(text).await?;
        session.handle(Input::Flushed { conn }, at);
    }
    Ok(())
}
