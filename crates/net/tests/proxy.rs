//! The handshake with an HTTP proxy.

use rosterline_core::{Endpoint, Network};
use rosterline_net::proxy::{Answer, Proxy};

fn target(url: &str) -> Endpoint {
    Endpoint::new(url).expect("valid")
}

#[test]
fn the_request_names_the_target_and_brings_the_credentials() {
    let proxy = Proxy::new("http://Aladdin:open%20sesame@proxy.example.com:3128/").expect("valid");
    assert_eq!((proxy.endpoint().host(), proxy.endpoint().port()), ("proxy.example.com", 3128));
    assert_eq!(
        proxy.request(&target("wss://api.example.com/v2")).expose(),
        "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\
         Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
    );
    let open = Proxy::new("http://[::1]:8080").expect("valid");
    assert_eq!(
        open.request(&target("ws://[2001:db8::1]/")).expose(),
        "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"
    );
}

#[test]
fn no_password_is_printed() {
    let proxy = Proxy::new("http://user:hunter2@proxy.example.com").expect("valid");
    assert!(!format!("{proxy:?}").contains("hunter2"));
    for url in [
        "https://user:hunter2@p",
        "socks5://user:hunter2@p",
        "http://user:hunter2%@p",
        "http://user:hunter2@",
    ] {
        let misuse = Proxy::new(url).expect_err(url);
        assert!(!misuse.to_string().contains("hunter2"), "{misuse}");
    }
}

#[test]
fn credentials_that_could_split_the_header_are_refused() {
    for url in [
        "http://user:a%0d%0ab@p",
        "http://us%3Aer:pw@p",
        "http://user:%ff@p",
        "http://user:%zz@p",
        "http://%4:x@p",
    ] {
        assert!(Proxy::new(url).is_err(), "{url}");
    }
}

/// Feeds an answer in pieces of so many bytes.
fn receive(text: &str, size: usize) -> Result<bool, String> {
    let mut answer = Answer::default();
    for piece in text.as_bytes().chunks(size) {
        match answer.receive(piece) {
            Ok(false) => {}
            Ok(true) => return Ok(true),
            Err(trouble) => {
                assert_eq!(trouble.kind, Network::Proxy);
                return Err(trouble.detail.into());
            }
        }
    }
    Ok(false)
}

#[test]
fn any_success_opens_the_way_however_it_is_sliced() {
    for text in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nVia: x\r\n\r\n",
        "HTTP/1.1 204\r\n\r\n",
    ] {
        for size in 1..=text.len() {
            assert_eq!(receive(text, size), Ok(true), "{text:?} by {size}");
        }
        assert_eq!(receive(&text[..text.len() - 1], 7), Ok(false));
    }
}

#[test]
fn a_refusal_says_its_status() {
    let refused = |text| receive(text, 16).expect_err(text);
    assert!(refused("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").contains("credentials"));
    assert!(refused("HTTP/1.1 403 Forbidden\r\n\r\nbody").contains("403"));
    assert!(refused("HTTP/1.1 101 Switching\r\n\r\n").contains("101"));
}

#[test]
fn nonsense_is_no_way_through() {
    for text in [
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "\r\n\r\n",
    ] {
        assert!(receive(text, 64).is_err(), "{text:?}");
    }
    assert!(receive("HTTP/1.1 200 OK\r\n\r\nearly", 64).is_err(), "the target cannot have spoken yet");
}

#[test]
fn an_answer_without_end_is_cut() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(Answer::MAX_HEAD));
    assert!(receive(&endless, 100).is_err());
    assert!(receive(&endless, endless.len()).is_err());
    let fits = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(Answer::MAX_HEAD - 24));
    assert_eq!(fits.len(), Answer::MAX_HEAD);
    assert_eq!(receive(&fits, 100), Ok(true));
}
