//! Who takes too much is refused, and others are served meanwhile.

use std::time::Duration;

use driftless_controller::api::Limits;
use futures_util::future::select_all;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{PATIENCE, World};

/// Longer than a test waits for anything.
const FOR_EVER: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(200);

/// Waits until the other side ends a connection on which it says nothing.
async fn is_cut(stream: &mut TcpStream) {
    let read = timeout(PATIENCE, stream.read(&mut [0; 1])).await.expect("it is cut");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

async fn serves_others(world: &World) {
    let got = world.get("/api/v1/namespaces/t/pods").await;
    assert_eq!(got.code, 200, "{}", got.text);
}

async fn refused(world: &World, limit: &str) -> bool {
    let metrics = world.get("/metrics").await.text;
    let row = format!("driftless_api_refused_total{{limit=\"{limit}\"}} ");
    let count = metrics.lines().find_map(|l| l.strip_prefix(&row).map(str::to_owned));
    count.expect("it is counted") != "0"
}

#[tokio::test]
async fn an_address_with_too_many_connections_is_cut() {
    let limits =
        Limits { connections_per_address: 16, handshake_wait: FOR_EVER, ..Limits::default() };
    let world = World::limited(limits).await;
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(world.connect_from(2).await);
    }
    is_cut(&mut world.connect_from(2).await).await;
    serves_others(&world).await;
    assert!(refused(&world, "connections_per_address").await);
}

#[tokio::test]
async fn an_address_that_comes_too_often_is_cut() {
    let limits =
        Limits { handshakes_per_second: 20, handshake_wait: FOR_EVER, ..Limits::default() };
    let world = World::limited(limits).await;
    let mut came = Vec::new();
    for _ in 0..400 {
        came.push(world.connect_from(2).await);
    }
    let cut = came.iter_mut().map(|stream| Box::pin(is_cut(stream)));
    select_all(cut).await;
    serves_others(&world).await;
    assert!(refused(&world, "handshakes_per_second").await);
}

#[tokio::test]
async fn who_says_nothing_is_cut() {
    let limits = Limits { handshake_wait: SOON, header_wait: FOR_EVER, ..Limits::default() };
    let world = World::limited(limits).await;
    let mut silent = world.connect_from(2).await;
    serves_others(&world).await;
    is_cut(&mut silent).await;
    let limits = Limits { handshake_wait: FOR_EVER, header_wait: SOON, ..Limits::default() };
    let world = World::limited(limits).await;
    let mut slow = world.secure(world.connect_from(2).await).await;
    slow.write_all(b"GET /version HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    serves_others(&world).await;
    let mut rest = Vec::new();
    // It may be told 408 before.
    let _ = timeout(PATIENCE, slow.read_to_end(&mut rest)).await.expect("it is cut");
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let world = World::limited(Limits { body_bytes_max: 1024, ..Limits::default() }).await;
    let map = |bytes: usize| {
        json!({"metadata": {"name": "m"}, "data": {"k": "x".repeat(bytes)}}).to_string()
    };
    let path = "/api/v1/namespaces/t/configmaps";
    assert_eq!(world.post(path, &map(1024)).await.code, 413);
    assert_eq!(world.post(path, &map(512)).await.code, 201);
}

async fn let_jane_in(world: &World) {
    let binding = json!({
        "metadata": {"name": "jane"},
        "roleRef": {"kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": "jane"}],
    });
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/t/rolebindings";
    assert_eq!(world.post(path, &binding.to_string()).await.code, 201);
}

#[tokio::test]
async fn a_user_with_too_many_requests_is_told_to_come_again() {
    let world = World::limited(Limits { requests_per_user: 1, ..Limits::default() }).await;
    let_jane_in(&world).await;
    // It never says the rest of its body.
    let mut slow = world.secure(world.connect_from(2).await).await;
    let head = "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    let pods = "/api/v1/namespaces/t/pods";
    let told = timeout(PATIENCE, async {
        loop {
            let got = world.get(pods).await;
            if got.code == 429 {
                break got;
            }
        }
    });
    let told = told.await.expect("its place is taken");
    assert_eq!(told.headers["retry-after"], "1");
    assert_eq!(told.json()["reason"], "TooManyRequests");
    let got = world.call("GET", pods, &[("impersonate-user", "jane")], "").await;
    assert_eq!(got.code, 200, "{}", got.text);
    drop(slow);
    let freed = timeout(PATIENCE, async { while world.get(pods).await.code != 200 {} });
    freed.await.expect("its place is free");
}

#[tokio::test]
async fn a_user_with_too_many_watches_is_told_to_come_again() {
    let world = World::limited(Limits { watches_per_user: 2, ..Limits::default() }).await;
    let_jane_in(&world).await;
    let path = "/api/v1/namespaces/t/pods?watch=true";
    let first = world.watch(path, "").await;
    let _second = world.watch(path, "").await;
    let got = world.get(path).await;
    assert_eq!((got.code, got.headers["retry-after"].to_str().unwrap()), (429, "1"));
    serves_others(&world).await;
    let short = format!("{path}&timeoutSeconds=1");
    let got = world.call("GET", &short, &[("impersonate-user", "jane")], "").await;
    assert_eq!(got.code, 200, "{}", got.text);
    assert!(refused(&world, "watches").await);
    drop(first);
    let freed = timeout(PATIENCE, async { while world.get(&short).await.code != 200 {} });
    freed.await.expect("its place is free");
}
