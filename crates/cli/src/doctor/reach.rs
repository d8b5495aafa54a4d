//! From a name to a server that answers: DNS, proxy, TLS; and what time it is there.

use std::io;
use std::time::Duration;

use rosterline_core::{Call, Cause, Endpoint, Network, Step, Timestamp, UnixMillis};
use rosterline_driver::{Answer, Runtime as _, Trouble};

use super::{Doctor, PATIENCE};

/// Clocks that differ by this do no harm: a header is written to the second, and takes its time.
const NEAR: Duration = Duration::from_secs(5);
/// An event that is dated further ahead than this is set aside.
const FUTURE: Duration = Duration::from_secs(300);

impl Doctor {
    /// Looks at the way to a server.
    pub(super) async fn reach(&mut self, url: &Endpoint) -> io::Result<()> {
        let host = url.host();
        // Behind a proxy names are its business.
        if !self.proxied && !self.resolve(host, url.port()).await? {
            return Ok(());
        }
        let began = self.runtime.now();
        let root = format!("{}://{host}:{}/", url.scheme(), url.port());
        let call = Call {
            method: "GET",
            url: root.as_str().into(),
            headers: vec![],
            body: String::new(),
            max_body: 0,
        };
        let answer = self.call(call).await;
        let took = self.runtime.now().since(began);
        let way = if self.proxied { " through the proxy" } else { "" };
        match answer {
            Some(Ok(answer)) => {
                let (name, how) =
                    if url.is_secure() { ("tls", " by TLS") } else { ("connect", ", without TLS") };
                self.findings.note(name, &format!("{host} answers{how}{way}"), took)?;
                self.clock(host, &answer)
            }
            Some(Err(Trouble { kind, detail })) => {
                let said = format!("{host}{way}: {detail}");
                self.fail_with(step(kind), &said, &Cause::Network { step: None, kind, detail }, took)
            }
            None => self.fail_with(
                "connect",
                &format!("{host}{way} does not answer"),
                &Cause::Timeout(Step::Dial),
                took,
            ),
        }
    }

    async fn resolve(&mut self, host: &str, port: u16) -> io::Result<bool> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<std::net::IpAddr>().is_ok() {
            return Ok(true);
        }
        let began = self.runtime.now();
        let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((bare, port))).await;
        let took = self.runtime.now().since(began);
        let kind = Network::Dns;
        let wrong = match found {
            Ok(Ok(addresses)) => match addresses.count() {
                0 => "the name has no address".to_string(),
                1 => return self.findings.note("dns", &format!("{host} has 1 address"), took).map(|()| true),
                count => {
                    return self
                        .findings
                        .note("dns", &format!("{host} has {count} addresses"), took)
                        .map(|()| true);
                }
            },
            Ok(Err(error)) => error.to_string(),
            Err(_) => "nobody answers".to_string(),
        };
        let said = format!("{host}: {wrong}");
        self.fail_with("dns", &said, &Cause::Network { step: None, kind, detail: wrong.into() }, took)?;
        Ok(false)
    }

    /// Compares the server's clock with ours.
    fn clock(&mut self, host: &str, answer: &Answer) -> io::Result<()> {
        let (ours, none) = (self.runtime.wall(), Duration::ZERO);
        let Some(theirs) = answer.date.as_deref().and_then(http_date) else {
            let advice = "nothing to do; ours is not compared with it";
            return self.findings.warn(
                "clock",
                &format!("{host} does not say what time it is"),
                advice,
                none,
            );
        };
        let apart = theirs.until(ours).max(ours.until(theirs));
        let said = format!("ours and that of {host} differ by {} s", apart.as_secs());
        if apart <= NEAR {
            return self.findings.note("clock", &said, none);
        }
        let advice = if apart < FUTURE {
            "set the clock by NTP: latencies and the ends of gaps are told by it"
        } else {
            "set the clock by NTP: at more than 5 minutes events count as dated in the future"
        };
        self.findings.warn("clock", &said, advice, none)
    }
}

/// The check that trouble belongs to.
const fn step(kind: Network) -> &'static str {
    match kind {
        Network::Dns => "dns",
        Network::Tls => "tls",
        Network::Proxy => "proxy",
        Network::Connect | Network::Broken | Network::Resource => "connect",
    }
}

/// A header `Date` (RFC 9110, section 5.6.7) in the form that every server of today writes.
fn http_date(text: &str) -> Option<UnixMillis> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [_, day, month, year, time, "GMT"] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z")).map(Timestamp::unix_millis)
}

#[cfg(test)]
mod tests {
    use super::http_date;
    use rosterline_core::UnixMillis;

    #[test]
    fn a_date_is_read_or_is_none() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(UnixMillis(784_111_777_000)));
        for text in ["", "06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
