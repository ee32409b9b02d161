//! JSON patch (RFC 6902) and merge patch (RFC 7396). Strategic merge patch is in `schema`, which knows the merge keys.

use alloc::format;

use serde_json::Value;

use super::status::ApiError;

/// As in Kubernetes.
const JSON_PATCH_OPERATIONS_MAX: usize = 10_000;

/// What all copies of a patch may come to, in bytes: each may double the document.
const COPIED_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Applies a JSON patch. On an error the document may be half patched and is to be thrown away.
///
/// # Errors
/// 400 if it is not a JSON patch, 413 if it is too long, 422 if a test fails or a path is missing.
pub fn json_patch(doc: &mut Value, patch: &Value) -> Result<(), ApiError> {
    let operations = patch.as_array().map_or(0, alloc::vec::Vec::len);
    if operations > JSON_PATCH_OPERATIONS_MAX {
        return Err(ApiError::too_large(JSON_PATCH_OPERATIONS_MAX));
    }
    let patch: json_patch::Patch = serde::Deserialize::deserialize(patch)
        .map_err(|e| ApiError::bad_request(format!("error decoding patch: {e}")))?;
    let mut copied_bytes = 0usize;
    for operation in &patch.0 {
        if let json_patch::PatchOperation::Copy(copy) = operation {
            let size = doc.pointer(copy.from.as_str()).map_or(0, |v| format!("{v}").len());
            copied_bytes = copied_bytes.saturating_add(size);
            if copied_bytes > COPIED_BYTES_MAX {
                return Err(ApiError::too_large(COPIED_BYTES_MAX));
            }
        }
        json_patch::patch(doc, core::slice::from_ref(operation))
            .map_err(|_| ApiError::unprocessable())?;
    }
    Ok(())
}

/// Applies a merge patch.
///
/// # Errors
/// 400 if it is not an object.
pub fn merge_patch(doc: &mut Value, patch: &Value) -> Result<(), ApiError> {
    if !patch.is_object() {
        return Err(ApiError::bad_request("error decoding patch: a merge patch is a JSON object"));
    }
    json_patch::merge(doc, patch);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patches_apply_or_say_why_not() {
        let check = |patch: Value, want: Result<Value, u16>| {
            let mut doc = json!({"data": {"a": "b"}});
            let got = json_patch(&mut doc, &patch).map(|()| doc).map_err(|e| e.code);
            assert_eq!(got, want, "{patch}");
        };
        check(
            json!([{"op": "replace", "path": "/data/a", "value": "c"}]),
            Ok(json!({"data": {"a": "c"}})),
        );
        check(json!([{"op": "test", "path": "/data/a", "value": "zzz"}]), Err(422));
        check(json!([{"op": "remove", "path": "/data/zzz"}]), Err(422));
        check(json!([{"op": "fly", "path": "/data"}]), Err(400));
        check(json!({}), Err(400));
        check(Value::Array(alloc::vec![Value::Null; 10_001]), Err(413));

        let doubling = json!({"op": "copy", "from": "/data", "path": "/data/x"});
        let bomb: Value = (0..64)
            .map(|n| {
                let mut operation = doubling.clone();
                operation["path"] = format!("/data/x{n}").into();
                operation
            })
            .collect();
        check(bomb, Err(413));

        let mut doc = json!({"data": {"a": "b", "c": "d"}});
        assert_eq!(merge_patch(&mut doc, &json!({"data": {"a": null}})), Ok(()));
        assert_eq!(doc, json!({"data": {"c": "d"}}));
        assert!(merge_patch(&mut doc, &json!([])).is_err());
    }
}
