//! The wall clock may be wrong and may leap: nothing that is done goes by it.

use proptest::prelude::*;

use super::*;

/// One day of a node: what was started, what was stopped, and what runs at its end. The clock leaps before each step.
fn day(leaps: [i64; 6]) -> (Vec<(String, String)>, Vec<String>, Vec<String>) {
    let mut leaps = leaps.into_iter();
    let mut leap = |world: &mut World| world.leapt = leaps.next().unwrap_or(0);
    let probed = pod("web", |doc| {
        doc["spec"]["containers"][0]["livenessProbe"] =
            json!({"httpGet": {"port": 80}, "periodSeconds": 30});
    });
    let mut world = World::default();
    leap(&mut world);
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, &[probed.clone(), pod("job", |_| {})]);
    world.settle(&mut agent, 60_000);
    // One crashes now and then: it is started again, each time later.
    for _ in 0..3 {
        leap(&mut world);
        let id =
            world.started.iter().rev().find(|(name, _)| name == "job").expect("it ran").1.clone();
        if let Some(exit) = world.end(&id, 1) {
            world.feed(&mut agent, Event::Exited(exit));
        }
        world.settle(&mut agent, 120_000);
    }
    // The machine comes up again, with no link and its clock at whatever it likes.
    leap(&mut world);
    world.containers.clear();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.settle(&mut agent, 600_000);
    // The controller is back, with orders that are newer.
    leap(&mut world);
    world.connect(&mut agent);
    world.order(&mut agent, 2, &[probed]);
    world.settle(&mut agent, 600_000);
    let running = world.running();
    (world.started, world.stopped, running)
}

#[test]
fn a_node_at_1970_does_what_it_would_do_today() {
    let usual = day([1_800_000_000_000; 6]);
    assert_eq!(usual.2, ["web"]);
    assert_eq!(day([-1_000_000_000; 6]), usual);
}

proptest! {
    #[test]
    fn leaps_of_the_clock_change_nothing_that_is_done(
        leaps in proptest::array::uniform6(-2_000_000_000_000_i64..2_000_000_000_000),
    ) {
        prop_assert_eq!(day(leaps), day([1_800_000_000_000; 6]));
    }
}
