//! Streams on a real engine, as the controller would ask for them.

use wire::stream::{
    End, Failure, Hub, Incoming, LogOptions, Open, Port, RESIZE, Reason, STDERR, STDIN, STDOUT,
    Size, Streams, Target, bridge,
};

use super::*;

mod ends;
mod logs;

/// What came of a stream, by channel.
#[derive(Debug, Default, PartialEq)]
struct Said {
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Said {
    fn text(&self) -> (String, String) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&self.out), text(&self.err))
    }
}

impl Bench {
    /// A hub in the controller's place.
    fn controller(&self) -> Hub {
        let (node, asked) = Hub::serving();
        let controller = Hub::opening(1);
        let ours = controller.clone();
        self.runtime.spawn(crate::runtime::streams::serve(self.engine.clone(), asked));
        self.runtime.spawn(async move { bridge(&ours, &node).await });
        controller
    }

    fn target(&self, container: &str) -> Target {
        Target {
            namespace: "default".into(),
            pod: "pod".into(),
            uid: self.uid.as_str().into(),
            container: container.into(),
        }
    }

    fn script(&self, sandbox: &str, attempt: u32, script: &str) -> String {
        self.started(self.launch(sandbox, "main", attempt, script))
    }

    fn until_said(&self, port: &mut Port, want: &[u8]) {
        let mut out = Vec::new();
        self.runtime.block_on(async {
            while !out.windows(want.len()).any(|w| w == want) {
                match heard(port).await {
                    Incoming::Data(STDOUT, bytes) => out.extend(bytes),
                    Incoming::Opened => {}
                    other => panic!("{other:?} after {:?}", String::from_utf8_lossy(&out)),
                }
            }
        });
    }

    /// Everything that a stream says, and its end.
    fn all(&self, port: &mut Port) -> (Said, End) {
        let mut said = Said::default();
        self.runtime.block_on(async {
            loop {
                match heard(port).await {
                    Incoming::Data(STDERR, bytes) => said.err.extend(bytes),
                    Incoming::Data(_, bytes) => said.out.extend(bytes),
                    Incoming::Opened | Incoming::Close(_) => {}
                    Incoming::End(end) => return (said, end),
                }
            }
        })
    }

    fn logs(&self, hub: &Hub, options: LogOptions) -> Vec<u8> {
        let mut port = hub.open(Open::Logs(self.target("main"), options)).unwrap();
        let (said, end) = self.all(&mut port);
        assert_eq!(end, End::Done);
        said.out
    }

    fn ask(&self, hub: &Hub, script: &str, streams: Streams) -> Port {
        let command = ["/bin/busybox", "sh", "-c", script].map(Into::into).to_vec();
        hub.open(Open::Exec { target: self.target("main"), command, streams }).unwrap()
    }
}

async fn heard(port: &mut Port) -> Incoming {
    let next = tokio::time::timeout(Duration::from_secs(60), port.receiver.recv()).await;
    next.expect("something comes").expect("before the end")
}

const OUT: Streams = Streams { stdin: false, stdout: true, stderr: true, tty: false };
const ALL: Streams = Streams { stdin: true, ..OUT };

fn failure(end: End) -> Failure {
    match end {
        End::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_are_talked_to_and_end_as_they_end() {
    let bench = bench("commands");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    bench.script(&sandbox, 0, "sleep 1000");
    let end = |script: &str| {
        let (said, end) = bench.all(&mut bench.ask(&hub, script, OUT));
        (said.text(), end)
    };
    let text = |out: &str, err: &str| (out.to_owned(), err.to_owned());
    assert_eq!(end("echo out; echo err >&2"), (text("out\n", "err\n"), End::Exit(0)));
    assert_eq!(end("exit 7"), (text("", ""), End::Exit(7)));
    let (said, code) = end("nosuch");
    assert!(said.1.contains("not found") && code == End::Exit(127), "{said:?} {code:?}");
    // Its input ends where the other side's does; whatever was said comes back.
    let mut port = bench.ask(&hub, "cat; echo; echo done", ALL);
    let sender = port.sender.clone();
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n % 256) as u8).collect();
    let said = bytes.clone();
    bench.runtime.spawn(async move {
        sender.send(STDIN, &said).await.unwrap();
        sender.close(STDIN).unwrap();
    });
    let (said, code) = bench.all(&mut port);
    assert!(said.out == [bytes.as_slice(), b"\ndone\n"].concat(), "{} bytes", said.out.len());
    assert_eq!(code, End::Exit(0));
    // A terminal has a size, and one output.
    let mut port = bench.ask(&hub, "read x; stty size; echo err >&2", Streams { tty: true, ..ALL });
    bench.runtime.block_on(async {
        port.sender.send(RESIZE, &Size { columns: 101, rows: 33 }.to_bytes()).await.unwrap();
        port.sender.send(STDIN, b"go\n").await.unwrap();
    });
    let (said, code) = bench.all(&mut port);
    let (out, err) = said.text();
    assert!(out.contains("33 101") && out.contains("err") && err.is_empty(), "{out:?}");
    assert_eq!(code, End::Exit(0));
    // What cannot be: no such program, no such container.
    let command = vec!["/no/such/program".to_owned()];
    let open = Open::Exec { target: bench.target("main"), command, streams: OUT };
    let (said, code) = bench.all(&mut hub.open(open).unwrap());
    let told = format!("{:?} {code:?}", said.text());
    assert!(told.contains("no such file") && code != End::Exit(0), "{told}");
    let command = vec!["x".to_owned()];
    let open = Open::Exec { target: bench.target("other"), command, streams: OUT };
    let none = failure(bench.all(&mut hub.open(open).unwrap()).1);
    assert_eq!(none.message, "container not found (\"other\")");
}

#[test]
fn a_command_whose_stream_is_gone_does_not_stay() {
    let bench = bench("abandoned");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    bench.script(&sandbox, 0, "sleep 1000");
    let mut port = bench.ask(&hub, "echo begun; exec sleep 4321", OUT);
    bench.until_said(&mut port, b"begun\n");
    drop(port);
    bench.until("the command ends", || {
        let mut list = bench.ask(&hub, "ps | grep -c '[s]leep 4321'", OUT);
        bench.all(&mut list).0.out == b"0\n"
    });
    assert!(hub.is_empty());
}

#[test]
fn a_slow_reader_holds_up_nobody_and_gets_it_all() {
    let bench = bench("slow");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    bench.script(&sandbox, 0, "sleep 1000");
    let mut slow = bench.ask(&hub, "head -c 20000000 /dev/zero", OUT);
    // Nobody takes what the first one says; others come and go.
    for _ in 0..3 {
        let (said, end) = bench.all(&mut bench.ask(&hub, "echo quick", OUT));
        assert_eq!((said.out.as_slice(), end), (b"quick\n".as_slice(), End::Exit(0)));
    }
    // Nor is it kept anywhere: it has to wait itself.
    let mut list = bench.ask(&hub, "ps -o args | grep -c '[h]ead -c 20000000'", OUT);
    assert_ne!(bench.all(&mut list).0.out, b"0\n");
    let (said, end) = bench.all(&mut slow);
    assert_eq!((said.out.len(), end), (20_000_000, End::Exit(0)));
}

#[test]
fn one_attaches_to_what_runs_and_leaves_it_running() {
    let mut bench = bench("attach");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let script = "while read x; do echo \"got $x\"; [ $x = end ] && exit 0; done; exit 1";
    let mut launch = bench.launch(&sandbox, "main", 0, script);
    launch.stdin = true;
    let id = bench.started(launch);
    for line in ["one", "two"] {
        let mut port = hub.open(Open::Attach(bench.target("main"), ALL)).unwrap();
        bench.runtime.block_on(async {
            port.sender.send(STDIN, format!("{line}\n").as_bytes()).await.unwrap();
        });
        bench.until_said(&mut port, format!("got {line}\n").as_bytes());
    }
    let mut port = hub.open(Open::Attach(bench.target("main"), ALL)).unwrap();
    bench.runtime.block_on(async {
        port.sender.send(STDIN, b"end\n").await.unwrap();
        // That is our end, not the container's.
        port.sender.close(STDIN).unwrap();
    });
    let (said, end) = bench.all(&mut port);
    assert_eq!((said.out.as_slice(), end), (b"got end\n".as_slice(), End::Done));
    assert_eq!(bench.exit_of(&id).code, 0);
}

#[test]
fn ports_are_reached_inside_the_pod() {
    let bench = bench("ports");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let script =
        "mkdir /w; echo page > /w/p; httpd -p 127.0.0.1:7002 -h /w; exec nc -ll -p 7000 -e cat";
    bench.script(&sandbox, 0, script);
    let open = |number| hub.open(Open::Port(bench.target(""), number)).unwrap();
    let mut refused = open(7001);
    let none = failure(bench.all(&mut refused).1);
    let refused = "error forwarding port 7001 to pod pod_default, uid uid-ports: failed to connect to localhost:7001 \
        inside namespace, IPv4: dial tcp4 127.0.0.1:7001: connect: connection refused IPv6: dial tcp6";
    assert!(none.message.starts_with(refused), "{none:?}");
    let bytes: Vec<u8> = (0..300_000u32).map(|n| (n % 253) as u8).collect();
    let mut said = Said::default();
    bench.until("somebody listens", || {
        let mut port = open(7000);
        let (sender, some) = (port.sender.clone(), bytes.clone());
        bench.runtime.spawn(async move {
            if sender.send(STDIN, &some).await.is_ok() {
                let _ = sender.close(STDIN);
            }
        });
        let (got, end) = bench.all(&mut port);
        let there = end == End::Done;
        said = got;
        there
    });
    assert!(said.out == bytes, "{} bytes", said.out.len());
    // One that nobody outside of the pod can reach; it ends first.
    let mut port = open(7002);
    bench.runtime.block_on(port.sender.send(STDIN, b"GET /p HTTP/1.0\r\n\r\n")).unwrap();
    bench.until_said(&mut port, b"page\n");
    bench.runtime.block_on(async {
        while heard(&mut port).await != Incoming::Close(STDOUT) {}
        port.sender.close(STDIN).unwrap();
        assert_eq!(heard(&mut port).await, Incoming::End(End::Done));
    });
}
