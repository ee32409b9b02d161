#!/usr/bin/env python3
"""Reduces the Kubernetes API's facts to the table that drives validation, patches, protobuf and OpenAPI.

Facts only: names, types, numbers, keys. Descriptions are others' sentences and never leave this program.
See README.md beside this file for how to run it.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent.parent / "crates/controller-core/src/schema/table.rs"
META = "k8s.io/apimachinery/pkg/apis/meta/v1"

# Types whose JSON form is not what their Go form says.
SPECIAL = {
    f"{META}.Time": "Time",
    f"{META}.MicroTime": "MicroTime",
    f"{META}.Duration": "Duration",
    f"{META}.FieldsV1": "FieldsV1",
    "k8s.io/apimachinery/pkg/api/resource.Quantity": "Quantity",
    "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "IntOrString",
    "k8s.io/apimachinery/pkg/runtime.RawExtension": "Raw",
    "k8s.io/apimachinery/pkg/types.UID": "String",
    "k8s.io/apimachinery/pkg/types.NodeName": "String",
}
PLAIN = {"string": "String", "bool": "Bool", "int32": "Int32", "int64": "Int64", "int": "Int64", "float64": "Float"}
# Named Go slices travel as a message with one repeated field `items`.
WRAPPED = {"ExtraValue", "Verbs"}

STRUCT = re.compile(r"^type (\w+) struct \{\s*$")
ALIAS = re.compile(r"^type (\w+) =? ?([\w.*\[\]]+)$")
IMPORT = re.compile(r'^\s*(?:import )?(?:(\w+) )?"([^"]+)"')
FIELD = re.compile(r"^\t(?:(\w+)\s+)?([\w.*\[\]]+)\s+`([^`]*)`")
TAG = re.compile(r'(\w+):"([^"]*)"')
MARKER = re.compile(r"^\s*// ?\+([\w:]+)(?:=(.*))?$")


class Package:
    """The Go types of one directory."""

    def __init__(self, root, path):
        self.path, self.structs, self.aliases, self.imports = path, {}, {}, {}
        for file in sorted((root / path).glob("*.go")):
            if file.name.startswith(("zz_", "generated")) or file.name.endswith("_test.go"):
                continue
            self.read(file.read_text().splitlines())

    def read(self, lines):
        """Reads one file: imports, then type declarations with the markers above each field."""
        current, markers, importing = None, {}, True
        for line in lines:
            importing = importing and not line.startswith(("type ", "func ", "var ", "const "))
            if found := MARKER.match(line):
                markers.setdefault(found[1], []).append((found[2] or "").strip())
            elif line.lstrip().startswith("//"):
                pass
            elif current is None:
                if found := STRUCT.match(line):
                    current = self.structs.setdefault(found[1], {"markers": markers, "fields": []})
                    markers = {}
                elif found := ALIAS.match(line):
                    self.aliases[found[1]] = found[2]
                    markers = {}
                elif importing and (found := IMPORT.match(line)):
                    self.imports[found[1] or found[2].rsplit("/", 1)[-1]] = found[2]
                elif line.strip():
                    markers = {}
            elif line.startswith("}"):
                current, markers = None, {}
            elif found := FIELD.match(line):
                tags = dict(TAG.findall(found[3]))
                current["fields"].append((found[1], found[2], tags, markers))
                markers = {}


class Facts:
    """All types that the roots reach, by their OpenAPI names."""

    def __init__(self, root):
        self.root, self.packages, self.types = root, {}, {}

    def package(self, path):
        if path not in self.packages:
            self.packages[path] = Package(self.root, path)
        return self.packages[path]

    def form(self, package, go):
        """The form of a Go type, as (Rust expression, element's full name or None)."""
        go = go.lstrip("*")
        if go == "[]byte":
            return "Form::Bytes"
        if go in PLAIN:
            return f"Form::{PLAIN[go]}"
        if go.startswith("[]"):
            return f"Form::Array(&{self.form(package, go[2:])})"
        if go.startswith("map["):
            return f"Form::Map(&{self.form(package, go.split(']', 1)[1])})"
        if "." in go:
            prefix, go = go.split(".")
            path = self.packages[package].imports[prefix]
        else:
            path = package
        full = f"{path}.{go}"
        if full in SPECIAL:
            return f"Form::{SPECIAL[full]}"
        holder = self.package(path)
        if go in holder.aliases:
            return "Form::Items" if go in WRAPPED else self.form(path, holder.aliases[go])
        return f"Form::Object(&{self.visit(path, go)})"

    def visit(self, path, name):
        """Reads a struct, and what it refers to. Returns the name of its static."""
        static = static_name(path, name)
        if static in self.types:
            return static
        self.types[static] = None
        struct = self.package(path).structs[name]
        fields, inlined = [], []
        for _, go, tags, markers in struct["fields"]:
            self.field(path, go, tags, markers, fields, inlined)
        fields.sort(key=lambda field: field["name"])
        self.types[static] = {
            "name": openapi_name(path, name), "fields": fields, "inlined": inlined,
            "atomic": "atomic" in struct["markers"].get("structType", []) + struct["markers"].get("mapType", []),
        }
        return static

    def field(self, path, go, tags, markers, fields, inlined):
        """Reads one field into `fields`; an inlined one brings its own fields."""
        name, *options = tags.get("json", "-").split(",")
        wire = tags.get("protobuf", "").split(",")
        number = int(wire[1]) if len(wire) > 1 else 0
        if name == "-":
            return
        if "inline" in options:
            form = self.form(path, go)
            of = form.removeprefix("Form::Object(&").removesuffix(")")
            fields += [{**field, "number": 0} for field in self.types[of]["fields"]]
            if number:
                inlined.append((number, of))
            else:
                assert go.endswith("TypeMeta") or go.endswith("HandlerCommon"), f"{path}: {go} is inlined without a number"
            return
        optional = "optional" in markers or "omitempty" in options or "omitzero" in options
        if "required" in markers:
            optional = False
        fields.append({
            "name": name, "number": number, "form": self.form(path, go),
            "pointer": go.startswith("*"), "required": not optional,
            "emitted": "omitempty" not in options and "omitzero" not in options,
            "patch": tags.get("patchStrategy", ""), "key": tags.get("patchMergeKey", ""),
            "list": markers.get("listType", [""])[-1], "keys": markers.get("listMapKey", []),
            "atomic": "atomic" in markers.get("mapType", []) + markers.get("structType", []),
        })


def openapi_name(path, name):
    """`k8s.io/api/apps/v1.Deployment` is `io.k8s.api.apps.v1.Deployment`."""
    return "io." + path.replace("/", ".").replace("k8s.io", "k8s", 1) + "." + name


def static_name(path, name):
    parts = path.split("/")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
    return f"{parts[-2]}_{parts[-1]}_".upper() + words


def rules(field):
    """The field's merge rules; most fields have none."""
    strategies = [word for word in field["patch"].split(",") if word]
    if not (strategies or field["list"] or field["atomic"]):
        return "&NONE"
    listed = {"": "Unset", "atomic": "Atomic", "set": "Set", "map": "Map"}[field["list"]]
    keys = ", ".join(f'"{key}"' for key in field["keys"])
    return (
        f'&Rules {{ merge: {str("merge" in strategies).lower()}, retain_keys: {str("retainKeys" in strategies).lower()}, '
        f'replace: {str("replace" in strategies).lower()}, '
        f'merge_key: "{field["key"]}", list: List::{listed}, list_keys: &[{keys}], atomic: {str(field["atomic"]).lower()} }}'
    )


def emit(facts, roots, source):
    """The table as Rust."""
    out = [
        "//! Written by tools/schema/generate.py: change that, never this file.",
        f"//! Facts of {source}.",
        "",
        "use super::{EMITTED, Form, Inlined, List, NONE, OPTIONAL, POINTER, REQUIRED, Root, Rules, Type, f};",
        "",
        "/// The kinds that may stand as a whole object, sorted by group version and kind.",
        "pub(super) static ROOTS: &[Root] = &[",
    ]
    for (group_version, kind), static in sorted(roots.items()):
        out.append(f'    Root {{ api_version: "{group_version}", kind: "{kind}", of: &{static} }},')
    out += ["];", "", "/// Every type, sorted by name.", "pub(super) static TYPES: &[&Type] = &["]
    ordered = sorted(facts.types.items(), key=lambda item: item[1]["name"])
    out += [f"    &{static}," for static, _ in ordered] + ["];"]
    for static, kept in ordered:
        atomic = str(kept["atomic"]).lower()
        out += ["", f'pub(super) static {static}: Type = Type {{ name: "{kept["name"]}", atomic: {atomic},']
        inlined = ", ".join(f"Inlined {{ number: {number}, of: &{of} }}" for number, of in kept["inlined"])
        out += [f"    inlined: &[{inlined}],", "    fields: &["]
        for field in kept["fields"]:
            flags = " | ".join(
                ["REQUIRED"] * field["required"] + ["POINTER"] * field["pointer"] + ["EMITTED"] * field["emitted"]
            ) or "OPTIONAL"
            out.append(f'        f("{field["name"]}", {field["number"]}, {flags}, {field["form"]}, {rules(field)}),')
        out += ["    ] };"]
    return "\n".join(out) + "\n"


def directory(group_version, kind):
    """Where the Go types of a group version are."""
    group, _, version = group_version.rpartition("/")
    if kind in ("Status", "DeleteOptions"):
        return META
    if group == "metrics.k8s.io":
        return f"k8s.io/metrics/pkg/apis/metrics/{version}"
    return f"k8s.io/api/{group.split('.')[0] or 'core'}/{version}"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: generate.py SOURCE_DIRECTORY VERSION   (see README.md)")
    facts, roots = Facts(Path(sys.argv[1])), {}
    for line in (HERE / "roots.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        group_version, *kinds = line.split()
        for kind in kinds:
            path = directory(group_version, kind)
            facts.package(path)
            roots[group_version, kind] = facts.visit(path, kind)
    # What carries only the type's name is inlined everywhere and stands nowhere.
    facts.types.pop("META_V1_TYPE_META", None)
    TABLE.write_text(emit(facts, roots, f"Kubernetes {sys.argv[2]}"))
    count = sum(len(kept["fields"]) for kept in facts.types.values())
    print(f"{len(facts.types)} types, {count} fields, {len(roots)} roots: {TABLE}")


if __name__ == "__main__":
    main()
