//! Who owns what after whom.

use alloc::string::ToString as _;

use serde_json::{Value, json};

use super::{World, deployment, message, pod};
use crate::kinds::{self, Subresource};

const IMAGE: &str = "/spec/template/spec/containers/0/image";

#[test]
fn what_is_no_longer_applied_goes_and_what_others_wrote_stays() {
    let mut cm = World::new(kinds::CONFIG_MAP);
    cm.apply("a", json!({"data": {"x": "1", "y": "2"}})).expect("new");
    cm.update("u", |doc| doc["data"]["z"] = "3".into());
    cm.apply("a", json!({"data": {"x": "1"}})).expect("its own");
    assert_eq!(cm.at("/data"), json!({"x": "1", "z": "3"}));
    assert_eq!(cm.owners(), ["a: .data.x", "u: .data.z"]);
    cm.apply("a", json!({})).expect("its own");
    assert_eq!(cm.at("/data"), json!({"z": "3"}));
    assert_eq!(cm.owners(), ["u: .data.z"]);
}

#[test]
fn what_is_gone_is_nobodys() {
    let mut cm = World::new(kinds::CONFIG_MAP);
    cm.apply("a", json!({"data": {"x": "1", "y": "2"}})).expect("new");
    cm.apply("b", json!({"data": {"y": "2"}})).expect("the same");
    cm.update("u", |doc| doc["data"] = json!({"x": "1"}));
    assert_eq!(cm.owners(), ["a: .data.x"]);
}

#[test]
fn the_same_value_is_shared_until_the_last_lets_go() {
    let mut cm = World::new(kinds::CONFIG_MAP);
    cm.apply("a", json!({"data": {"x": "1"}})).expect("new");
    cm.apply("b", json!({"data": {"x": "1"}})).expect("the same");
    assert_eq!(cm.owners(), ["a: .data.x", "b: .data.x"]);
    cm.apply("a", json!({})).expect("its own");
    assert_eq!((cm.at("/data/x"), cm.owners()), (json!("1"), alloc::vec!["b: .data.x".into()]));
    cm.apply("b", json!({})).expect("its own");
    assert_eq!(cm.at("/data"), Value::Null);
}

#[test]
fn what_the_fleet_wrote_itself_stays() {
    let mut d = World::new(kinds::DEPLOYMENT);
    let probe = json!({"httpGet": {"port": 80}});
    let mut config = deployment(json!({}));
    config["metadata"]["annotations"] = json!({"mine": "1"});
    config["spec"]["template"]["spec"]["containers"][0]["livenessProbe"] = probe;
    d.apply("a", config).expect("new");
    let doc = d.doc.as_mut().expect("it is there");
    doc["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "1".into();
    assert_eq!(d.at("/spec/template/spec/containers/0/livenessProbe/periodSeconds"), 10);
    d.apply("a", deployment(json!({}))).expect("its own");
    assert_eq!(d.at("/metadata/annotations"), json!({"deployment.kubernetes.io/revision": "1"}));
    // What defaults had put into a field goes with the field.
    assert_eq!(d.at("/spec/template/spec/containers/0/livenessProbe"), Value::Null);
}

#[test]
fn changing_what_others_own_is_a_conflict_unless_it_is_forced() {
    let mut d = World::new(kinds::DEPLOYMENT);
    d.apply("a", deployment(json!({"replicas": 1}))).expect("new");
    let refused = d.apply("b", json!({"spec": {"replicas": 2}})).expect_err("a's");
    assert_eq!(
        refused.message,
        "Apply failed with 1 conflict: conflict with \"a\": .spec.replicas"
    );
    assert_eq!((refused.code, refused.reason), (409, "Conflict"));
    let details = refused.to_value()["details"].clone();
    let cause = json!({"reason": "FieldManagerConflict", "message": "conflict with \"a\"", "field": ".spec.replicas"});
    assert_eq!(details, json!({"causes": [cause]}));
    d.force("b", json!({"spec": {"replicas": 2}})).expect("forced");
    assert_eq!(d.at("/spec/replicas"), 2);
    let owns = |world: &World<'_>, who: &str| {
        let owners = world.owners();
        owners.iter().any(|o| o.starts_with(who) && o.contains(".spec.replicas"))
    };
    assert_eq!((owns(&d, "a:"), owns(&d, "b:")), (false, true));
    // What it lost it may leave out, and it stays.
    d.apply("a", deployment(json!({}))).expect("its own");
    assert_eq!(d.at("/spec/replicas"), 2);
    assert!(
        message(d.apply("a", deployment(json!({"replicas": 1})))).contains("\"b\": .spec.replicas")
    );
}

#[test]
fn conflicts_are_told_manager_by_manager() {
    let mut d = World::new(kinds::DEPLOYMENT);
    d.create("kubectl-create", deployment(json!({"replicas": 1}))).expect("new");
    d.update_part("scaler", Some(Subresource::Scale), |doc| doc["spec"]["replicas"] = 5.into());
    let refused = d.apply("a", deployment(json!({"replicas": 2})));
    assert_eq!(
        message(refused),
        "Apply failed with 1 conflict: conflict with \"scaler\" with subresource \"scale\" using apps/v1: .spec.replicas"
    );
    let mut config = deployment(json!({"replicas": 2, "paused": true}));
    *config.pointer_mut(IMAGE).expect("it has one") = "y".into();
    assert_eq!(
        message(d.apply("a", config)),
        "Apply failed with 2 conflicts: conflicts with \"kubectl-create\" using apps/v1:\n\
         - .spec.template.spec.containers[name=\"c\"].image\n\
         conflicts with \"scaler\" with subresource \"scale\" using apps/v1:\n- .spec.replicas"
    );
}

#[test]
fn a_scale_is_kept_by_an_apply_that_says_nothing_of_it() {
    let mut d = World::new(kinds::DEPLOYMENT);
    d.apply("a", deployment(json!({"replicas": 1}))).expect("new");
    d.update_part("kubectl", Some(Subresource::Scale), |doc| doc["spec"]["replicas"] = 3.into());
    d.apply("a", deployment(json!({}))).expect("without replicas");
    assert_eq!(d.at("/spec/replicas"), 3);
}

#[test]
fn items_go_with_the_last_who_applies_them() {
    let mut p = World::new(kinds::POD);
    let ports = |list: Value| pod(json!({"ports": list}));
    let (web, dns) =
        (json!({"containerPort": 80}), json!({"containerPort": 53, "protocol": "UDP"}));
    p.apply("a", ports(json!([web, dns]))).expect("new");
    let container = |list: Value| json!({"spec": {"containers": [{"name": "c", "ports": list}]}});
    p.apply("b", container(json!([dns]))).expect("the same");
    let owners = p.owners();
    assert!(
        owners[1].ends_with(".ports[containerPort=53,protocol=\"UDP\"].protocol"),
        "{owners:?}"
    );
    assert_eq!(p.at("/spec/containers/0/ports/1/protocol"), "UDP");
}

#[test]
fn an_item_of_two_stays_and_loses_what_was_of_one() {
    let mut d = World::new(kinds::DEPLOYMENT);
    let with = |containers: Value| {
        let mut doc = deployment(json!({}));
        doc["spec"]["template"]["spec"]["containers"] = containers;
        doc
    };
    let sidecar = json!({"name": "s", "image": "s"});
    let c = json!({"name": "c", "image": "x"});
    d.apply("a", with(json!([c, {"name": "s", "image": "s", "tty": true}]))).expect("new");
    let only = json!({"spec": {"template": {"spec": {"containers": [sidecar]}}}});
    d.apply("b", only).expect("the same");
    d.apply("a", with(json!([c]))).expect("its own");
    let containers = d.at("/spec/template/spec/containers");
    assert_eq!(containers[1]["name"], "s");
    assert_eq!(containers[1].get("tty"), None);
    d.apply("b", json!({})).expect("its own");
    assert_eq!(d.at("/spec/template/spec/containers/1"), Value::Null);
}

#[test]
fn single_values_and_sets() {
    let mut p = World::new(kinds::DEPLOYMENT);
    let with = |args: Value| {
        let mut doc = deployment(json!({}));
        doc["spec"]["template"]["spec"]["containers"][0]["args"] = args;
        doc
    };
    p.apply("a", with(json!(["x"]))).expect("new");
    let refused = p.apply("b", json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "args": ["x", "y"]}]}}}}));
    assert!(message(refused).ends_with(": .spec.template.spec.containers[name=\"c\"].args"));

    let mut cm = World::new(kinds::CONFIG_MAP);
    let with = |list: Value| json!({"metadata": {"finalizers": list}});
    cm.apply("a", with(json!(["a.io/a"]))).expect("new");
    cm.apply("b", with(json!(["b.io/b"]))).expect("another item");
    assert_eq!(cm.at("/metadata/finalizers"), json!(["a.io/a", "b.io/b"]));
    cm.apply("a", with(json!([]))).expect("its own");
    assert_eq!(cm.at("/metadata/finalizers"), json!(["b.io/b"]));
}

#[test]
fn an_apply_that_changes_nothing_writes_nothing() {
    let mut d = World::new(kinds::DEPLOYMENT);
    d.apply("a", deployment(json!({"replicas": 1}))).expect("new");
    let before = d.doc.clone();
    d.apply("a", deployment(json!({"replicas": 1}))).expect("the same");
    d.update("u", |_| {});
    assert_eq!((d.writes, &d.doc), (1, &before));
    // Quantities are compared as amounts, and what defaults would say is nobody's.
    let cpu = |cpu: Value| pod(json!({"resources": {"limits": {"cpu": cpu}}}));
    let mut p = World::new(kinds::POD);
    p.apply("a", cpu(json!("0.5"))).expect("new");
    p.apply("a", cpu(json!(0.5))).expect("the same");
    p.apply("b", cpu(json!("500m"))).expect("the same");
    assert_eq!(p.writes, 2);
    // Another who wants the same is written down, with the time.
    assert!(p.managers().0.values().all(|claim| claim.time.is_some()));
}

#[test]
fn creators_own_what_they_said_and_its_defaults() {
    let mut d = World::new(kinds::DEPLOYMENT);
    d.create("kubectl-create", deployment(json!({}))).expect("new");
    let fields = d.at("/metadata/managedFields/0");
    assert_eq!(fields["manager"], "kubectl-create");
    assert_eq!(
        (&fields["operation"], &fields["apiVersion"]),
        (&json!("Update"), &json!("apps/v1"))
    );
    assert_eq!(
        (&fields["fieldsType"], &fields["time"]),
        (&json!("FieldsV1"), &json!("2027-01-15T08:00:01Z"))
    );
    let spec = &fields["fieldsV1"]["f:spec"];
    assert_eq!(
        spec["f:strategy"],
        json!({"f:type": {}, "f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}}})
    );
    assert_eq!((&spec["f:replicas"], &spec["f:selector"]), (&json!({}), &json!({})));
    assert_eq!(fields["fieldsV1"].get("f:metadata"), None);
    // Whoever applies has said no defaults.
    let mut d = World::new(kinds::DEPLOYMENT);
    d.apply("a", deployment(json!({}))).expect("new");
    assert_eq!(d.at("/metadata/managedFields/0/fieldsV1/f:spec/f:strategy"), Value::Null);
}

#[test]
fn the_status_is_owned_through_its_own_door() {
    let mut p = World::new(kinds::POD);
    p.create("u", pod(json!({}))).expect("new");
    assert_eq!(p.at("/status/phase"), "Pending");
    assert_eq!(p.at("/metadata/managedFields/0/fieldsV1/f:status"), Value::Null);
    let mut d = World::new(kinds::DEPLOYMENT);
    let mut doc = deployment(json!({}));
    doc["status"] = json!({"replicas": 7});
    d.apply("a", doc).expect("new");
    assert_eq!(d.at("/metadata/managedFields/0/fieldsV1/f:status"), Value::Null);
    let status = json!({"metadata": {"labels": {"l": "l"}}, "spec": {"replicas": 9}, "status": {"replicas": 1}});
    d.apply_to("s", Some(Subresource::Status), status, false).expect("its own");
    assert_eq!((d.at("/status/replicas"), d.at("/spec/replicas")), (json!(1), json!(1)));
    let entry = d.at("/metadata/managedFields/1");
    assert_eq!(
        (&entry["subresource"], &entry["fieldsV1"]),
        (&json!("status"), &json!({"f:status": {"f:replicas": {}}}))
    );
    d.update_part("u", Some(Subresource::Status), |doc| doc["status"]["replicas"] = 2.into());
    assert_eq!(d.owners()[1..], ["u: .status.replicas"]);
}

#[test]
fn an_object_that_nobody_owns_stays_so_until_it_is_applied() {
    let mut cm = World::new(kinds::CONFIG_MAP);
    cm.create("x", json!({"data": {"x": "1"}})).expect("new");
    cm.update("x", |doc| doc["metadata"]["managedFields"] = json!([{}]));
    assert_eq!(cm.at("/metadata/managedFields"), Value::Null);
    cm.update("x", |doc| doc["data"]["y"] = "2".into());
    assert_eq!(cm.at("/metadata/managedFields"), Value::Null);
    let refused = cm.apply("a", json!({"data": {"x": "2"}}));
    assert_eq!(
        message(refused),
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.x"
    );
    cm.apply("a", json!({"data": {"z": "3"}})).expect("nobody's");
    assert_eq!(cm.owners(), ["a: .data.z", "before-first-apply: .data .data.x .data.y"]);
}

#[test]
fn events_are_not_tracked_when_they_are_made() {
    let mut e = World::new(kinds::EVENT);
    e.create("x", json!({"involvedObject": {"namespace": "n"}, "reason": "R"})).expect("new");
    assert_eq!(e.at("/metadata/managedFields"), Value::Null);
}

#[test]
fn too_many_who_update_are_told_as_one() {
    let mut cm = World::new(kinds::CONFIG_MAP);
    cm.apply("a", json!({"data": {"x": "1"}})).expect("new");
    for n in 0..12 {
        cm.update(&alloc::format!("u{n}"), |doc| doc["data"][alloc::format!("k{n}")] = "v".into());
    }
    let managers = cm.managers();
    assert_eq!(managers.0.len(), 11);
    let owners = cm.owners();
    assert!(owners.contains(&"ancient-changes: .data.k0 .data.k1 .data.k2".into()), "{owners:?}");
}

#[test]
fn kubectl_goes_over_from_applying_by_itself() {
    const LAST: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let applied = |data: Value| {
        let text = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data});
        json!({"metadata": {"annotations": {LAST: text.to_string()}}, "data": data})
    };
    let mut cm = World::new(kinds::CONFIG_MAP);
    let old = applied(json!({"x": "1", "y": "1"}));
    cm.create("kubectl-client-side-apply", old.clone()).expect("new");
    cm.update("other", |doc| doc["data"]["y"] = "2".into());
    assert!(cm.apply("tool", json!({"data": {"x": "2"}})).is_err());
    let refused = message(cm.apply("kubectl", json!({"data": {"x": "2", "y": "3"}})));
    assert_eq!(refused, "Apply failed with 1 conflict: conflict with \"other\" using v1: .data.y");
    cm.apply("kubectl", json!({"data": {"x": "2"}})).expect("what it had applied");
    assert_eq!(cm.at("/data/x"), "2");
    let kept = cm.at("/metadata/annotations");
    let kept: Value = serde_json::from_str(kept[LAST].as_str().expect("text")).expect("JSON");
    assert_eq!(kept["data"], json!({"x": "2"}));
}

#[test]
fn what_cannot_be_applied_is_refused() {
    let check = |config: Value, want: &str| {
        let mut d = World::new(kinds::DEPLOYMENT);
        d.create("u", deployment(json!({}))).expect("new");
        let error = d.apply("a", config).expect_err(want);
        assert_eq!(
            (error.code, error.message),
            (
                400,
                alloc::format!(
                    "failed to create typed patch object (n/x; apps/v1, Kind=Deployment): {want}"
                )
            )
        );
    };
    check(json!({"spec": {"foo": 1}}), ".spec.foo: field not declared in schema");
    check(
        json!({"spec": {"foo": 1, "bar": 1}}),
        "errors:\n  .spec.bar: field not declared in schema\n  .spec.foo: field not declared in schema",
    );
    check(
        json!({"spec": {"selector": {"foo": 1}}}),
        ".spec.selector.foo: field not declared in schema",
    );
    let containers = |list: Value| json!({"spec": {"template": {"spec": {"containers": list}}}});
    check(
        containers(json!([{"name": "c"}, {"name": "c"}])),
        ".spec.template.spec.containers: duplicate entries for key [name=\"c\"]",
    );
    check(
        containers(json!([{"image": "x"}])),
        ".spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields [\"name\"] (and doesn't have default values for any key fields)",
    );
    check(
        containers(json!([{"name": "c", "foo": 1}])),
        ".spec.template.spec.containers[name=\"c\"].foo: field not declared in schema",
    );
}
