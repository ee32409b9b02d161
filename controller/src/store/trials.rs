//! The store on a disk that is full, that fails, or that loses its power at any moment; and on files that are not its own.

use std::collections::{BTreeMap, BTreeSet};

use controller_core::kinds::CONFIG_MAP;
use proptest::prelude::*;
use tempfile::TempDir;

use super::platter::Platter;
use super::tests::{key, now, op, value};
use super::*;

fn at_rest() -> Arc<AtRest> {
    Arc::new(AtRest::in_memory())
}

fn on(platter: &Platter) -> Store {
    Store::open_on(Medium::Platter(platter.clone()), at_rest(), Options::default()).unwrap()
}

fn all(store: &Store) -> Vec<(ObjectKey, Stored)> {
    store.list(CONFIG_MAP, None, None, 0).unwrap().items
}

/// What one life of the store tells, until the power goes or all is written.
#[derive(Default)]
struct Told {
    /// The last value by name that was acknowledged as on disk.
    safe: BTreeMap<String, u64>,
    tried: BTreeSet<(String, u64)>,
    highest: Revision,
    count: u64,
}

impl Told {
    async fn write(&mut self, store: &Store, requests: u64) {
        for _ in 0..requests {
            self.count += 1;
            let (name, v) = (format!("k{}", self.count % 5), self.count);
            let durability =
                if self.count.is_multiple_of(3) { Durability::Behind } else { Durability::Now };
            let both = [name.clone(), format!("twin-{name}")]
                .map(|name| op(&name, Expect::Any, Some(&v.to_string()), durability));
            self.tried.insert((name.clone(), v));
            let Ok(done) = store.write(both.to_vec()).await else { return };
            for one in &done {
                assert!(one.revision > self.highest, "{} was given out before", one.revision);
                self.highest = one.revision;
            }
            if durability == Durability::Now {
                self.safe.insert(name, v);
            }
        }
    }

    fn check(&self, store: &Store) {
        assert!(store.revision() >= self.highest);
        let found: BTreeMap<String, u64> = all(store)
            .iter()
            .map(|(k, s)| (k.name.to_string(), value(s).parse().unwrap()))
            .collect();
        for (name, v) in &found {
            let name = name.trim_start_matches("twin-");
            assert!(self.tried.contains(&(name.to_owned(), *v)));
            assert_eq!(found.get(name), found.get(&format!("twin-{name}")), "half a request");
        }
        for (name, v) in &self.safe {
            assert!(found.get(name).is_some_and(|f| f >= v), "{name}: {v} was acknowledged");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn power_cuts_take_nothing_that_was_acknowledged(
        cuts in proptest::collection::vec((0u32..300, any::<u64>()), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let platter = Platter::default();
            let mut told = Told::default();
            for (operations, seed) in cuts {
                platter.cut_power_after(operations);
                let medium = Medium::Platter(platter.clone());
                if let Ok(store) = Store::open_on(medium, at_rest(), Options::default()) {
                    told.write(&store, 40).await;
                    store.close().await;
                }
                platter.restart(seed | 1);
                let store = on(&platter);
                told.check(&store);
                store.close().await;
            }
        });
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_serves_reads_until_there_is_room() {
    let platter = Platter::default();
    let store = on(&platter);
    store.write(now("a", Expect::Absent, Some("1"))).await.unwrap();
    platter.set_full(true);
    let mut kept = 1;
    for i in 0..60 {
        // A small change may still find a place in the file.
        let name = format!("n{i}");
        let large = "x".repeat(300 * i);
        match store.write(now(&name, Expect::Absent, Some(&large))).await {
            Ok(_) => kept += 1,
            Err(refused) => assert!(refused.to_string().contains("no storage space"), "{refused}"),
        }
        assert_eq!(value(&store.get(&key("a")).unwrap().unwrap()), "1");
        assert_eq!(all(&store).len(), kept);
    }
    assert!(kept < 60, "the disk was not full");
    let observed = vec![op("b", Expect::Absent, Some("1"), Durability::Behind)];
    store.write(observed).await.unwrap();
    assert_eq!(value(&store.get(&key("b")).unwrap().unwrap()), "1");
    platter.set_full(false);
    store.write(now("a", Expect::Any, Some("3"))).await.unwrap();
    let before = all(&store);
    store.close().await;
    assert_eq!(all(&on(&platter)), before);
}

#[tokio::test]
async fn observations_are_refused_too_when_a_full_disk_lasts() {
    let platter = Platter::default();
    let store = on(&platter);
    store.write(now("a", Expect::Absent, Some("1"))).await.unwrap();
    platter.set_full(true);
    let large = "x".repeat(1 << 20);
    let mut taken = 0;
    let refused = loop {
        let name = format!("b{taken}");
        match store.write(vec![op(&name, Expect::Any, Some(&large), Durability::Behind)]).await {
            Ok(_) => taken += 1,
            Err(refused) => break refused,
        }
        assert!(taken < 64, "memory is no warehouse");
    };
    assert!(matches!(refused, WriteError::Disk(_)), "{refused}");
    platter.set_full(false);
    store.write(now("a", Expect::Any, Some("3"))).await.unwrap();
    assert_eq!(all(&store).len(), taken + 1);
    store.close().await;
    assert_eq!(all(&on(&platter)).len(), taken + 1);
}

#[tokio::test]
async fn memory_and_disk_agree_after_a_sync_that_failed() {
    for put in [Some("2"), None] {
        let platter = Platter::default();
        let store = on(&platter);
        store.write(now("a", Expect::Absent, Some("1"))).await.unwrap();
        let mut watch = store.watch(CONFIG_MAP, store.revision()).unwrap();
        let mut follower = store.follow();
        platter.fail_next_sync();
        store.write(now("a", Expect::Present, put)).await.unwrap_err();
        // Nobody knows whether it is on disk, but all are told the same.
        let found = store.get(&key("a")).unwrap().as_ref().map(value);
        if found.as_deref() == Some("1") {
            assert!(watch.ready().unwrap().is_none());
        } else {
            assert_eq!(found.as_deref(), put);
            assert!(watch.ready().is_err(), "it has missed something, and is told so");
            assert_eq!(follower.try_recv().unwrap().now.is_some(), put.is_some());
        }
        let later = store.write(now("b", Expect::Absent, Some("1"))).await.unwrap()[0].revision;
        let kept = all(&store);
        assert!(kept.iter().all(|(_, stored)| stored.revision <= later));
        store.close().await;
        assert_eq!(all(&on(&platter)), kept);
    }
}

/// A list is of one moment: it has nothing newer than it says, and no request in halves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_of_one_moment() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), Options::default()).unwrap();
    let reads = store.clone();
    let writing = tokio::spawn(async move {
        for i in 0..200 {
            let durability = if i % 3 == 0 { Durability::Behind } else { Durability::Now };
            let both = ["a", "b"]
                .map(|name| op(name, Expect::Any, Some(&i.to_string()), durability))
                .to_vec();
            store.write(both).await.unwrap();
        }
        store
    });
    while !writing.is_finished() {
        let page = reads.list(CONFIG_MAP, None, None, 0).unwrap();
        assert!(page.items.iter().all(|(_, stored)| stored.revision <= page.revision));
        let values: BTreeSet<String> = page.items.iter().map(|(_, s)| value(s)).collect();
        assert!(values.len() <= 1, "{values:?}");
        tokio::task::yield_now().await;
    }
    writing.await.unwrap().close().await;
}

#[tokio::test]
async fn files_of_others_and_of_later_versions_are_left_alone() {
    let file = |content: &[u8]| {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join("store.redb"), content).unwrap();
        dir
    };
    let refusal = |dir: &TempDir| Store::open(dir.path(), Options::default()).err().unwrap();
    let text = file(&b"not a database".repeat(1000));
    assert!(matches!(refusal(&text), StoreError::NotOurs(_)), "{}", refusal(&text));

    let other = TempDir::new().unwrap();
    let database = redb::Database::create(other.path().join("store.redb")).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(redb::TableDefinition::<u64, u64>::new("theirs")).unwrap();
    txn.commit().unwrap();
    drop(database);
    assert!(matches!(refusal(&other), StoreError::NotOurs(_)), "{}", refusal(&other));

    let newer = TempDir::new().unwrap();
    let medium = Medium::File(newer.path().join("store.redb"));
    Disk::open(&medium, at_rest(), 1 << 20).unwrap().0.set_format(3).unwrap();
    assert!(
        matches!(refusal(&newer), StoreError::Newer { found: 3, known: 2, .. }),
        "{}",
        refusal(&newer)
    );
    // An empty file is none yet.
    drop(Store::open(file(b"").path(), Options::default()).unwrap());
}

#[tokio::test]
async fn a_made_up_revision_is_not_followed() {
    let store = on(&Platter::default());
    let before = store.write(now("a", Expect::Absent, Some("1"))).await.unwrap()[0].revision;
    let refused = store.raise_revision(Revision(u64::MAX)).await;
    assert!(matches!(refused, Err(RaiseError::TooFar { .. })), "{refused:?}");
    let after = store.write(now("a", Expect::Any, Some("2"))).await.unwrap()[0].revision;
    assert_eq!(after.0, before.0 + 1);
}

#[tokio::test]
async fn writes_of_one_request_see_each_other() {
    let store = on(&Platter::default());
    let made_and_gone =
        [now("a", Expect::Absent, Some("1")), now("a", Expect::Present, None)].concat();
    assert_eq!(store.write(made_and_gone).await.unwrap().len(), 2);
    assert!(store.get(&key("a")).unwrap().is_none());
    let twice = [now("a", Expect::Absent, Some("1")), now("a", Expect::Absent, Some("2"))].concat();
    assert_eq!(store.write(twice).await, Err(WriteError::Exists(key("a"))));
    assert!(store.get(&key("a")).unwrap().is_none());
}
