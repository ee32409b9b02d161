//! Services and where their pods are said to be, as decisions see them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use model::pod::IntOrString;
use model::{Revision, Uid};
use serde_json::Value;

use super::doc::{self, Labels};
use super::meta::Meta;
use super::workload::int_or_string;
use crate::kinds::{self, ObjectKey};
use crate::limits::quota::{Use, use_of};

/// A port of a service.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) name: Arc<str>,
    pub(crate) protocol: Arc<str>,
    pub(crate) app_protocol: Option<Arc<str>>,
    pub(crate) target: IntOrString,
}

/// A service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceView {
    pub(crate) key: ObjectKey,
    pub(crate) uid: Uid,
    pub(crate) labels: Labels,
    /// None: somebody else says where its pods are.
    pub(crate) selector: Option<Labels>,
    pub(crate) ports: Vec<Port>,
    pub(crate) headless: bool,
    pub(crate) external: bool,
    /// What quotas count it for.
    pub(crate) usage: Use,
    /// Pods that are not ready count, too.
    pub(crate) unready_too: bool,
}

impl ServiceView {
    pub(crate) fn read(key: &ObjectKey, doc: &Value, meta: &Meta) -> Self {
        let of = |field: &str| doc::text(doc, &["spec", field]);
        let selector = doc::texts(doc, &["spec", "selector"]);
        let port = |p: &Value| Port {
            name: doc::text(p, &["name"]).into(),
            protocol: doc::text(p, &["protocol"]).into(),
            app_protocol: doc::at(p, &["appProtocol"]).and_then(Value::as_str).map(Arc::from),
            target: doc::at(p, &["targetPort"]).map(int_or_string).unwrap_or_default(),
        };
        Self {
            key: key.clone(),
            uid: meta.uid.clone(),
            labels: doc::texts(doc, &["metadata", "labels"]),
            selector: (!selector.is_empty()).then_some(selector),
            ports: doc::list(doc, &["spec", "ports"]).iter().map(port).collect(),
            headless: of("clusterIP") == "None",
            external: of("type") == "ExternalName",
            usage: use_of(kinds::get(kinds::SERVICE), doc),
            unready_too: doc::flag(doc, &["spec", "publishNotReadyAddresses"]),
        }
    }

    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        self.selector.as_ref().is_some_and(|s| s.iter().all(|(k, v)| labels.get(k) == Some(v)))
    }
}

/// An Endpoints or an EndpointSlice: what we write of it.
#[derive(Clone, Debug)]
pub(crate) struct EndpointsView {
    pub(crate) revision: Revision,
    pub(crate) deleting: bool,
    pub(crate) labels: Labels,
    /// `subsets`, or `endpoints`.
    pub(crate) endpoints: Value,
    /// Of a slice.
    pub(crate) ports: Value,
    pub(crate) truncated: bool,
}

/// Tells that not all addresses are there.
pub(crate) const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";

impl EndpointsView {
    pub(crate) fn read(revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let of = |field: &str| doc.get(field).filter(|v| !v.is_null()).cloned();
        let none = || Value::Array(Vec::new());
        Self {
            revision,
            deleting: meta.deleting.is_some(),
            labels: doc::texts(doc, &["metadata", "labels"]),
            endpoints: of("subsets").or_else(|| of("endpoints")).unwrap_or_else(none),
            ports: of("ports").unwrap_or_else(none),
            truncated: doc::at(doc, &["metadata", "annotations", OVER_CAPACITY]).is_some(),
        }
    }
}
