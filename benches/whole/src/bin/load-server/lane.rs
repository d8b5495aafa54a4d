//! A connection that is live: one thread writes the rounds, another reads what the client says.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rosterline_whole::clock;
use rosterline_whole::load::Round;
use tokio_tungstenite::tungstenite::WebSocket;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::Plan;

/// What is written at once where nothing is paced.
const CHUNK: usize = 256 * 1024;
/// From the moment at which the client is live to the first event of a pace.
const LEAD: Duration = Duration::from_millis(50);

/// Sends everything, and waits until the client closes.
pub(crate) fn run(tcp: &TcpStream, plan: &Plan) -> io::Result<()> {
    // Frames are written whole under this lock, so that an answer to a ping stands between two of them.
    let turn = Arc::new(Mutex::new(()));
    let reader = Reader { tcp: tcp.try_clone()?, turn: turn.clone() };
    let reading = thread::spawn(move || reader.answer());
    let lane = Lane { tcp, turn };
    let sent = lane.send(plan);
    let _ = reading.join();
    sent
}

struct Lane<'a> {
    tcp: &'a TcpStream,
    turn: Arc<Mutex<()>>,
}

impl Lane<'_> {
    fn send(&self, plan: &Plan) -> io::Result<()> {
        let mut next = plan.next.lock().unwrap_or_else(PoisonError::into_inner);
        for round in 1..=plan.rounds {
            if plan.rate > 0 {
                self.pace(&mut next.round, plan.rate, plan.shape.per_frame)?;
            } else {
                self.blast(&next.round)?;
            }
            if round < plan.rounds {
                next.round = Round::default();
                next.round = Round::write(&mut next.life, plan.shape);
            }
        }
        self.write(Round::end().frames(0..1))
    }

    fn blast(&self, round: &Round) -> io::Result<()> {
        let mut frame = 0;
        while frame < round.len() {
            let end = round.fit(frame, CHUNK);
            self.write(round.frames(frame..end))?;
            frame = end;
        }
        Ok(())
    }

    /// Each frame at its time, whatever became of those before it: what is late is sent at once, and says when it was due.
    fn pace(&self, round: &mut Round, rate: u64, per_frame: u64) -> io::Result<()> {
        let start = clock::now() + LEAD.as_nanos() as u64;
        let due = |frame: usize| start + frame as u64 * per_frame * 1_000_000_000 / rate;
        for frame in 0..round.len() {
            round.stamp(frame, due(frame));
        }
        let (mut frame, mut late) = (0, Vec::with_capacity(round.len()));
        while frame < round.len() {
            let now = clock::now();
            if now < due(frame) {
                thread::sleep(Duration::from_nanos(due(frame) - now));
                continue;
            }
            let ready = (frame..round.len()).take_while(|frame| due(*frame) <= now).count();
            late.extend((frame..frame + ready).map(|frame| now - due(frame)));
            self.write(round.frames(frame..frame + ready))?;
            frame += ready;
        }
        late.sort_unstable();
        let micros = |share| clock::quantile(&late, share) as f64 / 1000.0;
        eprintln!(
            "sent later than it was due: p50_us={:.1} p99_us={:.1} p999_us={:.1}",
            micros(0.5),
            micros(0.99),
            micros(0.999)
        );
        Ok(())
    }

    fn write(&self, frames: &[u8]) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        (&mut &*self.tcp).write_all(frames)
    }
}

/// The client's side of the connection, with the turn that writing takes.
struct Reader {
    tcp: TcpStream,
    turn: Arc<Mutex<()>>,
}

impl Reader {
    /// Answers pings, and the close frame in the end.
    fn answer(self) {
        let config = WebSocketConfig::default().read_buffer_size(4096);
        let mut websocket = WebSocket::from_raw_socket(self, Role::Server, Some(config));
        while websocket.read().is_ok() {}
        let _ = websocket.flush();
        let _ = websocket.get_ref().tcp.shutdown(Shutdown::Both);
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.tcp.read(into)
    }
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.tcp.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}
