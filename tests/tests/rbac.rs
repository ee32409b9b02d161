//! Who may do what at the API, with every kubectl.

use std::path::Path;
use std::process::{Command, Output};

use driftless_tests::{Fleet, bin, both, check, kubectls, wait_for};
use serde_json::Value;

fn kubectl(fleet: &Fleet, kubectl: &Path, args: &[&str]) -> Output {
    fleet.kubectl_command(kubectl).args(args).output().expect("kubectl runs")
}

/// What it prints, if all is well.
fn ok(fleet: &Fleet, with: &Path, args: &[&str]) -> String {
    let out = kubectl(fleet, with, args);
    assert!(out.status.success(), "{} {args:?} failed:\n{}", with.display(), both(&out));
    both(&out)
}

/// What it complains of.
fn fails(fleet: &Fleet, with: &Path, args: &[&str]) -> String {
    let out = kubectl(fleet, with, args);
    assert!(!out.status.success(), "{} {args:?} did not fail:\n{}", with.display(), both(&out));
    both(&out)
}

#[test]
fn roles_are_made_bound_and_held_to() {
    let fleet = Fleet::start(0);
    for (at, with) in kubectls().iter().enumerate() {
        let ns = format!("ns{at}");
        let (jane, kim) = (format!("jane{at}"), format!("kim{at}"));
        let k = |args: &[&str]| ok(&fleet, with, &[&["-n", &ns], args].concat());
        ok(&fleet, with, &["create", "namespace", &ns]);
        k(&[
            "create",
            "role",
            "reader",
            "--verb=get,list,watch",
            "--resource=pods,pods/log,deployments.apps",
        ]);
        k(&["create", "rolebinding", "jane", "--role=reader", "--user", &jane]);
        let wide = format!("wide{at}");
        k(&[
            "create",
            "clusterrole",
            &wide,
            "--verb=get",
            "--resource=nodes",
            "--non-resource-url=/metrics",
        ]);
        k(&[
            "create",
            "clusterrolebinding",
            &wide,
            "--clusterrole",
            &wide,
            "--user",
            &kim,
            "--group=ops",
        ]);
        k(&[
            "create",
            "clusterrole",
            &format!("put-{at}"),
            "--aggregation-rule=example.com/part=true",
        ]);
        k(&["create", "serviceaccount", "bot"]);
        let account = format!("{ns}:bot");
        k(&["create", "rolebinding", "bot", "--clusterrole=view", "--serviceaccount", &account]);

        let can = |user: &str, args: &[&str]| {
            let args = [&["-n", &ns, "auth", "can-i", "--as", user], args].concat();
            let out = kubectl(&fleet, with, &args);
            let text = both(&out);
            assert_eq!(out.status.success(), text.contains("yes"), "{args:?}: {text}");
            out.status.success()
        };
        assert!(can(&jane, &["list", "pods"]) && can(&jane, &["get", "pods/log"]));
        assert!(!can(&jane, &["delete", "pods"]) && !can(&jane, &["get", "secrets"]));
        assert!(!can(&jane, &["list", "pods", "-n", "default"]));
        assert!(!can(&jane, &["list", "nodes"]) && can(&kim, &["get", "nodes"]));
        assert!(can(&kim, &["get", "/metrics"]) && !can(&jane, &["get", "/metrics"]));
        assert!(can("x", &["get", "nodes", "--as-group=ops"]) && !can("x", &["get", "nodes"]));
        let account = format!("system:serviceaccount:{ns}:bot");
        assert!(can(&account, &["list", "services"]) && !can(&account, &["create", "services"]));
        let out = kubectl(&fleet, with, &["auth", "can-i", "delete", "nodes"]);
        assert!(out.status.success(), "the administrator may: {}", both(&out));
        let list = k(&["auth", "can-i", "--list", "--as", &jane]);
        for want in ["pods", "deployments.apps", "[get list watch]", "/healthz"] {
            assert!(list.contains(want), "{want}: {list}");
        }

        let told = fails(&fleet, with, &["-n", "default", "get", "pods", "--as", &jane]);
        let want = format!(
            "Error from server (Forbidden): pods is forbidden: User \"{jane}\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""
        );
        assert!(told.contains(&want), "{told}");
        k(&["get", "pods", "--as", &jane]);
        k(&["run", "p", "--image=app:1"]);
        let told = fails(&fleet, with, &["-n", &ns, "exec", "p", "--as", &jane, "--", "ls"]);
        assert!(told.contains("cannot create resource \"pods/exec\""), "{told}");
        let told = fails(&fleet, with, &["-n", &ns, "create", "configmap", "m", "--as", &jane]);
        assert!(told.contains("cannot create resource \"configmaps\""), "{told}");
        wait_for("the audit log tells of it", || {
            let log = fleet.dir.path().join("controller/audit.log");
            let log = std::fs::read_to_string(log).map_err(|e| e.to_string())?;
            let mut events = log.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
            let told = events.any(|e| {
                e["impersonatedUser"]["username"] == jane.as_str()
                    && e["objectRef"]["resource"] == "configmaps"
                    && e["verb"] == "create"
                    && e["responseStatus"]["code"] == 403
            });
            check(told, "no line yet")
        });

        let text = k(&["describe", "role", "reader"]);
        assert!(text.contains("pods/log") && text.contains("[get list watch]"), "{text}");
        let text = k(&["describe", "rolebinding", "jane"]);
        assert!(text.contains("reader") && text.contains(&jane), "{text}");
        let text = k(&["get", "roles,rolebindings,clusterroles,clusterrolebindings", "-o", "wide"]);
        assert!(text.contains("Role/reader") && text.contains("cluster-admin"), "{text}");
    }
}

const RECONCILED: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: default}
rules: [{apiGroups: [''], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
";

#[test]
fn roles_are_reconciled() {
    let fleet = Fleet::start(0);
    for with in kubectls() {
        let file = fleet.dir.path().join("rbac.yaml");
        std::fs::write(&file, RECONCILED).expect("a file");
        let file = file.to_str().expect("a path");
        let told = ok(&fleet, &with, &["auth", "reconcile", "-f", file]);
        assert!(told.contains("reconciled"), "{told}");
        ok(&fleet, &with, &["get", "pods", "--as", "jane"]);
        ok(&fleet, &with, &["auth", "reconcile", "-f", file]);
        let other = RECONCILED.replace("name: jane", "name: kim").replace("[get, list]", "[list]");
        std::fs::write(file, other).expect("a file");
        ok(&fleet, &with, &["auth", "reconcile", "-f", file, "--remove-extra-subjects"]);
        fails(&fleet, &with, &["get", "pods", "--as", "jane"]);
        ok(&fleet, &with, &["get", "pods", "--as", "kim"]);
        ok(&fleet, &with, &["delete", "-f", file]);
    }
}

/// `driftless-controller user` with this fleet's data directory.
fn user(fleet: &Fleet, args: &[&str]) -> String {
    let mut command = Command::new(bin("driftless-controller"));
    command.arg("user").arg("--data-dir").arg(fleet.dir.path().join("controller")).args(args);
    let out = command.output().expect("it runs");
    assert!(out.status.success(), "{args:?} failed:\n{}", both(&out));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn users_come_with_tokens_and_go() {
    let fleet = Fleet::start(0);
    for (at, with) in kubectls().iter().enumerate() {
        let (jane, ns) = (format!("jane{at}"), format!("ns{at}"));
        ok(&fleet, with, &["create", "namespace", &ns]);
        let role = ["-n", &ns, "create", "rolebinding", "jane", "--clusterrole=view", "--user"];
        ok(&fleet, with, &[&role[..], &[&jane]].concat());
        let file = fleet.dir.path().join(format!("{jane}.kubeconfig"));
        let path = file.to_str().expect("a path");
        user(&fleet, &["create", &jane, "--group", "ops", "--ttl", "1h", "--kubeconfig-out", path]);
        let own = |args: &[&str]| {
            let mut command = fleet.kubectl_command(with);
            // The last one counts.
            command.arg("--kubeconfig").arg(&file).args(args).output().expect("kubectl runs")
        };
        let out = own(&["-n", &ns, "get", "pods"]);
        assert!(out.status.success(), "{}", both(&out));
        let out = own(&["get", "nodes"]);
        let want = format!("User \"{jane}\" cannot list resource \"nodes\"");
        assert!(both(&out).contains(&want), "{}", both(&out));
        let list = user(&fleet, &["list"]);
        assert!(list.contains(&jane) && list.contains("ops"), "{list}");
        user(&fleet, &["revoke", &jane]);
        let out = own(&["-n", &ns, "get", "pods"]);
        assert!(!out.status.success() && both(&out).contains("Unauthorized"), "{}", both(&out));
        // One that is short is soon over.
        let short = fleet.dir.path().join("short.kubeconfig");
        user(
            &fleet,
            &["create", &jane, "--ttl", "1s", "--kubeconfig-out", short.to_str().expect("a path")],
        );
        wait_for("it expires", || {
            let mut command = fleet.kubectl_command(with);
            let out = command.arg("--kubeconfig").arg(&short).args(["version"]).output();
            let text = both(&out.expect("kubectl runs"));
            check(text.contains("Unauthorized") || text.contains("must be logged in"), text)
        });
    }
}

#[test]
fn accounts_have_tokens() {
    let fleet = Fleet::start(0);
    let with = kubectls().pop().expect("a kubectl");
    ok(&fleet, &with, &["create", "serviceaccount", "bot"]);
    ok(
        &fleet,
        &with,
        &["create", "rolebinding", "bot", "--clusterrole=view", "--serviceaccount=default:bot"],
    );
    let token = ok(&fleet, &with, &["create", "token", "bot", "--duration=10m"]);
    let file = fleet.dir.path().join("bot.kubeconfig");
    let text = std::fs::read_to_string(fleet.kubeconfig()).expect("a file");
    let keep = |line: &&str| !line.contains("client-");
    let text: Vec<&str> = text.lines().filter(keep).collect();
    let text =
        text.join("\n").replace("  user:\n", &format!("  user: {{token: {}}}\n", token.trim()));
    std::fs::write(&file, text).expect("a file");
    let bot = |args: &[&str]| {
        let mut command = fleet.kubectl_command(&with);
        command.arg("--kubeconfig").arg(&file).args(args).output().expect("kubectl runs")
    };
    let out = bot(&["get", "pods"]);
    assert!(out.status.success(), "{}", both(&out));
    let out = bot(&["auth", "whoami"]);
    assert!(both(&out).contains("system:serviceaccount:default:bot"), "{}", both(&out));
    ok(&fleet, &with, &["delete", "serviceaccount", "bot"]);
    let out = bot(&["get", "pods"]);
    assert!(
        both(&out).contains("Unauthorized") || both(&out).contains("logged in"),
        "{}",
        both(&out)
    );
}
