//! Against a real engine: `DOCKER_HOST`, or Docker's usual socket. Without one these tests fail, and say so.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use agent_core::turn::{
    Action, Check, Exit, FailureKind, Identity, Launch, Mount, MountSource, PodVolumes, Pull,
    PullPolicy, Sandbox, Seen, VolumeContent,
};
use tokio::runtime::Runtime;

use super::*;

mod streams;

const BUSYBOX: &str = "driftless.dev/test-busybox:1";
const LOG: LogBound = LogBound { file_bytes: 1 << 20, files: 2 };

struct Bench {
    engine: Engine,
    events: mpsc::Receiver<Event>,
    runtime: Runtime,
    uid: Uid,
    _dir: tempfile::TempDir,
}

impl Drop for Bench {
    /// Takes away whatever carries this test's node label.
    fn drop(&mut self) {
        self.runtime.block_on(async {
            let mut left = self.engine.look().await.unwrap_or_default();
            // The sandbox last: Podman keeps one that others use.
            let is_sandbox = |seen: &Seen| {
                seen.identity.as_ref().is_some_and(|identity| identity.container.is_empty())
            };
            left.sort_by_key(is_sandbox);
            for seen in left {
                let _ = self.engine.remove(&seen.id).await;
            }
        });
        let _ = self.engine.inner.volumes.remove(&self.uid);
    }
}

/// An engine for a node of its own, so that tests do not see one another.
fn bench(name: &str) -> Bench {
    bench_with(name, LOG)
}

fn bench_with(name: &str, log: LogBound) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let host = std::env::var("DOCKER_HOST").unwrap_or("unix:///var/run/docker.sock".into());
    let volumes = Volumes::open(dir.path()).unwrap();
    // A test's executable needs libraries; busybox waits as well.
    let pause =
        Pause { executable: "/bin/busybox".into(), args: vec!["sleep".into(), "1000000".into()] };
    let node = NodeName::from(format!("test-{name}-{}", std::process::id()));
    let engine = Engine::new(node, host.clone(), volumes, pause, log);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (sender, events) = mpsc::channel(64);
    if let Err(error) = runtime.block_on(engine.connect()) {
        panic!("these tests need a container engine at {host} (set DOCKER_HOST): {error}");
    }
    busybox(&host);
    runtime.spawn(engine.clone().watch(sender));
    Bench { engine, events, runtime, uid: Uid::from(format!("uid-{name}")), _dir: dir }
}

/// An image of busybox, imported with the engine's own client, so that nothing is fetched.
fn busybox(host: &str) {
    let script = "docker -H \"$0\" image inspect \"$1\" >/dev/null 2>&1 || \
        tar -C / --transform 's,^usr/,,' -c bin/busybox | docker -H \"$0\" import - \"$1\"";
    let done = Command::new("sh")
        .args(["-c", script, host, BUSYBOX])
        .stdout(Stdio::null())
        .status()
        .expect("a shell, tar, docker's client and busybox-static are there");
    assert!(done.success());
}

impl Bench {
    fn identity(&self, container: &str, attempt: u32) -> Identity {
        Identity {
            namespace: "default".into(),
            pod: "pod".into(),
            uid: self.uid.clone(),
            container: container.into(),
            attempt,
            spec: "s".into(),
        }
    }

    fn run(&self, effect: Effect) -> Outcome {
        self.runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(60), self.engine.run(OpId(1), effect))
                .await
                .expect("the effect ends")
        })
    }

    fn event<T>(&mut self, want: impl Fn(Event) -> Option<T>) -> T {
        self.runtime.block_on(async {
            loop {
                let next = tokio::time::timeout(Duration::from_secs(60), self.events.recv());
                let event = next.await.expect("the event comes").expect("the watch lives");
                if let Some(found) = want(event) {
                    return found;
                }
            }
        })
    }

    fn exit_of(&mut self, id: &str) -> Exit {
        self.event(|event| match event {
            Event::Exited(exit) if exit.id == id => Some(exit),
            // Where the event got lost.
            Event::Looked(seen) => {
                seen.into_iter().find(|seen| seen.id == id).and_then(|seen| seen.exit)
            }
            _ => None,
        })
    }

    fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let began = std::time::Instant::now();
        while !holds() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}");
            // What runs beside in the runtime must get on, too.
            self.runtime.block_on(tokio::task::yield_now());
        }
    }

    fn look(&self) -> Vec<Seen> {
        self.runtime.block_on(self.engine.look()).unwrap()
    }

    fn sandbox(&self) -> String {
        let outcome = self.run(Effect::CreateSandbox(
            OpId(1),
            Sandbox {
                identity: self.identity("", 0),
                host_network: false,
                host_pid: false,
                host_ipc: false,
                hostname: "pod".into(),
                ports: vec![],
                dns_servers: vec![],
                dns_searches: vec![],
                dns_options: vec![],
                sysctls: BTreeMap::new(),
                extra_hosts: vec!["friend:192.0.2.7".into()],
            },
        ));
        match outcome {
            Outcome::Sandbox { id, ip } => {
                assert!(ip.is_some(), "the pod has an address");
                id
            }
            other => panic!("{other:?}"),
        }
    }

    fn launch(&self, sandbox: &str, container: &str, attempt: u32, script: &str) -> Launch {
        Launch {
            identity: self.identity(container, attempt),
            sandbox: sandbox.into(),
            pid_of: None,
            share_pid: false,
            host_pid: false,
            image: BUSYBOX.into(),
            command: vec!["/bin/busybox".into(), "sh".into(), "-c".into(), script.into()],
            args: vec![],
            working_dir: String::new(),
            env: vec!["NAME=value".into()],
            user: String::new(),
            groups: vec![],
            mounts: vec![],
            termination_path: "/dev/termination-log".into(),
            termination_from_log: false,
            cpu_shares: 102,
            cpu_quota_us: 0,
            memory_bytes: 0,
            oom_score: 100,
            privileged: false,
            read_only: false,
            no_new_privileges: false,
            cap_add: vec![],
            cap_drop: vec![],
            seccomp: String::new(),
            devices: vec![],
            stdin: false,
            stdin_once: false,
            tty: false,
        }
    }

    fn start(&self, launch: Launch) -> Outcome {
        self.run(Effect::Start(OpId(1), Arc::new(launch)))
    }

    fn started(&self, launch: Launch) -> String {
        match self.start(launch) {
            Outcome::Started { id } => id,
            other => panic!("{other:?}"),
        }
    }

    fn exec(&self, id: &str, command: &[&str], timeout_ms: u64) -> (bool, String) {
        let mut words = vec!["/bin/busybox".to_owned()];
        words.extend(command.iter().map(|word| (*word).to_owned()));
        let check = Check { container: id.into(), action: Action::Exec(words), timeout_ms };
        match self.run(Effect::Check(OpId(1), check)) {
            Outcome::Checked { passed, message } => (passed, message),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_pod_lives_and_ends() {
    let mut bench = bench("lives");
    let sandbox = bench.sandbox();
    let script = "trap 'echo told > /dev/termination-log; exit 3' TERM; while :; do busybox sleep 0.1 2>/dev/null || /bin/busybox sleep 0.1; done";
    let main = bench.started(bench.launch(&sandbox, "main", 4, script));
    let seen = bench.look();
    assert_eq!(seen.len(), 2);
    let of = |id: &str| seen.iter().find(|seen| seen.id == id).unwrap().clone();
    assert_eq!(of(&main).identity, Some(bench.identity("main", 4)));
    assert!(of(&main).running && of(&sandbox).running && of(&sandbox).ip.is_some());

    let (passed, hosts) = bench.exec(&main, &["cat", "/etc/hosts"], 10_000);
    assert!(passed && hosts.contains("192.0.2.7"), "{hosts}");
    assert_eq!(bench.exec(&main, &["hostname"], 10_000), (true, "pod\n".into()));
    assert!(!bench.exec(&main, &["false"], 10_000).0);
    let (passed, late) = bench.exec(&main, &["sleep", "4242"], 300);
    assert!(!passed && late.contains("timed out"), "{late}");
    bench.until("the late command is ended", || {
        !bench.exec(&main, &["ps"], 10_000).1.contains("4242")
    });

    let stop = Effect::Stop { op: OpId(1), container: main.clone(), grace_s: 20 };
    assert!(matches!(bench.run(stop), Outcome::Done));
    let exit = bench.exit_of(&main);
    assert_eq!((exit.code, exit.oom, exit.message.as_str()), (3, false, "told\n"));
    assert!(exit.finished >= exit.started && exit.started.0 > 0);
    let found = bench.look().into_iter().find(|seen| seen.id == main).unwrap();
    assert_eq!(found.exit.map(|exit| exit.code), Some(3));
    for id in [&main, &sandbox, &main] {
        let remove = Effect::Remove { op: OpId(1), container: id.clone() };
        assert!(matches!(bench.run(remove), Outcome::Done), "also when it is gone");
    }
    assert!(bench.look().is_empty());
}

#[test]
fn what_somebody_else_starts_is_noticed() {
    let mut bench = bench("restarted");
    let sandbox = bench.sandbox();
    let main = bench.started(bench.launch(&sandbox, "main", 0, "/bin/busybox sleep 1000"));
    assert!(!bench.runtime.block_on(bench.engine.runs_other_than_held()).unwrap());
    let stop = Effect::Stop { op: OpId(1), container: main.clone(), grace_s: 0 };
    assert!(matches!(bench.run(stop), Outcome::Done));
    bench.exit_of(&main);
    assert!(!bench.runtime.block_on(bench.engine.runs_other_than_held()).unwrap());
    let docker = bench.engine.docker().unwrap();
    bench.runtime.block_on(docker.start_container(&main, None)).unwrap();
    bench.event(|event| match event {
        Event::Looked(seen) => seen.iter().find(|seen| seen.id == main && seen.running).map(|_| ()),
        _ => None,
    });
}

#[test]
fn a_probe_says_nothing_of_a_container_that_cannot_be_asked() {
    let bench = bench("unasked");
    let sandbox = bench.sandbox();
    let main = bench.started(bench.launch(&sandbox, "main", 0, "/bin/busybox sleep 1000"));
    let stop = Effect::Stop { op: OpId(1), container: main.clone(), grace_s: 0 };
    assert!(matches!(bench.run(stop), Outcome::Done));
    let action = Action::Exec(vec!["/bin/busybox".into(), "true".into()]);
    for container in [main, "no-such".into()] {
        let check = Check { container, action: action.clone(), timeout_ms: 10_000 };
        let outcome = bench.run(Effect::Check(OpId(1), check));
        assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    }
}

#[test]
fn a_half_done_attempt_is_replaced() {
    let bench = bench("half");
    let sandbox = bench.sandbox();
    let first = bench.started(bench.launch(&sandbox, "main", 0, "/bin/busybox sleep 1000"));
    let second = bench.started(bench.launch(&sandbox, "main", 0, "/bin/busybox sleep 1000"));
    assert_ne!(first, second);
    assert_eq!(bench.look().len(), 2);
}

#[test]
fn limits_and_last_words_from_the_log_hold() {
    let mut bench = bench("limits");
    let sandbox = bench.sandbox();
    // One that dies as soon as it is born dies before the engine listens for why.
    let script = "until [ -e /go ]; do sleep 0.1; done; exec /bin/busybox tail /dev/zero";
    let mut hungry = bench.launch(&sandbox, "hungry", 0, script);
    hungry.memory_bytes = 8 << 20;
    let hungry = bench.started(hungry);
    assert!(bench.exec(&hungry, &["touch", "/go"], 60_000).0);
    let exit = bench.exit_of(&hungry);
    // Podman 4.3 does not tell on control groups of version 1.
    let told = exit.oom || bench.engine.inner.podman.load(Ordering::Relaxed);
    assert!(told && exit.code != 0, "{exit:?}");

    let mut loud = bench.launch(&sandbox, "loud", 0, "echo first; echo last >&2; exit 9");
    loud.termination_from_log = true;
    loud.read_only = true;
    loud.cap_drop = vec!["ALL".into()];
    loud.no_new_privileges = true;
    loud.seccomp = "unconfined".into();
    let loud = bench.started(loud);
    let exit = bench.exit_of(&loud);
    assert_eq!(exit.code, 9);
    assert!(exit.message.contains("first\n") && exit.message.contains("last\n"), "{exit:?}");
}

#[test]
fn volumes_are_seen_inside() {
    let bench = bench("volumes");
    let sandbox = bench.sandbox();
    let file = |text: &str| agent_core::turn::File { bytes: text.as_bytes().into(), mode: 0o644 };
    let write = |text: &str| {
        let files = BTreeMap::from([("key".to_owned(), file(text))]);
        let volumes = BTreeMap::from([
            ("conf".to_owned(), VolumeContent::Files { files, in_memory: true }),
            ("work".to_owned(), VolumeContent::Empty),
        ]);
        let pod = PodVolumes { pod: bench.uid.clone(), volumes, fs_group: Some(2000) };
        let outcome = bench.run(Effect::WriteVolumes(OpId(1), pod));
        assert!(matches!(outcome, Outcome::Done), "{outcome:?}");
    };
    write("one");
    let mount = |name: &str, sub_path: &str, target: &str| Mount {
        source: MountSource::Volume { name: name.into(), sub_path: sub_path.into() },
        target: target.into(),
        read_only: name == "conf",
        propagation: String::new(),
    };
    let mut launch = bench.launch(&sandbox, "main", 0, "/bin/busybox sleep 1000");
    launch.user = "1000:1000".into();
    launch.groups = vec![2000];
    launch.mounts = vec![
        mount("conf", "", "/conf"),
        mount("work", "", "/work"),
        mount("work", "deep/er", "/deep"),
        mount("conf", "key", "/single"),
    ];
    let id = bench.started(launch);
    assert_eq!(bench.exec(&id, &["cat", "/conf/key"], 10_000), (true, "one".into()));
    assert_eq!(bench.exec(&id, &["cat", "/single"], 10_000), (true, "one".into()));
    assert!(bench.exec(&id, &["touch", "/work/mine"], 10_000).0);
    assert!(bench.exec(&id, &["test", "-d", "/work/deep/er"], 10_000).0);
    assert!(!bench.exec(&id, &["touch", "/conf/mine"], 10_000).0);
    write("two");
    assert_eq!(bench.exec(&id, &["cat", "/conf/key"], 10_000), (true, "two".into()));
    assert_eq!(bench.exec(&id, &["cat", "/single"], 10_000), (true, "one".into()));
}

#[test]
fn failures_say_what_they_are() {
    let bench = bench("failures");
    let sandbox = bench.sandbox();
    let mut launch = bench.launch(&sandbox, "main", 0, "");
    launch.command = vec!["/no/such/program".into()];
    match bench.start(launch) {
        Outcome::Failed(failure) => {
            assert_eq!(failure.kind, FailureKind::CannotRun);
            assert!(failure.container.is_some());
            assert!(failure.message.contains("/no/such/program"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    let pull = |image: &str, policy| {
        let pull = Pull { image: image.into(), policy, auths: vec![] };
        match bench.run(Effect::Pull(OpId(1), pull)) {
            Outcome::Failed(failure) => Some(failure.kind),
            _ => None,
        }
    };
    assert_eq!(pull(BUSYBOX, PullPolicy::IfNotPresent), None);
    assert_eq!(pull("not there", PullPolicy::IfNotPresent), Some(FailureKind::ImageName));
    assert_eq!(pull("localhost:1/no/such", PullPolicy::Never), Some(FailureKind::ImageNeverPull));
    let refused = pull("localhost:1/no/such", PullPolicy::IfNotPresent);
    assert_eq!(refused, Some(FailureKind::ImagePull));

    let away = Engine::new(
        NodeName::from("n"),
        "unix:///no/such.sock".into(),
        bench.engine.inner.volumes.clone(),
        Pause::of_this_executable(),
        LOG,
    );
    let failed = bench.runtime.block_on(away.connect()).unwrap_err().into_failure();
    assert_eq!(failed.kind, FailureKind::EngineAway);
}

/// A door to the engine that can be shut.
struct Door {
    path: std::path::PathBuf,
    to: String,
}

impl Door {
    /// Passes everything on until it is dropped.
    fn open(&self, runtime: &Runtime) -> tokio::task::JoinHandle<()> {
        let _entered = runtime.enter();
        let _ = std::fs::remove_file(&self.path);
        let listener = tokio::net::UnixListener::bind(&self.path).unwrap();
        let to = self.to.clone();
        tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                talks.spawn(async move {
                    let mut far = tokio::net::UnixStream::connect(to).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        })
    }
}

#[test]
fn an_engine_that_comes_back_is_looked_at_anew() {
    let mut bench = bench("away");
    let dir = tempfile::tempdir().unwrap();
    let to = bench.engine.inner.host.trim_start_matches("unix://").to_owned();
    let door = Door { path: dir.path().join("engine.sock"), to };
    let host = format!("unix://{}", door.path.display());
    let volumes = bench.engine.inner.volumes.clone();
    let pause = bench.engine.inner.pause.clone();
    let engine = Engine::new(bench.engine.inner.node.clone(), host, volumes, pause, LOG);
    let (sender, events) = mpsc::channel(64);
    bench.events = events;
    let open = door.open(&bench.runtime);
    bench.runtime.spawn(engine.clone().watch(sender.clone()));
    let looked = |event: Event| match event {
        Event::Looked(seen) => Some(seen.len()),
        Event::EngineAway(why) => panic!("{why}"),
        _ => None,
    };
    assert_eq!(bench.event(looked), 0);
    let sandbox = bench.sandbox();

    open.abort();
    std::fs::remove_file(&door.path).unwrap();
    let away = |event: Event| match event {
        Event::EngineAway(why) => Some(why),
        _ => None,
    };
    let why = bench.event(away);
    assert!(why.contains("engine.sock"), "{why}");
    assert!(engine.start(Effect::Look, &sender));
    bench.event(away);

    let stop = Effect::Stop { op: OpId(1), container: sandbox.clone(), grace_s: 0 };
    assert!(matches!(bench.run(stop), Outcome::Done));
    let open = door.open(&bench.runtime);
    let seen = bench.event(|event| match event {
        Event::Looked(seen) => Some(seen),
        _ => None,
    });
    assert_eq!(
        seen.iter().map(|seen| (seen.id.as_str(), seen.running)).collect::<Vec<_>>(),
        [(sandbox.as_str(), false)]
    );
    assert!(engine.start(Effect::Look, &sender));
    assert_eq!(bench.event(looked), 1);
    open.abort();
}
