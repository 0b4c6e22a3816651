"""kubectl describe configmap."""

import base64

from minikube_py.describers import events, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery.meta import Object


def describe(config_map: Object, w: Writer, context: Context) -> None:
    """Write a config map. Keys are sorted; kubectl leaves their order to chance. Here alone it fails without its events."""
    multiline.named(w, config_map)
    w.write(0, "\nData\n====\n")
    for key, value in sorted((config_map.get("data") or {}).items()):
        w.write(0, f"{key}:\n----\n{value}\n\n")
    w.write(0, "\nBinaryData\n====\n")
    for key, value in sorted((config_map.get("binaryData") or {}).items()):
        w.write(0, f"{key}: {len(base64.b64decode(value))} bytes\n")
    w.line("")
    if context.show_events:
        events.table(w, events.find(context, config_map), context)
