//! v1 Event, served as events.k8s.io/v1 Event, too.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use serde_json::Value;

use super::table::{name, since_at, text_or};
use super::{BARE, Column, Conversion, FieldError, FieldReader, Kind, text, wide};
use crate::admit::check::field::Path;
use crate::admit::meta::{number_at, text_at};

/// The row.
pub(super) const KIND: Kind = Kind {
    others: &[Kind {
        group: "events.k8s.io",
        schema: "io.k8s.api.events.v1.Event",
        fields: &FIELDS_NEW,
        conversion: Some(Conversion {
            shown: |d| RENAMED.iter().for_each(|(core, new)| rename(d, core, new)),
            kept: |d| RENAMED.iter().for_each(|(core, new)| rename(d, new, core)),
            deprecated: "",
        }),
        ..CORE
    }],
    ..CORE
};

/// The fields that events.k8s.io calls otherwise.
const RENAMED: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn rename(doc: &mut Value, from: &str, to: &str) {
    let Some(map) = doc.as_object_mut() else { return };
    if let Some(value) = map.remove(from) {
        map.insert(to.into(), value);
    }
}

const FIELDS: [FieldReader; 11] = [
    ("involvedObject.kind", |d| text_at(d, "/involvedObject/kind").into()),
    ("involvedObject.namespace", |d| text_at(d, "/involvedObject/namespace").into()),
    ("involvedObject.name", |d| text_at(d, "/involvedObject/name").into()),
    ("involvedObject.uid", |d| text_at(d, "/involvedObject/uid").into()),
    ("involvedObject.apiVersion", |d| text_at(d, "/involvedObject/apiVersion").into()),
    ("involvedObject.resourceVersion", |d| text_at(d, "/involvedObject/resourceVersion").into()),
    ("involvedObject.fieldPath", |d| text_at(d, "/involvedObject/fieldPath").into()),
    ("reason", |d| text_at(d, "/reason").into()),
    ("reportingComponent", |d| text_at(d, "/reportingComponent").into()),
    ("source", |d| text_at(d, "/source/component").into()),
    ("type", |d| text_at(d, "/type").into()),
];

/// The same, by the names that events.k8s.io has for them.
const FIELDS_NEW: [FieldReader; 11] = {
    let mut fields = FIELDS;
    fields[0].0 = "regarding.kind";
    fields[1].0 = "regarding.namespace";
    fields[2].0 = "regarding.name";
    fields[3].0 = "regarding.uid";
    fields[4].0 = "regarding.apiVersion";
    fields[5].0 = "regarding.resourceVersion";
    fields[6].0 = "regarding.fieldPath";
    fields[8].0 = "reportingController";
    fields
};

const CORE: Kind = Kind {
    id: super::EVENT,
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.core.v1.Event",
    behind: true,
    fields: &FIELDS,
    columns: &[
        text("Last Seen"),
        text("Type"),
        text("Reason"),
        text("Object"),
        wide("Subobject"),
        wide("Source"),
        text("Message"),
        wide("First Seen"),
        wide("Count"),
        Column { priority: 1, ..text("Name") },
    ],
    cells,
    validate,
    ..BARE
};

/// An event lives beside what it is about; what has no namespace is told of in `default`.
fn validate(event: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    let (own, of) =
        (text_at(event, "/metadata/namespace"), text_at(event, "/involvedObject/namespace"));
    if own != of && !(of.is_empty() && ["default", "kube-system"].contains(&own)) {
        let why = "does not match event.namespace";
        errors.push(Path::new("involvedObject.namespace").invalid(of, why));
    }
}

fn cells(event: &Value, now: Millis) -> Vec<Value> {
    let seen = |pointers: &[&str]| {
        let at = pointers.iter().find(|p| !text_at(event, p).is_empty()).copied();
        since_at(event, at.unwrap_or(""), now)
    };
    let count = number_at(event, "/series/count")
        .or(number_at(event, "/count"))
        .filter(|&n| n > 0)
        .unwrap_or(1);
    let object = text_at(event, "/involvedObject/kind").to_lowercase();
    let object = match text_at(event, "/involvedObject/name") {
        "" => object,
        of => format!("{object}/{of}"),
    };
    alloc::vec![
        seen(&["/series/lastObservedTime", "/lastTimestamp", "/firstTimestamp", "/eventTime"])
            .into(),
        text_or(event, "/type", ""),
        text_or(event, "/reason", ""),
        object.into(),
        text_or(event, "/involvedObject/fieldPath", ""),
        source(event).into(),
        text_at(event, "/message").trim().into(),
        seen(&["/firstTimestamp", "/eventTime"]).into(),
        count.into(),
        name(event),
    ]
}

fn source(event: &Value) -> String {
    let first = |pointers: [&str; 2]| {
        pointers.into_iter().map(|p| text_at(event, p)).find(|t| !t.is_empty()).unwrap_or("")
    };
    let component = first(["/source/component", "/reportingComponent"]);
    match first(["/source/host", "/reportingInstance"]) {
        "" => component.into(),
        host => format!("{component}, {host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_groups_tell_the_same_event() {
        let kept = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "involvedObject": {"kind": "Pod", "name": "p"},
            "message": "m",
            "reportingComponent": "r",
            "source": {"component": "s"},
            "firstTimestamp": "2026-11-23T07:10:30Z",
            "count": 3,
            "reason": "Started",
        });
        let new = &KIND.others[0];
        let shown = new.shown(kept.clone());
        let want = json!({
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "regarding": {"kind": "Pod", "name": "p"},
            "note": "m",
            "reportingController": "r",
            "deprecatedSource": {"component": "s"},
            "deprecatedFirstTimestamp": "2026-11-23T07:10:30Z",
            "deprecatedCount": 3,
            "reason": "Started",
        });
        assert_eq!(shown, want);
        assert_eq!(new.kept(shown.clone()), kept);
        assert_eq!(new.row(&shown, Millis(0)), KIND.row(&kept, Millis(0)));
    }

    #[test]
    fn events_are_shown_as_the_real_server_shows_them() {
        let now = Millis::parse_rfc3339("2026-11-23T07:28:00Z").expect("a time");
        let message = "Node 127.0.0.1 event: Registered Node 127.0.0.1 in Controller";
        let event = json!({
            "metadata": {"name": "127.0.0.1.18ea9b0e633c380b"},
            "involvedObject": {"kind": "Node", "name": "127.0.0.1"},
            "reason": "RegisteredNode",
            "message": message,
            "source": {"component": "node-controller"},
            "firstTimestamp": "2026-11-23T07:10:30Z",
            "lastTimestamp": "2026-11-23T07:10:30Z",
            "type": "Normal",
        });
        let want = json!([
            "17m",
            "Normal",
            "RegisteredNode",
            "node/127.0.0.1",
            "",
            "node-controller",
            message,
            "17m",
            1,
            "127.0.0.1.18ea9b0e633c380b"
        ]);
        assert_eq!(Value::from(cells(&event, now)), want);
    }
}
