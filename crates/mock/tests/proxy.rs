//! The fault proxy on real sockets, before a server that says what the test says.

mod common;

use std::io::ErrorKind;
use std::net::SocketAddr;

use common::soon;
use rosterline_core::Network;
use rosterline_mock::{Cut, FaultProxy, Side, Toxics};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A listener, and a proxy before it.
async fn proxied(toxics: Toxics) -> (TcpListener, FaultProxy) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let upstream = listener.local_addr().expect("bound");
    (listener, FaultProxy::start(upstream, toxics).await.expect("a free port"))
}

async fn dial(proxy: &FaultProxy) -> TcpStream {
    soon(TcpStream::connect(proxy.addr())).await.expect("it listens")
}

/// Both ends of a connection through a proxy in perfect weather.
async fn connected() -> (FaultProxy, TcpStream, TcpStream) {
    let (listener, proxy) = proxied(Toxics::default()).await;
    let client = dial(&proxy).await;
    let (server, _) = soon(listener.accept()).await.expect("the proxy connects");
    (proxy, client, server)
}

/// Everything up to the end, or the error there.
async fn rest(stream: &mut TcpStream) -> Result<Vec<u8>, ErrorKind> {
    let mut bytes = Vec::new();
    soon(stream.read_to_end(&mut bytes)).await.map_err(|error| error.kind())?;
    Ok(bytes)
}

async fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    soon(stream.read_exact(&mut bytes)).await.expect("so many come");
    bytes
}

#[tokio::test]
async fn in_perfect_weather_bytes_and_ends_pass_as_they_are() {
    let (proxy, mut client, mut server) = connected().await;
    client.write_all(b"question").await.expect("written");
    assert_eq!(read(&mut server, 8).await, b"question");
    server.write_all(b"answer").await.expect("written");
    assert_eq!(read(&mut client, 6).await, b"answer");
    client.shutdown().await.expect("open");
    assert_eq!(rest(&mut server).await, Ok(vec![]));
    server.write_all(b"last word").await.expect("the other direction is open");
    drop(server);
    assert_eq!(rest(&mut client).await, Ok(b"last word".to_vec()));
    soon(proxy.until(|counts| counts.open == 0)).await;
    let counts = proxy.counts();
    assert_eq!((counts.connections, counts.to_server, counts.to_client), (1, 8, 15));
}

#[tokio::test]
async fn a_reset_is_told_to_both_sides_and_passed_on_from_either() {
    let (proxy, mut client, mut server) = connected().await;
    proxy.reset_all();
    for end in [&mut client, &mut server] {
        assert_eq!(rest(end).await, Err(ErrorKind::ConnectionReset));
    }
    let (_proxy, client, mut server) = connected().await;
    client.set_zero_linger().expect("open");
    drop(client);
    assert_eq!(rest(&mut server).await, Err(ErrorKind::ConnectionReset));
    let (_proxy, mut client, server) = connected().await;
    server.set_zero_linger().expect("open");
    drop(server);
    assert_eq!(rest(&mut client).await, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn hanging_up_is_no_reset_even_if_something_is_unread() {
    let (proxy, mut client, mut server) = connected().await;
    proxy.set(|toxics| toxics.weather.deaf_servers = true);
    client.write_all(b"never arrives").await.expect("written");
    proxy.hang_up_all();
    client.write_all(b"nor does this").await.expect("written");
    assert_eq!(rest(&mut client).await, Ok(vec![]));
    assert_eq!(rest(&mut server).await, Ok(vec![]));
}

#[tokio::test]
async fn a_half_close_ends_one_direction_and_leaves_the_other() {
    let (proxy, mut client, mut server) = connected().await;
    proxy.half_close_all(Side::Client);
    assert_eq!(rest(&mut client).await, Ok(vec![]));
    server.write_all(&[0; 1 << 20]).await.expect("the sender is not held up");
    client.write_all(b"still there").await.expect("written");
    assert_eq!(read(&mut server, 11).await, b"still there");
}

#[tokio::test]
async fn a_limit_holds_for_each_connection_by_itself() {
    let mut toxics = Toxics::default();
    toxics.to_client.limit = Some((4, Cut::Fin));
    let (listener, proxy) = proxied(toxics).await;
    for _ in 0..2 {
        let mut client = dial(&proxy).await;
        let (mut server, _) = soon(listener.accept()).await.expect("the proxy connects");
        server.write_all(b"truncated").await.expect("written");
        assert_eq!(rest(&mut client).await, Ok(b"trun".to_vec()));
        assert_eq!(rest(&mut server).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn whoever_is_refused_is_refused_by_the_system_and_open_connections_stay() {
    let (proxy, mut client, mut server) = connected().await;
    for _ in 0..2 {
        proxy.refuse(true).await.expect("the address is ours");
        let refused = soon(TcpStream::connect(proxy.addr())).await.expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    client.write_all(b"still there").await.expect("written");
    assert_eq!(read(&mut server, 11).await, b"still there");
    for _ in 0..2 {
        proxy.refuse(false).await.expect("the address is ours");
        dial(&proxy).await;
    }
    soon(proxy.until(|counts| counts.connections == 3)).await;
}

#[tokio::test]
async fn the_next_connections_fail_as_the_weather_says() {
    let (_listener, proxy) = proxied(Toxics::default()).await;
    let kinds =
        [Network::Connect, Network::Dns, Network::Resource, Network::Broken, Network::Tls, Network::Proxy];
    proxy.set(|toxics| toxics.weather.failures.extend(kinds));
    for kind in kinds {
        let mut client = dial(&proxy).await;
        let _ = client.write_all(b"hello?").await;
        let came = rest(&mut client).await;
        match kind {
            Network::Connect | Network::Dns | Network::Resource => {
                assert_eq!(came, Err(ErrorKind::ConnectionReset), "{kind:?}");
            }
            Network::Broken => assert_eq!(came, Ok(vec![])),
            Network::Tls => assert!(came.is_ok_and(|bytes| bytes.starts_with(b"this is no TLS"))),
            Network::Proxy => assert!(came.is_ok_and(|bytes| bytes.starts_with(b"HTTP/1.1 407 "))),
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_a_reset() {
    let (listener, proxy) = proxied(Toxics::default()).await;
    drop(listener);
    assert_eq!(rest(&mut dial(&proxy).await).await, Err(ErrorKind::ConnectionReset));
    soon(proxy.until(|counts| counts.open == 0)).await;
}

#[tokio::test]
async fn connections_are_bounded() {
    let (listener, proxy) = proxied(Toxics::default()).await;
    let mut held = Vec::new();
    for _ in 0..256 {
        let client = dial(&proxy).await;
        held.push((client, soon(listener.accept()).await.expect("the proxy connects")));
    }
    assert_eq!(rest(&mut dial(&proxy).await).await, Err(ErrorKind::ConnectionReset));
    held.clear();
    soon(proxy.until(|counts| counts.open == 0)).await;
    dial(&proxy).await;
    soon(listener.accept()).await.expect("there is room again");
}

#[tokio::test]
async fn a_proxy_that_stops_ends_what_is_open_and_its_address_serves_again() {
    let (proxy, mut client, mut server) = connected().await;
    let addr = proxy.addr();
    proxy.stop().await;
    assert_eq!((rest(&mut client).await, rest(&mut server).await), (Ok(vec![]), Ok(vec![])));
    let upstream: SocketAddr = addr;
    let again = FaultProxy::listen(addr, upstream, Toxics::default()).await.expect("the address is free");
    let taken = FaultProxy::listen(addr, upstream, Toxics::default()).await.expect_err("it is taken");
    assert_eq!(taken.kind(), ErrorKind::AddrInUse);
    let message = taken.to_string();
    assert!(message.contains(&addr.to_string()) && message.contains("port 0"), "{message}");
    assert_eq!(again.addr(), addr);
}

#[tokio::test]
async fn a_dropped_proxy_lets_go_of_everything() {
    let (proxy, mut client, _server) = connected().await;
    let addr = proxy.addr();
    drop(proxy);
    assert_eq!(rest(&mut client).await, Ok(vec![]));
    soon(async {
        while TcpStream::connect(addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
