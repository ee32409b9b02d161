//! What leaves the drive is signed, and secrets in it are sealed.

use controller_core::kinds::SECRET;
use model::orders::{ItemKind, body_hash};
use model::trust::{Sealed, orders_message, sealed_for, unboxed};
use wire::seal::SealingKey;
use wire::sign::verify;

use super::*;

#[tokio::test]
async fn orders_are_signed_and_their_secrets_are_for_the_node_alone() {
    let dir = TempDir::new().unwrap();
    let mut world = start(&dir);
    let (node, own) = (NodeName::from("edge-1"), SealingKey::generate().unwrap());
    put(&world.store, ObjectKey::new(NAMESPACE, "", "default"), json!({"metadata": {}})).await;
    let secret = json!({"metadata": {}, "type": "Opaque", "data": {"k": "cGxhbnRlZA=="}});
    put(&world.store, ObjectKey::new(SECRET, "default", "s"), secret).await;
    let Up::Hello(hello) = hello() else { unreachable!() };
    let hello = Up::Hello(Hello { sealing: Some(own.public()), ..hello });
    for event in [
        LinkEvent::Presence(node.clone(), true),
        LinkEvent::Said(node.clone(), hello),
        LinkEvent::Said(node.clone(), report()),
    ] {
        world.events.send(event).await.unwrap();
    }
    let keys = world
        .told(|_, d| if let Down::Welcome(w) = d { w.keys.last().cloned() } else { None })
        .await
        .keys;
    // Orders go one after the other: those of the pod when the node's policy has been taken.
    let generation = world.told(|_, d| orders(d)).await.manifest.generation;
    world.events.send(LinkEvent::Said(node.clone(), Up::Taken { generation })).await.unwrap();
    let mut pod = json!({"metadata": {}, "spec": pod_template()["spec"]});
    pod["spec"]["nodeName"] = json!("edge-1");
    pod["spec"]["containers"][0]["envFrom"] = json!([{"secretRef": {"name": "s"}}]);
    put(&world.store, ObjectKey::new(POD, "default", "p"), pod).await;
    let delta = world.told(|_, d| orders(d)).await;
    let message = orders_message(&keys.fleet, &delta.manifest);
    assert!(verify(&keys.keys[0], &message, &delta.signature));
    let item = delta.put.iter().find(|i| i.key.kind == ItemKind::Secret).unwrap();
    assert!(!item.body.windows(8).any(|w| w == b"cGxhbnRl"));
    let sealed = Sealed::read(ItemKind::Secret, &item.body).unwrap();
    let bound = sealed_for(&node, &item.key, &sealed.hash);
    let opened = own.open(sealed.sealed, &bound).unwrap();
    let body = unboxed(&item.key, &sealed.hash, &opened).unwrap();
    assert_eq!(body, br#"{"data":{"k":"cGxhbnRlZA=="},"type":"Opaque"}"#);
    assert_eq!(body_hash(ItemKind::Secret, &item.body), item.hash());
    world.end().await;
}
