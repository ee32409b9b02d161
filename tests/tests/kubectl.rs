//! Unmodified kubectl, from the oldest to the newest that is here: what people type, and what they get to see.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use driftless_tests::{Fleet, both, check, kubectls, wait_for};

struct Kubectl<'a> {
    fleet: &'a Fleet,
    path: &'a Path,
    namespace: String,
}

impl Kubectl<'_> {
    fn run(&self, args: &[&str]) -> (bool, String) {
        let mut command = self.fleet.kubectl_command(self.path);
        command.args(["-n", &self.namespace]).args(args).env("KUBE_EDITOR", "sed -i s/one/two/");
        let out = command.output().expect("kubectl runs");
        (out.status.success(), both(&out))
    }

    /// It succeeds, and what it prints has all of `wants` in it.
    fn ok(&self, args: &[&str], wants: &[&str]) -> String {
        let (good, text) = self.run(args);
        assert!(good, "{} {args:?} failed:\n{text}", self.path.display());
        self.holds(args, &text, wants);
        text
    }

    /// It fails, and says so in these words.
    fn fails(&self, args: &[&str], wants: &[&str]) {
        let (good, text) = self.run(args);
        assert!(!good, "{} {args:?} succeeded:\n{text}", self.path.display());
        self.holds(args, &text, wants);
    }

    fn holds(&self, args: &[&str], text: &str, wants: &[&str]) {
        for want in wants {
            assert!(
                text.contains(want),
                "{} {args:?} lacks {want:?}:\n{text}",
                self.path.display()
            );
        }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.fleet.dir.path().join(format!("{}-{name}", self.namespace));
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    }
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: 'app:1', env: [{name: A, value: one}]}
";

fn objects(k: &Kubectl<'_>) {
    k.ok(&["version"], &["Server Version", "v1."]);
    k.ok(
        &["api-resources"],
        &["deployments", "deploy", "apps/v1", "configmaps", "cm", "nodestates", "NodeState"],
    );
    k.ok(&["create", "namespace", &k.namespace], &["created"]);
    k.fails(&["create", "namespace", &k.namespace], &["AlreadyExists", "already exists"]);
    k.ok(&["create", "configmap", "cm", "--from-literal=a=one"], &["configmap/cm created"]);
    k.ok(&["create", "secret", "generic", "s", "--from-literal=p=hunter2"], &["secret/s created"]);
    k.ok(&["create", "deployment", "made", "--image=app:1"], &["deployment.apps/made created"]);
    k.ok(&["get", "cm", "cm"], &["NAME", "DATA", "AGE", "cm     1"]);
    k.ok(&["get", "cm", "cm", "-o", "yaml"], &["kind: ConfigMap", "a: one", "resourceVersion:"]);
    k.ok(
        &["get", "secret", "s", "-o", "json"],
        &["\"p\": \"aHVudGVyMg==\"", "\"type\": \"Opaque\""],
    );
    k.ok(
        &["get", "cm", "-A", "-o", "custom-columns=N:.metadata.name,NS:.metadata.namespace"],
        &["N ", "cm "],
    );
    k.ok(&["get", "cm", "--field-selector", "metadata.name=cm"], &["cm "]);
    k.fails(&["get", "cm", "--field-selector", "data.a=b"], &["not a known field selector"]);
    k.fails(
        &["get", "cm", "nothing"],
        &["Error from server (NotFound): configmaps \"nothing\" not found"],
    );
    k.ok(&["describe", "cm", "cm"], &["Name:         cm", "one"]);
    k.ok(&["describe", "secret", "s"], &["p:  7 bytes"]);
    k.ok(&["edit", "cm", "cm"], &["configmap/cm edited"]);
    k.ok(&["get", "cm", "cm", "-o", "jsonpath={.data.a}"], &["two"]);
    k.ok(&["label", "cm", "cm", "x=y"], &["configmap/cm labeled"]);
    k.ok(&["annotate", "cm", "cm", "note=n"], &["configmap/cm annotated"]);
    k.ok(&["get", "cm", "-l", "x=y"], &["cm "]);
    k.ok(&["get", "cm", "-l", "x in (z)"], &["No resources found"]);
    k.ok(&["patch", "cm", "cm", "-p", r#"{"data":{"b":"2"}}"#], &["patched"]);
    k.ok(&["patch", "cm", "cm", "--type=merge", "-p", r#"{"data":{"b":null}}"#], &["patched"]);
    k.ok(
        &[
            "patch",
            "cm",
            "cm",
            "--type=json",
            "-p",
            r#"[{"op":"add","path":"/data/c","value":"3"}]"#,
        ],
        &["patched"],
    );
    k.ok(&["get", "cm", "cm", "-o", "jsonpath={.data}"], &["\"a\":\"two\"", "\"c\":\"3\""]);
    let file = k.file(
        "cm.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {z: replaced}\n",
    );
    k.ok(&["replace", "-f", &file], &["configmap/cm replaced"]);
    k.ok(&["get", "cm", "cm", "-o", "jsonpath={.data}"], &["{\"z\":\"replaced\"}"]);
    k.ok(&["delete", "cm", "cm"], &["configmap \"cm\" deleted"]);
    k.fails(&["get", "cm", "cm"], &["NotFound"]);
}

fn workloads(k: &Kubectl<'_>) {
    let file = k.file("web.yaml", DEPLOYMENT);
    k.ok(&["apply", "-f", &file], &["deployment.apps/web created"]);
    k.ok(&["apply", "-f", &file], &["deployment.apps/web unchanged"]);
    let changed = k.file("web2.yaml", &DEPLOYMENT.replace("value: one", "value: two"));
    // diff tells differences by its exit code.
    k.fails(&["diff", "-f", &changed], &["-          value: one", "+          value: two"]);
    k.ok(&["apply", "--dry-run=server", "-f", &changed], &["configured (server dry run)"]);
    k.ok(&["get", "deploy", "web", "-o", "yaml"], &["value: one", "strategy:", "maxSurge: 25%"]);
    k.ok(&["apply", "-f", &changed], &["deployment.apps/web configured"]);
    k.ok(
        &[
            "get",
            "deploy",
            "web",
            "-o",
            "jsonpath={.spec.template.spec.containers[0].env[0].value}",
        ],
        &["two"],
    );
    k.ok(
        &["get", "deploy,rs", "-o", "wide"],
        &["READY", "UP-TO-DATE", "CONTAINERS", "IMAGES", "app:1", "app=web"],
    );
    k.ok(&["scale", "deployment/web", "--replicas=4"], &["scaled"]);
    k.ok(&["scale", "deployment/web", "--current-replicas=4", "--replicas=3"], &["scaled"]);
    k.ok(&["set", "image", "deployment/web", "c=app:2"], &["image updated"]);
    k.ok(
        &["wait", "deployment/web", "--for=condition=Progressing", "--timeout=30s"],
        &["condition met"],
    );
    k.ok(&["rollout", "history", "deployment/web"], &["REVISION", "2", "3"]);
    k.ok(
        &["describe", "deployment", "web"],
        &["StrategyType:           RollingUpdate", "app:2", "NewReplicaSet:"],
    );
    k.ok(&["get", "pods", "-o", "wide"], &["Pending", "<none>"]);
    wait_for("an event tells why they wait", || {
        let (_, pod) = k.run(&["get", "pods", "-o", "name"]);
        let (_, text) = k.run(&["describe", pod.lines().next().unwrap_or("pod")]);
        check(
            text.contains("FailedScheduling")
                && text.contains("no nodes available to schedule pods"),
            text,
        )
    });
    k.ok(&["get", "all"], &["deployment.apps/web", "replicaset.apps/web-", "pod/web-"]);
    let typo = k.file("typo.yaml", &DEPLOYMENT.replace("replicas: 2", "replicass: 2"));
    k.fails(&["apply", "-f", &typo], &["replicass"]);
    let wrong = k.file(
        "wrong.yaml",
        &DEPLOYMENT.replace("{app: web}}\n    spec", "{app: other}}\n    spec"),
    );
    k.fails(&["apply", "-f", &wrong], &["is invalid", "selector"]);
    k.ok(&["delete", "deployment", "web", "made", "--timeout=60s"], &["deleted"]);
    wait_for("what belonged to them is collected", || {
        let (_, text) = k.run(&["get", "rs,pods"]);
        check(text.contains("No resources found"), text)
    });
}

fn explains(k: &Kubectl<'_>) {
    k.ok(&["explain", "deployment.spec.replicas"], &["replicas", "integer"]);
    k.ok(&["explain", "pod.spec.containers"], &["livenessProbe", "image"]);
    k.ok(&["explain", "nodestates"], &["NodeState"]);
}

/// A watch shows what comes, changes and goes: a line each time.
fn watches(k: &Kubectl<'_>) {
    k.ok(&["create", "configmap", "seen", "--from-literal=a=1"], &[]);
    let mut command = k.fleet.kubectl_command(k.path);
    command.args(["-n", &k.namespace, "get", "cm", "-w", "-o", "name", "--request-timeout=60s"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("kubectl runs");
    let mut lines =
        BufReader::new(child.stdout.take().expect("output")).lines().map_while(Result::ok);
    let mut until = |name: &str| {
        let found = lines.by_ref().find(|l| l.contains(name));
        assert!(found.is_some(), "the watch ended without {name}");
    };
    until("seen");
    k.ok(&["create", "configmap", "later", "--from-literal=a=1"], &[]);
    until("later");
    k.ok(&["label", "cm", "later", "a=b"], &[]);
    until("later");
    k.ok(&["delete", "cm", "later"], &[]);
    until("later");
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn every_kubectl_works_as_against_kubernetes() {
    let fleet = Fleet::start(0);
    for (i, path) in kubectls().iter().enumerate() {
        let k = Kubectl { fleet: &fleet, path, namespace: format!("ns{i}") };
        objects(&k);
        workloads(&k);
        watches(&k);
        explains(&k);
        k.ok(&["delete", "namespace", &k.namespace, "--timeout=60s"], &["deleted"]);
        k.fails(&["get", "namespace", &k.namespace], &["NotFound"]);
    }
}
