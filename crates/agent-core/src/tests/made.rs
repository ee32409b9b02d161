//! What a pod is made of: references resolved, every choice made.

use super::*;
use crate::turn::{File, Launch, MountSource, RegistryAuth, Sandbox};

fn secret(name: &str, data: &Value) -> Item {
    let key = ItemKey { kind: ItemKind::Secret, name: format!("d/{name}").into() };
    Item { key, body: Arc::from(serde_json::to_vec(&json!({"data": data})).unwrap()) }
}

/// What is around: a config map, a secret (`p` = `word`, `bin` is no text), a registry's password.
fn around() -> Vec<Item> {
    let docker = json!({"auths": {
        "registry.example:5000": {"auth": "dXNlcjpwYTpzcw=="},
        "https://index.docker.io/v1/": {"username": "hub", "password": "pw"}}});
    let docker = base64(&serde_json::to_vec(&docker).unwrap());
    alloc::vec![
        config_map("cm", &json!({"a": "1", "b.c": "2", "9bad": "3", "n": "x\ny"})),
        secret("s", &json!({"p": "d29yZA==", "bin": "/w=="})),
        secret("pull", &json!({".dockerconfigjson": docker})),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = (0..3).fold(0u32, |n, i| n << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * i) & 63) as usize] as char;
            out.push(if i > chunk.len() { '=' } else { digit });
        }
    }
    out
}

#[test]
fn what_is_printed_of_turns_shows_no_secret() {
    let planted = base64(b"planted");
    let docker = json!({"auths": {"registry.example": {"username": "u", "password": "planted"}}});
    let docker = base64(&serde_json::to_vec(&docker).unwrap());
    let items = [
        secret("s", &json!({"k": planted})),
        secret("pull", &json!({".dockerconfigjson": docker})),
        pod("web", |p| {
            p["spec"]["imagePullSecrets"] = json!([{"name": "pull"}]);
            p["spec"]["volumes"] = json!([{"name": "v", "secret": {"secretName": "s"}}]);
            let container = &mut p["spec"]["containers"][0];
            container["image"] = json!("registry.example/web:1");
            container["envFrom"] = json!([{"secretRef": {"name": "s"}}]);
            container["volumeMounts"] = json!([{"name": "v", "mountPath": "/v"}]);
        }),
    ];
    let (world, _agent) = up(&items);
    assert_eq!(world.running(), ["web"]);
    for done in ["Pull(", "WriteVolumes", "Launch(", "item/2/d/s", "registry.example/web:1"] {
        assert!(world.printed.contains(done), "{done}: {}", world.printed);
    }
    for form in ["planted", planted.as_str(), docker.as_str(), "112, 108, 97, 110"] {
        assert!(!world.printed.contains(form), "{form}: {}", world.printed);
    }
}

struct Made {
    sandbox: Option<Sandbox>,
    auths: Vec<RegistryAuth>,
    volumes: BTreeMap<String, VolumeContent>,
    launch: Option<Arc<Launch>>,
    /// Why nothing was started.
    waits: String,
}

/// Follows a pod up to its first start.
fn make(change: impl FnOnce(&mut Value)) -> Made {
    let mut items = around();
    items.push(pod("web", |p| {
        p["metadata"]["labels"] = json!({"app": "w\"eb", "tier": "t"});
        p["metadata"]["annotations"] = json!({"note": "n"});
        p["spec"]["serviceAccountName"] = json!("sa");
        change(p);
    }));
    let mut world = World::default();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, &items);
    let (mut sandbox, mut launch, mut auths) = (None, None, Vec::new());
    while let Some((_, effect)) = world.pending.front() {
        match effect {
            Effect::CreateSandbox(_, s) => sandbox = Some(s.clone()),
            Effect::Pull(_, p) => auths.clone_from(&p.auths),
            Effect::Start(_, l) => launch = Some(l.clone()),
            _ => {}
        }
        world.do_one(&mut agent, 0);
    }
    world.settle(&mut agent, 1000);
    let waits = match &world.last_status().containers[0].state {
        ContainerState::Waiting { reason, message } => format!("{reason}: {message}"),
        _ => String::new(),
    };
    let volumes = world.files.remove(&Uid::from("u-web")).map(|v| v.volumes).unwrap_or_default();
    Made { sandbox, auths, volumes, launch, waits }
}

fn container(change: impl FnOnce(&mut Value)) -> Made {
    make(|p| change(&mut p["spec"]["containers"][0]))
}

#[test]
fn an_environment_is_resolved_in_order() {
    for (env, want) in [
        (
            json!([{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)$(C)$$(A)"}, {"name": "C", "value": "3"}]),
            &["A=1", "B=1$(C)$(A)", "C=3"][..],
        ),
        (json!([{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]), &["A=12"]),
        (
            json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "a"}}},
                {"name": "P", "valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}}]),
            &["A=1", "P=word"],
        ),
        (
            json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "none", "key": "a", "optional": true}}},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "z", "optional": true}}}]),
            &[],
        ),
        (
            json!([{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['note']"}}},
                {"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
                {"name": "E", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
                {"name": "F", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
                {"name": "G", "valueFrom": {"fieldRef": {"fieldPath": "spec.serviceAccountName"}}},
                {"name": "H", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
                {"name": "I", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]),
            &[
                "A=w\"eb",
                "B=n",
                "C=web",
                "D=d",
                "E=u-web",
                "F=n",
                "G=sa",
                "H=10.0.0.1",
                "I=172.17.0.1",
            ],
        ),
    ] {
        let got = container(|c| c["env"] = env.clone()).launch.expect("started");
        assert_eq!(got.env, want, "{env}");
    }
}

#[test]
fn whole_maps_come_into_the_environment() {
    let made = container(|c| {
        c["envFrom"] = json!([
            {"prefix": "X_", "configMapRef": {"name": "cm"}},
            {"secretRef": {"name": "s"}},
            {"configMapRef": {"name": "none", "optional": true}}]);
        c["env"] = json!([{"name": "p", "value": "own $(X_a)"}]);
    });
    let env = made.launch.expect("started").env.clone();
    // A key that is no name of a variable is passed over, as is a value that is no text.
    assert_eq!(env, ["X_9bad=3", "X_a=1", "X_b.c=2", "X_n=x\ny", "p=own 1"]);
}

#[test]
fn resources_are_told_in_the_unit_asked_for() {
    for (resource, divisor, want) in [
        ("limits.cpu", "", "2"),
        ("limits.cpu", "1m", "1500"),
        ("requests.cpu", "1m", "250"),
        ("limits.memory", "1Mi", "64"),
        ("limits.memory", "", "67108864"),
        ("requests.memory", "1Ki", "0"),
        ("limits.ephemeral-storage", "1", "0"),
    ] {
        let made = container(|c| {
            c["resources"] =
                json!({"limits": {"cpu": "1500m", "memory": "64Mi"}, "requests": {"cpu": "250m"}});
            c["env"] = json!([{"name": "R", "valueFrom": {"resourceFieldRef": {"resource": resource, "divisor": divisor}}}]);
        });
        assert_eq!(
            made.launch.expect("started").env,
            [format!("R={want}")],
            "{resource} {divisor}"
        );
    }
    let made = container(|c| {
        c["env"] =
            json!([{"name": "R", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}]);
    });
    assert_eq!(made.launch.expect("started").env, ["R=4"], "without a limit: what the node has");
}

#[test]
fn what_is_missing_has_a_name() {
    for (change, want) in [
        (
            json!({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "z"}}}]}),
            "CreateContainerConfigError: couldn't find key z in ConfigMap d/cm",
        ),
        (
            json!({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "none", "key": "z"}}}]}),
            "CreateContainerConfigError: secret \"none\" not found",
        ),
        (
            json!({"envFrom": [{"configMapRef": {"name": "none"}}]}),
            "CreateContainerConfigError: configmap \"none\" not found",
        ),
        (
            json!({"securityContext": {"runAsNonRoot": true}}),
            "CreateContainerConfigError: container has runAsNonRoot and image will run as root",
        ),
    ] {
        let made = container(|c| {
            for (key, value) in change.as_object().unwrap() {
                c[key.as_str()] = value.clone();
            }
        });
        assert!(made.launch.is_none());
        assert_eq!(made.waits, want);
    }
}

#[test]
fn commands_are_expanded_and_limits_become_the_kernels() {
    let launch = container(|c| {
        c["env"] = json!([{"name": "A", "value": "1"}]);
        c["command"] = json!(["sh", "$(A)"]);
        c["args"] = json!(["$(B)", "$$(A)"]);
        c["resources"] = json!({"limits": {"cpu": "500m", "memory": "64Mi"}});
    });
    let launch = launch.launch.expect("started");
    assert_eq!(
        (&launch.command[..], &launch.args[..]),
        (&["sh".into(), "1".into()][..], &["$(B)".into(), "$(A)".into()][..])
    );
    assert_eq!(
        (launch.cpu_shares, launch.cpu_quota_us, launch.memory_bytes),
        (512, 50_000, 64 << 20)
    );
    assert_eq!(launch.oom_score, -997, "guaranteed");
    let launch = container(|_| {}).launch.expect("started");
    assert_eq!(
        (launch.cpu_shares, launch.cpu_quota_us, launch.memory_bytes, launch.oom_score),
        (2, 0, 0, 1000)
    );
    let launch = container(|c| c["resources"] = json!({"requests": {"memory": "4Gi", "cpu": "1"}}));
    let launch = launch.launch.expect("started");
    assert_eq!((launch.cpu_shares, launch.oom_score), (1024, 500), "half of the node's memory");
}

#[test]
fn rights_come_from_the_pod_and_the_container() {
    let made = make(|p| {
        p["spec"]["securityContext"] = json!({"runAsUser": 7, "runAsGroup": 8, "fsGroup": 9, "supplementalGroups": [10],
            "seccompProfile": {"type": "Unconfined"}, "sysctls": [{"name": "net.a", "value": "1"}]});
        p["spec"]["containers"][0]["securityContext"] = json!({"runAsUser": 5, "readOnlyRootFilesystem": true,
            "allowPrivilegeEscalation": false, "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}});
    });
    let launch = made.launch.expect("started");
    assert_eq!((launch.user.as_str(), &launch.groups[..]), ("5:8", &[10, 9][..]));
    assert!(launch.read_only && launch.no_new_privileges && !launch.privileged);
    assert_eq!(
        (&launch.cap_add[..], &launch.cap_drop[..]),
        (&["NET_ADMIN".into()][..], &["ALL".into()][..])
    );
    assert_eq!(launch.seccomp, "unconfined");
    assert_eq!(made.sandbox.expect("made").sysctls["net.a"], "1");
}

fn files(made: &Made, volume: &str) -> Vec<(String, String, u32)> {
    let Some(VolumeContent::Files { files, .. }) = made.volumes.get(volume) else {
        panic!("{volume} has files")
    };
    let text = |f: &File| String::from_utf8_lossy(&f.bytes).into_owned();
    files.iter().map(|(path, f)| (path.clone(), text(f), f.mode)).collect()
}

#[test]
fn volumes_have_their_files_and_modes() {
    let own = |path: &str, text: &str, mode| (path.to_string(), text.to_string(), mode);
    for (volume, want) in [
        (
            json!({"secret": {"secretName": "s", "items": [{"key": "p", "path": "x/y"}], "defaultMode": 256}}),
            alloc::vec![own("x/y", "word", 0o400)],
        ),
        (
            json!({"configMap": {"name": "cm", "items": [{"key": "a", "path": "f", "mode": 493}]}}),
            alloc::vec![own("f", "1", 0o755)],
        ),
        (json!({"configMap": {"name": "none", "optional": true}}), alloc::vec![]),
        (
            json!({"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}}),
            alloc::vec![own("l", "app=\"w\\\"eb\"\ntier=\"t\"", 0o644)],
        ),
        (
            json!({"projected": {"defaultMode": 288, "sources": [
                {"configMap": {"name": "cm", "items": [{"key": "a", "path": "a"}]}},
                {"secret": {"name": "s", "items": [{"key": "p", "path": "p"}]}},
                {"downwardAPI": {"items": [{"path": "c", "resourceFieldRef":
                    {"containerName": "web", "resource": "limits.cpu", "divisor": "1m"}}]}}]}}),
            alloc::vec![own("a", "1", 0o440), own("c", "4000", 0o440), own("p", "word", 0o440)],
        ),
    ] {
        let made = make(|p| {
            let mut volume = volume.clone();
            volume["name"] = json!("v");
            p["spec"]["volumes"] = json!([volume]);
        });
        assert_eq!(files(&made, "v"), want, "{volume}");
    }
    let made = make(|p| {
        p["spec"]["volumes"] = json!([{"name": "e", "emptyDir": {}},
            {"name": "m", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}]);
    });
    assert!(made.volumes["e"] == VolumeContent::Empty);
    assert!(made.volumes["m"] == VolumeContent::Memory { bytes_max: Some(1 << 20) });
    let made = make(|p| {
        p["spec"]["volumes"] = json!([{"name": "v", "configMap": {"name": "cm", "items": [{"key": "z", "path": "z"}]}}]);
    });
    assert_eq!(
        made.waits,
        "ContainerCreating: configmap \"d/cm\" references non-existent config key: z"
    );
}

#[test]
fn mounts_and_devices_are_told_apart() {
    let made = make(|p| {
        p["spec"]["volumes"] = json!([{"name": "cm", "configMap": {"name": "cm"}},
            {"name": "h", "hostPath": {"path": "/srv", "type": "DirectoryOrCreate"}},
            {"name": "dev", "hostPath": {"path": "/dev/ttyS0", "type": "CharDevice"}},
            {"name": "e", "emptyDir": {}}]);
        p["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": "sub"}]);
        p["spec"]["containers"][0]["volumeMounts"] = json!([
            {"name": "cm", "mountPath": "/c", "subPath": "a"},
            {"name": "h", "mountPath": "/h", "readOnly": true, "mountPropagation": "HostToContainer"},
            {"name": "dev", "mountPath": "/dev/tty"},
            {"name": "e", "mountPath": "/e", "subPathExpr": "x/$(A)"}]);
    });
    let launch = made.launch.expect("started");
    assert_eq!(launch.devices, [("/dev/ttyS0".to_string(), "/dev/tty".to_string())]);
    let mounts: Vec<(&str, &MountSource, bool)> =
        launch.mounts.iter().map(|m| (m.target.as_str(), &m.source, m.read_only)).collect();
    let volume =
        |name: &str, sub: &str| MountSource::Volume { name: name.into(), sub_path: sub.into() };
    let host = MountSource::Host {
        path: "/srv".into(),
        kind: "DirectoryOrCreate".into(),
        sub_path: String::new(),
    };
    assert_eq!(
        mounts,
        [
            ("/c", &volume("cm", "a"), true),
            ("/h", &host, true),
            ("/e", &volume("e", "x/sub"), false)
        ]
    );
    assert_eq!(launch.mounts[1].propagation, "rslave");
}

#[test]
fn registries_get_the_password_meant_for_them() {
    for (image, want) in [
        ("registry.example:5000/a/b:1", Some(("user", "pa:ss"))),
        ("busybox", Some(("hub", "pw"))),
        ("docker.io/library/busybox", Some(("hub", "pw"))),
        ("other.example/a", None),
        ("localhost/a", None),
    ] {
        let made = make(|p| {
            p["spec"]["imagePullSecrets"] = json!([{"name": "pull"}, {"name": "none"}]);
            p["spec"]["containers"][0]["image"] = json!(image);
        });
        let got = made.auths.first().map(|a| (a.username.as_str(), a.password.as_str()));
        assert_eq!(got, want, "{image}");
    }
}

#[test]
fn a_sandbox_has_the_pods_ports_names_and_network() {
    let made = make(|p| {
        p["spec"]["containers"][0]["ports"] = json!([{"containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1"},
            {"containerPort": 53, "hostPort": 53, "protocol": "UDP"}, {"containerPort": 81}]);
        p["spec"]["hostAliases"] = json!([{"ip": "1.2.3.4", "hostnames": ["a", "b"]}]);
        p["spec"]["dnsConfig"] = json!({"nameservers": ["9.9.9.9"], "searches": ["x"], "options": [{"name": "ndots", "value": "2"}]});
    });
    let sandbox = made.sandbox.expect("made");
    let ports: Vec<String> = sandbox
        .ports
        .iter()
        .map(|p| format!("{}:{}:{}/{}", p.host_ip, p.host_port, p.container_port, p.protocol))
        .collect();
    assert_eq!(ports, ["127.0.0.1:8080:80/tcp", ":53:53/udp"]);
    assert_eq!((sandbox.hostname.as_str(), sandbox.extra_hosts.len()), ("web", 2));
    assert_eq!(sandbox.dns_options, ["ndots:2"]);
    let made = make(|p| p["spec"]["hostNetwork"] = json!(true));
    let sandbox = made.sandbox.expect("made");
    assert!(sandbox.host_network && sandbox.ports.is_empty() && sandbox.hostname.is_empty());
}
