//! What is accepted and not acted on is told, so that nobody relies on it. What could not be ignored safely never gets
//! here: validation refuses it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::check::at::At;
use super::meta::text_at;
use crate::storage;

/// A pod.
pub fn pod(doc: &Value, out: &mut Vec<String>) {
    spec(&At::root(doc, "spec"), out);
}

/// A workload's pod template.
pub fn template(doc: &Value, out: &mut Vec<String>) {
    spec(&At::root(doc, "spec").field("template").field("spec"), out);
}

/// A StatefulSet.
pub fn stateful_set(doc: &Value, out: &mut Vec<String>) {
    template(doc, out);
    if !At::root(doc, "spec").text("serviceName").is_empty() {
        out.push(
            "spec.serviceName: pods bear it as their subdomain, but Driftless gives them no names in DNS"
                .into(),
        );
    }
}

/// A PersistentVolumeClaim.
pub fn claim(doc: &Value, out: &mut Vec<String>) {
    let spec = At::root(doc, "spec");
    ignored(&spec, &["volumeAttributesClassName"], out);
    ignored(&spec.field("resources"), &["limits"], out);
    // Said once, when it is asked for.
    if text_at(doc, "/status/phase") != "Bound" {
        out.push(
            "spec.resources.requests.storage: Driftless does not bound what is written to a volume"
                .into(),
        );
    }
}

/// A PersistentVolume.
pub fn volume(doc: &Value, out: &mut Vec<String>) {
    if !storage::is_ours(doc) {
        out.push(format!(
            "Driftless binds and mounts only volumes that it has made itself, by a storage class with provisioner {}",
            storage::PROVISIONER
        ));
    }
    ignored(&At::root(doc, "spec"), &["mountOptions", "volumeAttributesClassName"], out);
}

/// A StorageClass.
pub fn storage_class(doc: &Value, out: &mut Vec<String>) {
    let class = At::whole(doc);
    if class.text("provisioner") == storage::PROVISIONER {
        let fields = ["allowVolumeExpansion", "allowedTopologies", "mountOptions", "parameters"];
        ignored(&class, &fields, out);
    } else {
        out.push(format!(
            "provisioner: Driftless itself provides only {}; claims of this class wait for whoever provides it",
            storage::PROVISIONER
        ));
    }
}

/// A CronJob.
pub fn cron_job(doc: &Value, out: &mut Vec<String>) {
    let job = At::root(doc, "spec").field("jobTemplate").field("spec");
    spec(&job.field("template").field("spec"), out);
}

/// A Job.
pub fn job(doc: &Value, out: &mut Vec<String>) {
    template(doc, out);
    if !["", "kubernetes.io/job-controller"].contains(&At::root(doc, "spec").text("managedBy")) {
        out.push("spec.managedBy: Driftless leaves this job to who is named there".into());
    }
}

/// A node.
pub fn node(doc: &Value, out: &mut Vec<String>) {
    ignored(&At::root(doc, "spec"), &["configSource", "podCIDR", "podCIDRs", "providerID"], out);
}

fn ignored(at: &At<'_>, fields: &[&str], out: &mut Vec<String>) {
    for field in fields.iter().filter_map(|name| at.get(name)) {
        out.push(format!("{} is accepted but not acted on by Driftless", field.path.as_str()));
    }
}

fn spec(spec: &At<'_>, out: &mut Vec<String>) {
    ignored(spec, &["setHostnameAsFQDN", "subdomain"], out);
    if !["", "default"].contains(&spec.text("serviceAccountName")) {
        ignored(spec, &["serviceAccountName"], out);
    }
    if spec.flag("automountServiceAccountToken") {
        ignored(spec, &["automountServiceAccountToken"], out);
    }
    ignored(&spec.field("securityContext"), &["fsGroupChangePolicy"], out);
    if !["", "default-scheduler"].contains(&spec.text("schedulerName")) {
        let path = spec.path.child("schedulerName");
        out.push(format!(
            "{}: Driftless has no scheduler of this name, the pod waits for a binding",
            path.as_str()
        ));
    }
    for rule in spec.items("topologySpreadConstraints") {
        ignored(&rule, &["nodeAffinityPolicy", "nodeTaintsPolicy"], out);
    }
    for container in spec.items("initContainers").chain(spec.items("containers")) {
        ignored(&container, &["resizePolicy"], out);
        let resources = container.field("resources");
        ignored(&resources, &["claims"], out);
        ignored(&resources.field("limits"), &["ephemeral-storage"], out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_acted_on_is_named() {
        let pod_spec = json!({
            "subdomain": "x",
            "schedulerName": "mine",
            "containers": [{"name": "c", "resources": {"claims": [{"name": "gpu"}]}}],
        });
        let mut told = Vec::new();
        template(&json!({"spec": {"template": {"spec": pod_spec}}}), &mut told);
        assert_eq!(
            told,
            [
                "spec.template.spec.subdomain is accepted but not acted on by Driftless",
                "spec.template.spec.schedulerName: Driftless has no scheduler of this name, the pod waits for a binding",
                "spec.template.spec.containers[0].resources.claims is accepted but not acted on by Driftless",
            ]
        );
        let mut told = Vec::new();
        pod(
            &json!({"spec": {"containers": [{"name": "c"}], "schedulerName": "default-scheduler"}}),
            &mut told,
        );
        assert_eq!(told, Vec::<String>::new());
    }
}
