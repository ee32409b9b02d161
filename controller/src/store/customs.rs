//! Custom resources in the store: nothing without a definition, and found again at a restart.

use controller_core::kinds::CUSTOM_RESOURCE_DEFINITION;
use serde_json::json;
use tempfile::TempDir;

use super::*;

fn open(dir: &TempDir) -> Store {
    Store::open(dir.path(), Options::default()).unwrap()
}

fn op(key: ObjectKey, put: Option<Value>) -> Vec<Op> {
    vec![Op { key, expect: Expect::Any, put, durability: Durability::Now }]
}

fn definition() -> (ObjectKey, Value) {
    let name = "widgets.shop.example.com";
    let version = json!({
        "name": "v1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": {"type": "object"}},
    });
    let doc = json!({
        "metadata": {"name": name, "uid": "u", "generation": 1},
        "spec": {
            "group": "shop.example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "singular": "widget", "listKind": "WidgetList"},
            "versions": [version],
        },
        "status": {"conditions": [{"type": "Established", "status": "True"}]},
    });
    (ObjectKey::new(CUSTOM_RESOURCE_DEFINITION, "", name), doc)
}

fn widget(name: &str) -> (ObjectKey, Value) {
    let id = KindId::custom("shop.example.com", "widgets");
    let doc = json!({"metadata": {"name": name, "namespace": "default", "labels": {"a": "b"}}});
    (ObjectKey::new(id, "default", name), doc)
}

#[tokio::test]
async fn objects_need_their_definition_and_definitions_wait_for_their_objects() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let ((definition, doc), (one, object)) = (definition(), widget("one"));
    let early = store.write(op(one.clone(), Some(object.clone()))).await;
    assert_eq!(early, Err(WriteError::Missing(one.clone())));
    store.write(op(definition.clone(), Some(doc.clone()))).await.unwrap();
    store.write(op(one.clone(), Some(object))).await.unwrap();
    let mut watch = store.watch(one.kind, store.revision()).unwrap();
    let refused = store.write(op(definition.clone(), None)).await;
    assert!(matches!(refused, Err(WriteError::Conflict { .. })), "{refused:?}");
    store.write(op(one.clone(), None)).await.unwrap();
    let gone = watch.next().await.unwrap();
    assert_eq!((gone.kind, gone.before.as_ref().unwrap().labels.len()), (ChangeKind::Deleted, 1));
    store.write(op(definition, None)).await.unwrap();
    assert!(watch.next().await.is_err() && watch.ended(), "a watch ends with its kind");
    assert!(store.watch(one.kind, store.revision()).is_err());
}

#[tokio::test]
async fn who_watches_hears_of_the_last_object_before_the_kind_ends() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let ((definition, doc), (one, object)) = (definition(), widget("one"));
    store.write(op(definition.clone(), Some(doc.clone()))).await.unwrap();
    store.write(op(one.clone(), Some(object.clone()))).await.unwrap();
    let mut late = store.watch(one.kind, store.revision()).unwrap();
    store.write(op(one.clone(), None)).await.unwrap();
    store.write(op(definition.clone(), None)).await.unwrap();
    assert_eq!(late.next().await.unwrap().kind, ChangeKind::Deleted);
    assert!(late.next().await.is_err() && late.ended());
    drop(late);
    // The kind comes again, with nothing of the old one.
    store.write(op(definition, Some(doc))).await.unwrap();
    let mut again = store.watch(one.kind, store.revision()).unwrap();
    store.write(op(one.clone(), Some(object))).await.unwrap();
    assert_eq!(again.next().await.unwrap().kind, ChangeKind::Added);
}

#[tokio::test]
async fn objects_are_found_again() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let ((definition, doc), (one, object)) = (definition(), widget("one"));
    store.write(op(definition.clone(), Some(doc))).await.unwrap();
    store.write(op(one.clone(), Some(object))).await.unwrap();
    let revision = store.get(&one).unwrap().unwrap().revision;
    store.close().await;
    let store = open(&dir);
    assert_eq!(store.get(&one).unwrap().unwrap().revision, revision);
    assert_eq!(store.list(one.kind, Some("default"), None, 0).unwrap().items.len(), 1);
    assert_eq!(store.customs().all().count(), 1);
    assert!(store.watch(one.kind, store.revision()).is_ok());
    store.write(op(one.clone(), None)).await.unwrap();
    store.write(op(definition, None)).await.unwrap();
    store.close().await;
    let store = open(&dir);
    assert_eq!((store.customs().all().count(), store.get(&one).unwrap()), (0, None));
}
