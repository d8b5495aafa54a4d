//! The token endpoint: one token, for whoever asks.

use std::io;

use rosterline_whole::TOKEN;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Answers until the process ends.
pub(crate) async fn serve(listener: TcpListener) {
    while let Ok((tcp, _)) = listener.accept().await {
        tokio::spawn(answer(tcp));
    }
}

async fn answer(mut tcp: TcpStream) -> io::Result<()> {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        match tcp.read(&mut piece).await? {
            0 => return Ok(()),
            length => request.extend_from_slice(&piece[..length]),
        }
        let Some(whole) = length(&request) else { continue };
        if request.len() < whole {
            continue;
        }
        request.drain(..whole);
        let body = format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":86399}}"#);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        tcp.write_all((head + &body).as_bytes()).await?;
    }
}

/// The length of a request with its body, once its head is there.
fn length(request: &[u8]) -> Option<usize> {
    let head = request.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let body =
        text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    Some(head + body.unwrap_or(0))
}
