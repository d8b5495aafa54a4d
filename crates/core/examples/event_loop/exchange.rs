//! The request for a token, over a socket of its own.

use std::io::{self, Read, Write};

use rosterline_core::{Call, Failure, Network, Reply};

use crate::http;
use crate::tcp::{Tcp, Trouble, would_block};

pub(crate) struct Exchange {
    pub(crate) tcp: Tcp,
    unsent: Vec<u8>,
    answer: Vec<u8>,
    why_not: String,
}

impl Exchange {
    /// Begins to dial.
    pub(crate) fn start(call: &Call) -> Result<Self, Trouble> {
        let (tcp, unsent) = (Tcp::dial(call.url.expose())?, http::request(call).into_bytes());
        Ok(Self { tcp, unsent, answer: Vec::new(), why_not: String::new() })
    }

    /// Goes on without waiting. What came of the request, once that is known.
    pub(crate) fn turn(&mut self) -> Option<Result<Reply<'_>, Failure<'_>>> {
        match self.step() {
            Ok(()) => {
                let strange = Failure { kind: Network::Broken, detail: "the answer is no HTTP" };
                Some(http::reply(&self.answer).ok_or(strange))
            }
            Err(error) if would_block(&error) => None,
            Err(error) => {
                self.why_not = error.to_string();
                Some(Err(Failure { kind: self.tcp.kind(), detail: &self.why_not }))
            }
        }
    }

    fn step(&mut self) -> io::Result<()> {
        self.tcp.waits = None;
        self.tcp.connect()?;
        while !self.unsent.is_empty() {
            let count = self.tcp.write(&self.unsent)?;
            self.unsent.drain(..count);
        }
        // What comes before an error, `WouldBlock` for one, is kept.
        let room = http::MAX_ANSWER.saturating_sub(self.answer.len());
        (&mut self.tcp).take(room as u64).read_to_end(&mut self.answer)?;
        Ok(())
    }
}
