//! Hello and welcome: who is here, and by which keys each knows the other.

use model::{Generation, Millis, message as m, trust as t};
use serde_bytes::ByteBuf;

use super::{Announcement, Hello, Welcome, bytes, hash};
use crate::WireError;

fn public_key(bytes: &ByteBuf) -> Result<t::PublicKey, WireError> {
    let array = <[u8; 32]>::try_from(bytes.as_slice());
    array.map(t::PublicKey).map_err(|_| WireError::Body("a public key that is none".into()))
}

impl From<&m::Welcome> for Welcome {
    fn from(w: &m::Welcome) -> Self {
        Self {
            instance: w.instance,
            time: w.time.0,
            generation: w.generation.0,
            keys: w.keys.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<Welcome> for m::Welcome {
    type Error = WireError;

    fn try_from(w: Welcome) -> Result<Self, WireError> {
        Ok(Self {
            instance: w.instance,
            time: Millis(w.time),
            generation: Generation(w.generation),
            keys: w.keys.into_iter().map(TryInto::try_into).collect::<Result<_, WireError>>()?,
        })
    }
}

impl From<&t::Announcement> for Announcement {
    fn from(a: &t::Announcement) -> Self {
        Self {
            fleet: a.keys.fleet.clone(),
            serial: a.keys.serial,
            keys: a.keys.keys.iter().map(|k| ByteBuf::from(k.0)).collect(),
            signature: ByteBuf::from(a.signature.clone()),
        }
    }
}

impl TryFrom<Announcement> for t::Announcement {
    type Error = WireError;

    fn try_from(a: Announcement) -> Result<Self, WireError> {
        let keys = a.keys.iter().map(public_key).collect::<Result<_, _>>()?;
        Ok(Self {
            keys: t::TrustedKeys { fleet: a.fleet, serial: a.serial, keys },
            signature: a.signature.into_vec(),
        })
    }
}

impl From<&m::Hello> for Hello {
    fn from(h: &m::Hello) -> Self {
        Self {
            boot: h.boot,
            session: h.session,
            held: h.held.0,
            root: bytes(&h.root),
            version: h.version.clone(),
            labels: h.labels.clone(),
            instance: h.instance,
            keys: h.keys,
            sealing: h.sealing.map(|k| ByteBuf::from(k.0)).unwrap_or_default(),
        }
    }
}

impl TryFrom<Hello> for m::Hello {
    type Error = WireError;

    fn try_from(h: Hello) -> Result<Self, WireError> {
        Ok(Self {
            boot: h.boot,
            session: h.session,
            held: Generation(h.held),
            root: hash(&h.root)?,
            version: h.version,
            labels: h.labels,
            instance: h.instance,
            keys: h.keys,
            sealing: match h.sealing.is_empty() {
                true => None,
                false => Some(public_key(&h.sealing)?),
            },
        })
    }
}
