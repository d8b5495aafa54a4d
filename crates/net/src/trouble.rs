//! What an error of the system means.

use std::io;

use rosterline_core::Network;
use rosterline_driver::Trouble;

/// What an error of the system means, if it is not about TLS or this process: `otherwise`.
pub(crate) fn trouble(error: &io::Error, otherwise: Network) -> Trouble {
    // ENFILE and EMFILE, and WSAEMFILE: too many open files. Rust has no name for them.
    let kind = match error.raw_os_error() {
        Some(23 | 24 | 10_024) => Network::Resource,
        _ if error.kind() == io::ErrorKind::OutOfMemory => Network::Resource,
        _ if is_tls(error) => Network::Tls,
        _ => otherwise,
    };
    Trouble::new(kind, error)
}

/// Whether TLS is at the ground of it. An error inside of an error is not its source.
fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| match inner.downcast_ref::<io::Error>() {
        Some(inner) => is_tls(inner),
        None => inner.is::<rustls::Error>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_process_without_descriptors_lacks_a_resource() {
        for (code, kind) in [(24, Network::Resource), (23, Network::Resource), (111, Network::Connect)] {
            assert_eq!(trouble(&io::Error::from_raw_os_error(code), Network::Connect).kind, kind, "{code}");
        }
    }
}
