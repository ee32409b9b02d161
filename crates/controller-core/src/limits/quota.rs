//! Quotas: how much of what there may be in a namespace. What an object counts for is decided here once, for the count of
//! what is there and for what is to be made.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::amount::{self, Milli};
use crate::admit::meta::{list_at, meta, text_at};
use crate::kinds::{self, Kind};

/// What containers must say for themselves where a quota counts it.
const ASKED_OF_CONTAINERS: [&str; 6] =
    ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// A rule on which pods a quota counts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scope {
    name: String,
    operator: String,
    values: Vec<String>,
}

/// A quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Its name.
    pub name: String,
    /// What there may be at most.
    pub hard: Milli,
    /// What was counted.
    pub used: Milli,
    /// The status, as it is written.
    pub status: Value,
    scopes: Vec<Scope>,
}

/// What of a pod its quota scopes ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// No container asks for anything, or is bounded.
    pub best_effort: bool,
    /// It ends by itself.
    pub terminating: bool,
    /// Its priority class.
    pub class: String,
}

/// What an object counts for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Amounts by resource.
    pub amounts: Milli,
    /// If it is a pod: what scopes ask for.
    pub pod: Option<Traits>,
}

impl Quota {
    /// Reads it from its document.
    #[must_use]
    pub fn read(doc: &Value) -> Self {
        let texts =
            |list: &[Value]| list.iter().filter_map(|v| Some(v.as_str()?.to_owned())).collect();
        let plain = list_at(doc, "/spec/scopes").iter().filter_map(Value::as_str).map(|name| {
            Scope { name: name.to_owned(), operator: "Exists".to_owned(), values: Vec::new() }
        });
        let selected = list_at(doc, "/spec/scopeSelector/matchExpressions").iter().map(|e| Scope {
            name: text_at(e, "/scopeName").to_owned(),
            operator: text_at(e, "/operator").to_owned(),
            values: texts(list_at(e, "/values")),
        });
        Self {
            name: meta(doc).name().to_owned(),
            hard: amount::read(doc.pointer("/spec/hard")),
            used: amount::read(doc.pointer("/status/used")),
            status: doc.get("status").cloned().unwrap_or(Value::Null),
            scopes: plain.chain(selected).collect(),
        }
    }

    /// Whether it counts this.
    #[must_use]
    pub fn counts(&self, of: &Use) -> bool {
        let fits = |scope: &Scope, pod: &Traits| match scope.name.as_str() {
            "Terminating" => pod.terminating,
            "NotTerminating" => !pod.terminating,
            "BestEffort" => pod.best_effort,
            "NotBestEffort" => !pod.best_effort,
            "PriorityClass" => match scope.operator.as_str() {
                "In" => scope.values.contains(&pod.class),
                "NotIn" => !scope.values.contains(&pod.class),
                "DoesNotExist" => pod.class.is_empty(),
                _ => !pod.class.is_empty(),
            },
            _ => false,
        };
        match &of.pod {
            Some(pod) => self.scopes.iter().all(|scope| fits(scope, pod)),
            None => self.scopes.is_empty(),
        }
    }

    /// Counts what is there.
    #[must_use]
    pub fn count<'a>(&self, all: impl Iterator<Item = &'a Use>) -> Milli {
        let mut used: Milli = self.hard.keys().map(|name| (name.clone(), 0)).collect();
        for one in all.filter(|one| self.counts(one)) {
            for (name, milli) in &one.amounts {
                if let Some(sum) = used.get_mut(name) {
                    *sum = sum.saturating_add(*milli);
                }
            }
        }
        used
    }

    /// The status with this count; none if it is what is there.
    #[must_use]
    pub fn counted(&self, used: &Milli) -> Option<Value> {
        let known = amount::read(self.status.get("hard")) == self.hard && self.used == *used;
        (!known)
            .then(|| json!({"hard": amount::to_value(&self.hard), "used": amount::to_value(used)}))
    }

    /// What is used once this object is there, too; none if it is not counted.
    ///
    /// # Errors
    /// Why it must not be there.
    pub fn charge(&self, of: &Use, doc: &Value) -> Result<Option<Milli>, String> {
        if !self.counts(of) {
            return Ok(None);
        }
        let asked: Milli = of
            .amounts
            .iter()
            .filter(|(name, n)| **n > 0 && self.hard.contains_key(*name))
            .map(|(name, n)| (name.clone(), *n))
            .collect();
        if let Some(pod) = &of.pod
            && let Some(missing) = self.unsaid(doc, pod)
        {
            return Err(format!("failed quota: {}: must specify {missing}", self.name));
        }
        if asked.is_empty() {
            return Ok(None);
        }
        let unknown: Vec<&str> =
            asked.keys().filter(|n| !self.used.contains_key(*n)).map(String::as_str).collect();
        if !unknown.is_empty() {
            let list = unknown.join(",");
            return Err(format!("status unknown for quota: {}, resources: {list}", self.name));
        }
        let mut next = self.used.clone();
        amount::add(&mut next, &asked);
        let over: Vec<&String> =
            asked.keys().filter(|n| next.get(*n) > self.hard.get(*n)).collect();
        if over.is_empty() {
            return Ok(Some(next));
        }
        let shown = |list: &Milli| {
            let one = |n: &&String| {
                format!("{n}={}", amount::shown(n, list.get(*n).copied().unwrap_or(0)))
            };
            over.iter().map(one).collect::<Vec<_>>().join(",")
        };
        Err(format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            self.name,
            shown(&asked),
            shown(&self.used),
            shown(&self.hard)
        ))
    }

    /// What containers leave open that is counted.
    fn unsaid(&self, pod: &Value, traits: &Traits) -> Option<String> {
        if traits.best_effort && self.scopes.iter().any(|s| s.name == "BestEffort") {
            return None;
        }
        let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let lists = ["/spec/containers", "/spec/initContainers"];
        for resource in ASKED_OF_CONTAINERS.into_iter().filter(|r| self.hard.contains_key(*r)) {
            let (field, name) = resource.split_once('.').unwrap_or(("requests", resource));
            for container in lists.iter().flat_map(|list| list_at(pod, list)) {
                let said = &container["resources"][field][name];
                if said.is_null() {
                    missing.entry(resource).or_default().push(text_at(container, "/name"));
                }
            }
        }
        let list: Vec<String> =
            missing.iter().map(|(r, names)| format!("{r} for: {}", names.join(","))).collect();
        (!list.is_empty()).then(|| list.join("; "))
    }
}

/// What an object counts for. A pod that has ended counts as an object alone.
#[must_use]
pub fn use_of(kind: &Kind<'_>, doc: &Value) -> Use {
    let mut of = Use { amounts: plain(kind), pod: None };
    let one = 1000;
    match kind.id {
        kinds::POD => {
            let ended = ["Succeeded", "Failed"].contains(&text_at(doc, "/status/phase"));
            let spec = doc.get("spec").unwrap_or(&Value::Null);
            let (requests, limits) =
                (amount::of_pod(spec, "requests"), amount::of_pod(spec, "limits"));
            of.pod = Some(Traits {
                best_effort: requests.is_empty() && limits.is_empty(),
                terminating: spec.get("activeDeadlineSeconds").is_some_and(|v| !v.is_null()),
                class: text_at(spec, "/priorityClassName").to_owned(),
            });
            if !ended {
                of.amounts.insert("pods".into(), one);
                for (name, milli) in requests {
                    of.amounts.insert(format!("requests.{name}"), milli);
                    of.amounts.insert(name, milli);
                }
                for (name, milli) in limits {
                    of.amounts.insert(format!("limits.{name}"), milli);
                }
            }
        }
        kinds::SERVICE => {
            of.amounts.insert("services".into(), one);
            let kind = text_at(doc, "/spec/type");
            if kind == "LoadBalancer" {
                of.amounts.insert("services.loadbalancers".into(), one);
            }
            let ports = list_at(doc, "/spec/ports").len();
            if kind == "NodePort" || kind == "LoadBalancer" {
                let ports = i64::try_from(ports).unwrap_or(0);
                of.amounts.insert("services.nodeports".into(), ports * one);
            }
        }
        kinds::PERSISTENT_VOLUME_CLAIM => {
            let asked = amount::read(doc.pointer("/spec/resources/requests"));
            let storage = asked.get("storage").copied().unwrap_or(0);
            let class = text_at(doc, "/spec/storageClassName");
            of.amounts.insert("persistentvolumeclaims".into(), one);
            of.amounts.insert("requests.storage".into(), storage);
            if !class.is_empty() {
                let of_class = |what: &str| format!("{class}.storageclass.storage.k8s.io/{what}");
                of.amounts.insert(of_class("persistentvolumeclaims"), one);
                of.amounts.insert(of_class("requests.storage"), storage);
            }
        }
        kinds::CONFIG_MAP | kinds::SECRET | kinds::RESOURCE_QUOTA => {
            of.amounts.insert(kind.plural.to_string(), one);
        }
        _ => {}
    }
    of
}

/// What every object counts for.
#[must_use]
pub fn plain(kind: &Kind<'_>) -> Milli {
    [(format!("count/{}", kind.qualified_resource()), 1000)].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(spec: Value, used: Value) -> Quota {
        Quota::read(&json!({"metadata": {"name": "q"}, "spec": spec, "status": {"used": used}}))
    }

    fn pod(resources: Value) -> Value {
        json!({"spec": {"containers": [{"name": "c", "resources": resources}]}})
    }

    fn charge(quota: &Quota, doc: &Value) -> Result<Value, String> {
        let of = use_of(kinds::get(kinds::POD), doc);
        Ok(quota.charge(&of, doc)?.map_or(Value::Null, |used| amount::to_value(&used)))
    }

    #[test]
    fn a_pod_is_charged_or_refused() {
        let plenty = quota(json!({"hard": {"pods": "4"}}), json!({"pods": "3"}));
        assert_eq!(charge(&plenty, &pod(json!({}))), Ok(json!({"pods": "4"})));
        let full = quota(json!({"hard": {"pods": "3"}}), json!({"pods": "3"}));
        let want = "exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3";
        assert_eq!(charge(&full, &pod(json!({}))), Err(want.into()));
        let fresh = quota(json!({"hard": {"pods": "3"}}), json!({}));
        let want = "status unknown for quota: q, resources: pods";
        assert_eq!(charge(&fresh, &pod(json!({}))), Err(want.into()));
        let cpu = quota(
            json!({"hard": {"limits.cpu": "1", "requests.memory": "1Gi"}}),
            json!({"limits.cpu": "500m", "requests.memory": "512Mi"}),
        );
        let want = "failed quota: q: must specify limits.cpu for: c; requests.memory for: c";
        assert_eq!(charge(&cpu, &pod(json!({}))), Err(want.into()));
        let asks = json!({"limits": {"cpu": "200m"}, "requests": {"memory": "128Mi"}});
        let want = json!({"limits.cpu": "700m", "requests.memory": "640Mi"});
        assert_eq!(charge(&cpu, &pod(asks)), Ok(want));
        let asks = json!({"limits": {"cpu": "600m"}, "requests": {"memory": "1Gi"}});
        let want = "exceeded quota: q, requested: limits.cpu=600m,requests.memory=1Gi, used: limits.cpu=500m,requests.memory=512Mi, limited: limits.cpu=1,requests.memory=1Gi";
        assert_eq!(charge(&cpu, &pod(asks)), Err(want.into()));
    }

    #[test]
    fn scopes_choose_the_pods() {
        let check = |spec: Value, change: Value, want: bool| {
            let mut doc = pod(json!({}));
            json_patch::merge(&mut doc["spec"], &change);
            let quota = quota(spec.clone(), json!({}));
            let of = use_of(kinds::get(kinds::POD), &doc);
            assert_eq!(quota.counts(&of), want, "{spec} {doc}");
            assert!(!quota.counts(&use_of(kinds::get(kinds::SECRET), &json!({}))));
        };
        check(json!({"scopes": ["BestEffort"]}), json!({}), true);
        check(json!({"scopes": ["NotBestEffort"]}), json!({}), false);
        check(json!({"scopes": ["Terminating"]}), json!({"activeDeadlineSeconds": 5}), true);
        check(json!({"scopes": ["NotTerminating"]}), json!({"activeDeadlineSeconds": 5}), false);
        let class = |operator: &str, values: Value| {
            json!({"scopeSelector": {"matchExpressions": [
                {"scopeName": "PriorityClass", "operator": operator, "values": values},
            ]}})
        };
        let gold = json!({"priorityClassName": "gold"});
        check(class("In", json!(["gold"])), gold.clone(), true);
        check(class("NotIn", json!(["gold"])), gold.clone(), false);
        check(class("Exists", json!([])), gold, true);
        check(class("DoesNotExist", json!([])), json!({}), true);
    }

    #[test]
    fn what_is_there_is_counted_and_what_has_ended_only_as_an_object() {
        let quota = quota(
            json!({"hard": {"pods": "9", "count/pods": "9", "requests.cpu": "9"}}),
            json!({}),
        );
        let mut over = pod(json!({"requests": {"cpu": "1"}}));
        over["status"]["phase"] = "Succeeded".into();
        let all = [pod(json!({"requests": {"cpu": "1500m"}})), over];
        let all: Vec<Use> = all.iter().map(|d| use_of(kinds::get(kinds::POD), d)).collect();
        let used = quota.count(all.iter());
        let want = json!({"pods": "1", "count/pods": "2", "requests.cpu": "1500m"});
        assert_eq!(amount::to_value(&used), want);
        let status = quota.counted(&used).expect("it is new");
        assert_eq!(status["used"], want);
    }
}
