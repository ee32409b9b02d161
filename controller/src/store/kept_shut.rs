//! Secrets lie encrypted in the file, whatever it was before, and under whichever key.

use std::path::Path;

use controller_core::kinds::{CONFIG_MAP, SECRET};
use serde_json::json;
use tempfile::TempDir;

use super::disk::{DOCUMENTS, NUMBERS};
use super::pack::key_of;
use super::*;

const PLANTED: &str = "cGxhbnRlZCBzZWNyZXQ=";

fn open(dir: &TempDir) -> Store {
    Store::open(dir.path(), Options::default()).unwrap()
}

fn secret(name: &str) -> ObjectKey {
    ObjectKey::new(SECRET, "default", name)
}

fn put(name: &str) -> Op {
    let put = json!({"metadata": {"name": name, "namespace": "default"}, "data": {"k": PLANTED}});
    Op { key: secret(name), expect: Expect::Any, put: Some(put), durability: Durability::Now }
}

fn planted(stored: &Stored) -> bool {
    let doc: Value = serde_json::from_slice(&stored.doc).unwrap();
    doc["data"]["k"] == PLANTED && doc["metadata"]["resourceVersion"] == stored.revision.to_string()
}

/// Whether a text is anywhere in the files of a folder.
fn found(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|w| w == text.as_bytes())
    })
}

/// The numbers of the keys that the secrets in a file are encrypted with.
fn keys_used(dir: &TempDir) -> Vec<Option<u32>> {
    let database = redb::Database::open(dir.path().join("store.redb")).unwrap();
    let read = redb::ReadableDatabase::begin_read(&database).unwrap();
    let table = read.open_table(DOCUMENTS).unwrap();
    let rows = redb::ReadableTable::iter(&table).unwrap().map(|row| key_of(row.unwrap().1.value()));
    let mut used: Vec<_> = rows.collect();
    used.dedup();
    used
}

#[tokio::test]
async fn secrets_lie_encrypted_and_are_read_and_watched_as_they_are() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let mut watch = store.watch(SECRET, store.revision()).unwrap();
    let revision = store.write(vec![put("s")]).await.unwrap()[0].revision;
    let change = watch.next().await.unwrap();
    let shown = format!("{:?} {change:?} {:?}", put("s"), store.get(&secret("s")));
    assert!(!shown.contains(PLANTED) && !shown.contains("data"), "{shown}");
    assert!(change.doc.windows(PLANTED.len()).any(|w| w == PLANTED.as_bytes()));
    store.clone().close().await;
    assert!(!found(dir.path(), PLANTED));
    let store = open(&dir);
    let read = store.get(&secret("s")).unwrap().unwrap();
    assert!(planted(&read) && read.revision == revision);
    let listed = store.list(SECRET, Some("default"), None, 0).unwrap().items;
    assert!(listed.len() == 1 && planted(&listed[0].1));
    store.close().await;
}

#[tokio::test]
async fn a_store_of_the_format_before_is_read_and_encrypted() {
    let dir = TempDir::new().unwrap();
    let database = redb::Database::create(dir.path().join("store.redb")).unwrap();
    let txn = database.begin_write().unwrap();
    let row = |kind, revision: u64| {
        let key = format!("{}\0default\0a", kinds::get(kind).prefix());
        let doc =
            json!({"data": {"k": PLANTED}, "metadata": {"resourceVersion": revision.to_string()}});
        (key, [&revision.to_le_bytes()[..], &[0], doc.to_string().as_bytes()].concat())
    };
    {
        let mut numbers = txn.open_table(NUMBERS).unwrap();
        numbers.insert("format", 1).unwrap();
        numbers.insert("ceiling", 10_000).unwrap();
        let mut documents = txn.open_table(DOCUMENTS).unwrap();
        for (key, value) in [row(SECRET, 7), row(CONFIG_MAP, 8)] {
            documents.insert(key.as_bytes(), value.as_slice()).unwrap();
        }
    }
    txn.commit().unwrap();
    // A version of it that was deleted stays in free pages, and must not.
    let txn = database.begin_write().unwrap();
    let (_, config_map) = row(CONFIG_MAP, 9);
    let config_map = String::from_utf8_lossy(&config_map).replace(PLANTED, "public").into_bytes();
    let key = row(CONFIG_MAP, 9).0;
    txn.open_table(DOCUMENTS).unwrap().insert(key.as_bytes(), config_map.as_slice()).unwrap();
    txn.commit().unwrap();
    drop(database);
    assert!(found(dir.path(), PLANTED));
    let store = open(&dir);
    let read = store.get(&secret("a")).unwrap().unwrap();
    assert!(planted(&read) && read.revision == Revision(7));
    let other = store.get(&ObjectKey::new(CONFIG_MAP, "default", "a")).unwrap().unwrap();
    assert_eq!(other.revision, Revision(9));
    assert!(store.write(vec![put("b")]).await.unwrap()[0].revision > Revision(10_000));
    store.close().await;
    assert!(!found(dir.path(), PLANTED));
}

#[tokio::test]
async fn a_newer_key_takes_over_and_the_former_one_can_go() {
    let dir = TempDir::new().unwrap();
    let at_rest = Arc::new(AtRest::open(&AtRest::default_path(dir.path())).unwrap());
    let options = Options { at_rest: Some(at_rest.clone()), ..Options::default() };
    let store = Store::open(dir.path(), options).unwrap();
    let names: Vec<String> = (0..600).map(|n| format!("s{n}")).collect();
    store.write(names.iter().map(|name| put(name)).collect()).await.unwrap();
    let (before, mut watch) = (store.revision(), store.watch(SECRET, store.revision()).unwrap());
    let newest = at_rest.rotate().unwrap();
    store.encrypt_again().await.unwrap();
    at_rest.drop_before(newest).unwrap();
    assert!(names.iter().all(|name| planted(&store.get(&secret(name)).unwrap().unwrap())));
    assert_eq!(store.revision(), before, "nothing has changed");
    assert!(watch.ready().unwrap().is_none());
    store.close().await;
    assert_eq!(keys_used(&dir), [Some(newest)]);
    let store = open(&dir);
    assert!(names.iter().all(|name| planted(&store.get(&secret(name)).unwrap().unwrap())));
    store.close().await;
}

#[tokio::test]
async fn without_its_key_a_store_is_not_opened() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    store.write(vec![put("s")]).await.unwrap();
    store.close().await;
    std::fs::remove_file(AtRest::default_path(dir.path())).unwrap();
    let refused = Store::open(dir.path(), Options::default()).err().unwrap();
    assert!(matches!(refused, StoreError::Key { key: 1, .. }), "{refused}");
    assert!(refused.to_string().contains("key file"), "{refused}");
}
