//! What cells of tables are made of: ages, counts, names, as Kubernetes' printers write them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use serde_json::Value;

use crate::admit::meta::{list_at, meta, number_at, text_at};

/// A length of time in the two largest units that say something (k8s.io/apimachinery `duration.HumanDuration`).
pub fn human_duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: char, small: i64, below: char| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{below}"),
    };
    match seconds {
        // Clocks may be apart by a little.
        i64::MIN..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        _ if seconds < 120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        _ if hours < 48 => format!("{hours}h"),
        _ if days < 8 => two(days, 'd', hours % 24, 'h'),
        _ if days < 730 => format!("{days}d"),
        _ if days < 2920 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

/// How long ago a time is.
pub(super) fn since(then: Millis, now: Millis) -> String {
    let (then, now) = (then.0 / 1000, now.0 / 1000);
    human_duration(i64::try_from(now).unwrap_or(i64::MAX) - i64::try_from(then).unwrap_or(0))
}

/// How long ago the time at a pointer is; a placeholder if there is none.
pub(super) fn since_or(doc: &Value, pointer: &str, now: Millis, placeholder: &str) -> String {
    Millis::parse_rfc3339(text_at(doc, pointer))
        .map_or_else(|| placeholder.to_owned(), |then| since(then, now))
}

/// How long ago the time at a pointer is; `<unknown>` if there is none.
pub(super) fn since_at(doc: &Value, pointer: &str, now: Millis) -> String {
    since_or(doc, pointer, now, "<unknown>")
}

/// The object's age.
pub(super) fn age(doc: &Value, now: Millis) -> Value {
    since_at(doc, "/metadata/creationTimestamp", now).into()
}

/// The object's name.
pub(super) fn name(doc: &Value) -> Value {
    meta(doc).name().into()
}

/// The text at a pointer, or a placeholder.
pub(super) fn text_or(doc: &Value, pointer: &str, placeholder: &str) -> Value {
    match text_at(doc, pointer) {
        "" => placeholder.into(),
        text => text.into(),
    }
}

/// The number at a pointer; zero if there is none.
pub(super) fn count(doc: &Value, pointer: &str) -> i64 {
    number_at(doc, pointer).unwrap_or(0)
}

/// How many entries the map at a pointer has.
pub(super) fn entries(doc: &Value, pointer: &str) -> usize {
    doc.pointer(pointer).and_then(Value::as_object).map_or(0, serde_json::Map::len)
}

/// How many items the list at a pointer has.
pub(super) fn entries_of(doc: &Value, pointer: &str) -> usize {
    list_at(doc, pointer).len()
}

/// A field of every container of a workload's template, joined by commas.
pub(super) fn of_containers(doc: &Value, field: &str) -> Value {
    let all: Vec<&str> = list_at(doc, "/spec/template/spec/containers")
        .iter()
        .filter_map(|c| c.get(field)?.as_str())
        .collect();
    all.join(",").into()
}

/// Labels as `k=v,..`; `<none>` if there are none.
pub(super) fn labels_text(labels: Option<&Value>) -> Value {
    let pairs: Vec<String> = labels
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(k, v)| format!("{k}={}", v.as_str().map_or_else(|| v.to_string(), str::to_string)))
        .collect();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_for_people() {
        for (seconds, want) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (5, "5s"),
            (119, "119s"),
            (120, "2m"),
            (200, "3m20s"),
            (453, "7m33s"),
            (17 * 60 + 5, "17m"),
            (179 * 60, "179m"),
            (5 * 3600 + 3 * 60, "5h3m"),
            (7 * 3600, "7h"),
            (47 * 3600, "47h"),
            (3 * 86_400 + 4 * 3600, "3d4h"),
            (7 * 86_400, "7d"),
            (100 * 86_400, "100d"),
            (3 * 365 * 86_400, "3y"),
            (3 * 365 * 86_400 + 86_400, "3y1d"),
            (9 * 365 * 86_400 + 86_400, "9y"),
        ] {
            assert_eq!(human_duration(seconds), want, "{seconds}");
        }
    }

    #[test]
    fn tables_have_the_real_servers_columns() {
        use crate::kinds;
        let check = |kind: kinds::KindId, want: &str| {
            let columns = kinds::get(kind).columns.iter();
            let shown: Vec<String> = columns
                .map(|c| {
                    let kind = if c.kind == "integer" { "#" } else { "" };
                    let wide = if c.priority > 0 { "+" } else { "" };
                    format!("{wide}{}{kind}", c.name)
                })
                .collect();
            assert_eq!(shown.join(" | "), want);
        };
        check(kinds::NAMESPACE, "Name | Status | Age");
        check(
            kinds::NODE,
            "Name | Status | Roles | Age | Version | +Internal-IP | +External-IP | +OS-Image | +Kernel-Version | +Container-Runtime",
        );
        // Restarts are text since servers tell when the last one was.
        check(
            kinds::POD,
            "Name | Ready | Status | Restarts | Age | +IP | +Node | +Nominated Node | +Readiness Gates",
        );
        check(kinds::CONFIG_MAP, "Name | Data | Age");
        check(kinds::SECRET, "Name | Type | Data | Age");
        check(
            kinds::EVENT,
            "Last Seen | Type | Reason | Object | +Subobject | +Source | Message | +First Seen | +Count | +Name",
        );
        check(
            kinds::REPLICA_SET,
            "Name | Desired# | Current# | Ready# | Age | +Containers | +Images | +Selector",
        );
        check(
            kinds::DEPLOYMENT,
            "Name | Ready | Up-to-date | Available | Age | +Containers | +Images | +Selector",
        );
        check(
            kinds::DAEMON_SET,
            "Name | Desired# | Current# | Ready# | Up-to-date# | Available# | Node Selector | Age | +Containers | +Images | +Selector",
        );
        check(kinds::CONTROLLER_REVISION, "Name | Controller | Revision | Age");
        check(kinds::STATEFUL_SET, "Name | Ready | Age | +Containers | +Images");
        check(
            kinds::POD_DISRUPTION_BUDGET,
            "Name | Min Available | Max Unavailable | Allowed Disruptions# | Age",
        );
        check(kinds::SERVICE, "Name | Type | Cluster-IP | External-IP | Port(s) | Age | +Selector");
        check(kinds::ENDPOINTS, "Name | Endpoints | Age");
        check(kinds::ENDPOINT_SLICE, "Name | AddressType | Ports | Endpoints | Age");
        check(kinds::SERVICE_ACCOUNT, "Name | Secrets | Age");
        check(
            kinds::HORIZONTAL_POD_AUTOSCALER,
            "Name | Reference | Targets | MinPods | MaxPods | Replicas | Age",
        );
        check(kinds::INGRESS, "Name | Class | Hosts | Address | Ports | Age");
        check(kinds::INGRESS_CLASS, "Name | Controller | Parameters | Age");
        check(kinds::NETWORK_POLICY, "Name | Pod-Selector | Age");
        check(
            kinds::PERSISTENT_VOLUME_CLAIM,
            "Name | Status | Volume | Capacity | Access Modes | StorageClass | VolumeAttributesClass | Age | +VolumeMode",
        );
        check(
            kinds::PERSISTENT_VOLUME,
            "Name | Capacity | Access Modes | Reclaim Policy | Status | Claim | StorageClass | VolumeAttributesClass | Reason | Age | +VolumeMode",
        );
        check(
            kinds::STORAGE_CLASS,
            "Name | Provisioner | ReclaimPolicy | VolumeBindingMode | AllowVolumeExpansion | Age",
        );
        check(
            kinds::JOB,
            "Name | Status | Completions | Duration | Age | +Containers | +Images | +Selector",
        );
        check(
            kinds::CRON_JOB,
            "Name | Schedule | Timezone | Suspend | Active# | Last Schedule | Age | +Containers | +Images | +Selector",
        );
        check(kinds::PRIORITY_CLASS, "Name | Value | Global-Default | Age | PreemptionPolicy");
        check(kinds::LIMIT_RANGE, "Name | Created At");
        check(kinds::RESOURCE_QUOTA, "Name | Request | Limit | Age");
        check(kinds::CLUSTER_ROLE, "Name | Created At");
        check(kinds::ROLE_BINDING, "Name | Role | Age | +Users | +Groups | +ServiceAccounts");
        check(kinds::LEASE, "Name | Holder | Age");
    }
}
