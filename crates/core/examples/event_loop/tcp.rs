//! A TCP connection that never blocks, and remembers what it waits for.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rosterline_core::{Endpoint, Network};

/// Why there is no connection, or no answer.
pub(crate) type Trouble = (Network, String);

type Addresses = std::vec::IntoIter<SocketAddr>;

pub(crate) struct Tcp {
    stream: TcpStream,
    connected: bool,
    /// Where else to dial, if nobody answers at this address.
    others: Addresses,
    /// What was in the way in this turn, and so what to watch for: readable, writable, both or neither.
    pub(crate) waits: Option<Interest>,
    /// What the poller watches for.
    watched: Option<Interest>,
}

impl Tcp {
    /// Begins to dial. Looking up the name may block, and nothing else here does: a program that cannot afford it
    /// asks in a thread, which wakes the poller with a `mio::Waker`.
    pub(crate) fn dial(url: &str) -> Result<Self, Trouble> {
        let trouble = |kind, error: &dyn Error| (kind, error.to_string());
        let endpoint = Endpoint::new(url).map_err(|error| trouble(Network::Connect, &error))?;
        let found = format!("{}:{}", endpoint.host(), endpoint.port()).to_socket_addrs();
        let mut others = found.map_err(|error| trouble(Network::Dns, &error))?;
        let stream = try_next(&mut others, ErrorKind::NotFound.into());
        let stream = stream.map_err(|error| trouble(Network::Connect, &error))?;
        Ok(Self { stream, connected: false, others, waits: None, watched: None })
    }

    /// Whether there is a connection; `WouldBlock` until that is known.
    pub(crate) fn connect(&mut self) -> io::Result<()> {
        while !self.connected {
            let failed = self.stream.take_error()?;
            match failed.map_or_else(|| self.stream.peer_addr(), Err) {
                Ok(_) => {
                    self.stream.set_nodelay(true)?;
                    self.connected = true;
                }
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    self.wait_for(Interest::WRITABLE);
                    return Err(ErrorKind::WouldBlock.into());
                }
                Err(error) => {
                    self.stream = try_next(&mut self.others, error)?;
                    self.watched = None;
                }
            }
        }
        Ok(())
    }

    /// What kind of trouble an error is.
    pub(crate) const fn kind(&self) -> Network {
        if self.connected { Network::Broken } else { Network::Connect }
    }

    /// Has the poller watch for what this connection waits for.
    ///
    /// mio tells of each change once. That is enough, since nothing is waited for that was not in the way a
    /// moment ago; a poller that tells of states instead of changes will do as well.
    pub(crate) fn watch(&mut self, registry: &Registry) -> io::Result<()> {
        const TOKEN: Token = Token(0);
        match (self.watched, self.waits) {
            (before, now) if before == now => {}
            (None, Some(interest)) => registry.register(&mut self.stream, TOKEN, interest)?,
            (Some(_), Some(interest)) => registry.reregister(&mut self.stream, TOKEN, interest)?,
            (_, None) => registry.deregister(&mut self.stream)?,
        }
        self.watched = self.waits;
        Ok(())
    }

    fn wait_for(&mut self, interest: Interest) {
        self.waits = Some(self.waits.map_or(interest, |other| other | interest));
    }
}

impl Read for Tcp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.stream.read(buffer);
        if result.as_ref().is_err_and(would_block) {
            self.wait_for(Interest::READABLE);
        }
        result
    }
}

impl Write for Tcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.stream.write(bytes);
        if result.as_ref().is_err_and(would_block) {
            self.wait_for(Interest::WRITABLE);
        }
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Dials the first address that can be dialled at all. If there is none, `why` the last one failed.
fn try_next(addresses: &mut Addresses, mut why: io::Error) -> io::Result<TcpStream> {
    for address in addresses {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok(stream),
            Err(error) => why = error,
        }
    }
    Err(why)
}

pub(crate) fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}
