//! Orders count only if they are signed for this node by a key that it trusts.

use alloc::vec;

use model::message::WhyRefused;
use model::trust::{Announcement, TrustedKeys, orders_message};

use super::world::{config, key_set, sign};
use super::*;

fn manifest(node: &str, generation: u64, items: &[Item]) -> Manifest {
    let mut sorted: Vec<(ItemKey, Hash)> =
        items.iter().map(|i| (i.key.clone(), i.hash())).collect();
    sorted.sort();
    Manifest {
        node: node.into(),
        generation: Generation(generation),
        root: root(sorted.iter().map(|(k, h)| (k, h))),
        made: Millis(0),
    }
}

fn delta(manifest: &Manifest, signature: Vec<u8>, items: &[Item]) -> Delta {
    Delta {
        manifest: manifest.clone(),
        signature,
        base: Generation(0),
        put: items.to_vec(),
        drop: Vec::new(),
    }
}

fn announce(keys: TrustedKeys, signer: u8) -> Announcement {
    Announcement { signature: sign(signer, &keys.message()), keys }
}

fn welcome(keys: Vec<Announcement>) -> Event {
    let (instance, time) = (9, Millis(0));
    Event::Heard(Down::Welcome(Welcome { instance, time, generation: Generation(0), keys }))
}

fn refusals(world: &World) -> Vec<WhyRefused> {
    let why = |up: &Up| if let Up::Refused(r) = up { Some(r.why) } else { None };
    world.told.iter().filter_map(why).collect()
}

#[test]
fn orders_that_do_not_count_are_refused_and_what_is_held_runs_on() {
    let (web, other) = (pod("web", |_| {}), [pod("other", |_| {})]);
    let (mut world, mut agent) = up(&[web]);
    let good = manifest("n", 7, &other);
    let signed = sign(1, &orders_message("f", &good));
    let newer = Manifest { generation: Generation(8), ..good.clone() };
    let theirs = manifest("m", 7, &other);
    for (what, manifest, signature) in [
        ("unsigned", &good, Vec::new()),
        ("by another key", &good, sign(2, &orders_message("f", &good))),
        ("by another controller", &good, sign(1, &orders_message("g", &good))),
        ("a signature of other orders", &newer, signed.clone()),
        ("half a signature", &good, signed[..32].to_vec()),
        ("of another node", &theirs, signed.clone()),
    ] {
        let refused = refusals(&world).len();
        world.settle(&mut agent, 6_000);
        world.feed(&mut agent, Event::Heard(Down::Orders(delta(manifest, signature, &other))));
        assert_eq!(refusals(&world)[refused..], [WhyRefused::BadSignature], "{what}");
        assert_eq!(agent.orders.generation(), Generation(1), "{what}");
    }
    // Signed well, but for another node: its own controller said that, and this node is told so by name.
    let signature = sign(1, &orders_message("f", &theirs));
    world.feed(&mut agent, Event::Heard(Down::Orders(delta(&theirs, signature, &other))));
    assert_eq!(refusals(&world).last(), Some(&WhyRefused::WrongNode));
    assert_eq!(world.running(), ["web"], "what is held runs on");
    world.feed(&mut agent, Event::Heard(Down::Orders(delta(&good, signed.clone(), &other))));
    assert_eq!(agent.orders.generation(), Generation(7));
    // What was once good is old when it comes again.
    world.feed(&mut agent, Event::Heard(Down::Orders(delta(&good, signed, &other))));
    assert_eq!(refusals(&world).last(), Some(&WhyRefused::Stale));
    world.settle(&mut agent, 60_000);
    assert_eq!(world.running(), ["other"]);
}

#[test]
fn a_flood_of_bad_orders_is_counted_and_told_seldom() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    let bad = manifest("n", 7, &[]);
    let said = |turn: &Turn| {
        let notes = turn.then.iter().filter(|e| matches!(e, Effect::Note(_))).count();
        let sent = turn.then.iter().filter(|e| matches!(e, Effect::Send(Up::Refused(_)))).count();
        (notes, sent)
    };
    let mut all = (0, 0);
    for _ in 0..1000 {
        let event = Event::Heard(Down::Orders(delta(&bad, vec![0; 64], &[])));
        let turn = agent.handle(world.now(), event);
        let (notes, sent) = said(&turn);
        all = (all.0 + notes, all.1 + sent);
        world.carry_out(turn);
        world.now += 10;
    }
    assert_eq!(all, (1, 2), "ten seconds: one line, two answers");
    world.settle(&mut agent, 61_000);
    world.acknowledge(&mut agent);
    world.settle(&mut agent, 61_000);
    assert_eq!(world.reports().last().map(|r| r.refused), Some(1000));
}

#[test]
fn keys_are_followed_one_after_the_other_and_never_back() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    let serial = |agent: &Agent| agent.trust.serial();
    let second = || announce(key_set("f", 2, &[1, 2]), 1);
    let third = || announce(key_set("f", 3, &[2]), 2);
    for (what, keys, want) in [
        ("signed by nobody", vec![Announcement { signature: vec![], ..second() }], 1),
        ("signed by itself alone", vec![announce(key_set("f", 2, &[2]), 2)], 1),
        ("of another controller", vec![announce(key_set("g", 2, &[1, 2]), 1)], 1),
        ("not newer", vec![announce(key_set("f", 1, &[1, 9]), 1)], 1),
        ("no keys at all", vec![announce(key_set("f", 2, &[]), 1)], 1),
        ("too many keys", vec![announce(key_set("f", 2, &[1, 2, 3, 4, 5]), 1)], 1),
        ("the third without the second", vec![third()], 1),
        ("both at once", vec![second(), third()], 3),
        ("again", vec![second(), third()], 3),
        ("an older one that would bring the first key back", vec![second()], 3),
    ] {
        world.feed(&mut agent, welcome(keys));
        assert_eq!(serial(&agent), want, "{what}");
    }
    let last =
        world.told.iter().rev().find_map(|u| if let Up::Hello(h) = u { Some(h) } else { None });
    assert_eq!(last.map(|h| h.keys), Some(3), "the controller is told");
    // Kept over a restart, and the first key does not count any more.
    let mut agent = world.boot();
    assert_eq!(serial(&agent), 3);
    let orders = manifest("n", 7, &[]);
    for (seed, want) in [(1, 1), (2, 7)] {
        let signature = sign(seed, &orders_message("f", &orders));
        world.feed(&mut agent, Event::Heard(Down::Orders(delta(&orders, signature, &[]))));
        assert_eq!(agent.orders.generation(), Generation(want));
    }
}

#[test]
fn the_first_keys_are_believed_only_from_this_machine_and_only_once() {
    let first = || announce(key_set("f", 4, &[4]), 3);
    let other = || announce(key_set("g", 5, &[5]), 5);
    for (here, want) in [(false, (0, 0)), (true, (4, 7))] {
        let mut world = World::default();
        let restore = |records: &BTreeMap<String, Vec<u8>>, now| {
            Agent::restore(Config { trust_first: here, ..config() }, records, now)
        };
        let (mut agent, turn) = restore(&world.records, world.now());
        world.carry_out(turn);
        world.feed(&mut agent, Event::LinkUp(1));
        world.feed(&mut agent, welcome(vec![first()]));
        world.feed(&mut agent, welcome(vec![other()]));
        let orders = manifest("n", 7, &[]);
        let signature = sign(4, &orders_message("f", &orders));
        world.feed(&mut agent, Event::Heard(Down::Orders(delta(&orders, signature, &[]))));
        assert_eq!((agent.trust.serial(), agent.orders.generation().0), want);
        let (mut agent, turn) = restore(&world.records, world.now());
        world.carry_out(turn);
        world.feed(&mut agent, welcome(vec![other()]));
        assert_eq!(agent.trust.serial(), want.0);
    }
    // Keys that are damaged are no reason to believe the next best.
    let records = [("trusted-keys".to_string(), b"x".to_vec())].into();
    let world = World { records, ..World::default() };
    let config = Config { trust_first: true, ..config() };
    let (mut agent, turn) = Agent::restore(config, &world.records, world.now());
    let named = |e: &Effect| matches!(e, Effect::Note(Note::BadRecord(n)) if n == "trusted-keys");
    assert!(turn.then.iter().any(named));
    agent.handle(world.now(), welcome(vec![first()]));
    assert_eq!(agent.trust.serial(), 0);
}
