//! Server-side apply with unmodified kubectl, from the oldest to the newest that is here: who owns what, who is told
//! of whom, and what goes and stays.

use std::path::Path;

use driftless_tests::{Fleet, both, kubectls};
use serde_json::Value;

struct Kubectl<'a> {
    fleet: &'a Fleet,
    path: &'a Path,
    namespace: String,
}

impl Kubectl<'_> {
    fn run(&self, args: &[&str]) -> (bool, String) {
        let mut command = self.fleet.kubectl_command(self.path);
        let out = command.args(["-n", &self.namespace]).args(args).output().expect("kubectl runs");
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
            let path = self.path.display();
            assert!(text.contains(want), "{path} {args:?} lacks {want:?}:\n{text}");
        }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.fleet.dir.path().join(format!("{}-{name}", self.namespace));
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    }

    fn read(&self, what: &str, path: &str) -> String {
        self.ok(&["get", what, "-o", &format!("jsonpath={{{path}}}")], &[])
    }

    /// The entries of an object's managed fields as `manager operation`.
    fn managers(&self, what: &str) -> Vec<String> {
        let text = self.ok(&["get", "--raw", &format!("/{what}")], &[]);
        let doc: Value = serde_json::from_str(&text).expect("JSON");
        let entries = doc["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        let text =
            |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        let mut all: Vec<String> = entries
            .iter()
            .map(|entry| format!("{} {}", text(entry, "manager"), text(entry, "operation")))
            .collect();
        all.sort();
        all
    }

    /// Which 1.x it is.
    fn minor(&self) -> u32 {
        let text = self.ok(&["version", "--client", "-o", "json"], &[]);
        let version: Value = serde_json::from_str(&text).expect("JSON");
        let minor = version["clientVersion"]["minor"].as_str().expect("a version");
        minor.trim_end_matches('+').parse().expect("a number")
    }

    fn raw_config_map(&self, name: &str) -> String {
        format!("api/v1/namespaces/{}/configmaps/{name}", self.namespace)
    }
}

fn config_map(name: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{{data}}}\n")
}

fn deployment(replicas: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - {{name: c, image: 'app:1', ports: [{{containerPort: 80}}, {{containerPort: 80, protocol: UDP}}]}}
"
    )
}

/// What is applied is there, what is no longer applied goes, and what others own is asked for.
fn owns(k: &Kubectl<'_>) {
    let apply = |file: &str, more: &[&str], wants: &[&str]| {
        k.ok(&[&["apply", "--server-side", "-f", file], more].concat(), wants);
    };
    let both = k.file("both.yaml", &config_map("cm", "a: one, b: two"));
    apply(&both, &[], &["configmap/cm serverside-applied"]);
    let version = k.read("cm/cm", ".metadata.resourceVersion");
    apply(&both, &[], &["configmap/cm serverside-applied"]);
    assert_eq!(k.read("cm/cm", ".metadata.resourceVersion"), version);
    let one = k.file("one.yaml", &config_map("cm", "a: one"));
    apply(&one, &["--dry-run=server"], &["serverside-applied (server dry run)"]);
    // diff tells differences by its exit code.
    k.fails(&["diff", "--server-side", "-f", &one], &["-  b: two"]);
    apply(&one, &[], &["serverside-applied"]);
    assert_eq!(k.read("cm/cm", ".data"), r#"{"a":"one"}"#);

    let other = k.file("other.yaml", &config_map("cm", "a: changed"));
    k.fails(
        &["apply", "--server-side", "--field-manager=other", "-f", &other],
        &["Apply failed with 1 conflict: conflict with \"kubectl\": .data.a", "--force-conflicts"],
    );
    apply(&other, &["--field-manager=other", "--force-conflicts"], &["serverside-applied"]);
    assert_eq!(k.read("cm/cm", ".data.a"), "changed");
    assert_eq!(k.managers(&k.raw_config_map("cm")), ["other Apply"]);
    let typo = k.file("typo.yaml", &config_map("cm", "a: x").replace("\ndata", "\ndada"));
    k.fails(&["apply", "--server-side", "-f", &typo], &["dada"]);
    k.ok(&["label", "cm", "cm", "x=y"], &["labeled"]);
    // Older ones do not know the flag, and show them always.
    let (flag, _) = k.run(&["get", "cm", "cm", "--show-managed-fields"]);
    let more: &[&str] = if flag { &["--show-managed-fields"] } else { &[] };
    k.ok(
        &[&["get", "cm", "cm", "-o", "yaml"], more].concat(),
        &["manager: other", "operation: Apply", "f:data:", "f:a: {}", "f:x: {}"],
    );
    k.ok(&["delete", "cm", "cm"], &["deleted"]);
}

/// Whoever scales keeps the scale.
fn scales(k: &Kubectl<'_>) {
    let whole = k.file("web.yaml", &deployment("replicas: 1"));
    let open = k.file("open.yaml", &deployment(""));
    k.ok(&["apply", "--server-side", "-f", &whole], &["deployment.apps/web serverside-applied"]);
    k.ok(&["scale", "deployment/web", "--replicas=3"], &["scaled"]);
    k.ok(&["apply", "--server-side", "-f", &open], &["serverside-applied"]);
    assert_eq!(k.read("deployment/web", ".spec.replicas"), "3");
    k.fails(
        &["apply", "--server-side", "-f", &whole],
        &["conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas"],
    );
    k.ok(&["set", "image", "deployment/web", "c=app:2"], &["image updated"]);
    k.fails(
        &["apply", "--server-side", "-f", &open],
        &[".spec.template.spec.containers[name=\"c\"].image"],
    );
    k.ok(&["apply", "--server-side", "--force-conflicts", "-f", &open], &["serverside-applied"]);
    assert_eq!(k.read("deployment/web", ".spec.template.spec.containers[0].image"), "app:1");
    k.ok(&["delete", "deployment", "web", "--timeout=60s"], &["deleted"]);
}

/// From applying by kubectl to applying by the server, and back.
fn goes_over(k: &Kubectl<'_>) {
    let both = k.file("m1.yaml", &config_map("m", "a: one, b: two"));
    let changed = k.file("m2.yaml", &config_map("m", "a: two, b: two"));
    let less = k.file("m3.yaml", &config_map("m", "a: two"));
    k.ok(&["apply", "-f", &both], &["configmap/m created"]);
    assert_eq!(k.managers(&k.raw_config_map("m")), ["kubectl-client-side-apply Update"]);
    k.ok(&["apply", "--server-side", "-f", &changed], &["configmap/m serverside-applied"]);
    assert_eq!(k.read("cm/m", ".data.a"), "two");
    k.ok(&["apply", "-f", &less], &["configmap/m configured"]);
    assert_eq!(k.read("cm/m", ".data"), r#"{"a":"two"}"#);
    k.ok(&["apply", "--server-side", "-f", &both], &["configmap/m serverside-applied"]);
    assert_eq!(k.read("cm/m", ".data"), r#"{"a":"one","b":"two"}"#);
    let last = k.ok(&["apply", "view-last-applied", "cm/m"], &[]);
    k.holds(&[], &last, &["a: one", "b: two"]);
    k.ok(&["delete", "cm", "m"], &["deleted"]);

    // Newer ones hand what they had applied over to server-side apply, so that it goes when it is no longer applied.
    k.ok(&["apply", "-f", &both], &["configmap/m created"]);
    k.ok(&["apply", "--server-side", "-f", &less], &["configmap/m serverside-applied"]);
    let (managers, data) = (k.managers(&k.raw_config_map("m")), k.read("cm/m", ".data"));
    if k.minor() >= 26 {
        assert_eq!(managers, ["kubectl Apply", "kubectl-last-applied Apply"]);
        assert_eq!(data, r#"{"a":"two"}"#);
    } else {
        assert_eq!(managers, ["kubectl Apply", "kubectl-client-side-apply Update"]);
        assert_eq!(data, r#"{"a":"two","b":"two"}"#);
    }
    k.ok(&["delete", "cm", "m"], &["deleted"]);
}

#[test]
fn every_kubectl_applies_on_the_server_as_against_kubernetes() {
    let fleet = Fleet::start(0);
    for (i, path) in kubectls().iter().enumerate() {
        let k = Kubectl { fleet: &fleet, path, namespace: format!("apply{i}") };
        k.ok(&["create", "namespace", &k.namespace], &["created"]);
        owns(&k);
        scales(&k);
        goes_over(&k);
        k.ok(&["delete", "namespace", &k.namespace, "--timeout=60s"], &["deleted"]);
    }
}
