//! What is there before anybody asked for it.

use controller_core::kinds;
use serde_json::json;

use super::query::Query;
use super::write;
use super::{Api, ApiServeError};

const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Makes the namespaces that are missing.
pub(super) async fn namespaces(api: &Api) -> Result<(), ApiServeError> {
    let kind = kinds::get(kinds::NAMESPACE);
    for name in NAMESPACES {
        let failed = |why: String| ApiServeError::First { name, why };
        let options = Query::default().write_options("CreateOptions");
        let options = options.map_err(|e| failed(e.message))?;
        let doc = json!({"metadata": {"name": name}});
        match write::make(api, kind, "", doc, &options, |doc| doc).await {
            Ok(_) => {}
            Err(error) if error.reason == "AlreadyExists" => {}
            Err(error) => return Err(failed(error.message)),
        }
    }
    Ok(())
}
