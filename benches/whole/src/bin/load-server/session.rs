//! One session: the steps until it is live on the runtime, what it is sent on a thread of its own.

use std::error::Error;
use std::sync::Arc;
use std::thread;

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_whole::TOKEN;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_async_with_config};

use crate::{Plan, lane};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// Serves one client to its end.
pub(crate) async fn serve(tcp: TcpStream, plan: Arc<Plan>) -> Outcome {
    tcp.set_nodelay(true)?;
    // Clients say little, and there may be ten thousand of them.
    let config = WebSocketConfig::default().read_buffer_size(2048);
    let mut websocket = accept_async_with_config(tcp, Some(config)).await?;
    expect(&mut websocket, TOKEN).await?;
    websocket.send(r#"{"status":"connected"}"#.into()).await?;
    expect(&mut websocket, "filter").await?;
    websocket.send(r#"{"status":"subscribed"}"#.into()).await?;
    if plan.idle {
        // Pings are answered by the library, while it is read.
        while let Some(Ok(_)) = websocket.next().await {}
        return Ok(());
    }
    let tcp = websocket.into_inner().into_std()?;
    tcp.set_nonblocking(false)?;
    thread::spawn(move || {
        // A client that goes away when it has enough is not a failure.
        let _ = lane::run(&tcp, &plan);
    });
    Ok(())
}

/// The next message has this word in it.
async fn expect(websocket: &mut WebSocketStream<TcpStream>, word: &str) -> Outcome {
    match websocket.next().await {
        Some(Ok(Message::Text(text))) if text.contains(word) => Ok(()),
        other => Err(format!("no `{word}` in {other:?}").into()),
    }
}
