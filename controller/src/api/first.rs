//! What is there before anybody asked for it.

use controller_core::authorize;
use controller_core::kinds::{self, KindId, ObjectKey};
use controller_core::limits::priority;
use controller_core::storage;
use serde_json::{Value, json};

use super::query::Query;
use super::write;
use super::{Api, ApiServeError};

const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Makes the namespaces that are missing, the system's priority classes, the roles that come with
/// Kubernetes, and the storage class that claims without one get.
pub(super) async fn make(api: &Api) -> Result<(), ApiServeError> {
    for name in NAMESPACES {
        one(api, kinds::NAMESPACE, name, json!({})).await?;
    }
    for (kind, name, doc) in authorize::defaults::all() {
        one(api, kind, &name, doc).await?;
    }
    for (name, value, description) in priority::SYSTEM_CLASSES {
        let class = priority::system_class(value, description);
        one(api, kinds::PRIORITY_CLASS, name, class).await?;
    }
    let local = json!({
        "metadata": {"annotations": {storage::IS_DEFAULT: "true"}},
        "provisioner": storage::PROVISIONER,
        "volumeBindingMode": "WaitForFirstConsumer",
    });
    one(api, kinds::STORAGE_CLASS, "local", local).await
}

async fn one(api: &Api, kind: KindId, name: &str, mut doc: Value) -> Result<(), ApiServeError> {
    let failed = |why: String| ApiServeError::First { name: name.to_owned(), why };
    // Found without asking the writer: most starts make nothing.
    let key = ObjectKey::new(kind, "", name);
    if api.store.get(&key).map_err(|e| failed(e.to_string()))?.is_some() {
        return Ok(());
    }
    let options = Query::default().write_options("CreateOptions");
    let options = options.map_err(|e| failed(e.message))?;
    doc["metadata"]["name"] = name.into();
    match write::make(api, kinds::get(kind), "", doc, &options, |doc| doc, |_| Ok(())).await {
        Ok(_) => Ok(()),
        Err(error) if error.reason == "AlreadyExists" => Ok(()),
        Err(error) => Err(failed(error.message)),
    }
}
