//! A proxy before any TCP server, whose faults are typed while it runs.
//!
//! Give it an address to listen on, that of the server, and what is wrong from the beginning:
//!
//! ```text
//! cargo run -p rosterline-mock --example fault_proxy -- 127.0.0.1:9000 127.0.0.1:8080 latency=200 jitter=150
//! ```
//!
//! More is read from stdin, a word a line: `deaf=clients`, `reset`, `clear`. An unknown word shows all of them.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::io::{BufRead, stdin};
use std::time::Duration;

use rosterline_mock::{Cut, FaultProxy, Flow, Side, Toxics};
use tokio::sync::mpsc;

const WORDS: &str = "\
latency=MS  jitter=MS      each piece of bytes is so late, and up to so much later
slice=N  rate=N  spoil=N   pieces of 1 to N bytes; N bytes a second; a bit of one byte in N is flipped
limit=N                    connections are reset after N bytes to the client
deaf=clients  deaf=servers  clog     nothing arrives there; nothing is read from clients
reset  hang-up  half-close=client  half-close=server     what happens to every connection that is open
refuse  accept             nobody can connect; everybody can again
clear                      nothing is wrong any more";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(upstream)) = (arguments.next(), arguments.next()) else {
        return Err(format!("usage: fault_proxy LISTEN UPSTREAM [WORD]...\n{WORDS}").into());
    };
    let proxy = FaultProxy::listen(listen.parse()?, upstream.parse()?, Toxics::new(7)).await?;
    for word in arguments {
        obey(&proxy, &word).await?;
    }
    println!("listening on {}", proxy.addr());
    let mut typed = typed();
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            Some(line) = typed.recv() => match obey(&proxy, line.trim()).await {
                Ok(()) => println!("{:?}", proxy.counts()),
                Err(error) => println!("{error}"),
            },
        }
    }
    proxy.stop().await;
    Ok(())
}

/// The lines of stdin. Reading it blocks, so a thread does it.
fn typed() -> mpsc::UnboundedReceiver<String> {
    let (lines, typed) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut read = stdin().lock().lines().map_while(Result::ok);
        while read.next().is_some_and(|line| lines.send(line).is_ok()) {}
    });
    typed
}

async fn obey(proxy: &FaultProxy, word: &str) -> Result<(), Box<dyn Error>> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let both = |change: fn(&mut Flow, u64)| -> Result<(), Box<dyn Error>> {
        let number = value.parse()?;
        proxy.set(|toxics| {
            change(&mut toxics.to_client, number);
            change(&mut toxics.to_server, number);
        });
        Ok(())
    };
    match (name, value) {
        ("latency", _) => {
            let latency = Duration::from_millis(value.parse()?);
            proxy.set(|toxics| toxics.weather.latency = latency);
        }
        ("jitter", _) => {
            let jitter = Duration::from_millis(value.parse()?);
            proxy.set(|toxics| toxics.weather.jitter = jitter);
        }
        ("slice", _) => both(|flow, largest| flow.slice = usize::try_from(largest).ok())?,
        ("rate", _) => both(|flow, rate| flow.rate = Some(rate))?,
        ("spoil", _) => both(|flow, every| flow.spoil = Some(every))?,
        ("limit", _) => {
            let limit = Some((value.parse()?, Cut::Reset));
            proxy.set(|toxics| toxics.to_client.limit = limit);
        }
        ("deaf", "clients") => proxy.set(|toxics| toxics.weather.deaf_clients = true),
        ("deaf", "servers") => proxy.set(|toxics| toxics.weather.deaf_servers = true),
        ("clog", "") => proxy.set(|toxics| toxics.weather.clogged = true),
        ("reset", "") => proxy.reset_all(),
        ("hang-up", "") => proxy.hang_up_all(),
        ("half-close", "client") => proxy.half_close_all(Side::Client),
        ("half-close", "server") => proxy.half_close_all(Side::Server),
        ("refuse", "") => proxy.refuse(true).await?,
        ("accept", "") => proxy.refuse(false).await?,
        ("clear", "") => proxy.set(Toxics::clear),
        _ => return Err(format!("`{word}` is not one of\n{WORDS}").into()),
    }
    Ok(())
}
