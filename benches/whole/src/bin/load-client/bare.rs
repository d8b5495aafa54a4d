//! Reading and counting, and nothing else.

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_whole::TOKEN;
use rosterline_whole::words::Words;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::{Fault, Outcome, address};

pub(crate) type WebSocket = tokio_tungstenite::WebSocketStream<TcpStream>;

/// A WebSocket to the server, without TLS.
pub(crate) async fn open(url: &str) -> Result<WebSocket, Fault> {
    let host = url.trim_start_matches("ws://").split('/').next().unwrap_or_default();
    let tcp = TcpStream::connect(host).await?;
    tcp.set_nodelay(true)?;
    let (websocket, _) = client_async(url, tcp).await?;
    Ok(websocket)
}

/// Reads so many frames.
pub(crate) async fn read(words: Words) -> Outcome {
    let frames: u64 = words.need("frames")?.parse()?;
    let url = address(&words)?;
    let mut websocket = open(&url).await?;
    websocket.send(format!(r#"{{"token":"{TOKEN}"}}"#).into()).await?;
    websocket.next().await.ok_or("no answer to the token")??;
    websocket.send(r#"{"filter":{}}"#.into()).await?;
    websocket.next().await.ok_or("no answer to the subscription")??;
    let (mut count, mut bytes) = (0, 0);
    while count < frames {
        if let Message::Text(text) = websocket.next().await.ok_or("the stream has ended")?? {
            (count, bytes) = (count + 1, bytes + text.len());
        }
    }
    println!("frames={count} bytes={bytes}");
    Ok(())
}
