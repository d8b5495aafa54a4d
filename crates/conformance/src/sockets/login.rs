//! Tokens over real HTTP, certificates and proxies.
#![allow(missing_docs, reason = "the names are what holds")]

use super::server::*;
use rosterline_core::{Auth, Call, Cause, Config, Endpoint, Network, Secret};
use rosterline_driver::Answer;
use rosterline_net::{CallFuture, Client, ClientBuilder, Events, HttpClient, Net};
use std::sync::Arc;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub(crate) const TOKEN: &str = r#"{"access_token":"t0ken","token_type":"bearer","expires_in":3600}"#;

pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

pub(crate) fn login(scheme: &str, host: &str, port: u16) -> Config {
    let url = |tls: &str, plain: &str| {
        let scheme = if scheme == "https" { tls } else { plain };
        Endpoint::new(&format!("{scheme}://{host}:{port}")).expect("valid")
    };
    let auth = Auth::ClientCredentials {
        login_url: url("https", "http"),
        client_id: "Aladdin".into(),
        client_secret: Secret::new("open-sesame"),
    };
    Config { auth, ..config(url("wss", "ws").as_str()) }
}

fn start<N: Net>(client: ClientBuilder<N>, config: Config) -> Events<N> {
    client.build().expect("a client").start(config).expect("valid").0
}

fn kind(cause: &Cause) -> Option<Network> {
    let Cause::Network { kind, .. } = cause else { return None };
    Some(*kind)
}

pub async fn the_token_request_is_that_of_the_protocol<N: Net>() {
    let (listener, port) = listen().await;
    let mut events = start(Client::<N>::builder(), login("http", "127.0.0.1", port));
    let head = respond(accept(&listener).await, &ok(TOKEN)).await.to_ascii_lowercase();
    assert!(head.starts_with("post /oauth/token http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nauthorization: basic qwxhzgrpbjpvcgvulxnlc2ftzq==\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{head}");
    welcome(&listener).await;
    until_live(&mut events).await;
}

pub async fn sessions_of_a_client_share_a_request<N: Net>() {
    let (listener, port) = listen().await;
    let client = Client::<N>::builder().build().expect("a client");
    let (mut one, _handle) = client.start(login("http", "127.0.0.1", port)).expect("valid");
    let (mut two, _handle) = client.clone().start(login("http", "127.0.0.1", port)).expect("valid");
    respond(accept(&listener).await, &ok(TOKEN)).await;
    let (first, second) = tokio::join!(accept(&listener), accept(&listener));
    let _open = tokio::join!(greet(first), greet(second));
    until_live(&mut one).await;
    until_live(&mut two).await;
}

/// An HTTP client without a network.
#[derive(Debug)]
struct OfOurOwn;

impl HttpClient for OfOurOwn {
    fn call(&self, call: Call) -> CallFuture {
        let asked_for_a_token = call.method == "POST" && call.url.expose().ends_with("/oauth/token");
        let status = if asked_for_a_token { 200 } else { 404 };
        let body = TOKEN.as_bytes().to_vec().into();
        Box::pin(async move { Ok(Answer { status, body, ..Answer::default() }) })
    }
}

pub async fn an_application_can_bring_its_own_http_client<N: Net>() {
    let (listener, port) = listen().await;
    let mut events = start(Client::<N>::builder().http_client(OfOurOwn), login("http", "127.0.0.1", port));
    // The first thing that arrives is the opening handshake.
    let _websocket = welcome(&listener).await;
    until_live(&mut events).await;
}

pub async fn a_redirect_never_gets_the_credentials<N: Net>() {
    let (listener, port) = listen().await;
    let (thief, elsewhere) = listen().await;
    let mut events = start(Client::<N>::builder(), login("http", "127.0.0.1", port));
    let response =
        format!("HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    respond(accept(&listener).await, &response).await;
    assert!(matches!(next_cause(&mut events).await, Cause::Http { status: 307, .. }));
    let nobody = std::future::poll_fn(|cx| std::task::Poll::Ready(thief.poll_accept(cx).is_pending())).await;
    assert!(nobody);
}

pub async fn a_body_without_end_is_cut<N: Net>() {
    let (listener, port) = listen().await;
    let mut events = start(Client::<N>::builder(), login("http", "127.0.0.1", port));
    let mut stream = accept(&listener).await;
    read_head(&mut stream).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("the client reads");
    // Ends when the client has read enough and hangs up.
    patiently(async { while stream.write_all(&[b'x'; 4096]).await.is_ok() {} }).await;
    assert!(matches!(next_cause(&mut events).await, Cause::BadToken(_)));
}

pub async fn nobody_listens_for_the_token<N: Net>() {
    let (listener, port) = listen().await;
    drop(listener);
    let mut events = start(Client::<N>::builder(), login("http", "127.0.0.1", port));
    let cause = next_cause(&mut events).await;
    assert_eq!(kind(&cause), Some(Network::Connect));
    assert!(!cause.to_string().contains("127.0.0.1"), "{cause}");
}

/// A certificate for localhost, as what a server needs and as what a client trusts.
pub(crate) fn certificate() -> (TlsAcceptor, String) {
    certificate_for("localhost", rcgen::IsCa::NoCa)
}

fn certificate_for(name: &str, is_ca: rcgen::IsCa) -> (TlsAcceptor, String) {
    let mut params = rcgen::CertificateParams::new([name.to_owned()]).expect("a name");
    params.is_ca = is_ca;
    let key = rcgen::KeyPair::generate().expect("a key");
    let cert = params.self_signed(&key).expect("a certificate");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .expect("a key");
    (TlsAcceptor::from(Arc::new(config)), cert.pem())
}

async fn serve_over_tls(listener: TcpListener, acceptor: TlsAcceptor) {
    let stream = acceptor.accept(accept(&listener).await).await.expect("TLS");
    respond(stream, &ok(TOKEN)).await;
    let stream = acceptor.accept(accept(&listener).await).await.expect("TLS");
    let _websocket = greet(stream).await;
    std::future::pending::<()>().await;
}

pub async fn a_given_authority_is_trusted_for_both_connections<N: Net>() {
    let (listener, port) = listen().await;
    let (acceptor, pem) = certificate();
    let server = tokio::spawn(serve_over_tls(listener, acceptor));
    let client = Client::<N>::builder().root_certificates(pem.as_bytes()).expect("a certificate");
    let mut events = start(client, login("https", "localhost", port));
    until_live(&mut events).await;
    server.abort();
}

pub async fn a_server_that_is_its_own_authority_is_trusted_if_it_is_given_and_has_the_right_name<N: Net>() {
    let authority = || rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let (_, other) = certificate_for("localhost", authority());
    for (name, given, trusted) in
        [("localhost", true, true), ("localhost", false, false), ("example.org", true, false)]
    {
        let (listener, port) = listen().await;
        let (acceptor, pem) = certificate_for(name, authority());
        let server = tokio::spawn(async move {
            while let Ok(stream) = acceptor.accept(accept(&listener).await).await {
                respond(stream, &ok(TOKEN)).await;
            }
        });
        let pem = if given { pem } else { other.clone() };
        let client = Client::<N>::builder().root_certificates(pem.as_bytes()).expect("a certificate");
        let mut events = start(client, login("https", "localhost", port));
        let cause = next_cause(&mut events).await;
        assert_eq!(kind(&cause) != Some(Network::Tls), trusted, "{name}, given: {given}: {cause}");
        server.abort();
    }
}

pub async fn an_unknown_authority_is_not<N: Net>() {
    for with_token in [true, false] {
        let (listener, port) = listen().await;
        let (acceptor, _) = certificate();
        let server = tokio::spawn(async move {
            loop {
                let _refused = acceptor.accept(accept(&listener).await).await;
            }
        });
        let mut config = login("https", "localhost", port);
        if with_token {
            config.auth = Auth::Token("s3cret".into());
        }
        let mut events = start(Client::<N>::builder(), config);
        let cause = next_cause(&mut events).await;
        assert_eq!(kind(&cause), Some(Network::Tls), "{cause}");
        server.abort();
    }
}

pub async fn a_server_without_tls_is_no_server_with_tls<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = login("https", "localhost", port);
    config.auth = Auth::Token("s3cret".into());
    let mut events = start(Client::<N>::builder(), config);
    let mut stream = accept(&listener).await;
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("the client reads");
    assert_eq!(kind(&next_cause(&mut events).await), Some(Network::Tls));
}

pub async fn what_is_no_certificate_is_refused<N: Net>() {
    for pem in ["", "no PEM", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"] {
        assert!(Client::<N>::builder().root_certificates(pem.as_bytes()).is_err(), "{pem}");
    }
}

/// A proxy for `CONNECT`. Gives the heads of the requests that it served. Each connection is a task of its own, which
/// panics when the client goes away in the middle of its request.
pub(crate) async fn proxy(listener: TcpListener, heads: Arc<std::sync::Mutex<Vec<String>>>) {
    loop {
        let mut client = accept(&listener).await;
        let heads = heads.clone();
        tokio::spawn(async move {
            let head = read_head(&mut client).await;
            let target = head.split(' ').nth(1).expect("a target").to_owned();
            heads.lock().expect("not poisoned").push(head);
            let mut server = TcpStream::connect(target).await.expect("the target listens");
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.expect("the client reads");
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

pub async fn everything_goes_through_the_proxy<N: Net>() {
    let (listener, port) = listen().await;
    let (acceptor, pem) = certificate();
    let server = tokio::spawn(serve_over_tls(listener, acceptor));
    let (listener, proxy_port) = listen().await;
    let heads = Arc::default();
    let proxy = tokio::spawn(proxy(listener, Arc::clone(&heads)));
    let client = Client::<N>::builder()
        .root_certificates(pem.as_bytes())
        .and_then(|client| client.proxy(&format!("http://Aladdin:open%20sesame@127.0.0.1:{proxy_port}")))
        .expect("valid");
    let mut events = start(client, login("https", "localhost", port));
    until_live(&mut events).await;
    let heads = heads.lock().expect("not poisoned").clone();
    assert_eq!(heads.len(), 2);
    for head in heads {
        assert!(head.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{head}");
        assert!(
            head.to_ascii_lowercase().contains("proxy-authorization: basic qwxhzgrpbjpvcgvuihnlc2ftzq=="),
            "{head}"
        );
    }
    server.abort();
    proxy.abort();
}

pub async fn a_proxy_that_refuses_is_the_one_to_blame<N: Net>() {
    for (scheme, with_token) in [("https", true), ("https", false), ("http", true), ("http", false)] {
        let (listener, port) = listen().await;
        let client = Client::<N>::builder().proxy(&format!("http://127.0.0.1:{port}")).expect("valid");
        let mut config = login(scheme, "localhost", 9);
        if with_token {
            config.auth = Auth::Token("s3cret".into());
        }
        let mut events = start(client, config);
        respond(accept(&listener).await, "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n").await;
        let cause = next_cause(&mut events).await;
        assert_eq!(kind(&cause), Some(Network::Proxy), "{cause}");
    }
}
