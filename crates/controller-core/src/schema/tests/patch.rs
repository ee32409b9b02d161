use super::std::prelude::v1::*;

use serde_json::{Value, json};

use super::super::patch::{PatchError, strategic_merge};
use super::super::{Type, root};

fn of(api_version: &str, kind: &str) -> &'static Type {
    root(api_version, kind).expect("the kind is in the table")
}

fn check(kind: &str, original: Value, patch: Value, want: Value) {
    let version = if matches!(kind, "Deployment" | "DaemonSet") { "apps/v1" } else { "v1" };
    let got = strategic_merge(of(version, kind), original, patch.clone());
    assert_eq!(got, Ok(want), "{patch}");
}

/// A deployment with these containers.
fn containers(list: Value) -> Value {
    json!({"spec": {"template": {"spec": {"containers": list}}}})
}

/// A deployment with this pod spec.
fn pod(spec: Value) -> Value {
    json!({"spec": {"template": {"spec": spec}}})
}

#[test]
fn objects_merge_and_nulls_delete() {
    check(
        "Pod",
        json!({"a": 1, "b": {"c": 1, "d": 2}}),
        json!({"b": {"c": null, "e": 3}}),
        json!({"a": 1, "b": {"d": 2, "e": 3}}),
    );
    check("Pod", json!({}), json!({"b": {"c": null, "e": {"f": null}}}), json!({"b": {"e": {}}}));
    check(
        "Pod",
        json!({"metadata": {"labels": {"a": "1", "b": "2"}}}),
        json!({"metadata": {"labels": {"a": null, "c": "3"}}}),
        json!({"metadata": {"labels": {"b": "2", "c": "3"}}}),
    );
    check("Pod", json!({"spec": {"nodeName": "a"}}), json!({"spec": null}), json!({}));
    // Another type replaces.
    check(
        "Pod",
        json!({"spec": {"x": [1]}}),
        json!({"spec": {"x": {"y": null, "z": 1}}}),
        json!({"spec": {"x": {"z": 1}}}),
    );
    // Cordon, taint, scale, pause.
    check(
        "Node",
        json!({"spec": {"taints": [{"key": "x", "effect": "NoSchedule"}]}}),
        json!({"spec": {"unschedulable": true, "taints": [{"effect": "NoSchedule", "key": "a", "value": "b"}]}}),
        json!({"spec": {"unschedulable": true, "taints": [{"effect": "NoSchedule", "key": "a", "value": "b"}]}}),
    );
    check(
        "Deployment",
        json!({"spec": {"paused": true, "replicas": 1}}),
        json!({"spec": {"paused": null}}),
        json!({"spec": {"replicas": 1}}),
    );
}

#[test]
fn set_image_and_set_env_change_one_container() {
    let two = containers(
        json!([{"name": "a", "image": "x:1", "env": [{"name": "A", "value": "1"}]}, {"name": "b", "image": "y:1"}]),
    );
    check(
        "Deployment",
        two.clone(),
        pod(
            json!({"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}], "containers": [{"image": "y:2", "name": "b"}]}),
        ),
        containers(
            json!([{"name": "a", "image": "x:1", "env": [{"name": "A", "value": "1"}]}, {"name": "b", "image": "y:2"}]),
        ),
    );
    check(
        "Deployment",
        two.clone(),
        pod(
            json!({"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}], "containers": [{"env": [{"name": "B", "value": "2"}], "name": "a"}]}),
        ),
        // An element that is new and in no order comes before what was there, as in Kubernetes.
        containers(
            json!([{"name": "a", "image": "x:1", "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]}, {"name": "b", "image": "y:1"}]),
        ),
    );
    // An order alone reorders.
    check(
        "Deployment",
        two.clone(),
        pod(json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]})),
        containers(
            json!([{"name": "b", "image": "y:1"}, {"name": "a", "image": "x:1", "env": [{"name": "A", "value": "1"}]}]),
        ),
    );
}

#[test]
fn apply_deletes_adds_and_orders() {
    let live = containers(
        json!([{"name": "c", "image": "busybox:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "ports": [{"containerPort": 80, "protocol": "TCP"}]}]),
    );
    check(
        "Deployment",
        live.clone(),
        pod(json!({"$setElementOrder/containers": [{"name": "c"}], "containers": [
            {"$setElementOrder/env": [{"name": "B"}], "env": [{"$patch": "delete", "name": "A"}], "image": "busybox:2", "name": "c"}]})),
        containers(
            json!([{"name": "c", "image": "busybox:2", "env": [{"name": "B", "value": "2"}], "ports": [{"containerPort": 80, "protocol": "TCP"}]}]),
        ),
    );
    // A sidecar that another has put in keeps its place.
    let injected = containers(json!([{"name": "side"}, {"name": "c"}, {"name": "d"}]));
    check(
        "Deployment",
        injected,
        pod(
            json!({"$setElementOrder/containers": [{"name": "d"}, {"name": "new"}], "containers": [{"$patch": "delete", "name": "c"}, {"name": "new", "image": "n", "command": null}]}),
        ),
        containers(json!([{"name": "side"}, {"name": "d"}, {"name": "new", "image": "n"}])),
    );
    // What arrives takes the room of what is deleted: here, after what the patch does not name.
    check(
        "Deployment",
        containers(json!([{"name": "s"}, {"name": "p"}, {"name": "r"}])),
        pod(json!({
            "$setElementOrder/containers": [{"name": "s"}, {"name": "t"}],
            "containers": [{"name": "t"}, {"$patch": "delete", "name": "r"}],
        })),
        containers(json!([{"name": "s"}, {"name": "p"}, {"name": "t"}])),
    );
    // The list is new.
    check(
        "Deployment",
        json!({"spec": {"template": {"spec": {}}}}),
        pod(
            json!({"$setElementOrder/volumes": [{"name": "v"}], "volumes": [{"name": "v", "emptyDir": {}}]}),
        ),
        pod(json!({"volumes": [{"name": "v", "emptyDir": {}}]})),
    );
    // The list goes, order or not.
    check(
        "Deployment",
        pod(json!({"volumes": [{"name": "v"}]})),
        pod(json!({"$setElementOrder/volumes": [], "volumes": null})),
        pod(json!({})),
    );
    // Ports are told apart by number alone; it replaces what it finds.
    check(
        "Deployment",
        live,
        containers(json!([{"name": "c", "ports": [{"containerPort": 80, "name": "http"}]}])),
        containers(
            json!([{"name": "c", "image": "busybox:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"}]}]),
        ),
    );
    // Lists without a merge strategy are replaced.
    check(
        "Deployment",
        pod(json!({"tolerations": [{"key": "a"}]})),
        pod(json!({"tolerations": [{"key": "b"}]})),
        pod(json!({"tolerations": [{"key": "b"}]})),
    );
    check(
        "Deployment",
        containers(json!([{"name": "c", "args": ["a", "b"]}])),
        containers(json!([{"name": "c", "args": ["z"]}])),
        containers(json!([{"name": "c", "args": ["z"]}])),
    );
}

#[test]
fn rollout_undo_of_a_daemon_set_replaces_the_template() {
    check(
        "DaemonSet",
        json!({"spec": {"selector": {"matchLabels": {"app": "ds"}}, "template": {"metadata": {"annotations": {"x": "y"}}, "spec": {"containers": [{"name": "c", "image": "busybox:2"}, {"name": "z"}]}}}}),
        json!({"spec": {"template": {"$patch": "replace", "metadata": {"labels": {"app": "ds"}}, "spec": {"containers": [{"name": "c", "image": "busybox:1"}]}}}}),
        json!({"spec": {"selector": {"matchLabels": {"app": "ds"}}, "template": {"metadata": {"labels": {"app": "ds"}}, "spec": {"containers": [{"name": "c", "image": "busybox:1"}]}}}}),
    );
}

#[test]
fn directives_do_what_they_say() {
    // Of a union only what is kept stays.
    check(
        "Deployment",
        json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}),
        json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
        json!({"spec": {"strategy": {"type": "Recreate"}}}),
    );
    check(
        "Deployment",
        pod(json!({"volumes": [{"name": "v", "emptyDir": {}}]})),
        pod(
            json!({"volumes": [{"$retainKeys": ["name", "configMap"], "name": "v", "configMap": {"name": "c"}}]}),
        ),
        pod(json!({"volumes": [{"name": "v", "configMap": {"name": "c"}}]})),
    );
    // Scalars: merged without doubles, and taken out.
    check(
        "Pod",
        json!({"metadata": {"finalizers": ["a", "b"]}}),
        json!({"metadata": {"finalizers": ["b", "c"]}}),
        json!({"metadata": {"finalizers": ["a", "b", "c"]}}),
    );
    check(
        "Pod",
        json!({"metadata": {"finalizers": ["a", "b", "c"]}}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["c", "a"]}}),
        json!({"metadata": {"finalizers": ["c", "a"]}}),
    );
    check(
        "Pod",
        json!({"metadata": {}}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["b"]}}),
        json!({"metadata": {}}),
    );
    // Whole objects and whole lists.
    check(
        "Pod",
        json!({"spec": {"nodeSelector": {"a": "b"}}}),
        json!({"spec": {"nodeSelector": {"$patch": "delete"}}}),
        json!({"spec": {"nodeSelector": {}}}),
    );
    check(
        "Pod",
        json!({"spec": {}}),
        json!({"spec": {"nodeSelector": {"$patch": "delete"}}}),
        json!({"spec": {}}),
    );
    check(
        "Pod",
        json!({"spec": {"nodeSelector": {"a": "b"}}}),
        json!({"spec": {"nodeSelector": {"$patch": "replace", "c": "d"}}}),
        json!({"spec": {"nodeSelector": {"c": "d"}}}),
    );
    check(
        "Pod",
        json!({"spec": {"nodeSelector": {"a": "b"}}}),
        json!({"spec": {"nodeSelector": {"$patch": "merge", "c": "d"}}}),
        json!({"spec": {"nodeSelector": {"a": "b", "c": "d"}}}),
    );
    check(
        "Deployment",
        containers(json!([{"name": "a"}, {"name": "b"}])),
        containers(json!([{"name": "z"}, {"$patch": "replace"}])),
        containers(json!([{"name": "z"}])),
    );
    // A directive about what is not there is dropped whole.
    check(
        "Pod",
        json!({"spec": {}}),
        json!({"spec": {"nodeSelector": {"$patch": "replace", "c": "d"}}}),
        json!({"spec": {}}),
    );
    // Nothing of a directive stays in what is new.
    check(
        "Deployment",
        json!({}),
        containers(
            json!([{"name": "a", "$setElementOrder/env": [], "env": [{"name": "x", "$patch": "delete"}, {"$patch": "replace"}, {"name": "y"}]}]),
        ),
        containers(json!([{"name": "a", "env": [{"name": "y"}]}])),
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let check = |original: Value, patch: Value, want: PatchError| {
        assert_eq!(strategic_merge(of("apps/v1", "Deployment"), original, patch), Err(want));
    };
    let one = || containers(json!([{"name": "a"}]));
    check(json!([]), json!({}), PatchError::NotObject);
    check(json!({}), json!("x"), PatchError::NotObject);
    check(
        one(),
        json!({"spec": {"$patch": "explode"}}),
        PatchError::UnknownDirective("\"explode\"".into()),
    );
    check(
        one(),
        containers(json!([{"name": "a", "$patch": "merge"}])),
        PatchError::UnknownDirective("\"merge\"".into()),
    );
    check(
        one(),
        containers(json!([{"image": "x"}])),
        PatchError::NoMergeKey { element: r#"{"image":"x"}"#.into(), key: "name" },
    );
    check(
        one(),
        containers(json!([{"$patch": "delete"}])),
        PatchError::NoMergeKey { element: r#"{"$patch":"delete"}"#.into(), key: "name" },
    );
    check(one(), containers(json!(["x"])), PatchError::MixedList("containers".into()));
    check(
        one(),
        json!({"spec": {"$retainKeys": ["a"], "replicas": 1}}),
        PatchError::BadDirective("$retainKeys".into()),
    );
    check(
        one(),
        json!({"spec": {"$retainKeys": "a"}}),
        PatchError::BadDirective("$retainKeys".into()),
    );
    check(
        one(),
        pod(json!({"$setElementOrder/containers": "x"})),
        PatchError::BadDirective("$setElementOrder/containers".into()),
    );
    check(
        one(),
        pod(
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "a"}, {"name": "b"}]}),
        ),
        PatchError::Order("containers".into()),
    );
    let long: Vec<Value> = (0..5001u32).map(|n| json!({"name": n.to_string()})).collect();
    check(one(), containers(Value::Array(long)), PatchError::TooLong("containers".into()));
}
