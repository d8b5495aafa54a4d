//! What every adapter passes: with one thread, and with several.

mod current_thread {
    rosterline_conformance::suite!(rosterline_tokio::Tokio, rosterline_conformance::Threads::One);
}

mod multi_thread {
    rosterline_conformance::suite!(rosterline_tokio::Tokio, rosterline_conformance::Threads::Many);
}
