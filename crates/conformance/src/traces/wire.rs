//! The server's side of real sockets, for the model of the server. Nothing in it waits for long.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use rosterline_sim::{Asked, Frame, Heard, LineId, Response, Wire};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Error, Message, WebSocket};

/// A client that has connected says what it wants at once; this only guards against hanging.
const PATIENCE: Duration = Duration::from_secs(60);
/// No head of ours comes near it.
const HEAD: usize = 64 << 10;

/// A port of this machine, and who is connected to it.
pub(crate) struct Sockets {
    listener: TcpListener,
    lines: BTreeMap<LineId, Socket>,
    last: u64,
}

enum Socket {
    /// It has asked, with this key if it wants a WebSocket.
    Asked(TcpStream, String),
    Open(Box<WebSocket<TcpStream>>),
    /// Nothing more is said on it, and nothing that comes is looked at.
    Cut(TcpStream),
}

impl Sockets {
    pub(crate) fn open() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, lines: BTreeMap::new(), last: 0 })
    }

    pub(crate) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    fn websocket(&mut self, line: LineId) -> Option<&mut WebSocket<TcpStream>> {
        match self.lines.get_mut(&line)? {
            Socket::Open(websocket) => Some(websocket),
            Socket::Asked(..) | Socket::Cut(_) => None,
        }
    }

    /// Sends what it can; the rest leaves with the next one.
    fn write(&mut self, line: LineId, message: Message) {
        let Some(websocket) = self.websocket(line) else { return };
        // A client that is gone is found out by reading.
        let _ = websocket.send(message);
    }
}

impl Wire for Sockets {
    fn next_request(&mut self) -> Option<(LineId, Asked)> {
        loop {
            let (stream, _) = self.listener.accept().ok()?;
            // Whoever hangs up without a word has not asked.
            let Ok(asked) = read_request(&stream) else { continue };
            let key = asked.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
            let key = key.map(|(_, key)| key.clone()).unwrap_or_default();
            self.last += 1;
            self.lines.insert(LineId(self.last), Socket::Asked(stream, key));
            return Some((LineId(self.last), asked));
        }
    }

    fn respond(&mut self, line: LineId, response: &Response) {
        let Some(Socket::Asked(mut stream, _)) = self.lines.remove(&line) else { return };
        let mut head = format!("HTTP/1.1 {} As It Is\r\nconnection: close\r\n", response.status);
        for (name, value) in &response.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", response.body.len());
        // A client that has given up meanwhile does not read it.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(response.body.as_bytes()));
    }

    fn upgrade(&mut self, line: LineId) {
        let Some(Socket::Asked(mut stream, key)) = self.lines.remove(&line) else { return };
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        );
        let _ = stream.write_all(answer.as_bytes());
        let _ = stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true));
        self.lines
            .insert(line, Socket::Open(Box::new(WebSocket::from_raw_socket(stream, Role::Server, None))));
    }

    fn hear(&mut self, line: LineId) -> Option<Heard> {
        if let Some(Socket::Cut(stream)) = self.lines.get_mut(&line) {
            return ignore(stream).then_some(Heard::Gone);
        }
        let Some(websocket) = self.websocket(line) else { return Some(Heard::Gone) };
        let heard = match websocket.read() {
            Ok(Message::Text(text)) => Heard::Text(text.as_str().to_owned()),
            Ok(Message::Ping(payload)) => Heard::Ping(payload.to_vec()),
            Ok(Message::Pong(_)) => Heard::Pong,
            Ok(Message::Close(frame)) => Heard::Close(frame.map_or(1005, |frame| frame.code.into())),
            // Nothing of ours sends these.
            Ok(Message::Binary(_) | Message::Frame(_)) => Heard::Pong,
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                let _ = websocket.flush();
                return None;
            }
            Err(_) => {
                self.lines.remove(&line);
                return Some(Heard::Gone);
            }
        };
        // The library has an answer to a ping and to a close frame ready.
        let _ = websocket.flush();
        Some(heard)
    }

    fn send(&mut self, line: LineId, frame: &Frame) {
        self.write(
            line,
            match frame {
                Frame::Text(text) => Message::text(text.as_str()),
                Frame::Binary(bytes) => Message::binary(bytes.clone()),
            },
        );
    }

    fn ping(&mut self, line: LineId) {
        self.write(line, Message::Ping(Vec::new().into()));
    }

    fn close(&mut self, line: LineId, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        if let Some(websocket) = self.websocket(line) {
            let _ = websocket.close(Some(frame));
            let _ = websocket.flush();
        }
    }

    fn cut(&mut self, line: LineId) {
        // The other direction stays open: what a client writes to a peer that has hung up is refused at once, or
        // later, or never, as the system likes.
        let Some(Socket::Open(websocket)) = self.lines.remove(&line) else { return };
        if let Ok(stream) = websocket.get_ref().try_clone() {
            let _ = stream.shutdown(Shutdown::Write);
            self.lines.insert(line, Socket::Cut(stream));
        }
    }
}

/// Reads what has come, without looking at it. Whether that was the end.
fn ignore(stream: &mut TcpStream) -> bool {
    let mut rest = [0; 4096];
    loop {
        match stream.read(&mut rest) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
        }
    }
}

/// Reads a request to the end of its body.
fn read_request(mut stream: &TcpStream) -> io::Result<Asked> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let invalid = |what: &'static str| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
        if head.len() > HEAD {
            return Err(invalid("a head without end"));
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(&head).map_err(|_| invalid("no HTTP"))?;
    let (method, path) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers: Vec<(String, String)> =
        request.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0).min(HEAD);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Asked { method: method.to_owned(), path: path.to_owned(), headers, body })
}
