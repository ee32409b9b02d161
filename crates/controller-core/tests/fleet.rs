//! The fleet's decisions in a small world: what users ask for comes to be, and then nothing more is decided.

mod world;

use driftless_controller_core::kinds;
use serde_json::json;
use world::{World, active, condition, deployment, ready};

fn running(world: &World) -> usize {
    world.of(kinds::POD).into_iter().filter(|p| active(p) && ready(p)).count()
}

#[test]
fn a_deployment_comes_to_its_pods_and_rests() {
    let mut w = World::new(1);
    for name in ["a", "b", "c"] {
        w.join(name);
    }
    let key = w.put(kinds::DEPLOYMENT, "default", "web", deployment(3, "web:1"));
    w.settle();
    assert_eq!(running(&w), 3);
    let d = w.doc(&key);
    assert_eq!(
        (
            &d["status"]["replicas"],
            &d["status"]["availableReplicas"],
            &d["status"]["updatedReplicas"]
        ),
        (&json!(3), &json!(3), &json!(3)),
        "{d:#}"
    );
    assert_eq!(d["status"]["observedGeneration"], 1);
    assert_eq!(d["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1");
    assert_eq!(condition(d, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
    assert_eq!(condition(d, "Available"), ("True".into(), "MinimumReplicasAvailable".into()));
    let sets = w.of(kinds::REPLICA_SET);
    let hash = &sets[0]["metadata"]["labels"]["pod-template-hash"];
    assert_eq!(sets[0]["metadata"]["name"], format!("web-{}", hash.as_str().unwrap()));
    let pod = w.of(kinds::POD)[0];
    assert_eq!(&pod["metadata"]["labels"]["pod-template-hash"], hash);
    assert_eq!(pod["metadata"]["ownerReferences"][0]["controller"], true);
    assert_eq!(condition(pod, "PodScheduled").0, "True");
    // One on each node.
    assert!(w.nodes.values().all(|n| n.running() == 1));
    w.assert_quiet();
    w.pass(120_000);
    assert_eq!(running(&w), 3);
}
