//! Former keys for orders go when every node has followed, or when their time is up.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use world::World;

const DAY_MS: u64 = 86_400_000;

fn world() -> World {
    let mut w = World::new(7);
    w.keys_change(1, None);
    for name in ["a", "b"] {
        w.join(name);
    }
    w.pass(1000);
    w
}

#[test]
fn keys_go_when_every_node_has_followed() {
    let mut w = world();
    w.keys_change(2, Some(w.now.plus(DAY_MS)));
    w.pass(10_000);
    assert_eq!(w.retired, [2]);
    let held: Vec<u64> = w.nodes.values().map(|n| n.keys).collect();
    assert_eq!(held, [3, 3], "and every node hears that they are gone");
    w.assert_quiet();
}

#[test]
fn keys_wait_for_a_node_that_is_away_but_not_for_ever() {
    let mut w = world();
    let b = "b".into();
    w.cut(&b);
    w.keys_change(2, Some(w.now.plus(DAY_MS)));
    w.pass(DAY_MS - 1000);
    assert_eq!((w.retired.as_slice(), w.core.keys_held(&b)), (&[][..], 1));
    let mut back = world();
    back.cut(&b);
    back.keys_change(2, Some(back.now.plus(DAY_MS)));
    back.pass(10_000);
    back.connect(&b);
    back.pass(10_000);
    assert_eq!(back.retired, [2], "it came back, and has followed");
    w.pass(2000);
    assert_eq!(w.retired, [2], "its time is up");
    w.connect(&b);
    w.pass(10_000);
    assert_eq!(w.core.keys_held(&b), 3);
}

#[test]
fn a_node_that_refuses_a_signature_is_asked_which_keys_it_holds() {
    let mut w = world();
    let a: model::NodeName = "a".into();
    // It has heard the hello's answer, but not taken the keys in it.
    w.orders_keys = 0;
    w.keys_change(2, Some(w.now.plus(DAY_MS)));
    w.orders_keys = 0;
    w.settle();
    assert_eq!(w.core.keys_held(&a), 1);
    w.orders_keys = 2;
    w.nodes.get_mut(&a).unwrap().stubborn = true;
    let web = world::deployment(2, "web:1");
    w.put(driftless_controller_core::kinds::DEPLOYMENT, "default", "web", web);
    w.pass(2000);
    assert_eq!(w.core.keys_held(&a), 2, "the answer to its hello brought them");
    // One that refuses for other reasons is not asked over and over.
    let before = w.nodes[&a].refusals;
    w.pass(60_000);
    assert!(w.nodes[&a].refusals < before + 8);
}
