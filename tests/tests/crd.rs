//! Kinds of one's own, with unmodified kubectl, from the oldest to the newest that is here.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use driftless_tests::{Fleet, both, check, kubectls, wait_for};

const DEFINITION: &str = r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: Runs something now and then.
        properties:
          spec:
            type: object
            description: What is wanted.
            required: [cronSpec]
            properties:
              cronSpec:
                type: string
                description: When it runs.
                pattern: '^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$'
              image: {type: string, default: app}
              replicas: {type: integer, minimum: 1, maximum: 10, default: 1}
          status:
            type: object
            properties:
              replicas: {type: integer}
              phase: {type: string}
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Spec, type: string, jsonPath: .spec.cronSpec}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas}
    - {name: Image, type: string, jsonPath: .spec.image, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
";

const OBJECT: &str = r"
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: my, labels: {a: b}}
spec: {cronSpec: '* * * * */5', image: one}
";

const CRD: &str = "crd/crontabs.stable.example.com";

struct Kubectl<'a> {
    fleet: &'a Fleet,
    path: &'a Path,
}

impl Kubectl<'_> {
    fn run(&self, args: &[&str]) -> Result<String, String> {
        let mut command = self.fleet.kubectl_command(self.path);
        command.args(args).env("KUBE_EDITOR", "sed -i s/one/two/");
        let out = command.output().expect("kubectl runs");
        if out.status.success() { Ok(both(&out)) } else { Err(both(&out)) }
    }

    /// It succeeds, and what it prints has all of `wants` in it.
    fn ok(&self, args: &[&str], wants: &[&str]) -> String {
        let text = self.run(args).unwrap_or_else(|e| panic!("{args:?} failed:\n{e}"));
        self.holds(args, &text, wants);
        text
    }

    /// It fails, and says so in these words.
    fn fails(&self, args: &[&str], wants: &[&str]) {
        match self.run(args) {
            Ok(text) => panic!("{} {args:?} succeeded:\n{text}", self.path.display()),
            Err(text) => self.holds(args, &text, wants),
        }
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
        let path = self.fleet.dir.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    }
}

/// A kind comes, is served at once, and its objects are held to its schema.
fn comes(k: &Kubectl<'_>) {
    let definition = k.file("definition.yaml", DEFINITION);
    k.ok(&["apply", "-f", &definition], &["created"]);
    k.ok(&["wait", "--for=condition=established", CRD, "--timeout=30s"], &["condition met"]);
    k.ok(&["get", "crd"], &["NAME", "CREATED AT", "crontabs.stable.example.com", "T"]);
    k.ok(&["api-resources"], &["crontabs", "ct", "CronTab"]);
    k.ok(&["apply", "-f", &definition], &["unchanged"]);

    let object = k.file("object.yaml", OBJECT);
    k.ok(&["apply", "-f", &object], &["crontab.stable.example.com/my created"]);
    k.ok(&["explain", "crontab"], &["Runs something now and then.", "spec", "What is wanted."]);
    k.ok(&["explain", "crontab.spec.cronSpec"], &["When it runs."]);
    let invalid = OBJECT.replace("*/5'", "*/5 *', replicas: 15").replace("name: my", "name: bad");
    k.fails(
        &["apply", "-f", &k.file("invalid.yaml", &invalid)],
        &[
            "The CronTab \"bad\" is invalid",
            "spec.cronSpec in body should match '^(",
            "spec.replicas in body should be less than or equal to 10",
        ],
    );
    // An old kubectl looks for itself, a new one asks the server.
    let unknown = OBJECT.replace("image", "imgae");
    k.fails(&["apply", "-f", &k.file("unknown.yaml", &unknown)], &["unknown field", "imgae"]);
    let missing = OBJECT.replace("cronSpec: '* * * * */5', ", "");
    k.fails(&["apply", "-f", &k.file("missing.yaml", &missing)], &["cronSpec"]);
}

/// Objects are read and changed in every way.
fn serves(k: &Kubectl<'_>) {
    let table = k.ok(&["get", "ct"], &["my     * * * * */5   1"]);
    assert!(table.starts_with("NAME   SPEC          REPLICAS   AGE"), "{table}");
    k.ok(&["get", "ct", "-o", "wide"], &["REPLICAS   IMAGE   AGE", "one"]);
    k.ok(&["get", "all"], &["crontab.stable.example.com/my"]);
    k.ok(&["get", "ct", "-l", "a=b", "-A"], &["my"]);
    k.ok(&["get", "ct", "-l", "a=c"], &["No resources found"]);
    k.fails(&["get", "ct", "nothing"], &["crontabs.stable.example.com \"nothing\" not found"]);
    k.ok(&["describe", "ct", "my"], &["Cron Spec:  * * * * */5", "Events:       <none>"]);
    k.ok(&["edit", "ct", "my"], &["edited"]);
    k.ok(&["get", "ct", "my", "-o", "jsonpath={.spec.image} {.metadata.generation}"], &["two 2"]);
    k.ok(&["scale", "ct", "my", "--replicas=3"], &["scaled"]);
    let replicas = r#"[{"op": "test", "path": "/spec/replicas", "value": 3}]"#;
    k.ok(&["patch", "ct", "my", "--type=json", "-p", replicas], &["patched"]);
    k.ok(&["patch", "ct", "my", "--type=merge", "-p", r#"{"spec":{"replicas":4}}"#], &["patched"]);
    k.fails(
        &["patch", "ct", "my", "-p", r#"{"spec":{"replicas":5}}"#],
        &["application/merge-patch+json"],
    );
    k.fails(
        &["patch", "ct", "my", "--type=merge", "-p", r#"{"spec":{"replicas":"x"}}"#],
        &["spec.replicas in body must be of type integer: \"string\""],
    );
    k.ok(&["label", "ct", "my", "x=y"], &["labeled"]);
    status_is_apart(k);
}

/// Through the subresource only the status changes, and elsewhere all but it.
fn status_is_apart(k: &Kubectl<'_>) {
    k.ok(&["patch", "ct", "my", "--type=merge", "-p", r#"{"status":{"phase":"no"}}"#], &[]);
    k.ok(&["get", "ct", "my", "-o", "jsonpath=[{.status.phase}]"], &["[]"]);
    if k.run(&["patch", "--help"]).is_ok_and(|help| help.contains("--subresource")) {
        let patch = r#"{"status":{"phase":"Ready"},"spec":{"replicas":9}}"#;
        k.ok(&["patch", "ct", "my", "--subresource=status", "--type=merge", "-p", patch], &[]);
        let shown = "jsonpath={.status.phase} {.spec.replicas}";
        k.ok(&["get", "ct", "my", "-o", shown], &["Ready 4"]);
    }
}

/// What happens is told to who watches, and when the kind goes its objects go with it.
fn goes(k: &Kubectl<'_>) {
    let mut command = k.fleet.kubectl_command(k.path);
    command.args(["get", "ct", "-w", "-o", "name"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("kubectl runs");
    let mut lines =
        BufReader::new(child.stdout.take().expect("output")).lines().map_while(Result::ok);
    let mut until = |name: &str| {
        let found = lines.by_ref().find(|l| l.contains(name));
        assert!(found.is_some(), "the watch ended without {name}");
    };
    until("my");
    let later = k.file("later.yaml", &OBJECT.replace("name: my", "name: later"));
    k.ok(&["create", "-f", &later], &["created"]);
    until("later");
    k.ok(&["delete", "ct", "later"], &["deleted"]);
    until("later");
    let _ = child.kill();
    let _ = child.wait();
    k.ok(&["delete", CRD, "--timeout=30s"], &["deleted"]);
    k.fails(&["get", CRD], &["NotFound"]);
    let gone = "the server could not find the requested resource";
    let path = "/apis/stable.example.com/v1/crontabs";
    wait_for("it is no longer served", || match k.run(&["get", "--raw", path]) {
        Err(text) => check(text.contains(gone) || text.contains("404"), text),
        Ok(text) => Err(text),
    });
}

#[test]
fn kinds_of_ones_own_work_as_against_kubernetes() {
    let mut fleet = Fleet::start(0);
    for path in &kubectls() {
        comes(&Kubectl { fleet: &fleet, path });
        assert_eq!(fleet.controller.end("TERM"), Some(0));
        fleet.restart_controller();
        let k = Kubectl { fleet: &fleet, path };
        serves(&k);
        goes(&k);
        // Nothing of the old ones comes back with the kind.
        k.ok(&["apply", "-f", &k.file("definition.yaml", DEFINITION)], &["created"]);
        k.ok(&["wait", "--for=condition=established", CRD, "--timeout=30s"], &["condition met"]);
        k.ok(&["get", "--raw", "/apis/stable.example.com/v1/crontabs"], &["\"items\":[]"]);
        k.ok(&["delete", CRD, "--timeout=30s"], &["deleted"]);
    }
}
