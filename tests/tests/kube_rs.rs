//! kube-rs drives it: typed objects, every kind of patch, watches that resume, a reflector's cache, logs, commands and ports.

#![expect(clippy::unwrap_used, reason = "tests, and what they call")]

use std::collections::BTreeSet;
use std::time::Duration;

use driftless_tests::{BUSYBOX, Fleet, PATIENCE};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{
    AttachParams, DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams, WatchParams,
};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::WatchEvent;
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kube::{Api, Client, Config, ResourceExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

async fn client(fleet: &Fleet) -> Client {
    let kubeconfig = Kubeconfig::read_from(fleet.kubeconfig()).unwrap();
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
    Client::try_from(config).unwrap()
}

fn config_map(name: &str, value: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"k": value}})).unwrap()
}

fn pod(name: &str, script: &str) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{"name": "c", "image": BUSYBOX, "command": ["sh", "-c", script]}],
        },
    }))
    .unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn objects_are_made_patched_watched_and_cached() {
    let fleet = Fleet::start(0);
    runtime().block_on(async {
        let client = client(&fleet).await;
        patches(client.clone()).await;
        watches_resume(client.clone()).await;
        a_cache_follows(client).await;
    });
}

async fn patches(client: Client) {
    let all: Api<Deployment> = Api::default_namespaced(client);
    let doc = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": "web:1", "env": [{"name": "A", "value": "1"}]}]},
            },
        },
    });
    let applier = PatchParams::apply("one");
    let made = all.patch("web", &applier, &Patch::Apply(&doc)).await.unwrap();
    assert_eq!(made.spec.as_ref().unwrap().replicas, Some(2));
    let image = |d: &Deployment| {
        d.spec.as_ref().unwrap().template.spec.as_ref().unwrap().containers[0].image.clone()
    };
    // Applying the same again changes nothing; its status may have been told meanwhile.
    let again = all.patch("web", &applier, &Patch::Apply(&doc)).await.unwrap();
    assert_eq!(again.metadata.generation, made.metadata.generation);
    assert_eq!(again.metadata.managed_fields, made.metadata.managed_fields);
    let merge = Patch::Merge(json!({"spec": {"replicas": 3}}));
    let merged = all.patch("web", &PatchParams::default(), &merge).await.unwrap();
    assert_eq!(merged.spec.as_ref().unwrap().replicas, Some(3));
    let strategic =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "web:2"}]}}}});
    let strategic = Patch::Strategic(strategic);
    let patched = all.patch("web", &PatchParams::default(), &strategic).await.unwrap();
    assert_eq!(image(&patched).as_deref(), Some("web:2"));
    let env =
        patched.spec.as_ref().unwrap().template.spec.as_ref().unwrap().containers[0].env.clone();
    assert_eq!(env.unwrap()[0].name, "A", "lists merge by their keys");
    let rows: kube::api::ObjectList<Deployment> =
        all.list(&ListParams::default().limit(1)).await.unwrap();
    assert_eq!(rows.items.len(), 1);
    let scaled = all
        .patch_scale(
            "web",
            &PatchParams::default(),
            &Patch::Merge(json!({"spec": {"replicas": 1}})),
        )
        .await
        .unwrap();
    assert_eq!(scaled.spec.unwrap().replicas, Some(1));
    // A stale update is refused with the reason that clients look for.
    let mut stale = made;
    stale.labels_mut().insert("x".into(), "y".into());
    let refused = all.replace("web", &PostParams::default(), &stale).await.unwrap_err();
    let kube::Error::Api(status) = refused else { panic!("{refused}") };
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
    all.delete("web", &DeleteParams::default()).await.unwrap();
}

/// A watch that is cut goes on where it was: nothing is missed, nothing comes twice.
async fn watches_resume(client: Client) {
    let all: Api<ConfigMap> = Api::default_namespaced(client);
    let from = all.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let mut seen = Vec::new();
    let mut version = from;
    for n in 0..6 {
        let name = format!("cm-{n}");
        all.create(&PostParams::default(), &config_map(&name, "1")).await.unwrap();
        if n % 3 != 2 {
            continue;
        }
        let watch = all.watch(&WatchParams::default().timeout(60), &version).await.unwrap();
        let mut watch = watch.boxed();
        while seen.last() != Some(&name) {
            let event = timeout(PATIENCE, watch.try_next()).await.unwrap().unwrap().unwrap();
            let WatchEvent::Added(cm) = event else { continue };
            version = cm.resource_version().unwrap();
            seen.push(cm.name_any());
        }
    }
    assert_eq!(seen, (0..6).map(|n| format!("cm-{n}")).collect::<Vec<_>>());
    // One that begins too far back is told so, and begins anew.
    let stale = all.watch(&WatchParams::default().timeout(5), "1").await.unwrap();
    let first = timeout(PATIENCE, stale.boxed().try_next()).await.unwrap().unwrap();
    assert!(
        matches!(&first, Some(WatchEvent::Error(e)) if e.code == 410)
            || matches!(&first, Some(WatchEvent::Added(_))),
        "{first:?}"
    );
    all.delete_collection(&DeleteParams::default(), &ListParams::default()).await.unwrap();
}

async fn a_cache_follows(client: Client) {
    let all: Api<ConfigMap> = Api::default_namespaced(client);
    for streaming in [false, true] {
        let (cache, writer) = reflector::store();
        let config = watcher::Config::default().labels("app=cached");
        let config = if streaming { config.streaming_lists() } else { config };
        let events = reflector(writer, watcher(all.clone(), config)).applied_objects();
        let following = tokio::spawn(events.for_each(|_| futures::future::ready(())));
        timeout(PATIENCE, cache.wait_until_ready()).await.unwrap().unwrap();
        for n in 0..3 {
            let mut cm = config_map(&format!("cached-{n}"), "1");
            cm.labels_mut().insert("app".into(), "cached".into());
            all.create(&PostParams::default(), &cm).await.unwrap();
        }
        all.delete("cached-1", &DeleteParams::default()).await.unwrap();
        // One that leaves the selector leaves the cache.
        let leave = Patch::Merge(json!({"metadata": {"labels": {"app": "other"}}}));
        all.patch("cached-2", &PatchParams::default(), &leave).await.unwrap();
        let names = || cache.state().iter().map(|c| c.name_any()).collect::<BTreeSet<_>>();
        let follows = async {
            while names() != BTreeSet::from(["cached-0".to_owned()]) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, follows).await.unwrap_or_else(|_| panic!("{:?}", names()));
        following.abort();
        all.delete_collection(&DeleteParams::default(), &ListParams::default()).await.unwrap();
    }
}

#[test]
fn logs_commands_and_ports_come_over_websockets() {
    let fleet = Fleet::start(1);
    runtime().block_on(async {
        let pods: Api<Pod> = Api::default_namespaced(client(&fleet).await);
        let script = "echo one; echo two; exec nc -ll -p 7000 -e cat";
        pods.create(&PostParams::default(), &pod("p", script)).await.unwrap();
        let running = kube::runtime::conditions::is_pod_running();
        let running = kube::runtime::wait::await_condition(pods.clone(), "p", running);
        timeout(PATIENCE, running).await.unwrap().unwrap();
        let follow = LogParams { follow: true, ..LogParams::default() };
        let mut lines =
            futures::AsyncBufReadExt::lines(pods.log_stream("p", &follow).await.unwrap());
        for want in ["one", "two"] {
            let line = timeout(PATIENCE, lines.try_next()).await.unwrap().unwrap();
            assert_eq!(line.as_deref(), Some(want));
        }
        let tail = LogParams { tail_lines: Some(1), ..LogParams::default() };
        assert_eq!(pods.logs("p", &tail).await.unwrap(), "two\n");
        a_command(&pods).await;
        a_port(&pods).await;
        pods.delete("p", &DeleteParams::default()).await.unwrap();
    });
}

async fn a_command(pods: &Api<Pod>) {
    let params = AttachParams::default().stdin(true).stderr(true);
    let script = "cat; echo done; echo oops >&2; exit 7";
    let mut process = pods.exec("p", ["sh", "-c", script], &params).await.unwrap();
    let (mut out, mut err) = (process.stdout().unwrap(), process.stderr().unwrap());
    let mut input = process.stdin().unwrap();
    let status = process.take_status().unwrap();
    input.write_all(&[b"in\n\x00\xff".as_slice(), &[b'x'; 100_000]].concat()).await.unwrap();
    input.shutdown().await.unwrap();
    drop(input);
    let (mut said, mut complained) = (Vec::new(), String::new());
    let read = async {
        let _ = tokio::join!(out.read_to_end(&mut said), err.read_to_string(&mut complained));
    };
    timeout(PATIENCE, read).await.unwrap();
    assert!(
        said.starts_with(b"in\n\x00\xff") && said.ends_with(b"xxdone\n"),
        "{} bytes",
        said.len()
    );
    assert_eq!((said.len(), complained.as_str()), (100_010, "oops\n"));
    let status = timeout(PATIENCE, status).await.unwrap().unwrap();
    assert_eq!(status.reason.as_deref(), Some("NonZeroExitCode"));
    let causes = status.details.unwrap().causes.unwrap();
    assert_eq!(causes[0].message.as_deref(), Some("7"));
}

async fn a_port(pods: &Api<Pod>) {
    let mut forwarder = pods.portforward("p", &[7000]).await.unwrap();
    let mut port = forwarder.take_stream(7000).unwrap();
    port.write_all(b"echo").await.unwrap();
    let mut heard = [0; 4];
    timeout(PATIENCE, port.read_exact(&mut heard)).await.unwrap().unwrap();
    assert_eq!(&heard, b"echo");
    drop(port);
    forwarder.abort();
}
