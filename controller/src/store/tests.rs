use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use controller_core::kinds::{CONFIG_MAP, POD};
use serde_json::json;
use tempfile::TempDir;

use super::*;

fn open(dir: &TempDir) -> Store {
    Store::open(dir.path(), Options::default()).unwrap()
}

pub(super) fn key(name: &str) -> ObjectKey {
    ObjectKey::new(CONFIG_MAP, "default", name)
}

pub(super) fn op(name: &str, expect: Expect, put: Option<&str>, durability: Durability) -> Op {
    let put =
        put.map(|v| json!({"metadata": {"name": name, "namespace": "default"}, "data": {"v": v}}));
    Op { key: key(name), expect, put, durability }
}

pub(super) fn now(name: &str, expect: Expect, put: Option<&str>) -> Vec<Op> {
    vec![op(name, expect, put, Durability::Now)]
}

pub(super) fn value(stored: &Stored) -> String {
    let doc: Value = serde_json::from_slice(&stored.doc).unwrap();
    assert_eq!(doc["metadata"]["resourceVersion"], stored.revision.to_string());
    doc["data"]["v"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_write_meets_what_it_expects_or_is_not_done() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let first = store.write(now("a", Expect::Absent, Some("1"))).await.unwrap()[0].revision;
    assert_eq!(
        store.write(now("a", Expect::Absent, Some("2"))).await,
        Err(WriteError::Exists(key("a")))
    );
    let second =
        store.write(now("a", Expect::Revision(first), Some("2"))).await.unwrap()[0].revision;
    assert!(second > first);
    assert_eq!(
        store.write(now("a", Expect::Revision(first), Some("3"))).await,
        Err(WriteError::Conflict { key: key("a"), found: second })
    );
    assert_eq!(
        store.write(now("b", Expect::Present, Some("1"))).await,
        Err(WriteError::Missing(key("b")))
    );
    // All or none.
    let both = [now("c", Expect::Absent, Some("1")), now("a", Expect::Absent, None)].concat();
    assert!(store.write(both).await.is_err());
    assert!(store.get(&key("c")).unwrap().is_none());
    assert_eq!(value(&store.get(&key("a")).unwrap().unwrap()), "2");
    assert_eq!(store.revision(), second);
}

#[tokio::test]
async fn lists_come_in_pages_and_in_order() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    for (i, durability) in
        [Durability::Now, Durability::Behind, Durability::Now, Durability::Behind]
            .iter()
            .enumerate()
    {
        store
            .write(vec![op(&format!("n{i}"), Expect::Absent, Some("x"), *durability)])
            .await
            .unwrap();
    }
    let pod = ObjectKey::new(POD, "default", "n1");
    let put = Some(json!({"metadata": {"name": "n1"}}));
    store
        .write(vec![Op { key: pod, expect: Expect::Any, put, durability: Durability::Now }])
        .await
        .unwrap();
    let page = store.list(CONFIG_MAP, Some("default"), None, 3).unwrap();
    let names: Vec<&str> = page.items.iter().map(|(k, _)| &*k.name).collect();
    assert_eq!((names, page.more, page.remaining), (vec!["n0", "n1", "n2"], true, 1));
    let rest = store.list(CONFIG_MAP, None, Some(&page.items[2].0), 3).unwrap();
    assert_eq!((rest.items.len(), rest.more), (1, false));
    assert!(store.list(CONFIG_MAP, Some("other"), None, 0).unwrap().items.is_empty());
}

#[tokio::test]
async fn a_watch_tells_all_changes_in_order_or_that_it_cannot() {
    let dir = TempDir::new().unwrap();
    let options = Options { ring_changes: 4, ..Options::default() };
    let store = Store::open(dir.path(), options).unwrap();
    let start = store.revision();
    let mut watch = store.watch(CONFIG_MAP, start).unwrap();
    store.write(now("a", Expect::Absent, Some("1"))).await.unwrap();
    store.write(vec![op("a", Expect::Any, Some("2"), Durability::Behind)]).await.unwrap();
    store.write(now("a", Expect::Any, None)).await.unwrap();
    for want in [ChangeKind::Added, ChangeKind::Modified, ChangeKind::Deleted] {
        let change = watch.next().await.unwrap();
        assert_eq!(change.kind, want);
        let doc: Value = serde_json::from_slice(&change.doc).unwrap();
        assert_eq!(doc["metadata"]["resourceVersion"], change.revision.to_string());
    }
    assert_eq!(watch.bookmark(), Some(store.revision()));
    assert!(watch.ready().unwrap().is_none());
    for i in 0..6 {
        store.write(now("b", Expect::Any, Some(&i.to_string()))).await.unwrap();
    }
    assert!(watch.next().await.is_err(), "it was too slow");
    assert!(store.watch(CONFIG_MAP, start).is_err());
    assert!(store.watch(CONFIG_MAP, store.revision()).is_ok());
}

#[tokio::test]
async fn a_second_process_is_told_that_the_store_is_in_use() {
    let dir = TempDir::new().unwrap();
    let _store = open(&dir);
    let second = Store::open(dir.path(), Options::default()).err().unwrap();
    assert!(matches!(second, StoreError::Locked(_)), "{second}");
}

#[tokio::test]
async fn what_is_behind_is_on_disk_after_a_close_and_revisions_go_on() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    store.write(vec![op("a", Expect::Absent, Some("1"), Durability::Behind)]).await.unwrap();
    let before = store.revision();
    store.close().await;
    let store = open(&dir);
    assert_eq!(value(&store.get(&key("a")).unwrap().unwrap()), "1");
    let after = store.write(now("a", Expect::Any, Some("2"))).await.unwrap()[0].revision;
    assert!(after > before);
    store.raise_revision(Revision(after.0 + 1_000_000)).await.unwrap();
    let raised = store.write(now("a", Expect::Any, Some("3"))).await.unwrap()[0].revision;
    assert!(raised.0 > after.0 + 1_000_000);
    store.close().await;
    assert!(open(&dir).revision() >= raised);
}

#[tokio::test]
async fn signs_of_life_cost_no_commit_of_their_own() {
    let dir = TempDir::new().unwrap();
    let options = Options { flush_after: Duration::ZERO, ..Options::default() };
    let store = Store::open(dir.path(), options).unwrap();
    store.write(now("a", Expect::Absent, Some("1"))).await.unwrap();
    let commits = store.figures().commits;
    for beat in 0..20 {
        let beat = beat.to_string();
        store.write(vec![op("a", Expect::Any, Some(&beat), Durability::Loose)]).await.unwrap();
        assert_eq!(value(&store.get(&key("a")).unwrap().unwrap()), beat);
    }
    assert_eq!(store.figures().commits, commits);
    // What else is written takes them along.
    store.write(now("b", Expect::Absent, Some("1"))).await.unwrap();
    assert_eq!(store.figures().commits, commits + 1);
    store.write(vec![op("a", Expect::Any, Some("last"), Durability::Loose)]).await.unwrap();
    store.close().await;
    assert_eq!(value(&open(&dir).get(&key("a")).unwrap().unwrap()), "last");
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8, bool),
    Delete(u8),
    Reopen,
}

fn steps() -> impl proptest::strategy::Strategy<Value = Vec<Step>> {
    use proptest::prelude::*;
    let step = prop_oneof![
        6 => (0u8..6, any::<u8>(), any::<bool>()).prop_map(|(k, v, now)| Step::Put(k, v, now)),
        2 => (0u8..6).prop_map(Step::Delete),
        1 => Just(Step::Reopen),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    /// The store is a map, over any writes and restarts.
    #[test]
    fn it_is_a_map(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let dir = TempDir::new().unwrap();
            let mut store = open(&dir);
            let mut model = BTreeMap::new();
            let mut last = store.revision();
            for step in steps {
                match step {
                    Step::Put(k, v, soon) => {
                        let durability = if soon { Durability::Now } else { Durability::Behind };
                        let (name, v) = (format!("k{k}"), v.to_string());
                        store.write(vec![op(&name, Expect::Any, Some(&v), durability)]).await.unwrap();
                        model.insert(name, v);
                    }
                    Step::Delete(k) => {
                        let name = format!("k{k}");
                        store.write(now(&name, Expect::Any, None)).await.unwrap();
                        model.remove(&name);
                    }
                    Step::Reopen => {
                        store.close().await;
                        store = open(&dir);
                    }
                }
                assert!(store.revision() >= last);
                last = store.revision();
                let found: BTreeMap<String, String> = store
                    .list(CONFIG_MAP, None, None, 0)
                    .unwrap()
                    .items
                    .iter()
                    .map(|(k, s)| (k.name.to_string(), value(s)))
                    .collect();
                assert_eq!(found, model);
            }
        });
    }
}

/// The part of the crash test that is killed: writes, and says what was acknowledged.
#[tokio::test]
async fn crash_child() {
    let Some(dir) = std::env::var_os("STORE_CRASH_DIR") else { return };
    let store = Store::open(Path::new(&dir), Options::default()).unwrap();
    for i in 0u64.. {
        let name = format!("k{}", i % 50);
        let durability = if i % 5 == 4 { Durability::Behind } else { Durability::Now };
        let done = store
            .write(vec![op(&name, Expect::Any, Some(&i.to_string()), durability)])
            .await
            .unwrap();
        if durability == Durability::Now {
            println!("acknowledged {name} {i} {}", done[0].revision);
        } else {
            println!("seen {name} {i} {}", done[0].revision);
        }
    }
}

/// Killed with -9 at any moment, it opens again with every acknowledged write, and never gives out a revision twice.
#[tokio::test]
async fn a_killed_process_loses_nothing_that_was_acknowledged() {
    let dir = TempDir::new().unwrap();
    let mut highest = 0u64;
    for lines_until_kill in [1, 7, 40, 173] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::crash_child", "--nocapture", "--test-threads=1"])
            .env("STORE_CRASH_DIR", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged: BTreeMap<String, u64> = BTreeMap::new();
        let mut told = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let words: Vec<&str> = line.split_whitespace().collect();
            let [.., what, name, i, revision] = words[..] else { continue };
            let (Ok(i), Ok(revision)) = (i.parse::<u64>(), revision.parse::<u64>()) else {
                continue;
            };
            assert!(revision > highest, "revision {revision} was given out before");
            highest = revision;
            if what == "acknowledged" {
                acknowledged.insert(name.to_owned(), i);
            }
            told += 1;
            if told == lines_until_kill {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(told >= lines_until_kill, "the child did not write");
        let store = Store::open(dir.path(), Options::default()).unwrap();
        for (name, i) in acknowledged {
            let found: u64 = value(&store.get(&key(&name)).unwrap().unwrap()).parse().unwrap();
            assert!(found >= i, "{name}: {i} was acknowledged, {found} is there");
        }
        store.close().await;
    }
}
