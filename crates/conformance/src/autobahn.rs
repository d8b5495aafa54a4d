//! The client that Autobahn|Testsuite asks for: one that sends back what it gets, and else does what a session's
//! driver does. `cargo xtask autobahn` runs it on each adapter, and compares what the suite has to say.

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use rosterline_core::{Frame, Message, Misuse};
use rosterline_driver::{Ending, Incoming, Outgoing, Received as _, Runtime as _};
use rosterline_net::{Adapter, Client, Net, Socket};
use tungstenite::protocol::frame::Frame as RawFrame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::{Error, Message as Raw};

/// The longest message of the suite has 16 MiB.
const LONGEST: usize = 16 << 20;
/// What a session sends is short, and the sockets of an adapter take no more than a megabyte at once. Longer messages
/// go back in parts of this size.
const PART: usize = 64 << 10;

/// Why there is no report.
#[derive(Debug)]
pub enum Trouble {
    /// The program was not called as it should be: with the server's URL.
    Usage,
    /// There is no client.
    Misuse(Misuse),
    /// The server could not be reached, or said something else than it should.
    Server(Ending),
}

/// Runs all cases of the fuzzing server whose URL is the program's argument, one after another.
///
/// # Errors
/// What the server thinks of the client is in its own report; an error says that there is none.
pub async fn run<N: Net>() -> Result<(), Trouble> {
    let base = std::env::args().nth(1).ok_or(Trouble::Usage)?;
    let client = Client::<N>::builder().build().map_err(Trouble::Misuse)?;
    let runtime = client.runtime();
    let count = case_count(runtime, &base).await.map_err(Trouble::Server)?;
    let cases = (1..=count).map(|case| format!("{base}/runCase?case={case}&agent={}", N::NAME));
    for url in cases.chain([format!("{base}/updateReports?agent={}", N::NAME)]) {
        let mut socket = runtime.connect(&url, LONGEST).await.map_err(Trouble::Server)?;
        echo::<N>(&mut socket).await;
    }
    Ok(())
}

/// How many cases there are: a text message on a path of its own.
async fn case_count<N: Net>(runtime: &Adapter<N>, base: &str) -> Result<usize, Ending> {
    let mut socket = runtime.connect(&format!("{base}/getCaseCount"), LONGEST).await?;
    let first = socket.next().await.unwrap_or_else(|| Err(Ending::broken("it told no number of cases")))?;
    let Incoming::Frame(Frame::Text(text)) = first.view() else {
        return Err(Ending::broken("it told no number of cases"));
    };
    let count = text.parse().map_err(Ending::broken)?;
    echo::<N>(&mut socket).await;
    Ok(count)
}

/// Sends back every message until the connection is over, and closes as the driver does: with the answer to a close
/// frame, or with the code that names the fault, if that can be sent without waiting.
async fn echo<N: Net>(socket: &mut Socket<N::WebSocket>) {
    while let Some(item) = socket.next().await {
        // What cannot be written is no reason to stop: what was sent before may still arrive.
        match item.as_ref().map(|received| received.view()) {
            Ok(Incoming::Frame(Frame::Text(text))) if text.len() <= PART => {
                let _ = socket.send(Outgoing::Message(Message::Text(text.to_owned()))).await;
            }
            Ok(Incoming::Frame(Frame::Text(text))) => {
                let _ = in_parts::<N>(socket, Data::Text, text.as_bytes()).await;
            }
            Ok(Incoming::Frame(Frame::Binary(bytes))) => {
                let _ = in_parts::<N>(socket, Data::Binary, bytes).await;
            }
            Ok(Incoming::Frame(Frame::Ping)) => {
                let _ = socket.flush().await;
            }
            Ok(Incoming::Frame(Frame::Pong(_))) => {}
            Ok(Incoming::Close { .. }) => {
                let _ = socket.flush().now_or_never();
                return;
            }
            Err(Ending::Protocol { code, .. }) => {
                let _ = socket.send(Outgoing::Close(*code)).now_or_never();
                return;
            }
            Err(Ending::Failed(_) | Ending::Status { .. }) => return,
        }
    }
}

/// Sends a message in as many frames as it takes: a session sends neither binary nor long ones.
async fn in_parts<N: Net>(
    socket: &mut Socket<N::WebSocket>,
    kind: Data,
    message: &[u8],
) -> Result<(), Error> {
    let (mut rest, mut kind) = (message, kind);
    loop {
        let (part, after) = rest.split_at(rest.len().min(PART));
        let frame = RawFrame::message(part.to_vec(), OpCode::Data(kind), after.is_empty());
        socket.get_mut().send(Raw::Frame(frame)).await?;
        if after.is_empty() {
            return Ok(());
        }
        (rest, kind) = (after, Data::Continue);
    }
}
