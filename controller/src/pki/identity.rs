//! A key and the certificate that goes with it.

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::NodeName;
use model::trust::PublicKey;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SubjectPublicKeyInfo,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::asn1_rs::Tag;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use x509_parser::time::ASN1Time;

use super::{PkiError, files};

const DAY: Duration = Duration::from_secs(86_400);
/// How long the authority lives.
const AUTHORITY_DAYS: u32 = 3650;
/// How long what it certifies lives: what clients accept at most for a server.
const LIFE_DAYS: u32 = 825;
/// Certificates begin in the past, since the clocks of those who check them may be behind.
const CLOCK_SKEW: Duration = DAY;

/// A key and its certificate.
pub struct Identity {
    /// The certificate.
    pub certificate_pem: String,
    /// The key. Not to be shown.
    pub key_pem: String,
}

/// Whom a certificate is for.
pub enum Subject {
    /// A server with these names and addresses.
    Server(Vec<String>),
    /// A user, and the group that it is in.
    User(&'static str, &'static str),
}

/// Who speaks, by the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The certificate's common name.
    pub name: String,
    /// Its organizations.
    pub groups: Vec<String>,
}

/// The user that a certificate names; none if it names nobody. That the certificate is genuine was checked before.
pub fn user_of(certificate: &CertificateDer<'_>) -> Option<User> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let subject = parsed.subject();
    let name = subject.iter_common_name().next()?.as_str().ok()?.to_owned();
    let groups = subject.iter_organization().filter_map(|o| o.as_str().ok().map(str::to_owned));
    let groups = groups.collect();
    (!name.is_empty()).then_some(User { name, groups })
}

/// The node that a certificate names, and its key; none if it names none. That it is genuine was checked before.
pub fn node_of(certificate: &CertificateDer<'_>) -> Option<(NodeName, PublicKey)> {
    let user = user_of(certificate).filter(|u| u.groups.iter().any(|g| g == super::NODES))?;
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let key = parsed.public_key().subject_public_key.data.as_ref().try_into().ok()?;
    Some((NodeName::checked(&user.name).ok()?, PublicKey(key)))
}

impl Identity {
    /// A new authority.
    pub(super) fn authority(now: SystemTime) -> Result<Self, PkiError> {
        let make = || {
            let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
            let mut params = params(now, AUTHORITY_DAYS);
            // The name tells authorities of several controllers apart in the stores of clients.
            let id = hex_of(&key.public_key_raw()[1..5]);
            params.distinguished_name.push(DnType::CommonName, format!("driftless-ca-{id}"));
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            let certificate = params.self_signed(&key)?;
            Ok(Self { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
        };
        make().map_err(|source| PkiError::Make { what: "the authority".to_owned(), source })
    }

    /// A new identity, certified by an authority.
    pub(super) fn certified_by(
        ca: &Self,
        subject: &Subject,
        now: SystemTime,
    ) -> Result<Self, PkiError> {
        let make = || {
            let issuer =
                Issuer::from_ca_cert_pem(&ca.certificate_pem, KeyPair::from_pem(&ca.key_pem)?)?;
            let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
            let params = subject.params(now)?;
            let certificate = params.signed_by(&key, &issuer)?;
            Ok(Self { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
        };
        make().map_err(|source| PkiError::Make { what: subject.name().to_owned(), source })
    }

    /// A certificate for an authority that follows this one, in PEM.
    pub(super) fn certify_authority(&self, next: &Self) -> Result<String, PkiError> {
        let make = || {
            let issuer =
                Issuer::from_ca_cert_pem(&self.certificate_pem, KeyPair::from_pem(&self.key_pem)?)?;
            let own = next.certificate_der();
            let (_, parsed) = X509Certificate::from_der(&own)
                .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
            let mut params = CertificateParams::default();
            params.not_before = (UNIX_EPOCH + seconds(parsed.validity().not_before)).into();
            params.not_after = (UNIX_EPOCH + seconds(parsed.validity().not_after)).into();
            params.distinguished_name = subject_of(&parsed)?;
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            let certificate = params.signed_by(&KeyPair::from_pem(&next.key_pem)?, &issuer)?;
            Ok(certificate.pem())
        };
        make().map_err(|source| PkiError::Make { what: "the next authority".to_owned(), source })
    }

    /// Whether it may certify others.
    pub(super) fn is_authority(&self) -> bool {
        let own = self.certificate_der();
        X509Certificate::from_der(&own).is_ok_and(|(_, parsed)| parsed.is_ca())
    }

    /// A certificate for a node's own key, in DER.
    pub(super) fn certify_node(
        &self,
        node: &str,
        key: &PublicKey,
        now: SystemTime,
        life: Duration,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let make = || {
            let issuer =
                Issuer::from_ca_cert_pem(&self.certificate_pem, KeyPair::from_pem(&self.key_pem)?)?;
            let key = SubjectPublicKeyInfo::from_der(&wire::join::public_key_info(key))?;
            let mut params = CertificateParams::default();
            params.not_before = (now - CLOCK_SKEW).into();
            params.not_after = (now + life).into();
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, node);
            params.distinguished_name.push(DnType::OrganizationName, super::NODES);
            params.use_authority_key_identifier_extension = true;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            Ok(params.signed_by(&key, &issuer)?.der().clone())
        };
        make().map_err(|source| PkiError::Make { what: format!("the node {node}"), source })
    }

    /// Reads a file that [`Identity::write`] wrote; none if there is no file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, PkiError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(PkiError::File { path: path.to_owned(), source }),
        };
        let broken = |why: String| PkiError::Broken { path: path.to_owned(), why };
        let at = text
            .find("-----BEGIN CERTIFICATE-----")
            .ok_or_else(|| broken("there is no certificate in it".to_owned()))?;
        let (key, certificate) = text.split_at(at);
        let have = Self { certificate_pem: certificate.to_owned(), key_pem: key.to_owned() };
        have.check().map_err(broken)?;
        Ok(Some(have))
    }

    /// Keeps it in one file: the key, then the certificate. One file, so that a crash never leaves one without the
    /// other.
    pub(super) fn write(self, path: &Path) -> Result<Self, PkiError> {
        let text = format!("{}{}", self.key_pem, self.certificate_pem);
        files::write_private(path, text.as_bytes())?;
        Ok(self)
    }

    /// Whether certificate and key belong together.
    fn check(&self) -> Result<(), String> {
        let key = KeyPair::from_pem(&self.key_pem).map_err(|e| e.to_string())?;
        let der = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|e| e.to_string())?;
        let (_, parsed) = X509Certificate::from_der(&der).map_err(|e| e.to_string())?;
        let certified = &*parsed.public_key().subject_public_key.data;
        if certified == key.public_key_raw() {
            Ok(())
        } else {
            Err("the certificate is for another key".to_owned())
        }
    }

    /// The certificate as TLS wants it.
    pub fn certificate_der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .expect("it was checked when it was read, or has just been made")
    }

    /// The key as TLS wants it.
    pub fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes())
            .expect("it was checked when it was read, or has just been made")
    }

    /// Whether it is still good for its purpose: certified by this authority, for this subject, with more than a
    /// third of its life left.
    pub(super) fn serves(&self, ca: &Self, subject: &Subject, now: SystemTime) -> bool {
        let (own, authority) = (self.certificate_der(), ca.certificate_der());
        let Ok((_, parsed)) = X509Certificate::from_der(&own) else { return false };
        let Ok((_, issuer)) = X509Certificate::from_der(&authority) else { return false };
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let (from, to) =
            (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
        let genuine = parsed.issuer() == issuer.subject()
            && parsed.verify_signature(Some(issuer.public_key())).is_ok();
        let fresh = from <= now && now < to - (to - from) / 3;
        let fits = match subject {
            Subject::Server(names) => names_of(&parsed) == *names,
            Subject::User(name, group) => user_of(&own)
                .is_some_and(|u| u.name == *name && u.groups.iter().any(|g| g == group)),
        };
        genuine && fresh && fits
    }
}

impl Subject {
    fn name(&self) -> &str {
        match self {
            Self::Server(_) => "driftless-api",
            Self::User(name, _) => name,
        }
    }

    fn params(&self, now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
        let mut params = match self {
            Self::Server(names) => CertificateParams::new(names.clone())?,
            Self::User(..) => CertificateParams::default(),
        };
        let plain = self::params(now, LIFE_DAYS);
        params.not_before = plain.not_before;
        params.not_after = plain.not_after;
        params.distinguished_name = plain.distinguished_name;
        params.distinguished_name.push(DnType::CommonName, self.name());
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match self {
            Self::Server(_) => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Self::User(_, group) => {
                params.distinguished_name.push(DnType::OrganizationName, *group);
                vec![ExtendedKeyUsagePurpose::ClientAuth]
            }
        };
        Ok(params)
    }
}

fn params(now: SystemTime, days: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = (now - CLOCK_SKEW).into();
    params.not_after = (now + DAY * days).into();
    params.distinguished_name = DistinguishedName::new();
    params
}

fn seconds(time: ASN1Time) -> Duration {
    Duration::from_secs(u64::try_from(time.timestamp()).unwrap_or(0))
}

/// The subject of a certificate, to the byte: it is by this that what it has issued finds it.
fn subject_of(certificate: &X509Certificate<'_>) -> Result<DistinguishedName, rcgen::Error> {
    let mut subject = DistinguishedName::new();
    for attribute in certificate.subject().iter_attributes() {
        let unknown = || rcgen::Error::CouldNotParseCertificate;
        let oid: Vec<u64> = attribute.attr_type().iter().ok_or_else(unknown)?.collect();
        let text = attribute.as_str().map_err(|_| unknown())?.to_owned();
        let value = match attribute.attr_value().tag() {
            Tag::PrintableString => DnValue::PrintableString(text.try_into()?),
            Tag::Ia5String => DnValue::Ia5String(text.try_into()?),
            _ => DnValue::Utf8String(text),
        };
        subject.push(DnType::from_oid(&oid), value);
    }
    Ok(subject)
}

/// The names and addresses of a server's certificate, sorted.
fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let mut names: Vec<String> = names
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => match bytes.len() {
                4 => Some(IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?).to_string()),
                16 => Some(IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    names.sort();
    names
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
