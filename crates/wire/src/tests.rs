//! Every message travels and comes back; golden files hold the form still.
//!
//! A new message or field: add it to [`downs`], [`ups`] or [`pieces`] with a new name, run the tests with `GOLDEN=write`, and commit
//! the new file. A golden file that exists is never changed: nodes in the field speak it.

use std::path::PathBuf;
use std::sync::Arc;

use model::message::{Hello, Refused, Welcome, WhyRefused};
use model::orders::{Delta, Item, ItemKey, ItemKind, Manifest};
use model::report::{
    ContainerUsage, HoldReport, Holder, NodeEvent, NodeFacts, NodeUsage, PodReport, Report, Traffic,
};
use model::status::{Condition, ContainerState, ContainerStatus, Phase, PodStatus, Terminated};
use model::trust::{Announcement, PublicKey, TrustedKeys};
use model::{Generation, Hash, Millis};

use super::*;

fn item(kind: ItemKind, name: &str, body: &str) -> Item {
    Item { key: ItemKey { kind, name: name.into() }, body: Arc::from(body.as_bytes()) }
}

fn downs() -> Vec<(&'static str, Down)> {
    let manifest = Manifest {
        node: "edge-1".into(),
        generation: Generation(42),
        root: Hash::of(b"root"),
        made: Millis(5),
    };
    let volumes = manifest.clone();
    let long = format!(r#"{{"data":{{"text":"{}"}}}}"#, "driftless ".repeat(50));
    vec![
        (
            "welcome",
            Down::Welcome(Welcome {
                instance: 7,
                time: Millis(1_795_438_079_000),
                generation: Generation(42),
                keys: vec![],
            }),
        ),
        (
            "welcome-keys",
            Down::Welcome(Welcome {
                instance: 7,
                time: Millis(1_795_438_079_000),
                generation: Generation(42),
                keys: vec![Announcement {
                    keys: TrustedKeys {
                        fleet: "f1".into(),
                        serial: 2,
                        keys: vec![PublicKey([1; 32]), PublicKey([2; 32])],
                    },
                    signature: vec![3; 64],
                }],
            }),
        ),
        (
            "orders",
            Down::Orders(Delta {
                manifest,
                signature: vec![1, 2, 3],
                base: Generation(41),
                put: vec![
                    item(ItemKind::Pod, "default/web/u1", r#"{"spec":{}}"#),
                    item(ItemKind::ConfigMap, "default/cm", &long),
                ],
                drop: vec![ItemKey { kind: ItemKind::Secret, name: "default/s".into() }],
            }),
        ),
        (
            "orders-volume",
            Down::Orders(Delta {
                manifest: volumes,
                signature: vec![],
                base: Generation(0),
                put: vec![item(
                    ItemKind::Volume,
                    "pvc-1",
                    r#"{"claim":"default/data","uid":"v1"}"#,
                )],
                drop: vec![],
            }),
        ),
        ("report-taken", Down::ReportTaken { boot: 3, sequence: 9 }),
        ("who-are-you", Down::WhoAreYou),
    ]
}

fn status() -> PodStatus {
    let ended = Terminated {
        exit_code: 137,
        reason: "OOMKilled".into(),
        message: "last words".into(),
        started: Millis(1),
        finished: Millis(2),
        container_id: "docker://a".into(),
    };
    let container = |name: &str, state| ContainerStatus {
        name: name.into(),
        state,
        last: Some(ended.clone()),
        ready: true,
        started: Some(false),
        restarts: 4,
        image: "app:1".into(),
        image_id: "sha256:1".into(),
        container_id: "docker://b".into(),
    };
    PodStatus {
        phase: Phase::Running,
        reason: "r".into(),
        message: "m".into(),
        pod_ip: Some("172.17.0.2".into()),
        host_ip: Some("10.0.0.1".into()),
        started: Some(Millis(9)),
        conditions: vec![Condition {
            kind: "Ready".into(),
            status: true,
            since: Millis(3),
            ..empty_condition()
        }],
        init_containers: vec![container("init", ContainerState::Terminated(ended.clone()))],
        containers: vec![
            container("web", ContainerState::Running { since: Millis(4) }),
            container(
                "side",
                ContainerState::Waiting {
                    reason: "CrashLoopBackOff".into(),
                    message: "back-off 10s".into(),
                },
            ),
        ],
        ephemeral_containers: vec![],
    }
}

fn empty_condition() -> Condition {
    Condition {
        kind: String::new(),
        status: false,
        since: Millis(0),
        reason: String::new(),
        message: String::new(),
    }
}

/// A report with everything in it.
fn whole() -> Report {
    Report {
        boot: 3,
        sequence: 9,
        at: Millis(1_795_438_079_000),
        held: Generation(42),
        pods: vec![PodReport {
            uid: "u1".into(),
            namespace: "default".into(),
            name: "web".into(),
            status: status(),
        }],
        gone: vec!["u0".into()],
        whole: true,
        facts: Some(NodeFacts {
            architecture: "arm64".into(),
            addresses: vec!["10.0.0.1".into()],
            cpu_milli: 4000,
            images: vec![(vec!["app:1".into()], 1000)],
            not_ready: Some(("ContainerEngineNotReady".into(), "away".into())),
            ..NodeFacts::default()
        }),
        usage: Some(NodeUsage {
            at: Millis(8),
            cpu_milli: 12,
            temperature_milli: Some(45_000),
            containers: vec![ContainerUsage {
                pod: "u1".into(),
                container: "web".into(),
                cpu_milli: 1,
                memory_bytes: 2,
            }],
            ..NodeUsage::default()
        }),
        events: vec![NodeEvent {
            at: Millis(7),
            pod: Some("u1".into()),
            container: "web".into(),
            warning: true,
            reason: "BackOff".into(),
            message: "Back-off".into(),
            count: 2,
        }],
        dropped: 5,
        refused: 0,
        holds: None,
        traffic: None,
    }
}

/// Reports that say little but one thing.
fn reports() -> Vec<(&'static str, Report)> {
    let heartbeat = Report {
        boot: 3,
        sequence: 10,
        at: Millis(1_795_438_079_000),
        held: Generation(42),
        ..Report::default()
    };
    let debugged = PodStatus {
        ephemeral_containers: status().init_containers,
        init_containers: vec![],
        ..status()
    };
    let debugged = PodReport {
        uid: "u1".into(),
        namespace: "default".into(),
        name: "web".into(),
        status: debugged,
    };
    let debugged = Report { pods: vec![debugged], ..heartbeat.clone() };
    let refusing = Report { refused: 6, ..heartbeat.clone() };
    let hold = HoldReport {
        pod: "u1".into(),
        name: "d/web".into(),
        by: Holder::Workload,
        reason: "filling".into(),
        since: Millis(5),
        until: Millis(9),
        waiting: true,
    };
    let holding = Report { holds: Some(vec![hold]), ..heartbeat.clone() };
    let traffic = Traffic {
        sent: [1, 2, 3, 4, 500],
        received: [0, 70_000, 0, 0, 9],
        stored: 4096,
        month: 202_611,
        month_bytes: 71_000,
        capped: true,
    };
    let metering = Report { traffic: Some(traffic), ..heartbeat.clone() };
    let holding_nothing = Report { holds: Some(Vec::new()), ..heartbeat.clone() };
    vec![
        ("report", whole()),
        ("report-refused", refusing),
        ("report-traffic", metering),
        ("report-holds", holding),
        ("report-holds-none", holding_nothing),
        ("report-ephemeral", debugged),
        ("heartbeat", heartbeat),
    ]
}

fn ups() -> Vec<(&'static str, Up)> {
    let refused = Refused {
        generation: Generation(43),
        why: WhyRefused::WrongBase,
        held: Generation(42),
        items: vec![(
            ItemKey { kind: ItemKind::Pod, name: "default/web/u1".into() },
            Hash::of(b"x"),
        )],
    };
    let hello = Hello {
        boot: 3,
        session: 2,
        held: Generation(42),
        root: Hash::of(b"root"),
        version: "0.1.0".into(),
        labels: vec![("site".into(), "north".into())],
        instance: 7,
        keys: 0,
        sealing: None,
    };
    let known = Hello { keys: 3, sealing: Some(PublicKey([4; 32])), ..hello.clone() };
    let mut all = vec![
        ("hello", Up::Hello(hello)),
        ("hello-keys", Up::Hello(known)),
        ("taken", Up::Taken { generation: Generation(42) }),
        ("refused", Up::Refused(refused)),
        ("bye", Up::Bye),
    ];
    all.extend(reports().into_iter().map(|(name, report)| (name, Up::Report(Box::new(report)))));
    all
}

/// The forms that pieces of large messages travel in, see [`chunk`].
fn pieces() -> Vec<(&'static str, Vec<u8>)> {
    let piece = v1::Piece {
        total: 9,
        ask: 2,
        index: 3,
        bytes: vec![7, 8, 9].into(),
        ..v1::Piece::of(&Hash::of(b"whole"))
    };
    let have = v1::Have { hash: v1::bytes(&Hash::of(b"whole")), ask: 2, next: 4 };
    vec![("piece", encode_small(v1::PIECE, &piece)), ("have", encode_small(v1::HAVE, &have))]
}

pub(crate) fn golden(name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("v1-{name}.bin"));
    if std::env::var_os("GOLDEN").is_some() && !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    std::fs::read(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; see the head of this file", path.display()))
}

/// Compression may change with the library; what it holds may not.
pub(crate) fn unpacked(bytes: &[u8]) -> (u8, Vec<u8>) {
    let (kind, body) = open(bytes, DOWN_MAX).unwrap();
    (kind, body.into_owned())
}

#[test]
fn messages_travel_and_golden_files_are_read() {
    for (name, message) in downs() {
        let bytes = encode_down(&message).unwrap();
        assert_eq!(decode_down(&bytes).unwrap(), message);
        let golden = golden(name, &bytes);
        assert_eq!(decode_down(&golden).unwrap(), message, "{name}");
        assert_eq!(unpacked(&bytes), unpacked(&golden), "{name}");
    }
    for (name, message) in ups() {
        let bytes = encode_up(&message).unwrap();
        assert_eq!(decode_up(&bytes).unwrap(), message);
        let golden = golden(name, &bytes);
        assert_eq!(decode_up(&golden).unwrap(), message, "{name}");
        assert_eq!(unpacked(&bytes), unpacked(&golden), "{name}");
    }
    for (name, bytes) in pieces() {
        assert_eq!(bytes, golden(name, &bytes), "{name}");
    }
}

#[test]
fn small_messages_are_small() {
    let size = |name: &str| {
        let up =
            ups().into_iter().find(|(n, _)| *n == name).map(|(_, m)| encode_up(&m).unwrap().len());
        up.or_else(|| {
            downs()
                .into_iter()
                .find(|(n, _)| *n == name)
                .map(|(_, m)| encode_down(&m).unwrap().len())
        })
        .unwrap()
    };
    for (name, max) in [
        ("hello", 150),
        ("hello-keys", 190),
        ("heartbeat", 40),
        ("report-taken", 20),
        ("welcome", 40),
        ("taken", 20),
    ] {
        assert!(size(name) <= max, "{name}: {} bytes", size(name));
    }
}

#[test]
fn what_a_newer_side_adds_is_passed_over() {
    // {0: 42, 7: "new"} as the body of Taken.
    let body = [0xa2, 0x00, 0x18, 42, 0x07, 0x63, b'n', b'e', b'w'];
    let bytes = [&[VERSION, 0, v1::TAKEN][..], &body].concat();
    assert_eq!(decode_up(&bytes).unwrap(), Up::Taken { generation: Generation(42) });
    assert!(matches!(decode_up(&[2, 0, v1::TAKEN]), Err(WireError::Version(2))));
    assert!(matches!(decode_up(&[1, 0, 99]), Err(WireError::Kind(99))));
    assert!(matches!(decode_down(&encode_up(&Up::Bye).unwrap()), Err(WireError::Kind(_))));
}

#[test]
fn a_bomb_is_refused() {
    let bomb = zstd::bulk::compress(&vec![0u8; UP_MAX + 1], 3).unwrap();
    let bytes = [&[VERSION, FLAG_ZSTD, v1::REPORT][..], &bomb].concat();
    assert!(matches!(decode_up(&bytes), Err(WireError::TooLarge { max: UP_MAX })));
    // Ten million empty pods: a few bytes on the way, ten megabytes unpacked, gigabytes once read.
    let mut pods = vec![0xa1, 0x04, 0x9a, 0, 0x98, 0x96, 0x80];
    pods.resize(pods.len() + 10_000_000, 0xa0);
    let bomb = zstd::bulk::compress(&pods, 3).unwrap();
    let bytes = [&[VERSION, FLAG_ZSTD, v1::REPORT][..], &bomb].concat();
    assert!(bytes.len() < 2000 && matches!(decode_up(&bytes), Err(WireError::Body(_))));
}

#[test]
fn what_the_other_side_would_refuse_is_not_sent() {
    let huge = item(ItemKind::ConfigMap, "default/cm", &"x".repeat(DOWN_MAX));
    let Some((_, Down::Orders(orders))) = downs().into_iter().find(|(n, _)| *n == "orders") else {
        panic!("orders are among the messages");
    };
    let huge = Down::Orders(Delta { put: vec![huge], ..orders });
    assert!(matches!(encode_down(&huge), Err(WireError::TooLarge { max: DOWN_MAX })));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), kind in 0u8..40) {
        let _ = (decode_up(&bytes), decode_down(&bytes));
        let framed = [&[VERSION, bytes.first().copied().unwrap_or(0) & 1, kind][..], &bytes].concat();
        let _ = (decode_up(&framed), decode_down(&framed));
    }

    #[test]
    fn damaged_messages_are_answered(which in 0usize..100, at in 0usize..2000, byte in proptest::num::u8::ANY) {
        let mut all: Vec<Vec<u8>> = ups().iter().map(|(_, m)| encode_up(m).unwrap()).collect();
        all.extend(downs().iter().map(|(_, m)| encode_down(m).unwrap()));
        let which = which % all.len();
        let bytes = &mut all[which];
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = (decode_up(bytes), decode_down(bytes));
        bytes.truncate(at);
        let _ = (decode_up(bytes), decode_down(bytes));
    }
}
