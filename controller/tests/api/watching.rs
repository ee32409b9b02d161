//! Lists and watches, over the wire.

use serde_json::{Value, json};

use crate::client::World;

const CM: &str = "/api/v1/namespaces/t/configmaps";
const PLAIN: &str = "application/json";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async fn make(world: &World, name: &str, label: &str) -> String {
    let body = format!(r#"{{"metadata":{{"name":"{name}","labels":{{"l":"{label}"}}}}}}"#);
    let got = world.post(CM, &body).await;
    assert_eq!(got.code, 201, "{}", got.text);
    got.json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
}

async fn label(world: &World, name: &str, label: &str) {
    let patch = format!(r#"{{"metadata":{{"labels":{{"l":"{label}"}}}}}}"#);
    let got = world.patch(&format!("{CM}/{name}"), "merge-patch+json", &patch).await;
    assert_eq!(got.code, 200, "{}", got.text);
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|i| i["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        make(&world, name, if name == "c" { "odd" } else { "even" }).await;
    }
    let check = async |selector: &str, want: &[&[&str]], remaining: &[Value]| {
        let mut path = format!("{CM}?limit=2{selector}");
        let mut revision = Value::Null;
        for (page, left) in want.iter().zip(remaining) {
            let list = world.get(&path).await.json();
            assert_eq!(names(&list), *page);
            let head = &list["metadata"];
            assert_eq!(head.get("remainingItemCount").unwrap_or(&Value::Null), left);
            if revision.is_null() {
                revision = head["resourceVersion"].clone();
                // What changes between the pages is not to be missed by who watches from the list.
                make(&world, &format!("z{}", selector.len()), "late").await;
            }
            assert_eq!(head["resourceVersion"], revision);
            let token = head["continue"].as_str().unwrap_or_default();
            path = format!("{CM}?limit=2{selector}&continue={token}");
        }
    };
    check("", &[&["a", "b"], &["c", "d"], &["e", "z0"]], &[json!(3), json!(2), Value::Null]).await;
    let even = "&labelSelector=l%3Deven";
    check(even, &[&["a", "b"], &["d", "e"]], &[Value::Null, Value::Null]).await;
}

#[tokio::test]
async fn lists_are_selected_and_told_in_other_forms() {
    let world = World::new().await;
    make(&world, "a", "x").await;
    make(&world, "b", "y").await;
    for (query, want) in [
        ("labelSelector=l%3Dx", vec!["a"]),
        ("labelSelector=l%20notin%20(x)", vec!["b"]),
        ("labelSelector=l", vec!["a", "b"]),
        ("fieldSelector=metadata.name%3Db", vec!["b"]),
        ("fieldSelector=metadata.name!%3Db", vec!["a"]),
        ("fieldSelector=metadata.name%3Da&labelSelector=l%3Dy", vec![]),
        ("resourceVersion=0&limit=500", vec!["a", "b"]),
    ] {
        assert_eq!(names(&world.get(&format!("{CM}?{query}")).await.json()), want, "{query}");
    }
    let table = world.call("GET", CM, &[("accept", TABLE)], "").await.json();
    assert_eq!((&table["kind"], &table["rows"][1]["cells"][0]), (&json!("Table"), &json!("b")));
    let one = world.call("GET", &format!("{CM}/a"), &[("accept", TABLE)], "").await.json();
    assert_eq!(one["rows"].as_array().unwrap().len(), 1);
    let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let partial = world.call("GET", CM, &[("accept", accept)], "").await.json();
    assert_eq!(partial["kind"], "PartialObjectMetadataList");
    assert_eq!(names(&partial), ["a", "b"]);
    let everywhere = world.get("/api/v1/configmaps").await.json();
    assert_eq!(names(&everywhere), ["a", "b"]);
}

#[tokio::test]
async fn a_watch_tells_each_change_once_and_in_order() {
    let world = World::new().await;
    let from = make(&world, "a", "x").await;
    let mut watch = world.watch(&format!("{CM}?watch=true&resourceVersion={from}"), PLAIN).await;
    make(&world, "b", "x").await;
    label(&world, "a", "y").await;
    world.call("DELETE", &format!("{CM}/b"), &[], "").await;
    for want in ["ADDED b", "MODIFIED a", "DELETED b"] {
        assert_eq!(watch.told().await, want);
    }
    let mut again = world.watch(&format!("{CM}?watch=true&timeoutSeconds=1"), PLAIN).await;
    for want in ["ADDED a", "end"] {
        assert_eq!(again.told().await, want);
    }
}

#[tokio::test]
async fn what_enters_a_selection_is_added_and_what_leaves_it_deleted() {
    let world = World::new().await;
    let from = make(&world, "a", "x").await;
    let path = format!("{CM}?watch=true&labelSelector=l%3Dy&resourceVersion={from}");
    let mut watch = world.watch(&path, PLAIN).await;
    label(&world, "a", "z").await;
    label(&world, "a", "y").await;
    make(&world, "other", "x").await;
    let patch = r#"{"data":{"k":"v"}}"#;
    world.patch(&format!("{CM}/a"), "merge-patch+json", patch).await;
    label(&world, "a", "x").await;
    for want in ["ADDED a", "MODIFIED a", "DELETED a"] {
        assert_eq!(watch.told().await, want);
    }
}

#[tokio::test]
async fn other_namespaces_are_not_told() {
    let world = World::new().await;
    let mut watch = world.watch(&format!("{CM}?watch=true&resourceVersion=0"), PLAIN).await;
    let elsewhere = "/api/v1/namespaces/default/configmaps";
    assert_eq!(world.post(elsewhere, r#"{"metadata":{"name":"there"}}"#).await.code, 201);
    make(&world, "here", "x").await;
    assert_eq!(watch.told().await, "ADDED here");
}

#[tokio::test]
async fn a_watch_list_tells_where_the_beginning_ends() {
    let world = World::new().await;
    make(&world, "a", "x").await;
    let path = format!(
        "{CM}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Da"
    );
    let mut watch = world.watch(&path, PLAIN).await;
    assert_eq!(watch.told().await, "ADDED a");
    let bookmark = watch.next().await.unwrap();
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["kind"], "ConfigMap");
    let metadata = &bookmark["object"]["metadata"];
    assert_eq!(metadata["annotations"], json!({"k8s.io/initial-events-end": "true"}));
    assert_eq!(metadata["resourceVersion"], world.store.revision().to_string());
    label(&world, "a", "y").await;
    assert_eq!(watch.told().await, "MODIFIED a");
}

#[tokio::test]
async fn a_bookmark_ends_a_watch_that_wants_one() {
    let world = World::new().await;
    make(&world, "a", "x").await;
    let path =
        format!("{CM}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=");
    let revision = world.store.revision().to_string();
    let mut watch = world.watch(&format!("{path}{revision}"), PLAIN).await;
    let bookmark = watch.next().await.unwrap();
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["metadata"]["resourceVersion"], revision);
    assert!(watch.next().await.is_none());
}

#[tokio::test]
async fn a_watch_from_too_long_ago_ends_with_an_error() {
    let world = World::remembering(2).await;
    let from = make(&world, "a", "x").await;
    for name in ["b", "c", "d"] {
        make(&world, name, "x").await;
    }
    let path = format!("{CM}?watch=true&resourceVersion={from}");
    let mut watch = world.watch(&path, PLAIN).await;
    let error = watch.next().await.unwrap();
    assert_eq!((&error["type"], &error["object"]["code"]), (&json!("ERROR"), &json!(410)));
    assert_eq!(error["object"]["reason"], "Expired");
    assert!(watch.next().await.is_none());
}

#[tokio::test]
async fn a_watch_of_tables_names_its_columns_once() {
    let world = World::new().await;
    make(&world, "a", "x").await;
    let mut watch = world.watch(&format!("{CM}?watch=true"), TABLE).await;
    let first = watch.next().await.unwrap();
    assert_eq!(first["object"]["kind"], "Table");
    assert!(first["object"]["columnDefinitions"].is_array());
    assert_eq!(first["object"]["rows"][0]["cells"][0], "a");
    label(&world, "a", "y").await;
    let second = watch.next().await.unwrap();
    assert_eq!(second["type"], "MODIFIED");
    assert_eq!(second["object"]["columnDefinitions"], Value::Null);
}
