"""Kustomizations made at random from all features, for comparison with the real kubectl."""

import json
from random import Random
from typing import Any

Files = dict[str, str]
_NAMES = ("web", "db", "settings", "keys")
_LABELS = ("app", "tier", "team")
_KINDS = ("Deployment", "Service", "ConfigMap", "Secret", "StatefulSet", "CronJob", "ServiceAccount", "Ingress", "RoleBinding", "Thing", "ClusterRole")
_VERSIONS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "CronJob": "batch/v1", "Ingress": "networking.k8s.io/v1", "Thing": "example.com/v1",
             "RoleBinding": "rbac.authorization.k8s.io/v1", "ClusterRole": "rbac.authorization.k8s.io/v1"}  # fmt: skip


class Maker:
    """Makes one kustomization with its bases and components."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.files: Files = {}
        self._known: list[tuple[str, str]] = []  # kinds and names of the kustomization that is being made
        self._generated = 0

    def some(self, chance: float = 0.5) -> bool:
        return self._random.random() < chance

    def one(self, *choices: Any) -> Any:
        return self._random.choice(choices)

    def labels(self) -> dict[str, str]:
        return {label: self.one("a", "1", "x-y", "") for label in _LABELS if self.some(0.4)}

    def container(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"name": name, "image": self.one("nginx", "nginx:1.25", "quay.io/x/y:2", "busybox@sha256:abc")}
        if self.some():
            found["env"] = [{"name": f"E{i}", "value": self.one("x", "5")} for i in range(self.one(1, 2))]
        if self.some(0.4):
            found["envFrom"] = [{"configMapRef": {"name": self.one(*_NAMES)}}, {"secretRef": {"name": self.one(*_NAMES)}}]
        if self.some(0.3):
            found["ports"] = [{"containerPort": self.one(80, 81), **self.one({}, {"protocol": "UDP"})} for _ in range(self.one(1, 2))]
        if self.some(0.3):
            found["args"] = self.one(["a", "b"], ["c"])
        return found

    def pod(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"containers": [self.container(name) for name in self.one(("a",), ("a", "b"), ("b", "c"))]}
        if self.some(0.4):
            volume = self.one({"configMap": {"name": self.one(*_NAMES)}}, {"secret": {"secretName": self.one(*_NAMES)}}, {"emptyDir": {}})
            spec["volumes"] = [{"name": "v", **volume}, {"name": self.one("w", "x"), "emptyDir": {}}]
        if self.some(0.3):
            spec["serviceAccountName"] = self.one(*_NAMES)
        if self.some(0.2):
            spec["tolerations"] = [{"key": self.one("k", "l")}]
        return {"metadata": {"labels": {"app": "x"}}, "spec": spec} if self.some(0.7) else {"spec": spec}

    def object(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        metadata: dict[str, Any] = {"name": name}
        if namespace:
            metadata["namespace"] = namespace
        for field in ("labels", "annotations"):
            if self.some(0.3):
                metadata[field] = self.labels()
        return {"apiVersion": _VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, **self.body(kind)}

    def body(self, kind: str) -> dict[str, Any]:
        if kind in ("Deployment", "StatefulSet"):
            more = {"serviceName": self.one(*_NAMES)} if kind == "StatefulSet" else {}
            return {"spec": {"selector": {"matchLabels": {"app": "x"}}, "template": self.pod(), **more}}
        if kind == "CronJob":
            return {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": self.pod()}}}}
        if kind == "Service":
            return {"spec": {"selector": self.labels(), "ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]}}
        if kind == "ConfigMap":
            return {"data": {"a": "1", "b": self.one("x:y:z", "multi\nline\n", "true")}}
        if kind == "Ingress":
            service = {"service": {"name": self.one(*_NAMES), "port": {"number": 80}}}
            return {"spec": {"defaultBackend": service, "tls": [{"secretName": self.one(*_NAMES)}]}}
        if kind == "RoleBinding":
            role = {"apiGroup": "rbac.authorization.k8s.io", "kind": self.one("Role", "ClusterRole"), "name": self.one(*_NAMES)}
            names = (*_NAMES, "default")
            return {"roleRef": role, "subjects": [{"kind": "ServiceAccount", "name": self.one(*names), "namespace": self.one("one", "two")}]}
        if kind == "ClusterRole":
            return {"rules": [{"resources": ["secrets"], "resourceNames": [self.one(*_NAMES)]}]}
        return {"spec": {"list": [{"name": "a"}], "value": self.one(1, 1.5, None, True, "t")}} if kind == "Thing" else {}

    def objects(self) -> str:
        made = {}
        for _ in range(self.one(1, 2, 4, 6)):
            kind, name, namespace = self.one(*_KINDS), self.one(*_NAMES), self.one("", "", "", "one", "two")
            self._known.append((kind, name))
            made[kind, name, namespace if kind != "ClusterRole" else ""] = self.object(kind, name, namespace if kind != "ClusterRole" else "")
        return "\n---\n".join(json.dumps(each, indent=1) for each in made.values()) + "\n"

    def generator(self) -> dict[str, Any]:
        self._generated += 1
        name = self.one(*_NAMES) if self.some(0.1) else f"gen{self._generated}"
        found: dict[str, Any] = {"name": name, "literals": [f"{key}={self.one('1', 'x', '')}" for key in self.one("a", "ab", "bc")]}
        if self.some(0.1):
            found["behavior"] = self.one("merge", "replace", "create")
        if self.some(0.3):
            found["options"] = {"disableNameSuffixHash": self.some(), "labels": self.labels()}
        return found

    def known(self, *kinds: str) -> tuple[str, str]:
        """Return the kind and name of something that is there; seldom of anything."""
        there = [each for each in self._known if not kinds or each[0] in kinds]
        return self._random.choice(there) if there and self.some(0.95) else (self.one(*(kinds or _KINDS)), self.one(*_NAMES))

    def patch(self) -> dict[str, Any]:
        target = {"kind": self.one(*_KINDS, "Deployment|Service", ".*")}
        if self.some(0.4):
            target["name"] = self.one(*_NAMES, "w.*")
        if self.some(0.2):
            target["labelSelector"] = self.one("app", "app=a", "!tier")
        if self.some(0.4):
            operation = self.one({"op": "add", "path": "/metadata/labels", "value": {"p": "q"}}, {"op": "replace", "path": "/metadata/name", "value": "web"},
                                 {"op": "add", "path": "/spec", "value": {"n": 1.0, "s": "5"}})  # fmt: skip
            return {"target": target, "patch": json.dumps([operation])}
        kind, name = self.known()
        merge = self.object(kind, name, "")
        if self.some(0.2):
            merge["metadata"]["annotations"] = self.one(None, {"a": None}, {"$patch": "replace", "z": "y"})
        if self.some(0.2) and "spec" in merge and "template" in merge["spec"]:
            self.one(merge["spec"]["template"]["spec"]["containers"][0], merge["spec"]["template"]["spec"])["$patch"] = self.one("delete", "replace", "merge")
        found: dict[str, Any] = {"patch": json.dumps(merge)}
        if self.some(0.6):
            found["target"] = target
            found |= self.one({}, {}, {"options": {"allowNameChange": True}}, {"options": {"allowKindChange": True}, "target": {"kind": "Service"}})
        return found

    def replacement(self) -> dict[str, Any]:
        kind, name = self.known()
        fields = {"ConfigMap": "data.b", "Service": "spec.ports.0.port", "Deployment": "spec.template.spec.containers.[name=a].image"}
        source = {"kind": kind, "name": name, "fieldPath": self.one("metadata.name", fields.get(kind, "kind"))}
        paths = ("metadata.annotations.r", "data.b", "spec.template.spec.containers.*.image", "spec.ports.[name=a].name", "spec.replicas")
        options = self.one({"create": True}, {"create": True}, {"delimiter": ":", "index": self.one(0, 1, 5, -1)}, {"create": True})
        return {"source": source, "targets": [{"select": {"kind": self.known()[0]}, "fieldPaths": [self.one(*paths)], "options": options}]}

    def fields(self, resources: list[str]) -> dict[str, Any]:
        """Return the fields of one kustomization."""
        choices: list[tuple[float, str, Any]] = [
            (0.3, "namePrefix", lambda: self.one("p-", "q-")), (0.2, "nameSuffix", lambda: "-s"), (0.3, "namespace", lambda: self.one("one", "three")),
            (0.2, "commonLabels", self.labels), (0.2, "commonAnnotations", self.labels),
            (0.3, "labels", lambda: [{"pairs": self.labels(), **self.one({}, {"includeSelectors": True}, {"includeTemplates": True})}]),
            (0.3, "images", lambda: [{"name": self.one("nginx", "quay.io/x/y"), **self.one({"newTag": "9"}, {"newName": "n"}, {"digest": "sha256:1"})}]),
            (0.1, "replicas", lambda: [{"name": self.known("Deployment", "StatefulSet")[1], "count": 3}]),
            (0.4, "configMapGenerator", lambda: [self.generator()]),
            (0.3, "secretGenerator", lambda: [self.generator()]), (0.5, "patches", lambda: [self.patch() for _ in range(self.one(1, 2))]),
            (0.2, "replacements", lambda: [self.replacement()]), (0.1, "generatorOptions", lambda: {"labels": self.labels(), "immutable": self.some()}),
            (0.1, "buildMetadata", lambda: [self.one("originAnnotations", "transformerAnnotations", "managedByLabel")]),
            (0.1, "sortOptions", lambda: {"order": self.one("fifo", "legacy")}),
        ]  # fmt: skip
        found: dict[str, Any] = {"resources": resources}
        return found | {name: make() for chance, name, make in choices if self.some(chance)}

    def make(self) -> Files:
        """Return the files of a kustomization."""
        resources = ["objects.yaml"]
        for name in ("base", "other"):
            if self.some(0.4):
                resources.append(name)
                self._known = []
                self.files[f"{name}/objects.yaml"] = self.objects()
                self.files[f"{name}/kustomization.yaml"] = json.dumps({"namePrefix": f"{name}-"} | self.fields(["objects.yaml"]), indent=1)
        self._known = []
        self.files["objects.yaml"] = self.objects()
        fields = self.fields(resources)
        if self.some(0.2):
            fields["components"] = ["component"]
            kind = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
            self.files["component/kustomization.yaml"] = json.dumps(kind | self.fields([]), indent=1)
        self.files["kustomization.yaml"] = json.dumps(fields, indent=1)
        return self.files
