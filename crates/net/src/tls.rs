//! TLS: rustls over ring, trusting the system's authorities and those that were given.

use std::sync::Arc;

use rosterline_core::Misuse;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::pinned::Pinned;

/// Reads certificates in PEM.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Misuse> {
    let wrong = |why: String| Misuse { what: "root_certificates", why: why.into() };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => Err(wrong("there is no certificate in PEM in it".into())),
        Ok(found) => Ok(found),
        Err(error) => Err(wrong(format!("a certificate in it cannot be read: {error}"))),
    }
}

/// What all connections share. The provider is named, so that another one in the program changes nothing.
pub(crate) fn config(roots: Vec<CertificateDer<'static>>) -> Result<Arc<ClientConfig>, Misuse> {
    let wrong = |error: rustls::Error| Misuse { what: "root_certificates", why: error.to_string().into() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(wrong)?;
    let builder = match Verifier::new_with_extra_roots(roots.clone(), provider.clone()) {
        // "Dangerous" is any verifier that rustls did not bring; this one asks the system.
        Ok(verifier) => {
            let verifier = Pinned::new(roots, Arc::new(verifier));
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        Err(error) if roots.is_empty() => {
            // A bare container has no authorities: no certificate is accepted, and a connection that needs
            // none still works.
            tracing::warn!(%error, "the system's certificates cannot be loaded");
            builder.with_root_certificates(RootCertStore::empty())
        }
        Err(error) => {
            tracing::warn!(%error, given = roots.len(), "the system's certificates cannot be loaded");
            let mut store = RootCertStore::empty();
            for root in &roots {
                store.add(root.clone()).map_err(wrong)?;
            }
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build();
            let verifier = verifier.map_err(|error| wrong(rustls::Error::General(error.to_string())))?;
            let verifier = Pinned::new(roots, verifier);
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    Ok(Arc::new(builder.with_no_client_auth()))
}
