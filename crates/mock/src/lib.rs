//! A mock Genesys server on real sockets: OAuth, WebSocket, TLS, faults.
