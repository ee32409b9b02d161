"""The official Python client drives a fleet: objects, patches, watches that resume, informer-like lists, logs, commands, ports.

usage: client.py KUBECONFIG IMAGE
"""

import sys
import time

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import portforward, stream

PATIENCE = 90
NAMESPACE = "python"


def deployment(replicas):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": "web:1"}]},
            },
        },
    }


def patches(apps):
    apps.create_namespaced_deployment(NAMESPACE, deployment(2))
    # A map as body is a strategic merge patch, a list is a JSON patch.
    image = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "web:2"}]}}}}
    made = apps.patch_namespaced_deployment("web", NAMESPACE, image)
    assert made.spec.template.spec.containers[0].image == "web:2", made
    step = [{"op": "replace", "path": "/spec/replicas", "value": 1}]
    made = apps.patch_namespaced_deployment("web", NAMESPACE, step)
    assert made.spec.replicas == 1, made
    scale = apps.read_namespaced_deployment_scale("web", NAMESPACE)
    scale.spec.replicas = 0
    # The controller may have told its status meanwhile.
    scale.metadata.resource_version = None
    assert apps.replace_namespaced_deployment_scale("web", NAMESPACE, scale).spec.replicas == 0
    try:
        apps.create_namespaced_deployment(NAMESPACE, deployment(2))
        raise AssertionError("it was made twice")
    except ApiException as error:
        assert error.status == 409 and "AlreadyExists" in error.body, error
    apps.delete_namespaced_deployment("web", NAMESPACE)


def applies(api_client):
    """Server-side apply: what another manager owns is in conflict, until it is forced."""
    maps = dynamic.DynamicClient(api_client).resources.get(api_version="v1", kind="ConfigMap")

    def apply(manager, value, force=False):
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "applied"},
            "data": {"k": value},
        }
        return maps.server_side_apply(
            body=body, namespace=NAMESPACE, field_manager=manager, force_conflicts=force
        )

    assert apply("one", "1").data.k == "1"
    try:
        apply("two", "2")
        raise AssertionError("there was no conflict")
    except ApiException as error:
        assert error.status == 409 and "one" in str(error.body), error
    assert apply("two", "2", force=True).data.k == "2"


def watches(core):
    """A watch that is cut goes on where it was."""
    version = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    seen = []
    for turn in range(2):
        for n in range(3):
            body = {"metadata": {"name": f"cm-{turn}-{n}"}, "data": {"k": "1"}}
            core.create_namespaced_config_map(NAMESPACE, body)
        stream_ = watch.Watch()
        for event in stream_.stream(
            core.list_namespaced_config_map,
            NAMESPACE,
            resource_version=version,
            timeout_seconds=PATIENCE,
        ):
            assert event["type"] == "ADDED", event
            seen.append(event["object"].metadata.name)
            version = event["object"].metadata.resource_version
            if len(seen) == 3 * (turn + 1):
                stream_.stop()
    assert seen == [f"cm-{turn}-{n}" for turn in range(2) for n in range(3)], seen
    pages, page = [], core.list_namespaced_config_map(NAMESPACE, limit=2)
    while True:
        pages.extend(item.metadata.name for item in page.items)
        if not page.metadata._continue:
            break
        page = core.list_namespaced_config_map(NAMESPACE, limit=2, _continue=page.metadata._continue)
    assert set(seen) <= set(pages) and len(pages) == len(set(pages)), pages


def until_running(core, name):
    for event in watch.Watch().stream(
        core.list_namespaced_pod,
        NAMESPACE,
        field_selector=f"metadata.name={name}",
        timeout_seconds=PATIENCE,
    ):
        if event["object"].status.phase == "Running":
            return
    raise AssertionError(f"{name} does not run")


def streams(core, image):
    script = "echo one; echo two; exec nc -ll -p 7000 -e cat"
    container = {"name": "c", "image": image, "command": ["sh", "-c", script]}
    spec = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    core.create_namespaced_pod(NAMESPACE, {"metadata": {"name": "p"}, "spec": spec})
    until_running(core, "p")
    lines = watch.Watch().stream(core.read_namespaced_pod_log, "p", NAMESPACE, follow=True)
    assert [next(lines), next(lines)] == ["one", "two"]
    assert core.read_namespaced_pod_log("p", NAMESPACE, tail_lines=1) == "two\n"
    # A command, talked to.
    shell = stream(
        core.connect_get_namespaced_pod_exec,
        "p",
        NAMESPACE,
        command=["sh"],
        stdin=True,
        stdout=True,
        stderr=True,
        tty=False,
        _preload_content=False,
    )
    shell.write_stdin("echo out; echo err >&2\n")
    assert shell.readline_stdout(timeout=PATIENCE) == "out"
    assert shell.readline_stderr(timeout=PATIENCE) == "err"
    shell.write_stdin("exit 3\n")
    shell.run_forever(timeout=PATIENCE)
    assert shell.returncode == 3, shell.returncode
    # A port.
    forward = portforward(core.connect_get_namespaced_pod_portforward, "p", NAMESPACE, ports="7000")
    port = forward.socket(7000)
    port.settimeout(PATIENCE)
    port.sendall(b"echo")
    heard = b""
    while len(heard) < 4:
        heard += port.recv(4 - len(heard))
    assert heard == b"echo", heard
    port.close()


def main():
    config.load_kube_config(sys.argv[1])
    core, apps = client.CoreV1Api(), client.AppsV1Api()
    core.create_namespace({"metadata": {"name": NAMESPACE}})
    patches(apps)
    applies(core.api_client)
    watches(core)
    streams(core, sys.argv[2])
    core.delete_namespace(NAMESPACE)
    start = time.monotonic()
    while any(n.metadata.name == NAMESPACE for n in core.list_namespace().items):
        assert time.monotonic() - start < PATIENCE, "the namespace does not go"
        time.sleep(0.1)
    print("all is well")


main()
