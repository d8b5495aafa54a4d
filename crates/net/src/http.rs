//! HTTP requests by reqwest: carried, not understood.

use std::error::Error;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, redirect};
use rosterline_core::{Call, Misuse, Network, Quota};
use rosterline_driver::{Answer, Trouble};
use rustls::ClientConfig;
use zeroize::Zeroizing;

use crate::net::Net;
use crate::proxy::{self, Proxy};
use crate::trouble;

/// The answer to a call on its way.
pub type CallFuture = Pin<Box<dyn Future<Output = Result<Answer, Trouble>> + Send>>;

/// Carries HTTP requests, for applications that have a client of their own.
///
/// It must not follow redirects, has no time limit of its own (the session drops the future when it is over), and
/// reads no more than [`Call::max_body`] bytes of a body. What it says about trouble repeats no URL, header or body.
pub trait HttpClient: fmt::Debug + Send + Sync + 'static {
    /// Makes a request.
    fn call(&self, call: Call) -> CallFuture;
}

/// The client that is there if none is given.
#[derive(Debug)]
pub(crate) struct Reqwest<N> {
    client: reqwest::Client,
    proxied: bool,
    net: PhantomData<fn() -> N>,
}

impl<N: Net> Reqwest<N> {
    pub(crate) fn new(tls: Arc<ClientConfig>, proxy: Option<&Proxy>) -> Result<Self, Misuse> {
        Ok(Self { client: client(tls, proxy)?, proxied: proxy.is_some(), net: PhantomData })
    }
}

impl<N: Net> HttpClient for Reqwest<N> {
    fn call(&self, call: Call) -> CallFuture {
        Box::pin(N::with_reactor(carry(self.client.clone(), self.proxied, call)))
    }
}

fn client(tls: Arc<ClientConfig>, proxy: Option<&Proxy>) -> Result<reqwest::Client, Misuse> {
    let wrong = |error: reqwest::Error| Misuse { what: "http", why: error.without_url().to_string().into() };
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(Arc::unwrap_or_clone(tls))
        .redirect(redirect::Policy::none())
        .no_proxy();
    if let Some(proxy) = proxy {
        let mut through = reqwest::Proxy::all(proxy.endpoint().as_str()).map_err(wrong)?;
        if let Some((user, password)) = proxy.credentials() {
            through = through.basic_auth(user, password.expose());
        }
        builder = builder.proxy(through);
    }
    builder.build().map_err(wrong)
}

async fn carry(client: reqwest::Client, proxied: bool, call: Call) -> Result<Answer, Trouble> {
    let method =
        Method::from_bytes(call.method.as_bytes()).map_err(|error| Trouble::new(Network::Connect, error))?;
    let mut request = client.request(method, call.url.expose()).body(call.body);
    for (name, value) in &call.headers {
        let value = HeaderValue::from_str(value.expose());
        let mut value =
            value.map_err(|_| Trouble::new(Network::Connect, format_args!("header {name} is not valid")))?;
        value.set_sensitive(true);
        request = request.header(*name, value);
    }
    let mut response = request.send().await.map_err(|error| meaning(error, proxied))?;
    let status = response.status().as_u16();
    if proxied && status == proxy::Answer::WANTS_CREDENTIALS {
        return Err(proxy::Answer::wants_credentials());
    }
    let mut answer = Answer { status, ..head(response.headers()) };
    let mut body = Zeroizing::new(Vec::with_capacity(4096));
    while let Some(chunk) = response.chunk().await.map_err(|error| meaning(error, proxied))? {
        let room = call.max_body - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            break;
        }
    }
    answer.body = body;
    Ok(answer)
}

/// What is read of an answer's headers.
fn head(headers: &HeaderMap) -> Answer {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| text(name).and_then(|text| text.trim().parse().ok());
    let quota = || {
        let (count, allowed) = (number("inin-ratelimit-count")?, number("inin-ratelimit-allowed")?);
        Some(Quota { count, allowed, reset: number("inin-ratelimit-reset")? })
    };
    Answer {
        retry_after: text(RETRY_AFTER.as_str()).map(Into::into),
        date: text(DATE.as_str()).map(Into::into),
        correlation: text("inin-correlation-id").map(Into::into),
        quota: quota(),
        ..Answer::default()
    }
}

/// The kind of an error, in the words of what lies at its ground: those in between may repeat the URL.
fn meaning(error: reqwest::Error, proxied: bool) -> Trouble {
    let otherwise = match error.is_connect() {
        true if proxied => Network::Proxy,
        true if error.is_dns() => Network::Dns,
        true => Network::Connect,
        false => Network::Broken,
    };
    let error = error.without_url();
    let mut ground: &dyn Error = &error;
    while let Some(source) = ground.source() {
        ground = source;
    }
    match ground.downcast_ref::<io::Error>() {
        Some(error) => trouble::trouble(error, otherwise),
        None if ground.is::<rustls::Error>() => Trouble::new(Network::Tls, ground),
        None => Trouble::new(otherwise, ground),
    }
}
