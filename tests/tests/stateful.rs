//! A stateful set with data of its own: names, order, revisions, and volumes that stay until they are to go.

use driftless_tests::{Fleet, check, kubectls, ok, wait_for};
use serde_json::Value;

const WEB: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, annotations: {kubernetes.io/change-cause: first}}
spec:
  replicas: 2
  serviceName: web
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: driftless-test/busybox:1
        imagePullPolicy: Never
        command: [sh, -c, 'echo $(hostname) $VERSION >> /data/starts; exec sleep 1000000']
        env: [{name: VERSION, value: '1'}]
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Mi}}
";

/// What the starts of a pod have written to its volume, read by the pod.
fn starts(fleet: &Fleet, pod: &str) -> Vec<String> {
    let text = fleet.kubectl(&["exec", pod, "--", "cat", "/data/starts"]);
    text.lines().map(str::to_string).collect()
}

fn rolled(fleet: &Fleet) {
    fleet.kubectl(&["rollout", "status", "statefulset/web", "--timeout=90s"]);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// Deletes a pod, and waits for the one that takes its name.
fn replace(fleet: &Fleet, name: &str) {
    let pod = format!("pod/{name}");
    let before = fleet.get(&[&pod])["metadata"]["uid"].clone();
    fleet.kubectl(&["delete", &pod, "--timeout=60s"]);
    wait_for("another pod of the name is ready", || {
        let now: Value = serde_json::from_str(&fleet.try_kubectl(&["get", &pod, "-o", "json"])?)
            .map_err(|e| e.to_string())?;
        let ready = now["status"]["containerStatuses"][0]["ready"] == true;
        check(now["metadata"]["uid"] != before && ready, &now["status"])
    });
}

#[test]
fn a_set_keeps_its_names_its_order_and_its_data() {
    let mut fleet = Fleet::start(2);
    fleet.apply(WEB);
    rolled(&fleet);
    let [first, second] = ["web-0", "web-1"].map(|n| fleet.get(&[&format!("pod/{n}")]));
    let conditions = first["status"]["conditions"].as_array().unwrap();
    let ready = conditions.iter().find(|c| c["type"] == "Ready").unwrap();
    let came = text(&second["metadata"]["creationTimestamp"]);
    assert!(
        came >= text(&ready["lastTransitionTime"]),
        "the second came before the first was ready"
    );
    assert_eq!(starts(&fleet, "web-1"), ["web-1 1"]);
    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        let shown = run(&["get", "statefulset,pvc,pv,storageclass"]);
        assert!(shown.contains("2/2") && shown.contains("default/data-web-0"), "{shown}");
        assert!(shown.contains("local (default)") && shown.contains("RWO"), "{shown}");
        let shown = run(&["describe", "pvc/data-web-0"]);
        assert!(shown.contains("Used By:") && shown.contains("web-0"), "{shown}");
        assert!(run(&["describe", "sts/web"]).contains("create Pod web-1 in StatefulSet web"));
    }

    // A pod that is deleted, and an agent that was killed: the name, the node and the data stay.
    replace(&fleet, "web-0");
    fleet.agents[0].end("KILL");
    fleet.agents[0] = fleet.start_agent(0);
    replace(&fleet, "web-1");
    for (name, before) in [("web-0", &first), ("web-1", &second)] {
        let now = fleet.get(&[&format!("pod/{name}")]);
        assert_eq!(now["spec"]["nodeName"], before["spec"]["nodeName"]);
        assert_eq!(starts(&fleet, name), [format!("{name} 1"), format!("{name} 1")]);
    }
}

#[test]
fn a_set_rolls_from_the_highest_is_undone_and_scaled_and_claims_stay() {
    let fleet = Fleet::start(2);
    fleet.apply(WEB);
    rolled(&fleet);
    fleet.kubectl(&["annotate", "sts/web", "kubernetes.io/change-cause=second", "--overwrite"]);
    fleet.kubectl(&["set", "env", "sts/web", "VERSION=2"]);
    rolled(&fleet);
    let created =
        |name: &str| text(&fleet.get(&[&format!("pod/{name}")])["metadata"]["creationTimestamp"]);
    assert!(created("web-1") <= created("web-0"), "the highest comes first");
    assert_eq!(starts(&fleet, "web-0"), ["web-0 1", "web-0 2"]);
    let mut kubectls = kubectls();
    let newest = kubectls.pop().unwrap();
    let oldest = kubectls.first().unwrap_or(&newest);
    let run = |kubectl, args: &[&str]| ok(fleet.kubectl_command(kubectl).args(args));
    for kubectl in [oldest, &newest] {
        let history = run(kubectl, &["rollout", "history", "sts/web"]);
        assert!(history.contains("first") && history.contains("second"), "{history}");
        let one = run(kubectl, &["rollout", "history", "sts/web", "--revision=1"]);
        assert!(one.contains("busybox:1"), "{one}");
    }

    // Undone by the one, brought back by the other, and restarted.
    run(oldest, &["rollout", "undo", "sts/web"]);
    rolled(&fleet);
    assert_eq!(starts(&fleet, "web-1").last().unwrap(), "web-1 1");
    run(&newest, &["rollout", "undo", "sts/web", "--to-revision=2"]);
    rolled(&fleet);
    run(oldest, &["rollout", "restart", "sts/web"]);
    rolled(&fleet);
    assert_eq!(starts(&fleet, "web-1"), [1, 2, 1, 2, 2].map(|v| format!("web-1 {v}")));

    // What may not be changed is refused in Kubernetes' words.
    let refused = fleet.try_kubectl(&["patch", "sts/web", "-p", r#"{"spec":{"serviceName":"x"}}"#]);
    assert!(refused.unwrap_err().contains("updates to statefulset spec for fields other than"));

    // Scaled down the claim stays; once it is deleted, its directory goes from the node.
    run(&newest, &["scale", "sts/web", "--replicas=1"]);
    fleet.wait_until("one pod is left", &["pods", "-l", "app=web"], |pods| {
        pods["items"].as_array().is_some_and(|all| all.len() == 1)
    });
    let claims = fleet.get(&["pvc"]);
    let bound = claims["items"].as_array().unwrap().iter().all(|c| c["status"]["phase"] == "Bound");
    assert!(bound && claims["items"].as_array().unwrap().len() == 2);
    let volume = text(&fleet.get(&["pvc/data-web-1"])["spec"]["volumeName"]);
    let node = &fleet.get(&[&format!("pv/{volume}")])["spec"]["nodeAffinity"]["required"];
    let node = text(&node["nodeSelectorTerms"][0]["matchExpressions"][0]["values"][0]);
    let directory = fleet.dir.path().join(node).join("volumes").join(&volume);
    assert!(directory.join("starts").exists());
    run(&newest, &["delete", "pvc/data-web-1", "--timeout=60s"]);
    wait_for("the volume is gone", || {
        let left = fleet.kubectl(&["get", "pv", "-o", "name"]);
        check(!left.contains(&volume) && !directory.exists(), left)
    });

    // A claim that a pod has waits for it.
    run(&newest, &["delete", "pvc/data-web-0", "--wait=false"]);
    let shown = fleet.kubectl(&["get", "pvc/data-web-0"]);
    assert!(shown.contains("Terminating"), "{shown}");
    assert_eq!(starts(&fleet, "web-0").len(), 5);
}
