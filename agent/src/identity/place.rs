//! Where the controller is reached, directly or through a broker.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use wire::address::Address;

use crate::config::Config;

use super::{Identity, tls};

/// A place to reach the controller at. Not printed: there may be a password in it.
#[derive(Clone)]
pub(crate) struct Place {
    /// Where it is, or its broker.
    pub(crate) address: Address,
    /// The first level of all topics.
    pub(crate) prefix: String,
    /// Where machines without a certificate may ask for one, if it is elsewhere.
    pub(super) join: Option<Address>,
    /// What a broker wants to know besides: a user's name and password.
    pub(super) login: Option<(String, Arc<str>)>,
    pub(super) beyond: tls::Beyond,
}

impl Place {
    #[cfg(test)]
    pub(super) fn at(address: Address, prefix: &str) -> Self {
        let beyond = tls::Beyond::default();
        Self { address, prefix: prefix.to_owned(), join: None, login: None, beyond }
    }

    /// Whether it is spoken to by an identity: not over a bare link within this machine, unless the machine has joined.
    pub(crate) fn wants_identity(&self, config: &Config) -> bool {
        self.address.secure
            || !wire::address::is_loopback(&self.address.host)
            || config.token.is_some()
            || Identity::is_there(&config.data_dir)
    }

    /// The place that a configuration names, if it names one. Reads the files that go with it.
    ///
    /// # Errors
    /// If one cannot be read, or does not hold what it should.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>> {
        let Some(address) = config.controller.clone() else { return Ok(None) };
        let broker = &config.broker;
        let roots = broker.ca_file.as_deref().map(roots).transpose()?;
        let login = match (&broker.username, &broker.password_file) {
            (Some(user), Some(file)) => {
                let password = fs::read_to_string(file).with_context(|| {
                    format!("cannot read the broker's password in {}", file.display())
                })?;
                Some((user.clone(), Arc::from(password.trim_end_matches(['\n', '\r']))))
            }
            (Some(user), None) => Some((user.clone(), Arc::from(""))),
            (None, _) => None,
        };
        Ok(Some(Self {
            address,
            prefix: config.prefix.clone(),
            join: broker.join.clone(),
            login,
            beyond: tls::Beyond { roots: roots.map(Arc::new), ..tls::Beyond::default() },
        }))
    }
}

fn roots(path: &Path) -> Result<RootCertStore> {
    let what = || format!("the authorities of the broker in {}", path.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).with_context(what)? {
        roots.add(certificate.with_context(what)?).with_context(what)?;
    }
    if roots.is_empty() {
        bail!(
            "{} holds no certificate: want those of the broker's authorities, in PEM",
            path.display()
        );
    }
    Ok(roots)
}
