//! How streams end: with what they were for, or with the other side; nothing of them stays.

use std::sync::atomic::AtomicUsize;

use super::*;

impl Bench {
    /// So many processes of the container have this in their command line.
    fn count(&self, hub: &Hub, what: &str) -> usize {
        let (said, end) = self.all(&mut self.ask(hub, "ps -o args", OUT));
        assert_eq!(end, End::Exit(0));
        said.text().0.lines().filter(|line| line.contains(what)).count()
    }
}

/// A way to the engine that counts who is on it.
fn counted(bench: &Bench, dir: &std::path::Path) -> (Engine, Arc<AtomicUsize>) {
    let path = dir.join("engine.sock");
    let to = bench.engine.inner.host.trim_start_matches("unix://").to_owned();
    let count = Arc::new(AtomicUsize::new(0));
    let ours = Arc::clone(&count);
    let _entered = bench.runtime.enter();
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (to, count) = (to.clone(), Arc::clone(&ours));
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let far = tokio::net::UnixStream::connect(to).await.unwrap();
                let ((mut a, mut b), (mut c, mut d)) = (near.into_split(), far.into_split());
                tokio::select! {
                    _ = tokio::io::copy(&mut a, &mut d) => {}
                    _ = tokio::io::copy(&mut c, &mut b) => {}
                }
                count.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
    let inner = &bench.engine.inner;
    let host = format!("unix://{}", path.display());
    let (volumes, pause) = (inner.volumes.clone(), inner.pause.clone());
    let engine = Engine::new(inner.node.clone(), host, volumes, pause, LOG);
    bench.runtime.block_on(engine.connect()).unwrap();
    (engine, count)
}

#[test]
fn whoever_goes_leaves_nothing_open() {
    let bench = bench("open");
    let dir = tempfile::tempdir().unwrap();
    let (engine, count) = counted(&bench, dir.path());
    let (node, asked) = Hub::serving();
    let hub = Hub::opening(1);
    let (ours, theirs) = (hub.clone(), node.clone());
    bench.runtime.spawn(crate::runtime::streams::serve(engine, asked));
    bench.runtime.spawn(async move { bridge(&ours, &theirs).await });
    let sandbox = bench.sandbox();
    let mut launch = bench.launch(&sandbox, "main", 0, "nc -l -p 7000 -e cat & sleep 1000");
    launch.stdin = true;
    bench.started(launch);
    let follow = LogOptions { follow: true, ..LogOptions::default() };
    let command = ["/bin/busybox", "sh", "-c", "sleep 4711"].map(Into::into).to_vec();
    let target = || bench.target("main");
    let tty = Streams { tty: true, ..ALL };
    let opens = [
        Open::Logs(target(), follow),
        Open::Exec { target: target(), command: command.clone(), streams: OUT },
        Open::Exec { target: target(), command, streams: tty },
        Open::Attach(target(), ALL),
    ];
    for _ in 0..3 {
        let mut ports: Vec<Port> = opens.iter().map(|o| hub.open(o.clone()).unwrap()).collect();
        for port in &mut ports {
            let opened = bench.runtime.block_on(heard(port));
            assert_eq!(opened, Incoming::Opened);
        }
        assert!(count.load(Ordering::Relaxed) >= ports.len());
        drop(ports);
        bench.until("nothing is open", || node.is_empty() && count.load(Ordering::Relaxed) == 0);
        bench.until("no command stays", || bench.count(&hub, "sleep 4711") == 0);
    }
    // The container is as it was.
    assert_eq!(bench.count(&hub, "sleep 1000"), 1);
}

#[test]
fn a_command_that_nobody_waits_for_does_not_stay_either() {
    let bench = bench("early");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    bench.script(&sandbox, 0, "sleep 1000");
    // Let go of at every stage of its beginning.
    for turns in 0..60 {
        let port = bench.ask(&hub, "exec sleep 4712", Streams { tty: turns % 2 == 0, ..ALL });
        bench.runtime.block_on(async {
            for _ in 0..turns {
                let next = tokio::time::timeout(Duration::from_millis(1), port.sender.ended());
                assert!(next.await.is_err());
            }
        });
    }
    bench.until("all of them end", || hub.is_empty() && bench.count(&hub, "sleep 4712") == 0);
    assert_eq!(bench.count(&hub, "sleep 1000"), 1);
}

#[test]
fn what_is_typed_reaches_a_terminal_whatever_it_is() {
    let bench = bench("typed");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let script = "stty raw -echo; echo ready; head -c 6 | od -An -tx1";
    let mut launch =
        bench.launch(&sandbox, "main", 0, &format!("read x; stty size; read x; {script}"));
    (launch.stdin, launch.tty) = (true, true);
    bench.started(launch);
    let tty = Streams { tty: true, ..ALL };
    let check = |mut port: Port, want: End| {
        bench.until_said(&mut port, b"ready");
        for key in b"\x10\x11ab\x10\x11" {
            bench.runtime.block_on(port.sender.send(STDIN, &[*key])).unwrap();
        }
        let (said, end) = bench.all(&mut port);
        let (out, _) = said.text();
        assert!(out.contains("10 11 61 62 10 11"), "{out}");
        assert_eq!(end, want);
    };
    // A terminal has no end of its input.
    let port = bench.ask(&hub, &format!("{script}; exit 5"), tty);
    port.sender.clone().close(STDIN).unwrap();
    check(port, End::Exit(5));
    let mut port = hub.open(Open::Attach(bench.target("main"), tty)).unwrap();
    bench.runtime.block_on(async {
        let size = Size { columns: 77, rows: 22 };
        port.sender.send(RESIZE, &size.to_bytes()).await.unwrap();
        port.sender.send(STDIN, b"go\n").await.unwrap();
    });
    bench.until_said(&mut port, b"22 77");
    bench.runtime.block_on(port.sender.send(STDIN, b"go\n")).unwrap();
    check(port, End::Done);
}

#[test]
fn input_that_is_taken_once_ends_with_the_first_who_gives_it() {
    let mut bench = bench("once");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let mut launch = bench.launch(&sandbox, "main", 0, "cat; echo done");
    (launch.stdin, launch.stdin_once) = (true, true);
    let id = bench.started(launch);
    let mut port = hub.open(Open::Attach(bench.target("main"), ALL)).unwrap();
    bench.runtime.block_on(port.sender.send(STDIN, b"given\n")).unwrap();
    port.sender.close(STDIN).unwrap();
    let (said, end) = bench.all(&mut port);
    assert_eq!((said.text().0.as_str(), end), ("given\ndone\n", End::Done));
    assert_eq!(bench.exit_of(&id).code, 0);
}

#[test]
fn commands_that_are_none_are_refused() {
    let bench = bench("refused");
    let hub = bench.controller();
    let ask = |command: Vec<String>| {
        let open = Open::Exec { target: bench.target("main"), command, streams: OUT };
        failure(bench.all(&mut hub.open(open).unwrap()).1)
    };
    for (command, want) in [
        (vec![], "at least one command"),
        (vec![String::new()], "at least one command"),
        (vec!["echo".into(), "x".repeat(150_000)], "too long: 2 arguments of 150006 bytes"),
        (vec!["x".into(); 5_000], "too long: 5000 arguments"),
        (vec!["echo".into(), "a\0b".into()], "zero byte"),
    ] {
        let refused = ask(command);
        assert_eq!(refused.reason, Reason::BadRequest);
        assert!(refused.message.contains(want), "{refused:?}");
    }
}

#[test]
fn an_engine_that_is_away_is_told_of() {
    let bench = bench("gone");
    let (volumes, pause) = (bench.engine.inner.volumes.clone(), bench.engine.inner.pause.clone());
    let host = "unix:///no/such.sock".to_owned();
    let engine = Engine::new(NodeName::from("n"), host, volumes, pause, LOG);
    let (node, asked) = Hub::serving();
    let hub = Hub::opening(1);
    let ours = hub.clone();
    bench.runtime.spawn(crate::runtime::streams::serve(engine, asked));
    bench.runtime.spawn(async move { bridge(&ours, &node).await });
    for open in [
        Open::Logs(bench.target("main"), LogOptions::default()),
        Open::Exec { target: bench.target("main"), command: vec!["x".into()], streams: OUT },
        Open::Attach(bench.target("main"), OUT),
        Open::Port(bench.target(""), 80),
    ] {
        let away = failure(bench.all(&mut hub.open(open).unwrap()).1);
        assert_eq!(away.reason, Reason::Unavailable);
        assert!(away.message.contains("container engine"), "{away:?}");
    }
}
