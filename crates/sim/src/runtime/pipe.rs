//! A WebSocket without a network: messages from one queue to another.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_sink::Sink;
use rosterline_core::{Frame, Message};
use rosterline_driver::{Ending, Incoming, Outgoing, Received};

use crate::server::Frame as Told;
use crate::stage::Heard;

/// The client's end.
#[derive(Debug)]
pub struct Socket(Pipe);

/// Both ends know the same pipe.
#[derive(Clone, Debug)]
pub(super) struct Pipe(Arc<Mutex<Ends>>);

#[derive(Debug)]
struct Ends {
    max_message: usize,
    to_client: VecDeque<Result<Item, Ending>>,
    to_server: VecDeque<Heard>,
    reader: Option<Waker>,
    /// The client has dropped its end.
    gone: bool,
    /// Nothing more comes from the server, after what is in the queue.
    shut: bool,
    /// The client has sent a close frame: nothing may follow it.
    closing: bool,
}

/// A message on its way to the client.
#[derive(Debug)]
pub enum Item {
    /// A message.
    Message(Told),
    /// A ping.
    Ping,
    /// The answer to a ping.
    Pong(Vec<u8>),
    /// A close frame.
    Close(Option<u16>, String),
}

impl Received for Item {
    fn view(&self) -> Incoming<'_> {
        Incoming::Frame(match self {
            Self::Message(Told::Text(text)) => Frame::Text(text),
            Self::Message(Told::Binary(bytes)) => Frame::Binary(bytes),
            Self::Ping => Frame::Ping,
            Self::Pong(payload) => Frame::Pong(payload),
            Self::Close(code, reason) => return Incoming::Close { code: *code, reason },
        })
    }
}

impl Pipe {
    pub(super) fn new(max_message: usize) -> Self {
        Self(Arc::new(Mutex::new(Ends {
            max_message,
            to_client: VecDeque::new(),
            to_server: VecDeque::new(),
            reader: None,
            gone: false,
            shut: false,
            closing: false,
        })))
    }

    pub(super) fn socket(&self) -> Socket {
        Socket(self.clone())
    }

    pub(super) fn say(&self, item: Item) {
        let waker = {
            let mut ends = self.lock();
            let size = if let Item::Message(told) = &item { told.size() } else { 0 };
            let fits = size <= ends.max_message;
            let too_long = || Ending::Protocol { code: 1009, detail: "message too long".into() };
            ends.to_client.push_back(if fits { Ok(item) } else { Err(too_long()) });
            ends.reader.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Nothing more will be said.
    pub(super) fn shut(&self) {
        let waker = {
            let mut ends = self.lock();
            ends.shut = true;
            ends.reader.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// The next thing from the client. A ping is answered, a close frame returned.
    pub(super) fn hear(&self) -> Option<Heard> {
        let heard = {
            let mut ends = self.lock();
            if ends.shut && !ends.gone {
                return None;
            }
            ends.to_server.pop_front().or_else(|| ends.gone.then_some(Heard::Gone))?
        };
        match &heard {
            Heard::Ping(payload) => self.say(Item::Pong(payload.clone())),
            Heard::Close(code) => {
                self.say(Item::Close(Some(*code), String::new()));
                self.shut();
            }
            Heard::Text(_) | Heard::Pong | Heard::Gone => {}
        }
        Some(heard)
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.0.lock().gone = true;
    }
}

impl Stream for Socket {
    type Item = Result<Item, Ending>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut ends = self.0.lock();
        match ends.to_client.pop_front() {
            Some(item) => {
                if let Ok(Item::Ping) = item {
                    ends.to_server.push_back(Heard::Pong);
                }
                Poll::Ready(Some(item))
            }
            None if ends.shut => Poll::Ready(Some(Err(Ending::broken("the other end hung up")))),
            None => {
                ends.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Sink<Outgoing> for Socket {
    type Error = Ending;

    fn poll_ready(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, item: Outgoing) -> Result<(), Ending> {
        let heard = match item {
            Outgoing::Message(Message::Text(text)) => Heard::Text(text),
            Outgoing::Message(Message::Secret(text)) => Heard::Text(text.expose().to_owned()),
            Outgoing::Message(Message::Ping(payload)) => Heard::Ping(payload.to_vec()),
            Outgoing::Close(code) => Heard::Close(code),
        };
        let mut ends = self.0.lock();
        if ends.closing {
            return Err(Ending::broken("sent after closing"));
        }
        ends.closing = matches!(heard, Heard::Close(_));
        ends.to_server.push_back(heard);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Poll::Ready(Ok(()))
    }
}
