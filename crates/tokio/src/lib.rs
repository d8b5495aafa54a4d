//! Rosterline on tokio: tokio-tungstenite, reqwest, rustls.
