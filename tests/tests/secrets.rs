//! Planted secrets are looked for everywhere: on both disks, in all logs, in events and statuses, in what passes the broker
//! and the API. They are where the manifest puts them, and nowhere else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use driftless_tests::{BUSYBOX, Fleet, bin, check, docker, free_port, ok, wait_for};
use serde_json::Value;

/// Everything that passed a port, each direction of each connection by itself.
type Passed = Arc<Mutex<Vec<Arc<Mutex<Vec<u8>>>>>>;

/// A port that leads to another one, and keeps what passes.
fn tap(to: u16) -> (u16, Passed) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, passed) = (listener.local_addr().unwrap().port(), Passed::default());
    let all = passed.clone();
    let way = move |mut from: TcpStream, mut to: TcpStream| {
        let kept: Arc<Mutex<Vec<u8>>> = Arc::default();
        all.lock().unwrap().push(kept.clone());
        thread::spawn(move || {
            let mut buffer = [0; 16 << 10];
            while let Ok(n @ 1..) = from.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..n]);
                if to.write_all(&buffer[..n]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
    };
    thread::spawn(move || {
        for from in listener.incoming().flatten() {
            let Ok(to) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            way(from.try_clone().unwrap(), to.try_clone().unwrap());
            way(to, from);
        }
    });
    (port, passed)
}

/// Bytes, and besides them what is compressed in them.
fn unpacked(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let mut out = Vec::new();
    for at in (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&MAGIC)) {
        let mut content = Vec::new();
        // What follows the frame is none: what came before that counts.
        if let Ok(frame) = zstd::stream::read::Decoder::new(&bytes[at..]) {
            let _ = frame.single_frame().read_to_end(&mut content);
        }
        out.push(content);
    }
    out.push(bytes);
    out
}

/// What passed a port.
fn seen(passed: &Passed) -> Vec<Vec<u8>> {
    let all = passed.lock().unwrap();
    all.iter().flat_map(|way| unpacked(way.lock().unwrap().clone())).collect()
}

/// A registry that asks for a password, notes it, and has nothing.
fn registry() -> (u16, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, heard) = (listener.local_addr().unwrap().port(), Arc::<Mutex<String>>::default());
    let asked = heard.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let known = head.to_lowercase().contains("authorization: basic");
            let status = if known { "404 Not Found" } else { "401 Unauthorized" };
            asked.lock().unwrap().push_str(&head);
            let answer = format!(
                "HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, heard)
}

/// A planted text, and the forms that it could show itself in.
struct Planted {
    text: String,
    forms: Vec<Vec<u8>>,
}

impl Planted {
    fn new(what: &str) -> Self {
        let text = format!("planted-{what}-{}-zQx7", std::process::id());
        let mut forms = vec![text.clone().into_bytes()];
        let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
        forms.extend([hex.to_uppercase().into_bytes(), hex.into_bytes()]);
        // In base64 it looks different at each of three places; its ends depend on what is beside it.
        for shift in 0..3 {
            let whole = STANDARD.encode([vec![b'x'; shift], text.clone().into_bytes()].concat());
            let end = whole.trim_end_matches('=').len() - 2;
            forms.push(whole.as_bytes()[if shift == 0 { 0 } else { 4 }..end].to_vec());
        }
        Self { text, forms }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| bytes.windows(form.len()).any(|w| w == form.as_slice()))
    }
}

/// The files under a folder that lie on its disk. What is mounted there is memory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let disk = fs::metadata(dir).unwrap().dev();
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let Ok(about) = entry.path().symlink_metadata() else { continue };
            if about.is_dir() && about.dev() == disk {
                folders.push(entry.path());
            } else if about.is_file() && about.dev() == disk {
                found.push(entry.path());
            }
        }
    }
    found
}

fn manifest(file: &str, env: &str, pull: &str, open: &str, registry: u16) -> String {
    let auths =
        format!(r#"{{"auths":{{"127.0.0.1:{registry}":{{"username":"u","password":"{pull}"}}}}}}"#);
    format!(
        "
apiVersion: v1
kind: Secret
metadata: {{name: planted}}
stringData: {{file: {file}, env: {env}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: pull}}
type: kubernetes.io/dockerconfigjson
data: {{.dockerconfigjson: {}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: open}}
data: {{open: {open}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: user}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: {BUSYBOX}
    command: [sleep, '10000']
    env:
    - {{name: PLANTED, valueFrom: {{secretKeyRef: {{name: planted, key: env}}}}}}
    - {{name: OPEN, valueFrom: {{configMapKeyRef: {{name: open, key: open}}}}}}
    volumeMounts:
    - {{name: secret, mountPath: /secret}}
    - {{name: all, mountPath: /all}}
    - {{name: secret, mountPath: /one, subPath: file}}
  volumes:
  - {{name: secret, secret: {{secretName: planted}}}}
  - {{name: all, projected: {{sources: [{{secret: {{name: planted}}}}, {{configMap: {{name: open}}}}]}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: puller}}
spec:
  terminationGracePeriodSeconds: 0
  imagePullSecrets: [{{name: pull}}]
  containers: [{{name: c, image: '127.0.0.1:{registry}/private:1'}}]
",
        STANDARD.encode(auths)
    )
}

/// kubectl, through a port that is tapped.
fn through(fleet: &Fleet, port: u16) -> PathBuf {
    let text = fs::read_to_string(fleet.kubeconfig()).unwrap();
    let path = fleet.dir.path().join("tapped.kubeconfig");
    fs::write(&path, text.replace(&fleet.api_address(), &format!("127.0.0.1:{port}"))).unwrap();
    path
}

#[test]
fn planted_secrets_are_found_nowhere_but_where_the_manifest_puts_them() {
    let beside = tempfile::TempDir::new().unwrap();
    let broker = free_port();
    let (tapped, mqtt) = tap(broker);
    let mut fleet = Fleet::plainly(1, broker, tapped);
    fleet.log = Some("trace".into());
    fleet.controller.end("TERM");
    fleet.restart_controller();
    fleet.agents[0].end("TERM");
    fleet.agents[0] = fleet.start_agent(0);

    let [file, env, pull, open] = ["file", "env", "pull", "open"].map(Planted::new);
    let (registry, asked) = registry();
    let (api, https) = tap(fleet.api_address().rsplit(':').next().unwrap().parse().unwrap());
    let wanted = beside.path().join("manifest.yaml");
    fs::write(&wanted, manifest(&file.text, &env.text, &pull.text, &open.text, registry)).unwrap();
    let kubectl = driftless_tests::kubectls().pop().unwrap();
    let mut apply = Command::new(kubectl);
    apply.arg("--kubeconfig").arg(through(&fleet, api)).args(["apply", "-f"]).arg(&wanted);
    // Its cache of discovery holds no objects, and its home is none of what is searched.
    ok(apply.env("HOME", beside.path()));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/user", "--timeout=60s"]);
    wait_for("the registry is told the password", || {
        let heard = asked.lock().unwrap().clone();
        check(heard.contains(&STANDARD.encode(format!("u:{}", pull.text))), heard)
    });
    fleet.wait_until("the pull fails", &["pod", "puller"], |pod| {
        let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"];
        ["ErrImagePull", "ImagePullBackOff"].map(Value::from).contains(waiting)
    });
    // The secrets are where they shall be: in the container's files and environment. It is the engine that is asked, since
    // what a command says passes the broker as it is.
    let container = fleet.containers("driftless.dev/pod-name=user");
    let inside = fleet.containers("driftless.dev/container=c");
    let inside = inside.iter().find(|id| container.contains(id)).unwrap();
    let said =
        docker(&["exec", inside, "sh", "-c", "cat /secret/file /all/file /one; echo $PLANTED"]);
    assert!(said.matches(&file.text).count() == 3 && said.contains(&env.text), "{said}");
    let inspected: Vec<String> = container.iter().map(|id| docker(&["inspect", id])).collect();
    let inspected: Vec<Value> = inspected
        .iter()
        .flat_map(|text| serde_json::from_str::<Vec<Value>>(text).unwrap())
        .collect();
    look(&fleet, &[&file, &env, &pull], &open, "while it runs");
    for mut one in inspected {
        let environment = one["Config"]["Env"].take().to_string();
        assert!(!file.is_in(environment.as_bytes()) && !pull.is_in(environment.as_bytes()));
        let rest = one.to_string();
        for planted in [&file, &env, &pull] {
            assert!(!planted.is_in(rest.as_bytes()), "{} is in docker inspect", planted.text);
        }
    }
    for (what, passed) in [("MQTT", &mqtt), ("the API's connection", &https)] {
        let all = seen(passed);
        assert!(all.iter().map(Vec::len).sum::<usize>() > 1000, "{what}: nothing was tapped");
        for planted in [&file, &env, &pull] {
            assert!(!all.iter().any(|b| planted.is_in(b)), "{} passed {what}", planted.text);
        }
    }
    assert!(seen(&mqtt).iter().any(|b| open.is_in(b)), "what is open is found on MQTT");

    // Another start of all, and the end of the pods.
    fleet.controller.end("TERM");
    fleet.restart_controller();
    fleet.agents[0].end("KILL");
    fleet.agents[0] = fleet.start_agent(0);
    fleet.kubectl(&["delete", "pod", "user", "puller", "--timeout=60s"]);
    fleet.agents[0].end("TERM");
    fleet.controller.end("TERM");
    look_at_disks(&fleet, &[&file, &env, &pull], &open, "after all has ended");
}

/// Looks everywhere but at the container itself.
fn look(fleet: &Fleet, planted: &[&Planted], open: &Planted, when: &str) {
    let mut shown = vec![fleet.kubectl(&["get", "--raw", "/metrics"])];
    for what in ["pods", "events", "nodes", "nodestates"] {
        shown.push(fleet.kubectl(&["get", what, "-A", "-o", "json"]));
        shown.push(fleet.kubectl(&["describe", "pods,nodes"]));
    }
    for planted in planted {
        for text in &shown {
            assert!(!planted.is_in(text.as_bytes()), "{} is shown {when}", planted.text);
        }
    }
    look_at_disks(fleet, planted, open, when);
}

/// Looks at all files of the controller and the node, logs among them.
fn look_at_disks(fleet: &Fleet, planted: &[&Planted], open: &Planted, when: &str) {
    let dir = fleet.dir.path();
    let mut all = files(&dir.join("controller"));
    all.extend(files(&dir.join(&fleet.nodes[0])));
    // The audit log is searched as one of the controller's files; it has no levels.
    let is_log =
        |p: &PathBuf| p.extension().is_some_and(|e| e == "log") && !p.ends_with("audit.log");
    let logs: Vec<PathBuf> = files(dir).into_iter().filter(is_log).collect();
    let traced = |log: &PathBuf| fs::read_to_string(log).unwrap().contains("\"TRACE\"");
    assert!(logs.len() >= 2 && logs.iter().all(traced), "the logs hold everything: {logs:?}");
    all.extend(logs);
    let mut found_open = 0;
    for path in all {
        let parts = unpacked(fs::read(&path).unwrap());
        for planted in planted {
            let found = parts.iter().any(|bytes| planted.is_in(bytes));
            assert!(!found, "{} is in {} {when}", planted.text, path.display());
        }
        found_open += usize::from(parts.iter().any(|bytes| open.is_in(bytes)));
    }
    assert!(found_open >= 2, "what is open is found on both sides {when}: {found_open}");
}

#[test]
fn keys_are_replaced_while_the_fleet_runs() {
    let mut fleet = Fleet::start(1);
    let keys = |fleet: &Fleet, args: &[&str]| {
        let mut command = Command::new(bin("driftless-controller"));
        command.arg("keys").args(args).arg("--data-dir").arg(fleet.dir.path().join("controller"));
        ok(&mut command)
    };
    let pod = |fleet: &Fleet, name: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  \
             - {{name: c, image: '{BUSYBOX}', command: [sleep, '10000'], envFrom: [{{secretRef: {{name: s}}}}]}}\n"
        );
        fleet.apply(&text);
        fleet.kubectl(&["wait", "--for=condition=Ready", &format!("pod/{name}"), "--timeout=60s"]);
    };
    fleet.kubectl(&["create", "secret", "generic", "s", "--from-literal=A=one"]);
    pod(&fleet, "before");
    let first = keys(&fleet, &["list"]);
    assert!(first.contains("set 1") && first.contains("at-rest 1  used"), "{first}");

    let both = keys(&fleet, &["rotate"]);
    assert!(both.contains("set 2") && both.contains("follows"), "{both}");
    let last = wait_for("the node has followed, and the former key is gone", || {
        let now = keys(&fleet, &["list"]);
        check(now.contains("set 3"), &now).map(|()| now)
    });
    assert_eq!(last.matches("orders ").count(), 2, "one key is left: {last}");
    pod(&fleet, "after");

    keys(&fleet, &["rotate", "--at-rest"]);
    wait_for("all is encrypted with the newer key", || {
        let now = keys(&fleet, &["list"]);
        check(now.contains("at-rest 2  used") && !now.contains("at-rest 1"), now)
    });
    fleet.controller.end("TERM");
    fleet.restart_controller();
    let secret = fleet.get(&["secret", "s"]);
    assert_eq!(secret["data"]["A"], STANDARD.encode("one"));
    // At once, and with the node away: it follows when it is back.
    fleet.agents[0].end("TERM");
    let now = keys(&fleet, &["rotate", "--now"]);
    assert!(now.contains("set 4") && now.matches("orders ").count() == 2, "{now}");
    keys(&fleet, &["rotate", "--now"]);
    fleet.agents[0] = fleet.start_agent(0);
    pod(&fleet, "again");
}
