//! Limit ranges: what a namespace's containers, pods and claims get where they do not say, and what they may ask for
//! (Kubernetes' admission plugin `LimitRanger`).

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::amount::{self, Milli};
use crate::admit::meta::{list_at, meta, text_at};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// A limit range.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Its name.
    pub name: String,
    items: Vec<Value>,
}

impl Range {
    /// Reads it from its document.
    #[must_use]
    pub fn read(doc: &Value) -> Self {
        Self { name: meta(doc).name().to_owned(), items: list_at(doc, "/spec/limits").to_vec() }
    }

    fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.items.iter().filter(move |item| text_at(item, "/type") == kind)
    }
}

/// Gives a new pod what it leaves open, and looks whether it asks for what it may.
///
/// # Errors
/// Why the pod is forbidden.
pub fn pod<'a>(
    doc: &mut Value,
    ranges: impl IntoIterator<Item = &'a Range> + Clone,
) -> Result<(), String> {
    let mut why = Vec::new();
    for range in ranges.clone() {
        let mut set = Vec::new();
        for item in range.of("Container") {
            for list in ["containers", "initContainers"] {
                let all = doc["spec"].get_mut(list).and_then(Value::as_array_mut);
                all.into_iter().flatten().for_each(|c| fill(c, list, item, &mut set));
            }
        }
        if !set.is_empty() {
            doc["metadata"]["annotations"][ANNOTATION] =
                format!("LimitRanger plugin set: {}", set.join("; ")).into();
        }
    }
    let spec = &doc["spec"];
    for range in ranges {
        for item in range.of("Container") {
            for container in
                ["/containers", "/initContainers"].iter().flat_map(|l| list_at(spec, l))
            {
                let of = |field: &str| amount::read(container.pointer(field));
                judge(item, &of("/resources/requests"), &of("/resources/limits"), &mut why);
            }
        }
        for item in range.of("Pod") {
            let of = |field: &str| amount::of_pod(spec, field);
            judge(item, &of("requests"), &of("limits"), &mut why);
        }
    }
    told(why)
}

/// Looks whether a claim asks for what it may.
///
/// # Errors
/// Why the claim is forbidden.
pub fn claim<'a>(doc: &Value, ranges: impl IntoIterator<Item = &'a Range>) -> Result<(), String> {
    let mut why = Vec::new();
    let asked = amount::read(doc.pointer("/spec/resources/requests"));
    for item in ranges.into_iter().flat_map(|r| r.of("PersistentVolumeClaim")) {
        bounds(item, "min", &asked, None, &mut why);
        bounds(item, "max", &asked, None, &mut why);
    }
    told(why)
}

fn told(why: Vec<String>) -> Result<(), String> {
    match why.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        all => Err(format!("[{}]", all.join(", "))),
    }
}

/// Fills in what a container leaves open; `set` hears of it.
fn fill(container: &mut Value, list: &str, item: &Value, set: &mut Vec<String>) {
    let name = text_at(container, "/name").to_owned();
    let role = if list == "containers" { "container" } else { "init container" };
    for (field, default, word) in
        [("requests", "defaultRequest", "request"), ("limits", "default", "limit")]
    {
        let mut new = Vec::new();
        for (resource, amount) in item.get(default).and_then(Value::as_object).into_iter().flatten()
        {
            let held = &mut container["resources"][field];
            if !held.is_object() {
                *held = Value::Object(Map::new());
            }
            if held.get(resource).is_none() {
                held[resource] = amount.clone();
                new.push(resource.as_str());
            }
        }
        if !new.is_empty() {
            set.push(format!("{} {word} for {role} {name}", new.join(", ")));
        }
    }
}

fn judge(item: &Value, requests: &Milli, limits: &Milli, why: &mut Vec<String>) {
    bounds(item, "min", requests, Some(limits), why);
    bounds(item, "max", requests, Some(limits), why);
    let kind = text_at(item, "/type");
    for (resource, most) in amount::read(item.get("maxLimitRequestRatio")) {
        let said = format!(
            "{resource} max limit to request ratio per {kind} is {}, but",
            amount::shown("", most)
        );
        let of = |list: &Milli| list.get(&resource).copied().filter(|n| *n > 0);
        match (of(requests), of(limits)) {
            (None, _) => why.push(format!("{said} no request is specified or request is 0")),
            (_, None) => why.push(format!("{said} no limit is specified or limit is 0")),
            (Some(request), Some(limit)) => {
                let too_much = i128::from(limit) * 1000 > i128::from(most) * i128::from(request);
                if too_much {
                    #[allow(clippy::cast_precision_loss, reason = "it is shown, not counted with")]
                    let ratio = limit as f64 / request as f64;
                    why.push(format!("{said} provided ratio is {ratio:.6}"));
                }
            }
        }
    }
}

/// One bound. Claims have requests alone.
fn bounds(
    item: &Value,
    which: &str,
    requests: &Milli,
    limits: Option<&Milli>,
    why: &mut Vec<String>,
) {
    let kind = text_at(item, "/type");
    let (word, wrong): (_, fn(i64, i64) -> bool) = match which {
        "min" => ("minimum", |is, bound| is < bound),
        _ => ("maximum", |is, bound| is > bound),
    };
    for (resource, bound) in amount::read(item.get(which)) {
        let text = item[which][&resource].as_str().unwrap_or_default();
        let said = format!("{word} {resource} usage per {kind} is {text}");
        let shown = |n: i64| amount::shown(&resource, n);
        let request = requests.get(&resource).copied();
        let limit = limits.and_then(|l| l.get(&resource).copied());
        // A least amount must be asked for, a largest one must be kept to.
        let (named, what) = match (which, limits) {
            ("max", Some(_)) => (limit, "limit"),
            _ => (request, "request"),
        };
        if named.is_none() {
            why.push(format!("{said}.  No {what} is specified"));
        }
        for (is, what) in [(request, "request"), (limit, "limit")] {
            if let Some(is) = is.filter(|is| wrong(*is, bound)) {
                why.push(format!("{said}, but {what} is {}", shown(is)));
                break;
            }
        }
    }
}

/// Fills in what follows from the bounds of containers, as the API does.
pub fn default(doc: &mut Value) {
    let items = doc.pointer_mut("/spec/limits").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter(|i| i["type"] == "Container") {
        for (from, to) in
            [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")]
        {
            let have = item.get(from).and_then(Value::as_object).cloned().unwrap_or_default();
            for (resource, amount) in have {
                let list = &mut item[to];
                if !list.is_object() {
                    *list = json!({});
                }
                if list.get(&resource).is_none() {
                    list[&resource] = amount;
                }
            }
        }
    }
}

/// The resources that an item names.
#[must_use]
pub fn named(item: &Value) -> BTreeSet<String> {
    ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"]
        .iter()
        .filter_map(|list| item.get(list)?.as_object())
        .flat_map(|list| list.keys().map(|k| k.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(item: Value) -> Range {
        let mut doc = json!({"metadata": {"name": "r"}, "spec": {"limits": [item]}});
        default(&mut doc);
        Range::read(&doc)
    }

    fn pod_of(resources: Value) -> Value {
        json!({"metadata": {}, "spec": {"containers": [{"name": "c", "resources": resources}]}})
    }

    #[test]
    fn what_is_left_open_is_filled_in() {
        let range = range(
            json!({"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1Mi"}, "default": {"memory": "8Mi"}}),
        );
        let mut doc = pod_of(json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}));
        pod(&mut doc, [&range]).expect("within bounds");
        let want = json!({
            "limits": {"cpu": "1", "memory": "8Mi"},
            "requests": {"cpu": "1", "memory": "8Mi"},
        });
        assert_eq!(doc["spec"]["containers"][0]["resources"], want);
        let told = &doc["metadata"]["annotations"][ANNOTATION];
        assert_eq!(
            told,
            "LimitRanger plugin set: memory request for container c; memory limit for container c"
        );
    }

    #[test]
    fn what_is_out_of_bounds_is_told_in_kubernetes_words() {
        let check = |item: Value, resources: Value, want: &str| {
            let done = pod(
                &mut pod_of(resources),
                [&Range::read(&json!({"metadata": {}, "spec": {"limits": [item]}}))],
            );
            assert_eq!(done.err().unwrap_or_default(), want);
        };
        let cpu = |request: &str, limit: &str| json!({"requests": {"cpu": request}, "limits": {"cpu": limit}});
        let max = |kind: &str| json!({"type": kind, "max": {"cpu": "1"}});
        check(max("Container"), cpu("1", "1"), "");
        check(
            max("Container"),
            cpu("500m", "2"),
            "maximum cpu usage per Container is 1, but limit is 2",
        );
        check(max("Pod"), json!({}), "maximum cpu usage per Pod is 1.  No limit is specified");
        let min = json!({"type": "Container", "min": {"cpu": "100m"}});
        check(
            min.clone(),
            cpu("50m", "1"),
            "minimum cpu usage per Container is 100m, but request is 50m",
        );
        check(min, json!({}), "minimum cpu usage per Container is 100m.  No request is specified");
        let ratio = json!({"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}});
        check(
            ratio,
            cpu("500m", "2"),
            "cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000",
        );
        let claims = Range::read(&json!({"metadata": {}, "spec": {"limits": [
            {"type": "PersistentVolumeClaim", "min": {"storage": "2Gi"}, "max": {"storage": "4Gi"}},
        ]}}));
        let asked = |size: &str| json!({"spec": {"resources": {"requests": {"storage": size}}}});
        assert_eq!(claim(&asked("3Gi"), [&claims]), Ok(()));
        let want = "minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi";
        assert_eq!(claim(&asked("1Gi"), [&claims]), Err(want.into()));
    }
}
