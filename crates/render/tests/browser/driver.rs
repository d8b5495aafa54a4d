//! A browser that is driven over the WebDriver protocol, by as much HTTP as that takes.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// Where a browser has to be there: set by the gate, where it is installed.
const REQUIRED: &str = "ROSTERLINE_BROWSER";
/// Only a hang takes it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A headless browser with one window. It ends with the value.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    folder: PathBuf,
}

impl Browser {
    /// Starts one. `None` where none is installed; that is said aloud.
    pub(crate) fn start(name: &str) -> Option<Self> {
        match Self::try_start(name) {
            Ok(browser) => Some(browser),
            Err(why) if std::env::var(REQUIRED).is_ok_and(|value| value == "required") => {
                panic!("{REQUIRED} says that a browser is there, but: {why}")
            }
            Err(why) => {
                eprintln!("SKIPPED: {name}: no page was looked at in a browser: {why}");
                None
            }
        }
    }

    fn try_start(name: &str) -> Result<Self, String> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver does not start: {error}"))?;
        let mut said = BufReader::new(driver.stdout.take().expect("it is piped"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            if said.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
                let _ = driver.wait();
                return Err("chromedriver ended without telling its port".to_string());
            }
            let told = line.split("started successfully on port ").nth(1);
            if let Some(port) = told.and_then(|rest| rest.trim().trim_end_matches('.').parse().ok()) {
                break port;
            }
        };
        // Nobody reads on; the driver must not wait for that.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let mut browser = Self { driver, port, session: String::new(), folder };
        let profile = format!("--user-data-dir={}", browser.folder.join("profile").display());
        let flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars \
                     --disable-background-networking --disable-component-update --disable-sync";
        let flags: Vec<&str> = flags.split_whitespace().chain([profile.as_str()]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": flags},
            "goog:loggingPrefs": {"browser": "ALL"},
            "unhandledPromptBehavior": "ignore",
        }}});
        let begun = browser.request("POST", "/session", &wanted)?;
        browser.session = begun["sessionId"].as_str().ok_or("no session")?.to_string();
        Ok(browser)
    }

    /// Opens a page from a file, in a window of this width.
    pub(crate) fn open(&self, file: &str, text: &str, width: u32) {
        let path = self.folder.join(file);
        std::fs::write(&path, text).expect("the target folder can be written");
        // In the device's metrics: a window cannot be as narrow as a phone.
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
        let path = path.display().to_string().replace('\\', "/");
        self.post("/url", json!({"url": format!("file:///{}", path.trim_start_matches('/'))}));
    }

    /// Runs a function's body in the page. A dialog that is open would be an error.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []}))
    }

    /// The number that a script gives.
    pub(crate) fn number(&self, script: &str) -> f64 {
        let value = self.run(script);
        value.as_f64().unwrap_or_else(|| panic!("{script} gives {value}"))
    }

    /// How many elements of the page match.
    pub(crate) fn count(&self, selector: &str) -> usize {
        self.number(&format!("return document.querySelectorAll({selector:?}).length")) as usize
    }

    /// The texts of all elements that match.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!("return [...document.querySelectorAll({selector:?})].map(it => it.textContent)");
        serde_json::from_value(self.run(&script)).expect("texts")
    }

    /// A command of the browser's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters}))
    }

    /// Pages are opened as for somebody who prefers this colour scheme: `light` or `dark`.
    pub(crate) fn prefers(&self, scheme: &str) {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", feature);
    }

    /// How bright a colour of the first element is that matches.
    pub(crate) fn luminance(&self, selector: &str, property: &str) -> f64 {
        let script = format!("return getComputedStyle(document.querySelector({selector:?})).{property}");
        luminance(self.run(&script).as_str().expect("a colour"))
    }

    /// What the page complained about: errors, and what its policy refused.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", json!({"type": "browser"}));
        log.as_array().expect("a list").iter().map(ToString::to_string).collect()
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let path = format!("/session/{}{path}", self.session);
        self.request("POST", &path, &body).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    /// One request on a connection of its own, and the value of the answer.
    fn request(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let exchange = || -> std::io::Result<(String, Vec<u8>)> {
            let stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let body = body.to_string();
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n",
                self.port,
                body.len()
            );
            (&stream).write_all((head + &body).as_bytes())?;
            let mut answer = BufReader::new(&stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                answer.read_line(&mut line)?;
                if line.trim().is_empty() {
                    break;
                }
                if let Some((name, value)) = line.split_once(':') {
                    if name.eq_ignore_ascii_case("content-length") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            answer.read_exact(&mut body)?;
            Ok((head, body))
        };
        let (head, body) = exchange().map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_slice(&body).map_err(|error| format!("{head}: {error}"))?;
        match head.starts_with("HTTP/1.1 200") {
            true => Ok(answer["value"].clone()),
            false => Err(answer["value"]["message"].as_str().unwrap_or("no message").to_string()),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.request("DELETE", &format!("/session/{}", self.session), &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The page complains about nothing.
pub(crate) fn quiet(browser: &Browser) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The relative luminance of `rgb(1, 2, 3)`, as WCAG 2 defines it.
fn luminance(colour: &str) -> f64 {
    let inner = colour.trim_start_matches("rgb(").trim_end_matches(')');
    let parts: Vec<f64> = inner.split(',').map(|part| part.trim().parse().expect(colour)).collect();
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(parts[0]) + 0.7152 * linear(parts[1]) + 0.0722 * linear(parts[2])
}

/// The contrast of two luminances, as WCAG 2 defines it: 1 to 21.
pub(crate) fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
