//! Storms over small fleets, and bugs planted in the world that the rules must catch.

use driftless_sim::story::{Act, Story};
use driftless_sim::{Planted, Rule, Setting, run, tell};

const STORM_MS: u64 = 20 * 60_000;

fn setting(seed: u64, planted: Option<Planted>) -> Setting {
    Setting { seed, nodes: 3, storm_ms: STORM_MS, planted }
}

#[test]
fn no_storm_breaks_a_rule() {
    for seed in 1..=50 {
        if let Err(failure) = run(setting(seed, None)) {
            panic!("seed {seed}: {failure:#?}");
        }
    }
}

#[test]
fn a_seed_is_a_world() {
    assert_eq!(run(setting(7, None)).unwrap(), run(setting(7, None)).unwrap());
}

/// Tells a story in which a planted bug shows, and gives the rule that caught it; without the bug no rule is broken.
fn caught(planted: Planted, story: &Story) -> Rule {
    tell(setting(1, None), story).expect("without the bug all is well");
    tell(setting(1, Some(planted)), story).expect_err("the bug shows").rule
}

const APPLY: (u64, Act) = (1000, Act::Apply(0, 3, 0));

#[test]
fn a_node_that_forgets_what_it_took_is_caught() {
    let story = [APPLY, (400_000, Act::NodePower(0, 1000, 0))].into();
    assert_eq!(caught(Planted::UnsyncedNode, &story), Rule::AcknowledgedIsKept);
}

#[test]
fn a_controller_that_forgets_what_it_acknowledged_is_caught() {
    let story = [APPLY, (400_000, Act::ControllerPower(1000))].into();
    assert_eq!(caught(Planted::UnsyncedController, &story), Rule::AcknowledgedIsKept);
}

#[test]
fn a_node_that_takes_older_orders_is_caught() {
    let story = [APPLY, (400_000, Act::Apply(0, 9, 1))].into();
    assert_eq!(caught(Planted::OlderTaken, &story), Rule::NeverOlder);
}

#[test]
fn a_node_that_believes_every_signature_is_caught() {
    let story = [APPLY, (400_000, Act::Forge(0))].into();
    assert_eq!(caught(Planted::AnySignature, &story), Rule::OnlySigned);
}

#[test]
fn a_healthy_container_that_is_touched_over_a_restart_is_caught() {
    let kills = (0..3).map(|n| (600_000 + n, Act::AgentKilled(usize::try_from(n).unwrap())));
    let story: Story = std::iter::once(APPLY).chain(kills).collect();
    assert_eq!(caught(Planted::OddLook, &story), Rule::HealthyUntouched);
}

#[test]
fn a_container_that_is_started_twice_is_caught() {
    let kills = (0..3).map(|n| (600_000 + n, Act::AgentKilled(usize::try_from(n).unwrap())));
    let story: Story = std::iter::once(APPLY).chain(kills).collect();
    assert_eq!(caught(Planted::BlindLook, &story), Rule::NotTwice);
}

#[test]
fn a_node_that_never_comes_to_its_orders_is_caught_and_its_story_made_short() {
    let failure = run(setting(3, Some(Planted::OrdersLost))).expect_err("the bug shows");
    assert_eq!(failure.broken.rule, Rule::Converges);
    assert!(failure.story.len() <= 2, "{:?}", failure.story);
}
