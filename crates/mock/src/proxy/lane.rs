//! One direction of a connection: from reading to writing.

use std::time::Duration;

use rosterline_core::Rng;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::sky::{Orders, Sky, State};
use super::toxics::Flow;
use super::{Cut, Side};

/// What one read gives at most, and so many of them wait on their way: 256 KiB for each direction of a connection. When
/// they are there nothing more is read, and the sender's window closes.
const PIECE: usize = 4 << 10;
const PIECES: usize = 64;
/// With a rate, so many pieces leave in a second: a slow link is slow all the time, not in bursts.
const STEPS: u64 = 20;

/// How a whole connection ends, both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Fin,
    Reset,
}

/// The bytes of one connection on their way to one side.
#[derive(Debug)]
pub(super) struct Lane<'a> {
    sky: &'a Sky,
    to: Side,
    slices: Rng,
    spoiler: Rng,
    /// The rate at which bytes are spoilt, and how many are good before the next one.
    spoil: Option<(u64, u64)>,
    /// Bytes that have left.
    sent: u64,
    last: Instant,
    /// The link is busy up to this time.
    free: Instant,
    half_closes: u64,
}

/// What was read at one time, and when it arrives. Empty: the end.
type Parcel = (Instant, Vec<u8>);

impl<'a> Lane<'a> {
    /// The direction to `to` of the connection with this number.
    pub(super) fn new(sky: &'a Sky, number: u64, to: Side, before: Orders) -> Self {
        let (seed, half_closes) = (sky.look(|state| state.toxics.seed()), before.half_closes(to));
        let draws = |what: &str| Rng::stream(seed, &format!("{what} to {to:?} of connection {number}"));
        let now = Instant::now();
        Self {
            sky,
            to,
            slices: draws("slices"),
            spoiler: draws("spoilt bytes"),
            spoil: None,
            sent: 0,
            last: now,
            free: now,
            half_closes,
        }
    }

    /// Carries bytes until there are no more. An error is the end of both directions.
    pub(super) async fn carry(
        self,
        from: impl AsyncRead + Unpin,
        to: impl AsyncWrite + Unpin,
    ) -> Result<(), Over> {
        let (parcels, arriving) = mpsc::channel(PIECES);
        let reads_clients = self.to == Side::Server;
        tokio::try_join!(collect(from, parcels, self.sky, reads_clients), self.deliver(arriving, to))?;
        Ok(())
    }

    async fn deliver(
        mut self,
        mut arriving: mpsc::Receiver<Parcel>,
        mut to: impl AsyncWrite + Unpin,
    ) -> Result<(), Over> {
        let (sky, side, seen) = (self.sky, self.to, self.half_closes);
        tokio::select! {
            biased;
            () = sky.until(|state| state.orders.half_closes(side) > seen) => {}
            over = self.write_all(&mut arriving, &mut to) => over?,
        }
        // The other end may have closed already.
        let _ = to.shutdown().await;
        // Whoever still sends in this direction is not held up.
        while arriving.recv().await.is_some() {}
        Ok(())
    }

    /// Writes what arrives, until the end of it or of this direction.
    async fn write_all(
        &mut self,
        arriving: &mut mpsc::Receiver<Parcel>,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Over> {
        while let Some((at, bytes)) = arriving.recv().await {
            sleep_until(at).await;
            let (sky, side) = (self.sky, self.to);
            let mut rest = bytes.as_slice();
            loop {
                sky.until(|state| !state.toxics.is_deaf(side)).await;
                let mut changes = sky.changes();
                let flow = sky.look(|state| *state.toxics.flow(side));
                match flow.limit.filter(|(most, _)| self.sent >= *most) {
                    None => {}
                    Some((_, Cut::Fin)) => return Err(Over::Fin),
                    Some((_, Cut::Reset)) => return Err(Over::Reset),
                    Some((_, Cut::HalfClose)) => return Ok(()),
                }
                if rest.is_empty() {
                    break;
                }
                let due = self.due(&flow);
                if due > Instant::now() {
                    // Whoever changes the flow does not have to wait for what it was like before.
                    tokio::select! {
                        () = sleep_until(due) => {}
                        _ = changes.changed() => {}
                    }
                    continue;
                }
                let (piece, later) = rest.split_at(self.next_length(&flow, rest.len()));
                self.write(piece, &flow, to).await?;
                rest = later;
            }
        }
        Ok(())
    }

    /// When the next piece may leave.
    fn due(&self, flow: &Flow) -> Instant {
        let drip = flow.drip.filter(|drip| self.sent < drip.bytes).map(|drip| self.last + drip.pause);
        let free = flow.rate.map(|_| self.free);
        drip.into_iter().chain(free).fold(self.last, Instant::max)
    }

    /// How many of `most` bytes leave together.
    fn next_length(&mut self, flow: &Flow, most: usize) -> usize {
        let whole = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let mut length = most;
        if flow.drip.is_some_and(|drip| self.sent < drip.bytes) {
            length = 1;
        }
        if let Some(largest) = flow.slice {
            length = length.min(1 + whole(self.slices.up_to(largest.saturating_sub(1) as u64)));
        }
        if let Some(rate) = flow.rate {
            length = length.min(whole(rate / STEPS).max(1));
        }
        if let Some((limit, _)) = flow.limit {
            length = length.min(whole(limit - self.sent));
        }
        length
    }

    async fn write(
        &mut self,
        piece: &[u8],
        flow: &Flow,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Over> {
        let mut spoilt = 0;
        let bytes: Vec<u8> = piece
            .iter()
            .map(|byte| {
                let flipped = self.flip(flow.spoil);
                spoilt += u64::from(flipped != 0);
                byte ^ flipped
            })
            .collect();
        to.write_all(&bytes).await.map_err(|_| Over::Reset)?;
        let length = piece.len() as u64;
        self.sent += length;
        self.last = Instant::now();
        if let Some(rate) = flow.rate {
            let took = Duration::from_nanos(length.saturating_mul(1_000_000_000) / rate.max(1));
            self.free = self.free.max(self.last) + took;
        }
        let to_client = self.to == Side::Client;
        self.sky.count(|counts| {
            *(if to_client { &mut counts.to_client } else { &mut counts.to_server }) += length;
            counts.spoilt += spoilt;
        });
        if flow.slice.is_some() {
            // So that the other end has the chance to read each piece by itself.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The bit of the next byte that is flipped, if one is. Which bytes are hit does not depend on how they are sliced.
    fn flip(&mut self, spoil: Option<u64>) -> u8 {
        let Some(every) = spoil else {
            self.spoil = None;
            return 0;
        };
        let (rng, known) = (&mut self.spoiler, self.spoil);
        let mut good = || rng.up_to(every.saturating_mul(2).saturating_sub(2));
        let left = known.filter(|(rate, _)| *rate == every).map_or_else(&mut good, |(_, left)| left);
        if left > 0 {
            self.spoil = Some((every, left - 1));
            return 0;
        }
        self.spoil = Some((every, good()));
        1 << self.spoiler.up_to(7)
    }
}

/// Reads, and says of each piece when it arrives.
async fn collect(
    mut from: impl AsyncRead + Unpin,
    parcels: mpsc::Sender<Parcel>,
    sky: &Sky,
    reads_clients: bool,
) -> Result<(), Over> {
    loop {
        // Room first: what is read has to have a place.
        let Ok(room) = parcels.reserve().await else { return Ok(()) };
        let mut piece = vec![0; PIECE];
        let clogged = |state: &State| reads_clients && state.toxics.weather.clogged;
        sky.until(|state| !clogged(state)).await;
        let length = tokio::select! {
            biased;
            () = sky.until(clogged) => continue,
            read = from.read(&mut piece) => read.map_err(|_| Over::Reset)?,
        };
        piece.truncate(length);
        let at = Instant::now() + sky.look(|state| state.toxics.weather.delay());
        room.send((at, piece));
        if length == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll};

    use super::*;
    use crate::proxy::{Drip, Toxics};

    type Write = (Duration, Vec<u8>);

    /// The far end: remembers each write, and when it came.
    #[derive(Clone, Default)]
    struct Far {
        writes: Arc<Mutex<Vec<Write>>>,
        start: Option<Instant>,
    }

    impl AsyncWrite for Far {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            let at = self.start.map(|start| start.elapsed()).unwrap_or_default();
            self.writes.lock().expect("not poisoned").push((at, bytes.to_vec()));
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl Far {
        fn pieces(&self) -> Vec<Vec<u8>> {
            self.writes.lock().expect("not poisoned").iter().map(|(_, bytes)| bytes.clone()).collect()
        }

        fn times(&self) -> Vec<Duration> {
            self.writes.lock().expect("not poisoned").iter().map(|(at, _)| *at).collect()
        }

        fn bytes(&self) -> Vec<u8> {
            self.pieces().concat()
        }
    }

    fn some_bytes(length: usize) -> Vec<u8> {
        (0..length).map(|number| (number % 251) as u8).collect()
    }

    /// Carries these bytes to a client, and gives what came there and how it ended.
    async fn carry(bytes: &[u8], toxics: Toxics) -> (Far, Result<(), Over>) {
        let (sky, far) = (Sky::new(toxics), Far { start: Some(Instant::now()), ..Far::default() });
        let over = Lane::new(&sky, 0, Side::Client, Orders::default()).carry(bytes, far.clone()).await;
        (far, over)
    }

    fn with(seed: u64, change: impl FnOnce(&mut Toxics)) -> Toxics {
        let mut toxics = Toxics::new(seed);
        change(&mut toxics);
        toxics
    }

    #[tokio::test(start_paused = true)]
    async fn slices_have_every_length_up_to_the_largest_and_come_from_the_seed() {
        let sliced = |seed, largest| carry_sliced(seed, largest);
        let (pieces, again, other) = (sliced(1, 3).await, sliced(1, 3).await, sliced(2, 3).await);
        let lengths: std::collections::BTreeSet<_> = pieces.iter().map(Vec::len).collect();
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(pieces, again);
        assert_ne!(pieces, other);
        assert!(sliced(1, 1).await.iter().all(|piece| piece.len() == 1));
    }

    async fn carry_sliced(seed: u64, largest: usize) -> Vec<Vec<u8>> {
        let sent = some_bytes(500);
        let (far, over) = carry(&sent, with(seed, |toxics| toxics.to_client.slice = Some(largest))).await;
        assert_eq!((over, far.bytes()), (Ok(()), sent));
        far.pieces()
    }

    #[tokio::test(start_paused = true)]
    async fn which_bytes_are_spoilt_does_not_depend_on_how_they_are_sliced() {
        let sent = some_bytes(20_000);
        let spoil = |slice| {
            with(3, |toxics| {
                toxics.to_client.spoil = Some(100);
                toxics.to_client.slice = slice;
            })
        };
        let (whole, _) = carry(&sent, spoil(None)).await;
        let (sliced, _) = carry(&sent, spoil(Some(7))).await;
        assert_eq!(whole.bytes(), sliced.bytes());
        let differences = whole.bytes().into_iter().zip(sent).map(|(came, sent)| (came ^ sent).count_ones());
        let spoilt: Vec<_> = differences.filter(|bits| *bits > 0).collect();
        assert!((150..=250).contains(&spoilt.len()), "{}", spoilt.len());
        assert!(spoilt.iter().all(|bits| *bits == 1));
    }

    #[tokio::test(start_paused = true)]
    async fn each_piece_takes_its_latency_and_its_jitter() {
        let toxics = with(1, |toxics| {
            toxics.weather.latency = Duration::from_millis(200);
            toxics.weather.jitter = Duration::from_millis(150);
        });
        let (far, over) = carry(&some_bytes(40 * PIECE), toxics).await;
        let times = far.times();
        assert_eq!((over, times.len()), (Ok(()), 40));
        let range = Duration::from_millis(200)..=Duration::from_millis(351);
        assert!(times.is_sorted() && times.iter().all(|at| range.contains(at)), "{times:?}");
        assert!(times[0] < times[39], "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_link_is_slow_all_the_time() {
        let (far, over) = carry(&some_bytes(1000), with(1, |toxics| toxics.to_client.rate = Some(100))).await;
        assert_eq!((over, far.pieces().iter().map(Vec::len).max()), (Ok(()), Some(5)));
        for (number, at) in far.times().into_iter().enumerate() {
            let due = Duration::from_millis(50) * u32::try_from(number).expect("few");
            assert!((due..due + Duration::from_millis(10)).contains(&at), "piece {number} at {at:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_bytes_drip_and_the_others_do_not() {
        let drip = Drip { bytes: 5, pause: Duration::from_secs(1) };
        let (far, over) = carry(&some_bytes(100), with(1, |toxics| toxics.to_client.drip = Some(drip))).await;
        let lengths: Vec<_> = far.pieces().iter().map(Vec::len).collect();
        let seconds: Vec<_> = far.times().iter().map(Duration::as_secs).collect();
        assert_eq!((over, lengths, seconds), (Ok(()), vec![1, 1, 1, 1, 1, 95], vec![1, 2, 3, 4, 5, 5]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_changed_holds_for_what_is_on_its_way() {
        let drip = Drip { bytes: 100, pause: Duration::from_secs(3600) };
        let sky = Sky::new(with(1, |toxics| toxics.to_client.drip = Some(drip)));
        let far = Far { start: Some(Instant::now()), ..Far::default() };
        let sent = some_bytes(100);
        let carried = Lane::new(&sky, 0, Side::Client, Orders::default()).carry(sent.as_slice(), far.clone());
        let change = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            sky.change(|state| state.toxics.clear());
        };
        assert_eq!(tokio::join!(carried, change).0, Ok(()));
        assert_eq!((far.bytes(), far.times()), (sent, vec![Duration::from_secs(60)]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_is_kept_to_the_byte_and_ends_as_it_says() {
        for (cut, expected) in
            [(Cut::Reset, Err(Over::Reset)), (Cut::Fin, Err(Over::Fin)), (Cut::HalfClose, Ok(()))]
        {
            for slice in [None, Some(7)] {
                let toxics = with(1, |toxics| {
                    toxics.to_client.limit = Some((5_000, cut));
                    toxics.to_client.slice = slice;
                });
                let (far, over) = carry(&some_bytes(9_000), toxics).await;
                assert_eq!((over, far.bytes()), (expected, some_bytes(5_000)), "{cut:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_up_arrives_afterwards_and_what_waits_is_bounded() {
        let (sky, far) = (Sky::new(with(1, |toxics| toxics.weather.deaf_clients = true)), Far::default());
        let (mut near, from) = tokio::io::duplex(1);
        let mut taken = 0;
        let send = async {
            // A write that does not get on for a second of paused time never will.
            while taken < 2 * PIECES
                && tokio::time::timeout(Duration::from_secs(1), near.write_all(&[7])).await.is_ok()
            {
                taken += 1;
            }
            assert!(far.bytes().is_empty());
            sky.change(|state| state.toxics.clear());
            drop(near);
        };
        let lane = Lane::new(&sky, 0, Side::Client, Orders::default());
        let (over, ()) = tokio::join!(lane.carry(from, far.clone()), send);
        assert_eq!(over, Ok(()));
        assert!((PIECES..PIECES + 4).contains(&taken), "{taken}");
        assert_eq!(far.bytes().len(), taken);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clogged_client_is_not_read_and_the_server_is() {
        for (side, expected) in [(Side::Server, 0), (Side::Client, 100)] {
            let (sky, far) = (Sky::new(with(1, |toxics| toxics.weather.clogged = true)), Far::default());
            let sent = some_bytes(100);
            let carried = Lane::new(&sky, 0, side, Orders::default()).carry(sent.as_slice(), far.clone());
            let _ = tokio::time::timeout(Duration::from_secs(60), carried).await;
            assert_eq!(far.bytes().len(), expected, "{side:?}");
        }
    }
}
