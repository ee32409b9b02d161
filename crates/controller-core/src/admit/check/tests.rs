//! What is refused, in which words. Each row is a change to something valid, and what is wrong then.

use alloc::format;
use alloc::string::{String, ToString};

use model::Millis;
use serde_json::{Value, json};

use crate::admit::{ApiError, Fresh, Outcome, prepare_create, prepare_update};
use crate::kinds::{self, KindId};

fn create(kind: KindId, doc: Value) -> Result<Value, ApiError> {
    let fresh = Fresh { now: Millis(0), uid: "u", suffix: "bbbbb" };
    let kind = kinds::get(kind);
    prepare_create(kind, if kind.namespaced { "n" } else { "" }, doc, &fresh)
}

/// The part of an error's message that tells what is wrong.
fn told(result: Result<Value, ApiError>) -> String {
    match result {
        Ok(_) => "fine".to_string(),
        Err(error) => {
            let message = error.message;
            message.split_once("is invalid: ").map_or(message.clone(), |(_, t)| t.to_string())
        }
    }
}

fn merged(mut doc: Value, change: &Value) -> Value {
    json_patch::merge(&mut doc, change);
    doc
}

fn pod() -> Value {
    json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "x"}]}})
}

fn check_pod(change: Value, want: &str) {
    let got = told(create(kinds::POD, merged(pod(), &json!({"spec": change}))));
    assert_eq!(got, want, "{change}");
}

/// A change of the pod's one container.
fn check_container(change: Value, want: &str) {
    let container = merged(json!({"name": "c", "image": "x"}), &change);
    check_pod(json!({"containers": [container]}), want);
}

#[test]
fn the_real_servers_answer_comes_out() {
    let error = create(kinds::POD, json!({"metadata": {"name": "Bad_Name"}, "spec": {}}));
    let why = "Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let want = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": format!("Pod \"Bad_Name\" is invalid: [metadata.name: {why}, spec.containers: Required value]"),
        "reason": "Invalid",
        "details": {
            "name": "Bad_Name",
            "kind": "Pod",
            "causes": [
                {"reason": "FieldValueInvalid", "message": why, "field": "metadata.name"},
                {"reason": "FieldValueRequired", "message": "Required value", "field": "spec.containers"},
            ],
        },
        "code": 422,
    });
    assert_eq!(error.expect_err("invalid").to_value(), want);
}

#[test]
fn pods_are_judged() {
    check_pod(json!({}), "fine");
    check_pod(
        json!({"restartPolicy": "Sometimes"}),
        "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\"",
    );
    check_pod(
        json!({"containers": [{"name": "c", "image": "x"}, {"name": "c", "image": "x"}]}),
        "spec.containers[1].name: Duplicate value: \"c\"",
    );
    check_pod(
        json!({"runtimeClassName": "kata"}),
        "spec.runtimeClassName: Forbidden: is not supported by Driftless",
    );
    check_pod(
        json!({"volumes": [{"name": "v", "nfs": {"server": "s", "path": "/"}}]}),
        "spec.volumes[0].nfs: Forbidden: volumes of this type are not supported by Driftless: use emptyDir, hostPath, configMap, secret, downwardAPI, projected or persistentVolumeClaim",
    );
    check_pod(
        json!({"volumes": [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}]}),
        "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
    );
    check_pod(
        json!({"volumes": [{"name": "v"}, {"name": "v"}]}),
        "spec.volumes[1].name: Duplicate value: \"v\"",
    );
    check_pod(
        json!({"volumes": [{"name": "v", "configMap": {"items": [{"key": "k", "path": "../x"}]}}]}),
        "[spec.volumes[0].configMap.name: Required value, spec.volumes[0].configMap.items[0].path: Invalid value: \"../x\": must not contain '..']",
    );
    check_pod(
        json!({"volumes": [{"name": "v", "hostPath": {"path": "/x", "type": "Folder"}}]}),
        "spec.volumes[0].hostPath.type: Unsupported value: \"Folder\": supported values: \"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"",
    );
    check_pod(
        json!({"tolerations": [{"operator": "Equal", "value": "x"}]}),
        "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
    );
    check_pod(
        json!({"tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 3}]}),
        "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
    );
    check_pod(
        json!({"dnsPolicy": "None"}),
        "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
    );
    check_pod(
        json!({"securityContext": {"seLinuxOptions": {"level": "s0"}}}),
        "spec.securityContext.seLinuxOptions: Forbidden: is not supported by Driftless",
    );
    check_pod(
        json!({"initContainers": [{"name": "i", "image": "x", "restartPolicy": "Never"}]}),
        "spec.initContainers[0].restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
    );
    // What the rules know nothing of, the model still cannot read.
    check_pod(
        json!({"terminationGracePeriodSeconds": 99_999_999_999i64}),
        "spec: Invalid value: \"\": cannot be acted on: invalid value: integer `99999999999`, expected u32",
    );
}

#[test]
fn affinities_are_judged() {
    let node = |terms: Value| json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}});
    let at = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    check_pod(
        node(json!([])),
        &format!("{at}: Required value: must have at least one node selector term"),
    );
    check_pod(
        node(json!([{"matchExpressions": [{"key": "a", "operator": "In"}]}])),
        &format!(
            "{at}[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
        ),
    );
    check_pod(
        node(json!([{"matchExpressions": [{"key": "a", "operator": "Like", "values": ["x"]}]}])),
        &format!(
            "{at}[0].matchExpressions[0].operator: Invalid value: \"Like\": not a valid selector operator"
        ),
    );
    check_pod(
        json!({"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 101, "podAffinityTerm": {"labelSelector": {}}}]}}}),
        "[spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100, spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Required value: can not be empty]",
    );
    check_pod(
        json!({"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "Maybe"}]}),
        "[spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero, spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"Maybe\": supported values: \"DoNotSchedule\", \"ScheduleAnyway\"]",
    );
}

#[test]
fn containers_are_judged() {
    check_container(json!({"image": null}), "spec.containers[0].image: Required value");
    check_container(
        json!({"imagePullPolicy": "Now"}),
        "spec.containers[0].imagePullPolicy: Unsupported value: \"Now\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
    );
    check_container(
        json!({"volumeMounts": [{"name": "x", "mountPath": "/x"}]}),
        "spec.containers[0].volumeMounts[0].name: Not found: \"x\"",
    );
    check_container(
        json!({"ports": [{"containerPort": 70_000}]}),
        "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    );
    check_container(
        json!({"ports": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]}),
        "spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//80\"",
    );
    check_container(
        json!({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}}),
        "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
    );
    check_container(
        json!({"resources": {"limits": {"memory": "much"}}}),
        "Pod in version \"v1\" cannot be handled as a Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
    check_container(
        json!({"resources": {"limits": {"disk": "1"}}}),
        "[spec.containers[0].resources.limits[disk]: Invalid value: \"disk\": must be a standard resource for containers, spec.containers[0].resources.requests[disk]: Invalid value: \"disk\": must be a standard resource for containers]",
    );
    check_container(json!({"resources": {"limits": {"vendor.com/tpu": "1"}}}), "fine");
    check_container(
        json!({"livenessProbe": {"periodSeconds": 3}}),
        "spec.containers[0].livenessProbe: Required value: must specify a handler type",
    );
    check_container(
        json!({"livenessProbe": {"grpc": {"port": 3}}}),
        "spec.containers[0].livenessProbe.grpc: Forbidden: is not supported by Driftless",
    );
    check_container(
        json!({"livenessProbe": {"exec": {"command": ["x"]}, "tcpSocket": {"port": "http"}, "successThreshold": 2}}),
        "[spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type, spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1]",
    );
    check_container(
        json!({"env": [{"name": "a=b"}, {"name": "B", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "spec.x"}}}]}),
        "[spec.containers[0].env[0].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '=', spec.containers[0].env[1].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty, spec.containers[0].env[1].valueFrom.fieldRef.fieldPath: Unsupported value: \"spec.x\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"]",
    );
    check_container(
        json!({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}}]}),
        "fine",
    );
    check_container(
        json!({"envFrom": [{"prefix": "P_"}]}),
        "spec.containers[0].envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
    );
    check_container(
        json!({"volumeDevices": [{"name": "d", "devicePath": "/dev/x"}]}),
        "spec.containers[0].volumeDevices: Forbidden: is not supported by Driftless",
    );
    check_container(
        json!({"securityContext": {"seccompProfile": {"type": "Localhost"}, "runAsUser": -1}}),
        "[spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive, spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost]",
    );
}

#[test]
fn a_pod_is_fixed_but_for_a_few_fields() {
    let old = create(kinds::POD, pod()).expect("valid");
    let check = |change: Value, want: &str| {
        let new = merged(old.clone(), &change);
        let got = match prepare_update(kinds::get(kinds::POD), None, &old, new) {
            Ok(Outcome::Unchanged) => "unchanged".to_string(),
            Ok(_) => "fine".to_string(),
            Err(error) => error.message,
        };
        assert!(got.contains(want), "{change}: {got}");
    };
    let mut container = old["spec"]["containers"][0].clone();
    container["image"] = "y:1".into();
    check(json!({"spec": {"containers": [container]}}), "fine");
    check(json!({"metadata": {"labels": {"a": "b"}}}), "fine");
    check(json!({"status": {"phase": "Failed"}}), "unchanged");
    check(json!({"spec": {"activeDeadlineSeconds": 5}}), "fine");
    check(json!({"spec": {"nodeName": "n1"}}), "these would change: spec.nodeName");
    check(json!({"spec": {"tolerations": []}}), "unchanged");
    container["command"] = json!(["sh"]);
    check(
        json!({"spec": {"containers": [container]}}),
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
    );

    // A pod that a controller made, its defaults not filled in, can still be labelled.
    let bare = merged(
        pod(),
        &json!({"metadata": {"namespace": "n", "uid": "u"}, "spec": {"hostNetwork": false}}),
    );
    let new = merged(bare.clone(), &json!({"metadata": {"labels": {"a": "b"}}}));
    let outcome = prepare_update(kinds::get(kinds::POD), None, &bare, new);
    assert!(matches!(outcome, Ok(Outcome::Changed(_))), "{outcome:?}");
}

fn deployment() -> Value {
    json!({
        "metadata": {"name": "d"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "x"}]},
            },
        },
    })
}

#[test]
fn workloads_are_judged() {
    let check = |change: Value, want: &str| {
        let got = told(create(kinds::DEPLOYMENT, merged(deployment(), &json!({"spec": change}))));
        assert_eq!(got, want, "{change}");
    };
    check(json!({}), "fine");
    check(json!({"replicas": 0}), "fine");
    check(json!({"selector": null}), "spec.selector: Required value");
    check(
        json!({"selector": {"matchLabels": null}}),
        "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment",
    );
    check(
        json!({"replicas": -1}),
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    );
    check(
        json!({"template": {"spec": {"restartPolicy": "Never"}}}),
        "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
    );
    check(
        json!({"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}}),
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    );
    check(
        json!({"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}}),
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0",
    );
    check(
        json!({"strategy": {"rollingUpdate": {"maxSurge": "a lot"}}}),
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"a lot\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
    check(
        json!({"minReadySeconds": 700}),
        "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
    );
}

#[test]
fn a_selector_stays_and_generations_count_specs() {
    let old = create(kinds::DEPLOYMENT, deployment()).expect("valid");
    let kind = kinds::get(kinds::DEPLOYMENT);
    let new = merged(old.clone(), &json!({"spec": {"selector": {"matchLabels": {"a": "c"}}}}));
    let error = prepare_update(kind, None, &old, new).expect_err("immutable");
    assert_eq!(
        error.message,
        "Deployment.apps \"d\" is invalid: [spec.template.metadata.labels: Invalid value: map[string]string{\"a\":\"b\"}: `selector` does not match template `labels`, spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"a\":\"c\"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable]"
    );
    assert_eq!(error.to_value()["details"]["group"], "apps");
    for (change, generation) in
        [(json!({"metadata": {"labels": {"x": "y"}}}), 1), (json!({"spec": {"replicas": 3}}), 2)]
    {
        let outcome = prepare_update(kind, None, &old, merged(old.clone(), &change));
        let Ok(Outcome::Changed(next)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(next["metadata"]["generation"], generation, "{change}");
    }
    let status = merged(old.clone(), &json!({"spec": {"replicas": 9}, "status": {"replicas": 1}}));
    let outcome = prepare_update(kind, Some(kinds::Subresource::Status), &old, status);
    let Ok(Outcome::Changed(next)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((&next["spec"]["replicas"], &next["status"]["replicas"]), (&json!(1), &json!(1)));
}

#[test]
fn config_maps_and_secrets_are_judged() {
    let check = |kind: KindId, body: Value, want: &str| {
        let doc = merged(json!({"metadata": {"name": "x"}}), &body);
        assert_eq!(told(create(kind, doc)), want, "{body}");
    };
    check(kinds::CONFIG_MAP, json!({"data": {"a.b": "c"}, "binaryData": {"d": "AAE="}}), "fine");
    check(
        kinds::CONFIG_MAP,
        json!({"data": {"a/b": "c"}}),
        "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
    check(
        kinds::CONFIG_MAP,
        json!({"data": {"a": "c"}, "binaryData": {"a": "AAE="}}),
        "binaryData[a]: Invalid value: \"a\": duplicate of key present in data",
    );
    let large = "x".repeat(1024 * 1024 + 1);
    check(
        kinds::CONFIG_MAP,
        json!({"data": {"a": large}}),
        "data: Too long: may not be more than 1048576 bytes",
    );
    check(kinds::SECRET, json!({"data": {"a": "AAE="}, "stringData": {"b": "text"}}), "fine");
    check(
        kinds::SECRET,
        json!({"type": "kubernetes.io/tls", "data": {"tls.crt": "AAE="}}),
        "data[tls.key]: Required value",
    );
    check(
        kinds::SECRET,
        json!({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "AAE="}}),
        "data[.dockerconfigjson]: Invalid value: <value omitted>: must be a JSON object",
    );
    let old = create(
        kinds::SECRET,
        json!({"metadata": {"name": "x"}, "immutable": true, "data": {"a": "AAE="}}),
    )
    .expect("valid");
    let new = merged(old.clone(), &json!({"immutable": null, "data": {"a": "AAI="}}));
    let error = prepare_update(kinds::get(kinds::SECRET), None, &old, new).expect_err("immutable");
    assert_eq!(
        error.message,
        "Secret \"x\" is invalid: [immutable: Forbidden: field is immutable when `immutable` is set, data: Forbidden: field is immutable when `immutable` is set]"
    );
}

#[test]
fn the_small_kinds_are_judged() {
    let check = |kind: KindId, doc: Value, want: &str| {
        assert_eq!(told(create(kind, doc.clone())), want, "{doc}");
    };
    let named = |body: Value| merged(json!({"metadata": {"name": "x"}}), &body);
    check(kinds::NAMESPACE, named(json!({})), "fine");
    let dotted = told(create(kinds::NAMESPACE, json!({"metadata": {"name": "a.b"}})));
    assert!(
        dotted.contains("metadata.name: Invalid value: \"a.b\": a lowercase RFC 1123 label"),
        "{dotted}"
    );
    check(
        kinds::NODE,
        named(json!({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}})),
        "fine",
    );
    check(
        kinds::NODE,
        named(json!({"spec": {"taints": [{"key": "a", "effect": "Never"}]}})),
        "spec.taints[0].effect: Unsupported value: \"Never\": supported values: \"NoExecute\", \"NoSchedule\", \"PreferNoSchedule\"",
    );
    check(
        kinds::LEASE,
        named(json!({"spec": {"leaseDurationSeconds": -1}})),
        "spec.leaseDurationSeconds: Invalid value: -1: must be greater than 0",
    );
    check(
        kinds::EVENT,
        named(json!({"involvedObject": {"namespace": "m"}})),
        "involvedObject.namespace: Invalid value: \"m\": does not match event.namespace",
    );
    check(
        kinds::CONTROLLER_REVISION,
        named(json!({"revision": 1})),
        "data: Required value: data is mandatory",
    );
    check(
        kinds::CONFIG_MAP,
        json!({"metadata": {"name": "x", "labels": {"a b": "-"}}}),
        "[metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'), metadata.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')]",
    );
    let wrong_type = told(create(kinds::CONFIG_MAP, named(json!({"data": {"a": 1}}))));
    assert!(
        wrong_type.starts_with("ConfigMap in version \"v1\" cannot be handled as a ConfigMap: "),
        "{wrong_type}"
    );
}

/// Any JSON, with field names that mean something now and then.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z/.0-9%=-]{0,8}".prop_map(Value::from),
    ];
    let key = prop::sample::select(
        &[
            "metadata",
            "labels",
            "spec",
            "template",
            "containers",
            "initContainers",
            "name",
            "image",
            "volumes",
            "configMap",
            "resources",
            "limits",
            "ports",
            "env",
            "selector",
            "strategy",
            "data",
            "affinity",
            "tolerations",
            "livenessProbe",
            "securityContext",
            "type",
            "x",
            "status",
        ][..],
    );
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5).prop_map(|m| {
                Value::Object(m.into_iter().map(|(k, v)| (k.to_string(), v)).collect())
            }),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn any_document_is_answered_and_what_is_let_in_is_settled(spec in any_json(), extra in any_json()) {
        for kind in kinds::stored() {
            for doc in [extra.clone(), merged(deployment(), &json!({"spec": spec, "data": extra}))] {
                let Ok(object) = create(kind.id, doc) else { continue };
                // Printed, warned of, and, sent again as it is, not a change.
                let _ = (kind.cells)(&object, Millis(0));
                let _ = crate::admit::warnings(kind, &object);
                let again = prepare_update(kind, None, &object, object.clone());
                proptest::prop_assert_eq!(again, Ok(Outcome::Unchanged), "{}", kind.kind);
            }
        }
    }
}
