//! A runtime in virtual time: the driver runs on it as on any other, against the model of the server.

mod clock;
mod pipe;
mod weather;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use rosterline_core::{Call, Instant, Network, Quota, UnixMillis};
use rosterline_driver::{Answer, Ending, Runtime, Trouble};

pub use clock::{Clock, Sleep};
pub use pipe::{Item, Socket};
pub use weather::Weather;

use crate::server::{Frame, Response};
use crate::stage::{Asked, Heard, LineId, Wire};
use pipe::Pipe;
use weather::Sky;

/// A runtime without a system below it: its time is a [`Clock`], its network a [`Wire`] in memory. Nothing on it
/// happens by itself, so that the same calls give the same run.
#[derive(Clone, Debug)]
pub struct Virtual {
    clock: Clock,
    sky: Sky,
    lines: Arc<Mutex<Lines>>,
}

#[derive(Default)]
struct Lines {
    last: u64,
    asked: VecDeque<(LineId, Asked)>,
    answers: BTreeMap<LineId, Slot>,
    pipes: BTreeMap<LineId, Pipe>,
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("last", &self.last).finish_non_exhaustive()
    }
}

/// Where somebody waits for an answer.
struct Slot {
    answer: Option<Answered>,
    waker: Option<Waker>,
    max_message: usize,
}

enum Answered {
    Response(Response),
    Upgraded(Pipe),
    Failed(Network),
}

impl Virtual {
    /// A network in perfect weather.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::in_weather(clock, Weather::default())
    }

    /// A network in this weather.
    #[must_use]
    pub fn in_weather(clock: Clock, weather: Weather) -> Self {
        Self { clock, sky: Sky::new(weather), lines: Arc::default() }
    }

    /// The server's side of it.
    #[must_use]
    pub fn wire(&self) -> VirtualWire {
        VirtualWire(self.clone())
    }

    /// Changes the weather; call [`deliver`](Self::deliver) after that.
    pub fn weather(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.sky.lock());
    }

    /// Resets every connection: what is on its way is lost.
    pub fn reset_all(&self) {
        let now = self.clock.now();
        lock(&self.lines).pipes.values().for_each(|pipe| pipe.reset(now));
    }

    /// How many sockets clients hold.
    #[must_use]
    pub fn open(&self) -> usize {
        lock(&self.lines).pipes.values().filter(|pipe| pipe.is_held()).count()
    }

    /// When the next message arrives, at one end or the other.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let now = self.clock.now();
        lock(&self.lines).pipes.values().filter_map(|pipe| pipe.next_at(now, &self.sky)).min()
    }

    /// Wakes the clients for whom something has arrived.
    pub fn deliver(&self) {
        let now = self.clock.now();
        let pipes: Vec<Pipe> = {
            let mut lines = lock(&self.lines);
            lines.pipes.retain(|_, pipe| !pipe.is_over());
            lines.pipes.values().cloned().collect()
        };
        pipes.iter().for_each(|pipe| pipe.wake(now, &self.sky));
    }

    fn ask(&self, asked: Asked, max_message: usize) -> Waiting {
        let mut lines = lock(&self.lines);
        lines.last += 1;
        let line = LineId(lines.last);
        // What fails never gets to the server.
        let answer = self.sky.lock().failures.pop_front().map(Answered::Failed);
        if answer.is_none() {
            lines.asked.push_back((line, asked));
        }
        lines.answers.insert(line, Slot { answer, max_message, waker: None });
        Waiting { line, network: self.clone() }
    }
}

impl Runtime for Virtual {
    type Received = Item;
    type Socket = Socket;
    type Sleep = Sleep;
    type Connect = Dialling;
    type Call = Calling;

    fn now(&self) -> Instant {
        self.clock.monotonic()
    }

    fn wall(&self) -> UnixMillis {
        self.clock.shown()
    }

    fn sleep(&self, until: Instant) -> Sleep {
        self.clock.sleep(until)
    }

    fn connect(&self, url: &str, max_message: usize) -> Dialling {
        Dialling(self.ask(Asked::upgrade(path(url)), max_message))
    }

    fn call(&self, call: Call) -> Calling {
        let headers = call.headers.iter().map(|(name, value)| ((*name).into(), value.expose().into()));
        let (method, body) = (call.method.into(), call.body.clone().into_bytes());
        Calling(
            self.ask(Asked { method, path: path(call.url.expose()), headers: headers.collect(), body }, 0),
        )
    }
}

/// The path and the query of a URL.
fn path(url: &str) -> String {
    format!("/{}", url.splitn(4, '/').nth(3).unwrap_or_default())
}

/// A request that has no answer yet. Dropped, the answer is no longer wanted.
#[derive(Debug)]
struct Waiting {
    line: LineId,
    network: Virtual,
}

impl Waiting {
    fn poll(&self, cx: &Context<'_>) -> Poll<Answered> {
        let mut lines = lock(&self.network.lines);
        let Some(slot) = lines.answers.get_mut(&self.line) else { return Poll::Pending };
        let answer = slot.answer.take();
        slot.waker = Some(cx.waker().clone());
        answer.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let slot = lock(&self.network.lines).answers.remove(&self.line);
        if let Some(Answered::Upgraded(pipe)) = slot.and_then(|slot| slot.answer) {
            pipe.let_go();
        }
    }
}

/// A connection on its way.
#[derive(Debug)]
pub struct Dialling(Waiting);

impl Future for Dialling {
    type Output = Result<Socket, Ending>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Virtual { sky, clock, .. } = &self.0.network;
        self.0.poll(cx).map(|answer| match answer {
            Answered::Upgraded(pipe) => Ok(pipe.socket(sky.clone(), clock.clone())),
            Answered::Failed(kind) => Err(Trouble::new(kind, "as it was drawn").into()),
            Answered::Response(response) => Err(Ending::Status {
                status: response.status,
                retry_after: response.header("retry-after").map(Into::into),
                date: response.header("date").map(Into::into),
            }),
        })
    }
}

/// An HTTP request on its way.
#[derive(Debug)]
pub struct Calling(Waiting);

/// What the headers `inin-ratelimit-*` say, if all of them are there.
fn quota(response: &Response) -> Option<Quota> {
    let number = |name: &str| response.header(name)?.parse().ok();
    let (count, allowed) = (number("inin-ratelimit-count")?, number("inin-ratelimit-allowed")?);
    Some(Quota { count, allowed, reset: number("inin-ratelimit-reset")? })
}

impl Future for Calling {
    type Output = Result<Answer, Trouble>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx).map(|answer| match answer {
            Answered::Response(response) => Ok(Answer {
                status: response.status,
                retry_after: response.header("retry-after").map(Into::into),
                date: response.header("date").map(Into::into),
                correlation: response.header("inin-correlation-id").map(Into::into),
                quota: quota(&response),
                body: response.body.into_bytes().into(),
            }),
            Answered::Failed(kind) => Err(Trouble::new(kind, "as it was drawn")),
            Answered::Upgraded(_) => Err(Trouble::new(Network::Broken, "switched protocols")),
        })
    }
}

/// The server's side of a [`Virtual`] network.
#[derive(Debug)]
pub struct VirtualWire(Virtual);

impl VirtualWire {
    fn answer(&self, line: LineId, answer: impl FnOnce(&mut Lines, usize) -> Answered) {
        let waker = {
            let mut lines = lock(&self.0.lines);
            // Whoever asked has given up.
            let Some(max_message) = lines.answers.get(&line).map(|slot| slot.max_message) else { return };
            let answer = answer(&mut lines, max_message);
            let slot = lines.answers.get_mut(&line);
            slot.and_then(|slot| {
                slot.answer = Some(answer);
                slot.waker.take()
            })
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn pipe(&self, line: LineId) -> Option<Pipe> {
        lock(&self.0.lines).pipes.get(&line).cloned()
    }

    /// Says something on a line, if it is still there, and wakes the client if it has arrived by that.
    fn say(&self, line: LineId, items: impl IntoIterator<Item = Item>, shut: bool) {
        let Some(pipe) = self.pipe(line) else { return };
        let now = self.0.clock.now();
        for item in items {
            pipe.say(item, self.0.sky.arrival(now));
        }
        if shut {
            pipe.shut();
        }
        pipe.wake(now, &self.0.sky);
    }
}

impl Wire for VirtualWire {
    fn next_request(&mut self) -> Option<(LineId, Asked)> {
        lock(&self.0.lines).asked.pop_front()
    }

    fn respond(&mut self, line: LineId, response: &Response) {
        self.answer(line, |_, _| Answered::Response(response.clone()));
    }

    fn upgrade(&mut self, line: LineId) {
        self.answer(line, |lines, max_message| {
            let pipe = Pipe::new(max_message);
            lines.pipes.insert(line, pipe.clone());
            Answered::Upgraded(pipe)
        });
    }

    fn hear(&mut self, line: LineId) -> Option<Heard> {
        let Some(pipe) = self.pipe(line) else { return Some(Heard::Gone) };
        let (now, sky) = (self.0.clock.now(), &self.0.sky);
        if sky.deaf().1 {
            return None;
        }
        let heard = pipe.hear(now, || sky.arrival(now))?;
        pipe.wake(now, sky);
        Some(heard)
    }

    fn send(&mut self, line: LineId, frame: &Frame) {
        self.say(line, [Item::Message(frame.clone())], false);
    }

    fn ping(&mut self, line: LineId) {
        self.say(line, [Item::Ping], false);
    }

    fn close(&mut self, line: LineId, code: u16, reason: &str) {
        self.say(line, [Item::Close(Some(code), reason.to_owned())], true);
    }

    fn cut(&mut self, line: LineId) {
        self.say(line, [], true);
    }
}

fn lock(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}
