//! What a mosquitto needs to serve a fleet: a certificate of the controller's authority, its configuration, and who may do
//! what on it.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;

use super::{BROKER_USER, Pki, PkiError, Subject, certified, files};

/// Writes the files into a directory; renews the certificate that is there, if it is to be.
///
/// # Errors
/// If a file cannot be written.
pub fn write_broker_files(
    pki: &Pki,
    directory: &Path,
    names: &[String],
    prefix: &str,
    now: SystemTime,
) -> Result<(), PkiError> {
    files::make_private_directory(directory)?;
    let mut names = names.to_vec();
    names.push(wire::join::BROKER.to_owned());
    names.sort();
    names.dedup();
    let own = certified(&directory.join("broker.pem"), &pki.ca, &Subject::Server(names), now)?;
    let pem =
        |all: Vec<CertificateDer<'static>>| -> String { all.iter().map(|c| pem(c)).collect() };
    let chain = format!("{}{}", own.certificate_pem, pem(pki.chain()));
    let before = pki.previous.iter().map(|p| p.own.clone());
    let authorities = pem(std::iter::once(pki.ca.certificate_der()).chain(before).collect());
    files::write_private(&directory.join("broker.key"), own.key_pem.as_bytes())?;
    let open = [
        ("broker.crt", chain),
        ("ca.crt", authorities),
        ("nodes.acl", nodes_acl(prefix)),
        ("join.acl", join_acl(prefix)),
        ("mosquitto.conf", configuration(&directory.display().to_string())),
    ];
    for (name, text) in open {
        let path = directory.join(name);
        fs::write(&path, text).map_err(|source| PkiError::File { path, source })?;
    }
    Ok(())
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Who may do what there: a node is who its certificate names.
fn nodes_acl(prefix: &str) -> String {
    format!(
        "# A node says and hears what is its own, and nothing else. %u is the name in its certificate.
pattern write {prefix}/%u/u
pattern write {prefix}/%u/s/u
pattern write {prefix}/%u/p
pattern read {prefix}/%u/d
pattern read {prefix}/%u/s/d

user {BROKER_USER}
topic readwrite {prefix}/#
"
    )
}

/// Who has no certificate may ask for one, on topics of its own connection.
fn join_acl(prefix: &str) -> String {
    format!(
        "pattern write {prefix}/_join/%c/u
pattern read {prefix}/_join/%c/d
"
    )
}

fn configuration(directory: &str) -> String {
    format!(
        "# mosquitto 2.0 for a fleet of Driftless: mosquitto -c {directory}/mosquitto.conf
# It keeps nothing: nodes and controller say again what has not arrived.
per_listener_settings true
persistence false
log_type error
log_type warning
# Both sides have few messages under way; a slow one must not fill the memory of all.
max_queued_messages 2000
max_packet_size 262144

# Nodes and the controller, by their certificates.
listener 8883
cafile {directory}/ca.crt
certfile {directory}/broker.crt
keyfile {directory}/broker.key
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
acl_file {directory}/nodes.acl

# Machines that have no certificate yet, or whose has expired.
listener 8884
cafile {directory}/ca.crt
certfile {directory}/broker.crt
keyfile {directory}/broker.key
tls_version tlsv1.2
allow_anonymous true
max_connections 1000
acl_file {directory}/join.acl
"
    )
}
