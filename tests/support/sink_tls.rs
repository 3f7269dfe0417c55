//! A sink of the tests with a certificate nobody has reason to trust.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Signed by itself, for 127.0.0.1.
const PEM: &[u8] = include_bytes!("sink_untrusted.pem");

/// What it has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Connections that were tried.
    pub connections: AtomicUsize,
    /// Bytes somebody sent through one.
    pub bytes: AtomicUsize,
}

/// Listens on a free port for as long as the test runs; gives its address.
pub fn start() -> (String, Arc<Seen>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(PEM)
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(PEM).unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut secure = rustls::Stream::new(&mut connection, &mut stream);
            let mut buffer = [0; 1024];
            while let Ok(bytes @ 1..) = secure.read(&mut buffer) {
                shared.bytes.fetch_add(bytes, Ordering::SeqCst);
            }
        }
    });
    (url, seen)
}
