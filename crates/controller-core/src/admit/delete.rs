//! How objects end: at once, or marked first, if somebody has to finish with them before.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use model::Millis;
use serde_json::{Map, Value};

use super::meta::{list_at, meta, number_at, text_at};
use super::prepare::goes_now;
use super::status::ApiError;
use crate::custom::CLEANUP;
use crate::kinds::{self, Kind};

/// A finalizer of ours, as Kubernetes names it: dependents go first.
pub const FOREGROUND: &str = "foregroundDeletion";
/// A finalizer of ours, as Kubernetes names it: dependents are let go first.
pub const ORPHAN: &str = "orphan";

/// A pod's grace where it does not say.
const GRACE_SECONDS: u64 = 30;

/// Namespaces that the fleet cannot be without.
const KEPT_NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// What becomes of the objects that an object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They go after it.
    Background,
    /// They go before it.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

/// `meta.k8s.io/v1` `DeleteOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// The grace; none: the object's own.
    pub grace_period_seconds: Option<u64>,
    /// What becomes of dependents; none: in the background.
    pub propagation: Option<Propagation>,
    /// Only the object with this uid.
    pub uid: Option<String>,
    /// Only this state of the object.
    pub resource_version: Option<String>,
    /// Only say what would be.
    pub dry_run: bool,
}

/// What a deletion comes to.
#[derive(Clone, PartialEq)]
pub enum Deletion {
    /// Take it away now.
    Removed,
    /// Write this: it is on its way.
    Marked(Value),
    /// It was on its way already; nothing is to be written.
    Unchanged,
}

impl DeleteOptions {
    /// Reads options from a request's query, for requests without a body.
    ///
    /// # Errors
    /// As [`DeleteOptions::parse`].
    pub fn from_query<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ApiError> {
        let mut body = Map::new();
        for (name, value) in pairs {
            let bad = || ApiError::bad_request(format!("{name}: {value:?} is not a value for it"));
            let read: Value = match name {
                "gracePeriodSeconds" => value.parse::<i64>().map_err(|_| bad())?.into(),
                "orphanDependents" => value.parse::<bool>().map_err(|_| bad())?.into(),
                "propagationPolicy" => value.into(),
                "dryRun" => Value::Array(alloc::vec![value.into()]),
                _ => continue,
            };
            body.insert(name.to_owned(), read);
        }
        Self::parse(&Value::Object(body))
    }

    /// Reads options from a request's body; `null` or `{}`: none.
    ///
    /// # Errors
    /// 400 if they are not options, 422 if they contradict each other.
    pub fn parse(body: &Value) -> Result<Self, ApiError> {
        let kind = text_at(body, "/kind");
        if !(body.is_null() || body.is_object()) || !["", "DeleteOptions"].contains(&kind) {
            return Err(ApiError::bad_request("the body of a delete is to be DeleteOptions"));
        }
        let orphan = body.get("orphanDependents").and_then(Value::as_bool);
        let propagation = match (text_at(body, "/propagationPolicy"), orphan) {
            ("", None) => None,
            ("", Some(true)) => Some(Propagation::Orphan),
            ("", Some(false)) | ("Background", None) => Some(Propagation::Background),
            ("Foreground", None) => Some(Propagation::Foreground),
            ("Orphan", None) => Some(Propagation::Orphan),
            (other, None) => {
                return Err(ApiError::invalid_options(format!(
                    "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}: supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
                )));
            }
            (_, Some(_)) => {
                return Err(ApiError::invalid_options(
                    "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: orphanDependents and propagationPolicy cannot be both set",
                ));
            }
        };
        let text =
            |pointer: &str| Some(text_at(body, pointer).to_owned()).filter(|t| !t.is_empty());
        let grace = number_at(body, "/gracePeriodSeconds");
        Ok(Self {
            // A negative grace means the least that is still polite.
            grace_period_seconds: grace.map(|g| u64::try_from(g).unwrap_or(1)),
            propagation,
            uid: text("/preconditions/uid"),
            resource_version: text("/preconditions/resourceVersion"),
            dry_run: !list_at(body, "/dryRun").is_empty(),
        })
    }
}

/// Decides how an object ends.
///
/// # Errors
/// 409 if a precondition does not hold, 403 for namespaces that must stay.
pub fn delete(
    kind: &Kind,
    doc: &Value,
    options: &DeleteOptions,
    now: Millis,
) -> Result<Deletion, ApiError> {
    check_preconditions(kind, doc, options)?;
    if kind.id == kinds::NAMESPACE {
        return delete_namespace(kind, doc, now);
    }
    let grace = if kind.id == kinds::POD { pod_grace(doc, options) } else { 0 };
    let of = meta(doc);
    let mut next = doc.clone();
    if of.is_terminating() {
        // A grace may only become shorter.
        let running = of.deletion_grace_seconds().unwrap_or(0);
        if options.grace_period_seconds.is_some() && grace < running {
            let end = of.deletion().unwrap_or(now).0.saturating_sub((running - grace) * 1000);
            mark(&mut next, Millis(end), grace);
        }
    } else {
        mark(&mut next, now.plus(grace.saturating_mul(1000)), grace);
        set_finalizers(&mut next, options.propagation);
        if kind.id == kinds::CUSTOM_RESOURCE_DEFINITION {
            wait_for_cleanup(&mut next);
        }
        if kind.generations {
            next["metadata"]["generation"] = (of.generation() + 1).into();
        }
    }
    Ok(if goes_now(kind, &next) {
        Deletion::Removed
    } else if next == *doc {
        Deletion::Unchanged
    } else {
        Deletion::Marked(next)
    })
}

fn check_preconditions(kind: &Kind, doc: &Value, options: &DeleteOptions) -> Result<(), ApiError> {
    let of = meta(doc);
    let check = |what: &str, wanted: &Option<String>, have: &str| match wanted {
        Some(wanted) if wanted != have => {
            let why = format!(
                "Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {have}"
            );
            Err(ApiError::cannot_fulfil(kind, of.name(), &why))
        }
        _ => Ok(()),
    };
    check("UID", &options.uid, of.uid())?;
    check("ResourceVersion", &options.resource_version, of.resource_version())
}

/// A pod that runs nowhere, or no longer, needs no grace.
fn pod_grace(doc: &Value, options: &DeleteOptions) -> u64 {
    let ended = ["Succeeded", "Failed"].contains(&text_at(doc, "/status/phase"));
    if ended || text_at(doc, "/spec/nodeName").is_empty() {
        return 0;
    }
    let own = number_at(doc, "/spec/terminationGracePeriodSeconds")
        .map_or(GRACE_SECONDS, |g| u64::try_from(g).unwrap_or(1));
    options.grace_period_seconds.unwrap_or(own)
}

fn mark(doc: &mut Value, end: Millis, grace_seconds: u64) {
    doc["metadata"]["deletionTimestamp"] = end.to_rfc3339().into();
    doc["metadata"]["deletionGracePeriodSeconds"] = grace_seconds.into();
}

/// The two finalizers of the garbage collector say what becomes of dependents; any other is left alone.
fn set_finalizers(doc: &mut Value, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else { return };
    let mut list: alloc::vec::Vec<Value> = meta(doc)
        .finalizers()
        .filter(|f| ![FOREGROUND, ORPHAN].contains(f))
        .map(Value::from)
        .collect();
    match propagation {
        Propagation::Foreground => list.push(FOREGROUND.into()),
        Propagation::Orphan => list.push(ORPHAN.into()),
        Propagation::Background => {}
    }
    if list.is_empty() {
        if let Some(metadata) = doc["metadata"].as_object_mut() {
            metadata.remove("finalizers");
        }
    } else {
        doc["metadata"]["finalizers"] = list.into();
    }
}

/// A definition's objects go before it does.
fn wait_for_cleanup(doc: &mut Value) {
    if !meta(doc).finalizers().any(|f| f == CLEANUP) {
        let all = meta(doc).finalizers().chain(core::iter::once(CLEANUP)).map(Value::from);
        doc["metadata"]["finalizers"] = all.collect();
    }
}

/// A namespace is emptied first: it stays, `Terminating`, until nobody holds it any more.
fn delete_namespace(kind: &Kind, doc: &Value, now: Millis) -> Result<Deletion, ApiError> {
    let of = meta(doc);
    if KEPT_NAMESPACES.contains(&of.name()) {
        return Err(ApiError::forbidden(kind, of.name(), "this namespace may not be deleted"));
    }
    if of.is_terminating() {
        return Ok(if goes_now(kind, doc) { Deletion::Removed } else { Deletion::Unchanged });
    }
    let mut next = doc.clone();
    next["metadata"]["deletionTimestamp"] = now.to_rfc3339().into();
    next["status"]["phase"] = "Terminating".into();
    Ok(if goes_now(kind, &next) { Deletion::Removed } else { Deletion::Marked(next) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Millis = Millis(1_795_418_888_000);

    fn pod(node: &str, phase: &str) -> Value {
        json!({
            "metadata": {"name": "p", "namespace": "n", "uid": "u"},
            "spec": {"nodeName": node, "terminationGracePeriodSeconds": 30},
            "status": {"phase": phase},
        })
    }

    fn end(kind: kinds::KindId, doc: &Value, options: Value) -> Deletion {
        let options = DeleteOptions::parse(&options).expect("options");
        delete(kinds::get(kind), doc, &options, NOW).expect("allowed")
    }

    fn marked(deletion: Deletion) -> Value {
        match deletion {
            Deletion::Marked(doc) => doc["metadata"].clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pods_end_with_grace_where_they_run() {
        assert_eq!(end(kinds::POD, &pod("", "Pending"), json!({})), Deletion::Removed);
        assert_eq!(end(kinds::POD, &pod("n1", "Succeeded"), json!({})), Deletion::Removed);
        let now = json!({"gracePeriodSeconds": 0});
        assert_eq!(end(kinds::POD, &pod("n1", "Running"), now.clone()), Deletion::Removed);

        let mut running = pod("n1", "Running");
        let of = marked(end(kinds::POD, &running, json!({})));
        assert_eq!(of["deletionGracePeriodSeconds"], 30);
        assert_eq!(of["deletionTimestamp"], "2026-11-23T07:28:38Z");

        running["metadata"] = of;
        assert_eq!(end(kinds::POD, &running, json!({})), Deletion::Unchanged);
        let longer = json!({"gracePeriodSeconds": 60});
        assert_eq!(end(kinds::POD, &running, longer), Deletion::Unchanged);
        let of = marked(end(kinds::POD, &running, json!({"gracePeriodSeconds": 5})));
        assert_eq!(of["deletionTimestamp"], "2026-11-23T07:28:13Z");
        assert_eq!(end(kinds::POD, &running, now.clone()), Deletion::Removed);

        running["metadata"]["finalizers"] = json!(["x.io/y"]);
        assert_eq!(marked(end(kinds::POD, &running, now))["deletionGracePeriodSeconds"], 0);
    }

    #[test]
    fn finalizers_keep_objects() {
        let mut doc = json!({"metadata": {"name": "d", "generation": 1}, "spec": {}});
        assert_eq!(end(kinds::DEPLOYMENT, &doc, json!({})), Deletion::Removed);
        for (policy, finalizer) in [("Foreground", FOREGROUND), ("Orphan", ORPHAN)] {
            let options = json!({"propagationPolicy": policy});
            let of = marked(end(kinds::DEPLOYMENT, &doc, options));
            assert_eq!(of["finalizers"], json!([finalizer]));
            assert_eq!(of["deletionTimestamp"], "2026-11-23T07:28:08Z");
            assert_eq!(of["deletionGracePeriodSeconds"], 0);
            assert_eq!(of["generation"], 2);
        }
        doc["metadata"]["finalizers"] = json!(["x.io/y"]);
        let options = json!({"propagationPolicy": "Background"});
        assert_eq!(marked(end(kinds::DEPLOYMENT, &doc, options))["finalizers"], json!(["x.io/y"]));
    }

    #[test]
    fn namespaces_are_emptied_first() {
        let mut doc = json!({"metadata": {"name": "n"}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
        let Deletion::Marked(next) = end(kinds::NAMESPACE, &doc, json!({})) else {
            panic!("not marked")
        };
        assert_eq!(next["status"]["phase"], "Terminating");
        assert_eq!(end(kinds::NAMESPACE, &next, json!({})), Deletion::Unchanged);
        doc["metadata"]["name"] = "default".into();
        let kind = kinds::get(kinds::NAMESPACE);
        let error = delete(kind, &doc, &DeleteOptions::default(), NOW).expect_err("kept");
        assert_eq!(
            (error.code, error.message.as_str()),
            (403, "namespaces \"default\" is forbidden: this namespace may not be deleted")
        );
    }

    #[test]
    fn preconditions_hold_or_refuse() {
        let options =
            DeleteOptions::parse(&json!({"preconditions": {"uid": "other"}})).expect("options");
        let doc = pod("n1", "Running");
        let error = delete(kinds::get(kinds::POD), &doc, &options, NOW).expect_err("another uid");
        assert_eq!(
            error.message,
            "Operation cannot be fulfilled on pods \"p\": Precondition failed: UID in precondition: other, UID in object meta: u"
        );
        let query =
            [("gracePeriodSeconds", "0"), ("propagationPolicy", "Orphan"), ("pretty", "true")];
        let options = DeleteOptions::from_query(query).expect("options");
        assert_eq!(options.grace_period_seconds, Some(0));
        assert_eq!(options.propagation, Some(Propagation::Orphan));
        assert!(DeleteOptions::from_query([("gracePeriodSeconds", "soon")]).is_err());
        for bad in [json!([]), json!({"kind": "Pod"}), json!({"propagationPolicy": "Sideways"})] {
            assert!(DeleteOptions::parse(&bad).is_err(), "{bad}");
        }
    }
}
