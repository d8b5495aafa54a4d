//! A runtime whose clock stands until it is moved.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use rosterline_core::{Call, Instant, UnixMillis};
use rosterline_driver::{Answer, Ending, Outgoing, Runtime, Trouble};
use rosterline_sim::{Clock, Sleep};

/// The tasks, sockets and requests of a runtime under a [`Clock`] of the test. What the system says in words about a
/// failure, which differs from one to the next, is left out.
#[derive(Clone, Debug)]
pub(crate) struct Stepped<R> {
    runtime: R,
    clock: Clock,
}

impl<R: Runtime> Stepped<R> {
    pub(crate) const fn new(runtime: R, clock: Clock) -> Self {
        Self { runtime, clock }
    }
}

impl<R: Runtime> Runtime for Stepped<R> {
    type Received = R::Received;
    type Socket = Speechless<R::Socket>;
    type Sleep = Sleep;
    type Connect = Speechless<R::Connect>;
    type Call = Speechless<R::Call>;

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn wall(&self) -> UnixMillis {
        self.clock.wall()
    }

    fn sleep(&self, until: Instant) -> Sleep {
        self.clock.sleep(until)
    }

    fn connect(&self, url: &str, max_message: usize) -> Self::Connect {
        Speechless(self.runtime.connect(url, max_message))
    }

    fn call(&self, call: Call) -> Self::Call {
        Speechless(self.runtime.call(call))
    }
}

/// The same, without words.
pub(crate) struct Speechless<T>(T);

fn speechless(trouble: Trouble) -> Trouble {
    Trouble { detail: "".into(), ..trouble }
}

fn without_words(ending: Ending) -> Ending {
    match ending {
        Ending::Failed(trouble) => Ending::Failed(speechless(trouble)),
        Ending::Protocol { code, .. } => Ending::Protocol { code, detail: "".into() },
        Ending::Status { .. } => ending,
    }
}

/// What comes of a connection, or of a request, that is on its way.
pub(crate) trait Outcome {
    /// The same without words.
    type Speechless;
    fn without_words(self) -> Self::Speechless;
}

impl<S> Outcome for Result<S, Ending> {
    type Speechless = Result<Speechless<S>, Ending>;

    fn without_words(self) -> Self::Speechless {
        self.map(Speechless).map_err(without_words)
    }
}

impl Outcome for Result<Answer, Trouble> {
    type Speechless = Self;

    fn without_words(self) -> Self {
        self.map_err(speechless)
    }
}

impl<F: Future<Output: Outcome> + Unpin> Future for Speechless<F> {
    type Output = <F::Output as Outcome>::Speechless;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(Outcome::without_words)
    }
}

impl<S: Stream<Item = Result<T, Ending>> + Unpin, T> Stream for Speechless<S> {
    type Item = Result<T, Ending>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx).map(|item| item.map(|item| item.map_err(without_words)))
    }
}

impl<S: Sink<Outgoing, Error = Ending> + Unpin> Sink<Outgoing> for Speechless<S> {
    type Error = Ending;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Pin::new(&mut self.0).poll_ready(cx).map_err(without_words)
    }

    fn start_send(mut self: Pin<&mut Self>, item: Outgoing) -> Result<(), Ending> {
        Pin::new(&mut self.0).start_send(item).map_err(without_words)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Pin::new(&mut self.0).poll_flush(cx).map_err(without_words)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Pin::new(&mut self.0).poll_close(cx).map_err(without_words)
    }
}
