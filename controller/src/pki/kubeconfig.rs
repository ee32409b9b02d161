//! The file that makes `kubectl` the administrator's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Pki;

/// The text of the file. Everything is in it: it can be copied to another machine as it is.
pub(super) fn text(pki: &Pki, listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let server = SocketAddr::new(ip, listen.port());
    let [ca, certificate, key] =
        [&pki.ca.certificate_pem, &pki.admin.certificate_pem, &pki.admin.key_pem]
            .map(|pem| STANDARD.encode(pem));
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: driftless
  cluster:
    server: https://{server}
    certificate-authority-data: {ca}
users:
- name: admin
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
contexts:
- name: driftless
  context:
    cluster: driftless
    user: admin
current-context: driftless
"
    )
}
