//! Servers whose own certificate is given as an authority: what `openssl req -x509` makes is both.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

/// Asks another verifier, and takes a server whose certificate is byte for byte a given one where the other
/// refuses it for one reason alone: that it is an authority's.
#[derive(Debug)]
pub(crate) struct Pinned {
    given: Vec<CertificateDer<'static>>,
    otherwise: Arc<dyn ServerCertVerifier>,
}

impl Pinned {
    pub(crate) const fn new(
        given: Vec<CertificateDer<'static>>,
        otherwise: Arc<dyn ServerCertVerifier>,
    ) -> Self {
        Self { given, otherwise }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.otherwise.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // Its dates are good: they are looked at first. Its name has not been looked at yet.
            Err(Error::InvalidCertificate(CertificateError::Other(why)))
                if is_authority(&why) && self.given.contains(end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.otherwise.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.otherwise.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.otherwise.supported_verify_schemes()
    }
}

/// Whether webpki refused a server's certificate for being an authority's. rustls passes its error on as
/// text only.
fn is_authority(why: &OtherError) -> bool {
    why.0.to_string() == "CaUsedAsEndEntity"
}
