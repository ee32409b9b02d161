//! Services, budgets and autoscalers with real pods and every kubectl.

use std::path::Path;
use std::process::Command;

use driftless_tests::{Fleet, both, check, docker, kubectls, wait_for};
use serde_json::Value;

fn run(fleet: &Fleet, kubectl: &Path, args: &[&str]) -> String {
    let out = command(fleet, kubectl, args).output().expect("kubectl runs");
    assert!(out.status.success(), "{} {args:?} failed:\n{}", kubectl.display(), both(&out));
    both(&out)
}

fn command(fleet: &Fleet, kubectl: &Path, args: &[&str]) -> Command {
    let mut command = fleet.kubectl_command(kubectl);
    command.args(args);
    command
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: 'driftless-test/busybox:1'
        command: [sh, -c, 'touch /ready; exec sleep 10000']
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {exec: {command: [test, -e, /ready]}, periodSeconds: 1, failureThreshold: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
";

/// The addresses of pods, and those that are told as ready.
fn addresses(fleet: &Fleet) -> Result<(Vec<Value>, Vec<Value>), String> {
    let get = |args: &[&str]| {
        let text = fleet.try_kubectl(&[&["get", "-o", "json"], args].concat())?;
        serde_json::from_str::<Value>(&text).map_err(|e| e.to_string())
    };
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let pods = list(&get(&["pods", "-l", "app=web"])?["items"]);
    let mut pods: Vec<Value> = pods.iter().map(|p| p["status"]["podIP"].clone()).collect();
    let slices = list(&get(&["endpointslices", "-l", "kubernetes.io/service-name=web"])?["items"]);
    let told = slices.iter().flat_map(|s| list(&s["endpoints"]));
    let ready = told.filter(|e| e["conditions"]["ready"] == true);
    let mut ready: Vec<Value> = ready.map(|e| e["addresses"][0].clone()).collect();
    pods.sort_by_key(Value::to_string);
    ready.sort_by_key(Value::to_string);
    Ok((pods, ready))
}

fn wait_ready(fleet: &Fleet, what: &str, count: usize) {
    wait_for(what, || {
        let (pods, ready) = addresses(fleet)?;
        check(
            ready.len() == count && ready.iter().all(|ip| pods.contains(ip)),
            format!("{pods:?} {ready:?}"),
        )
    });
}

#[test]
fn endpoints_follow_readiness_and_kills() {
    let fleet = Fleet::start(1);
    fleet.apply(WEB);
    wait_ready(&fleet, "both pods are endpoints", 2);
    let pods = fleet.get(&["pods", "-l", "app=web"]);
    let name = pods["items"][0]["metadata"]["name"].as_str().expect("a name").to_owned();
    let exec = |command: &str| fleet.kubectl(&["exec", &name, "--", "sh", "-c", command]);
    exec("rm /ready");
    wait_ready(&fleet, "a pod that is not ready is none", 1);
    let endpoints = fleet.get(&["endpoints", "web"]);
    let subset = &endpoints["subsets"][0];
    assert_eq!(subset["notReadyAddresses"][0]["targetRef"]["name"], name.as_str(), "{endpoints}");
    exec("touch /ready");
    wait_ready(&fleet, "it is one again", 2);
    // A container that is killed comes again, and with it its endpoint.
    for id in fleet.containers("driftless.dev/container=web") {
        docker(&["kill", &id]);
    }
    fleet.wait_until("they were restarted", &["pods", "-l", "app=web"], |list| {
        list["items"].as_array().is_some_and(|pods| {
            pods.iter()
                .all(|p| p["status"]["containerStatuses"][0]["restartCount"].as_i64() > Some(0))
        })
    });
    wait_ready(&fleet, "both are endpoints after the kill", 2);
    for kubectl in kubectls() {
        let text = run(&fleet, &kubectl, &["describe", "svc", "web"]);
        assert!(text.contains("TargetPort:") && text.contains(":8080"), "{text}");
        let text = run(&fleet, &kubectl, &["get", "svc,endpoints,endpointslices"]);
        assert!(
            text.contains("ClusterIP") && text.contains("80/TCP") && text.contains("8080"),
            "{text}"
        );
    }
    fleet.kubectl(&["scale", "deployment/web", "--replicas=0"]);
    wait_ready(&fleet, "none is left", 0);
}

#[test]
fn a_drain_waits_for_its_budget() {
    let fleet = Fleet::start(2);
    fleet.apply(WEB);
    fleet.kubectl(&["wait", "--for=condition=Available", "deployment/web", "--timeout=60s"]);
    for (at, kubectl) in kubectls().iter().enumerate() {
        let budget = format!("web-{at}");
        run(
            &fleet,
            kubectl,
            &["create", "pdb", &budget, "--selector=app=web", "--min-available=2"],
        );
        fleet.wait_until("the budget is counted", &["pdb", &budget], |pdb| {
            pdb["status"]["currentHealthy"] == 2 && pdb["status"]["disruptionsAllowed"] == 0
        });
        let pods = fleet.get(&["pods", "-l", "app=web"]);
        let node = pods["items"][0]["spec"]["nodeName"].as_str().expect("it is placed");
        let here = |pods: &Value| {
            let pods = pods["items"].as_array().into_iter().flatten();
            pods.filter(|p| p["spec"]["nodeName"] == node).count()
        };
        let mut drain =
            command(&fleet, kubectl, &["drain", node, "--ignore-daemonsets", "--timeout=80s"]);
        let drain = drain.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let drain = drain.spawn().expect("kubectl runs");
        fleet.wait_until("the node is cordoned", &["node", node], |n| {
            n["spec"]["unschedulable"] == true
        });
        // A third pod on the other node gives way for one of them at a time.
        fleet.kubectl(&["scale", "deployment/web", "--replicas=3"]);
        let out = drain.wait_with_output().expect("it ends");
        assert!(out.status.success(), "{}", both(&out));
        assert!(both(&out).contains("evict"), "{}", both(&out));
        assert_eq!(here(&fleet.get(&["pods", "-l", "app=web"])), 0);
        fleet.kubectl(&["uncordon", node]);
        fleet.kubectl(&["delete", "pdb", &budget]);
        fleet.kubectl(&["scale", "deployment/web", "--replicas=2"]);
        fleet.wait_until("two are left", &["pods", "-l", "app=web"], |list| {
            list["items"].as_array().is_some_and(|pods| pods.len() == 2)
        });
    }
}

#[test]
fn what_kubectl_makes_is_kept() {
    let fleet = Fleet::start(0);
    for (at, kubectl) in kubectls().iter().enumerate() {
        let ns = format!("ns{at}");
        let k = |args: &[&str]| run(&fleet, kubectl, &[&["-n", &ns], args].concat());
        run(&fleet, kubectl, &["create", "namespace", &ns]);
        k(&["create", "deployment", "web", "--image=app:1"]);
        k(&["expose", "deployment", "web", "--port=80", "--target-port=8080"]);
        k(&["expose", "deployment", "web", "--name=open", "--port=80", "--type=NodePort"]);
        k(&["autoscale", "deployment", "web", "--max=5", "--cpu-percent=70"]);
        k(&["create", "service", "clusterip", "ip", "--tcp=80:8080"]);
        k(&["create", "service", "clusterip", "none", "--clusterip=None"]);
        k(&["create", "service", "nodeport", "np", "--tcp=80:8080"]);
        k(&["create", "service", "loadbalancer", "lb", "--tcp=80:8080"]);
        k(&["create", "service", "externalname", "en", "--external-name=x.example.com"]);
        k(&["create", "ingress", "in", "--class=c", "--rule=a.example.com/*=web:80"]);
        k(&["create", "pdb", "pdb", "--selector=app=web", "--max-unavailable=50%"]);
        k(&["create", "serviceaccount", "sa"]);
        let text = k(&["get", "svc"]);
        for want in ["ip ", "None", "<pending>", "x.example.com", "80:3", "NodePort"] {
            assert!(text.contains(want), "{want}: {text}");
        }
        let text = k(&["get", "hpa,ing,pdb,sa"]);
        for want in ["Deployment/web", "<unknown>/70%", "a.example.com", "50%", "default", "sa"] {
            assert!(text.contains(want), "{want}: {text}");
        }
        for (what, want) in [
            ("svc/open", "NodePort:"),
            ("hpa/web", "70%"),
            ("ing/in", "a.example.com"),
            ("pdb/pdb", "Max unavailable:"),
            ("sa/sa", "Name:"),
        ] {
            let text = k(&["describe", what]);
            assert!(text.contains(want), "{what}: {text}");
        }
        k(&["get", "hpa.v1.autoscaling", "web", "-o", "yaml"]);
        k(&["get", "events.events.k8s.io"]);
        wait_for("there is a default account", || {
            let out = command(&fleet, kubectl, &["-n", &ns, "get", "sa", "default"]).output();
            let out = out.expect("kubectl runs");
            check(out.status.success(), both(&out))
        });
    }
}
