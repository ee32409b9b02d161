use alloc::format;
use alloc::vec;

use serde_json::{Value, json};

use super::*;

/// A node from a short form: labels, and what differs from 4 cores, 8 GiB, 110 pods.
fn offer(labels: &[(&str, &str)], change: impl FnOnce(&mut NodeOffer)) -> NodeOffer {
    let mut offer = NodeOffer {
        labels: labels.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        allocatable: Amounts { cpu_milli: 4000, memory_bytes: 8 << 30, ..Amounts::default() },
        pods_max: 110,
        ..NodeOffer::default()
    };
    change(&mut offer);
    offer
}

fn fleet(nodes: usize) -> Scheduler {
    let mut s = Scheduler::new();
    for i in 0..nodes {
        let zone = format!("z{}", i % 3);
        let host = format!("n{i}");
        let labels = [("kubernetes.io/hostname", host.as_str()), ("zone", zone.as_str())];
        s.set_node(&NodeName::from(host.as_str()), offer(&labels, |_| {}));
    }
    s
}

fn needs(spec: Value) -> Arc<PodNeeds> {
    needs_of(json!({"app": "web"}), "owner", spec)
}

fn needs_of(labels: Value, owner: &str, spec: Value) -> Arc<PodNeeds> {
    let mut spec = spec;
    if spec.get("containers").is_none() {
        spec["containers"] = json!([{"name": "c", "image": "app:1"}]);
    }
    let spec = serde_json::from_value(spec).unwrap();
    let labels = serde_json::from_value(labels).unwrap();
    Arc::new(PodNeeds::from_spec("default", &labels, Some(Uid::from(owner)), &spec))
}

fn requests(cpu: &str, memory: &str) -> Value {
    json!({"containers": [{"name": "c", "image": "app:1", "resources": {"requests": {"cpu": cpu, "memory": memory}}}]})
}

/// Places `n` pods alike, and tells where each went.
fn place(
    s: &mut Scheduler,
    name: &str,
    pod: &Arc<PodNeeds>,
    n: usize,
) -> Vec<Result<String, String>> {
    (0..n)
        .map(|i| match s.place(pod) {
            Ok(node) => {
                s.add_pod(&Uid::from(format!("{name}-{i}")), pod.clone(), &node);
                Ok(node.as_str().into())
            }
            Err(why) => Err(format!("{why}")),
        })
        .collect()
}

fn why(s: &mut Scheduler, spec: Value) -> String {
    s.place(&needs(spec)).map_or_else(|w| format!("{w}"), |n| format!("placed on {n}"))
}

#[test]
fn peers_are_spread_over_nodes() {
    let mut s = fleet(3);
    let mut at: Vec<_> =
        place(&mut s, "a", &needs(json!({})), 3).into_iter().map(Result::unwrap).collect();
    at.sort();
    assert_eq!(at, ["n0", "n1", "n2"]);
}

#[test]
fn a_pod_that_fits_nowhere_says_why() {
    let mut s = Scheduler::new();
    assert_eq!(why(&mut s, json!({})), "no nodes available to schedule pods");
    s.set_node(&"a".into(), offer(&[("disk", "ssd")], |o| o.allocatable.cpu_milli = 500));
    s.set_node(&"b".into(), offer(&[], |o| o.unschedulable = true));
    s.set_node(
        &"c".into(),
        offer(&[], |o| {
            o.taints = vec![model::pod::Taint {
                key: "gpu".into(),
                value: "yes".into(),
                effect: "NoSchedule".into(),
                time_added: None,
            }];
        }),
    );
    for (spec, want) in [
        (
            requests("1", "1Gi"),
            "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were unschedulable.",
        ),
        (
            requests("100", "100Gi"),
            "0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory.",
        ),
        (
            json!({"nodeSelector": {"disk": "hdd"}}),
            "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
        ),
        (json!({"nodeSelector": {"disk": "ssd"}}), "placed on a"),
        (
            json!({"tolerations": [{"key": "gpu", "operator": "Exists"}], "containers": [
                {"name": "c", "image": "i", "resources": {"requests": {"cpu": "2"}}}]}),
            "placed on c",
        ),
        (
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]}}}}),
            "placed on a",
        ),
    ] {
        assert_eq!(why(&mut s, spec), want);
    }
}

#[test]
fn room_is_counted_and_given_back() {
    let mut s = fleet(1);
    let pod = needs(requests("1500m", "1Gi"));
    let got = place(&mut s, "a", &pod, 3);
    assert_eq!(got[0..2], [Ok("n0".into()), Ok("n0".into())]);
    assert_eq!(got[2], Err("0/1 nodes are available: 1 Insufficient cpu.".into()));
    let before = s.epoch();
    s.remove_pod(&Uid::from("a-0"));
    assert!(s.epoch() > before, "a pod that went is a reason to try again");
    assert!(s.place(&pod).is_ok());
}

#[test]
fn the_pod_limit_and_host_ports_hold() {
    let mut s = Scheduler::new();
    s.set_node(&"a".into(), offer(&[], |o| o.pods_max = 2));
    let port = |p: u16| json!({"containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80, "hostPort": p}]}]});
    assert_eq!(place(&mut s, "a", &needs(port(80)), 1), [Ok("a".into())]);
    assert_eq!(
        why(&mut s, port(80)),
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
    );
    assert_eq!(place(&mut s, "b", &needs(port(81)), 1), [Ok("a".into())]);
    assert_eq!(why(&mut s, port(82)), "0/1 nodes are available: 1 Too many pods.");
}

fn pod_term(kind: &str, label: (&str, &str), key: &str) -> Value {
    json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": {label.0: label.1}}, "topologyKey": key}]}}})
}

#[test]
fn pods_keep_away_from_each_other_both_ways() {
    let mut s = fleet(3);
    let lonely = needs(pod_term("podAntiAffinity", ("app", "web"), "kubernetes.io/hostname"));
    let got = place(&mut s, "a", &lonely, 4);
    assert_eq!(got.iter().filter(|r| r.is_ok()).count(), 3);
    assert_eq!(
        got[3],
        Err("0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.".into())
    );
    // A pod that asks for nothing, but is what the others keep away from.
    assert_eq!(
        why(&mut s, json!({})),
        "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules."
    );
}

#[test]
fn pods_come_near_each_other_and_the_first_may_start() {
    let mut s = fleet(6);
    let together = needs(pod_term("podAffinity", ("app", "web"), "zone"));
    let zone = |n: &str| n[1..].parse::<usize>().unwrap() % 3;
    let at: Vec<_> = place(&mut s, "a", &together, 4).into_iter().map(Result::unwrap).collect();
    assert!(at.iter().all(|n| zone(n) == zone(&at[0])), "{at:?}");
    assert_eq!(
        why(&mut s, pod_term("podAffinity", ("app", "db"), "zone")),
        "0/6 nodes are available: 6 node(s) didn't match pod affinity rules."
    );
}

#[test]
fn spreading_keeps_the_skew() {
    let mut s = fleet(9);
    let spread = needs(json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}]}));
    let mut per_zone = [0i32; 3];
    for at in place(&mut s, "a", &spread, 20) {
        per_zone[at.unwrap()[1..].parse::<usize>().unwrap() % 3] += 1;
        assert!(
            per_zone.iter().max().unwrap() - per_zone.iter().min().unwrap() <= 1,
            "{per_zone:?}"
        );
    }
}

#[test]
fn an_image_that_is_there_draws() {
    let mut s = fleet(3);
    let labels = [("kubernetes.io/hostname", "n2"), ("zone", "z2")];
    s.set_node(&"n2".into(), offer(&labels, |o| o.images = [("app:1".into(), 400 << 20)].into()));
    assert_eq!(place(&mut s, "a", &needs(json!({})), 1), [Ok("n2".into())]);
}

#[test]
fn init_containers_and_sidecars_count_as_kubernetes_counts_them() {
    let c = |cpu: &str, always: bool| json!({"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}, "restartPolicy": if always {"Always"} else {""}});
    for (init, containers, want) in [
        (json!([]), json!([c("100m", false), c("200m", false)]), 300),
        (json!([c("500m", false)]), json!([c("100m", false)]), 500),
        (json!([c("50m", true)]), json!([c("100m", false)]), 150),
        (json!([c("50m", true), c("500m", false)]), json!([c("100m", false)]), 550),
        (json!([c("500m", false), c("50m", true)]), json!([c("100m", false)]), 500),
    ] {
        let pod = needs(json!({"initContainers": init, "containers": containers}));
        assert_eq!(pod.requests().cpu_milli, want);
    }
}

proptest::proptest! {
    /// Whatever comes and goes, no node ever takes more than it has, and what was counted is given back in full.
    #[test]
    fn nothing_is_over_committed(steps in proptest::collection::vec((0u8..4, 0usize..20, 1i64..3000), 1..120)) {
        let mut s = fleet(4);
        let mut placed: BTreeMap<Uid, Arc<PodNeeds>> = BTreeMap::new();
        for (what, which, cpu) in steps {
            let uid = Uid::from(format!("p{which}"));
            if what == 0 {
                s.remove_pod(&uid);
                placed.remove(&uid);
                continue;
            }
            if placed.contains_key(&uid) {
                continue;
            }
            let pod = needs(requests(&format!("{cpu}m"), "64Mi"));
            if let Ok(node) = s.place(&pod) {
                s.add_pod(&uid, pod.clone(), &node);
                placed.insert(uid, pod);
            }
            for node in s.nodes.iter().flatten() {
                proptest::prop_assert!(node.used.cpu_milli <= node.offer.allocatable.cpu_milli);
            }
        }
        for uid in placed.into_keys() {
            s.remove_pod(&uid);
        }
        for node in s.nodes.iter().flatten() {
            proptest::prop_assert_eq!(&node.used, &Amounts::default());
            proptest::prop_assert_eq!(node.pods, 0);
            proptest::prop_assert!(node.owners.is_empty());
        }
        proptest::prop_assert!(s.holders.is_empty() && s.by_namespace.is_empty());
    }
}
