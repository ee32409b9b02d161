//! Where the pods of services are said to be, through everything that happens to pods.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use std::collections::BTreeSet;

use driftless_controller_core::kinds::{self, ObjectKey};
use serde_json::{Value, json};
use world::{Health, World, active, deployment, ready};

fn service(spec: Value) -> Value {
    let mut spec = spec;
    spec["selector"] = json!({"app": "web"});
    json!({"metadata": {"labels": {"tier": "front"}}, "spec": spec})
}

fn world(replicas: i64, health: Health, ports: Value) -> (World, ObjectKey) {
    let mut w = World::new(3);
    for name in ["a", "b"] {
        w.join_with(name, health);
    }
    let mut web = deployment(replicas, "web:1");
    web["spec"]["template"]["spec"]["containers"][0]["ports"] =
        json!([{"name": "http", "containerPort": 8080, "protocol": "TCP"}]);
    let key = w.put(kinds::DEPLOYMENT, "default", "web", web);
    w.put(kinds::SERVICE, "default", "web", service(json!({"ports": ports})));
    w.settle();
    (w, key)
}

fn slices(w: &World) -> Vec<&Value> {
    w.of(kinds::ENDPOINT_SLICE)
}

fn endpoints(w: &World) -> &Value {
    w.doc(&ObjectKey::new(kinds::ENDPOINTS, "default", "web"))
}

/// The pods that slices tell of, of which this holds.
fn told(w: &World, condition: &str) -> BTreeSet<String> {
    let all = slices(w).into_iter().flat_map(|s| s["endpoints"].as_array().unwrap());
    let holds = all.filter(|e| e["conditions"][condition] == true);
    holds.map(|e| e["targetRef"]["name"].as_str().unwrap().to_owned()).collect()
}

/// The addresses that the Endpoints object tells of.
fn listed(w: &World, list: &str) -> BTreeSet<String> {
    let subsets = endpoints(w)["subsets"].as_array().cloned().unwrap_or_default();
    let all = subsets.iter().flat_map(|s| s[list].as_array().cloned().unwrap_or_default());
    all.map(|a| a["targetRef"]["name"].as_str().unwrap().to_owned()).collect()
}

fn pods(w: &World, holds: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let all = w.of(kinds::POD).into_iter().filter(|p| p["status"]["podIP"].is_string() && holds(p));
    all.map(|p| p["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn endpoints_are_told_as_kubernetes_tells_them() {
    let (mut w, _) =
        world(2, Health::Well, json!([{"name": "web", "port": 80, "targetPort": "http"}]));
    w.pass(30_000);
    let [slice] = *slices(&w) else { panic!("one slice: {:?}", slices(&w)) };
    assert_eq!(slice["addressType"], "IPv4");
    assert_eq!(slice["ports"], json!([{"name": "web", "port": 8080, "protocol": "TCP"}]));
    let labels = &slice["metadata"]["labels"];
    assert_eq!(
        (&labels["kubernetes.io/service-name"], &labels["tier"]),
        (&json!("web"), &json!("front"))
    );
    assert_eq!(slice["metadata"]["ownerReferences"][0]["kind"], "Service");
    let one = &slice["endpoints"][0];
    assert_eq!(one["conditions"], json!({"ready": true, "serving": true, "terminating": false}));
    assert!(one["nodeName"].is_string() && one["targetRef"]["uid"].is_string(), "{one}");
    let subset = &endpoints(&w)["subsets"][0];
    assert_eq!(subset["ports"], json!([{"name": "web", "port": 8080, "protocol": "TCP"}]));
    assert_eq!(subset["addresses"].as_array().map(Vec::len), Some(2));
    w.assert_quiet();
}

#[test]
fn readiness_is_followed_through_a_rollout() {
    let (mut w, web) = world(3, Health::Slow(2, 3), json!([{"port": 80, "targetPort": 8080}]));
    let mut unready = false;
    for second in 0..90 {
        if second == 30 {
            let image = json!([{"name": "web", "image": "web:2", "resources": {}}]);
            w.patch(&web, json!({"spec": {"template": {"spec": {"containers": image}}}}));
        }
        w.pass(1000);
        let is_ready = |p: &Value| ready(p) && active(p);
        assert_eq!(told(&w, "ready"), pods(&w, is_ready), "after {second} s");
        assert_eq!(told(&w, "serving"), pods(&w, ready));
        assert_eq!(listed(&w, "addresses"), pods(&w, is_ready));
        assert_eq!(listed(&w, "notReadyAddresses"), pods(&w, |p| active(p) && !ready(p)));
        unready |= !listed(&w, "notReadyAddresses").is_empty();
    }
    assert!(unready && told(&w, "ready").len() == 3);
    w.patch(&web, json!({"spec": {"replicas": 0}}));
    w.pass(60_000);
    assert_eq!(endpoints(&w)["subsets"], json!([]));
    let [slice] = *slices(&w) else { panic!("an empty slice stays") };
    assert_eq!((&slice["endpoints"], &slice["ports"]), (&json!([]), &json!([])));
    w.assert_quiet();
}

#[test]
fn pods_that_are_not_ready_are_told_where_that_is_asked_for() {
    let (mut w, _) = world(1, Health::Slow(2, 3000), json!([{"port": 80, "targetPort": 80}]));
    w.pass(30_000);
    assert_eq!((told(&w, "ready").len(), listed(&w, "notReadyAddresses").len()), (0, 1));
    let key = ObjectKey::new(kinds::SERVICE, "default", "web");
    w.patch(&key, json!({"spec": {"publishNotReadyAddresses": true}}));
    w.settle();
    assert_eq!((told(&w, "ready").len(), told(&w, "serving").len()), (1, 0));
    assert_eq!(listed(&w, "addresses").len(), 1);
    w.assert_quiet();
}

#[test]
fn a_hundred_are_in_a_slice_and_stay_there() {
    let (mut w, web) = world(210, Health::Well, json!([{"port": 80, "targetPort": 80}]));
    w.pass(60_000);
    let sizes = |w: &World| -> Vec<usize> {
        let mut all: Vec<usize> =
            slices(w).iter().map(|s| s["endpoints"].as_array().unwrap().len()).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(sizes(&w).iter().sum::<usize>(), 210);
    assert!(sizes(&w).iter().all(|n| *n <= 100), "{:?}", sizes(&w));
    let place = |w: &World| -> Vec<(String, Value)> {
        let of = |s: &&Value| {
            s["endpoints"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| {
                    (
                        e["targetRef"]["uid"].as_str().unwrap().to_owned(),
                        s["metadata"]["name"].clone(),
                    )
                })
                .collect::<Vec<_>>()
        };
        slices(w).iter().flat_map(of).collect()
    };
    let before = place(&w);
    w.patch(&web, json!({"spec": {"replicas": 190}}));
    w.pass(60_000);
    let after = place(&w);
    assert_eq!(after.len(), 190);
    assert!(after.iter().all(|p| before.contains(p)), "nobody moves");
    w.assert_quiet();
}

#[test]
fn what_is_left_of_a_service_goes_with_it() {
    let (mut w, _) = world(1, Health::Well, json!([{"port": 80, "targetPort": 80}]));
    w.pass(30_000);
    let slice = w.keys(kinds::ENDPOINT_SLICE)[0].clone();
    w.delete(&slice, "Background");
    w.settle();
    assert_eq!(told(&w, "ready").len(), 1, "it is made again");
    w.delete(&ObjectKey::new(kinds::SERVICE, "default", "web"), "Background");
    w.pass(5000);
    assert!(slices(&w).is_empty() && w.of(kinds::ENDPOINTS).is_empty());
    w.assert_quiet();
}

#[test]
fn every_namespace_has_an_account() {
    let mut w = World::new(3);
    let key = ObjectKey::new(kinds::SERVICE_ACCOUNT, "default", "default");
    assert_eq!(w.doc(&key)["kind"], "ServiceAccount");
    w.delete(&key, "Background");
    w.settle();
    assert_eq!(w.doc(&key)["kind"], "ServiceAccount", "it comes again");
    w.assert_quiet();
}
