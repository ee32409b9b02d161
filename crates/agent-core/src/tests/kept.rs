//! Persistent volumes: mounted by their claims, and taken away only when they are ordered to be.

use super::*;
use crate::turn::MountSource;

fn volume(name: &str, order: &Value) -> Item {
    let key = ItemKey { kind: ItemKind::Volume, name: name.into() };
    Item { key, body: Arc::from(serde_json::to_vec(order).unwrap()) }
}

fn bound() -> Item {
    volume("pvc-1", &json!({"claim": "d/data", "uid": "v1"}))
}

fn user() -> Item {
    pod("web", |p| {
        let claim = json!({"claimName": "data", "readOnly": true});
        p["spec"]["volumes"] = json!([{"name": "v", "persistentVolumeClaim": claim}]);
        p["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "v", "mountPath": "/v"}]);
    })
}

fn gone(world: &World) -> Vec<String> {
    world.reports().flat_map(|r| &r.gone).map(ToString::to_string).collect()
}

#[test]
fn a_claim_leads_to_its_volume_once_it_has_one() {
    let (mut world, mut agent) = up(&[user()]);
    assert!(world.running().is_empty() && world.files.is_empty());
    world.order(&mut agent, 2, &[user(), bound()]);
    world.settle(&mut agent, 5000);
    assert_eq!(world.running(), ["web"]);
    let volumes = &world.files[&Uid::from("u-web")].volumes;
    let want = VolumeContent::Persistent { volume: "pvc-1".into() };
    assert!(volumes.get("v") == Some(&want));
    let mount = &world.launches[0].mounts[0];
    assert!(mount.read_only);
    assert_eq!(mount.source, MountSource::Volume { name: "v".into(), sub_path: String::new() });
}

#[test]
fn a_volume_goes_when_it_is_ordered_to_and_nobody_has_it() {
    let (mut world, mut agent) = up(&[user(), bound()]);
    let removal = volume("pvc-1", &json!({"remove": true, "uid": "v1"}));
    // Its pod is still ending: it waits. What is not ordered at all stays too.
    let other = volume("pvc-2", &json!({"claim": "d/other", "uid": "v2"}));
    world.order(&mut agent, 2, &[removal.clone(), other]);
    while let Some(at) = world.pending.iter().position(|(_, e)| matches!(e, Effect::Stop { .. })) {
        assert!(world.removed.is_empty());
        world.do_one(&mut agent, at);
    }
    world.settle(&mut agent, 60_000);
    assert!(world.running().is_empty());
    assert_eq!(world.removed, ["pvc-1"]);
    assert!(gone(&world).contains(&"v1".to_string()));
    world.order(&mut agent, 3, &[]);
    world.settle(&mut agent, 60_000);
    assert_eq!(world.removed, ["pvc-1"], "pvc-2 is not ordered to go");
    // Another controller that still orders it hears of it again.
    world.order(&mut agent, 4, &[removal]);
    world.settle(&mut agent, 5000);
    let before = gone(&world).len();
    let welcome =
        Welcome { instance: 99, time: Millis(0), generation: Generation(4), keys: Vec::new() };
    world.feed(&mut agent, Event::Heard(Down::Welcome(welcome)));
    world.settle(&mut agent, 5000);
    assert!(gone(&world).len() > before);
}
