"""Deployments: one ReplicaSet for each template, and the way from one to the next (pkg/controller/deployment)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, controller_key, object_key
from minikube_py.controllers import deploymentstatus, podcontrol, rollout
from minikube_py.controllers.rollout import REVISION
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

_REPLICA_SETS = "replicasets.apps"
_DEPLOYMENTS = "deployments.apps"


class DeploymentController(Loop):
    """Keys are namespace/name of a Deployment."""

    name = "deployment-controller"
    user = "system:serviceaccount:kube-system:deployment-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which Deployment."""
        return {_DEPLOYMENTS: object_key, _REPLICA_SETS: self._set_changed, "pods": self._pod_changed}

    def _pod_changed(self, change: Change) -> Iterable[str]:
        """Wake a Deployment that may wait for old pods to be gone (Recreate): no set's status tells of that."""
        owner = meta.controller_of(change.object) if change.type == "DELETED" else None
        if owner is None or owner["kind"] != "ReplicaSet":
            return ()
        parent = self.client.find(_REPLICA_SETS, owner["name"], meta.namespace(change.object))
        if parent is None or parent["spec"].get("replicas", 0):
            return ()
        return [f"{meta.namespace(parent)}/{found['name']}" for found in [meta.controller_of(parent)] if found and found["kind"] == "Deployment"]

    def _set_changed(self, change: Change) -> Iterable[str]:
        keys = list(controller_key("Deployment")(change))
        obj = change.object
        if keys or meta.controller_of(obj) is not None or change.type == "DELETED":
            return keys
        return [meta.key(item) for item in self.client.items(_DEPLOYMENTS, meta.namespace(obj)) if _selector(item).matches(meta.labels(obj))]

    def reconcile(self, key: str) -> float | None:
        """Take the Deployment one step further."""
        space, name = meta.split_key(key)
        deployment = self.client.find(_DEPLOYMENTS, name, space)
        if deployment is None:
            return None
        sets, stored = self._claim(deployment), deploymentstatus.stored(deployment)
        if meta.is_deleting(deployment):
            return self._report(deployment, stored, sets, rolling=False)
        deploymentstatus.note_pause(deployment, self.clock.now())
        new = rollout.find_new(deployment, sets)
        if deployment["spec"].get("paused") or self._is_scaling(deployment, sets):
            new = self._ensure_new(deployment, sets, new, create=False)
            self._scale_all(deployment, sets, new)
            if deployment["spec"].get("paused"):
                self._clean_up(deployment, sets, new)
            return self._report(deployment, stored, sets, rolling=False)
        if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            new = self._recreate(deployment, sets, new)
        else:
            new = self._ensure_new(deployment, sets, new)
            self._roll(deployment, sets, new)
        if deploymentstatus.is_complete(deployment, sets):
            self._clean_up(deployment, sets, new)
        return self._report(deployment, stored, sets, rolling=True)

    def _report(self, deployment: Object, stored: deploymentstatus.Stored, sets: list[Object], *, rolling: bool) -> float | None:
        return deploymentstatus.report(self.client, deployment, stored, sets, self.clock.now(), rolling=rolling)

    def _claim(self, deployment: Object) -> list[Object]:
        space = meta.namespace(deployment)
        owned = self.client.items(_REPLICA_SETS, space, index=("owner", meta.uid(deployment)))
        sets = [item for item in owned if meta.is_controlled_by(item, deployment)]
        if not sets and not meta.is_deleting(deployment):
            selector = _selector(deployment)
            for orphan in self.client.items(_REPLICA_SETS, space, label_selector=str(selector)):
                if meta.controller_of(orphan) is None and not meta.is_deleting(orphan):
                    patch = {"metadata": {"uid": meta.uid(orphan), "ownerReferences": [meta.controller_reference(deployment)]}}
                    sets.append(self.client.patch(_REPLICA_SETS, meta.name(orphan), space, patch))
        return sets

    @staticmethod
    def _is_scaling(deployment: Object, sets: list[Object]) -> bool:
        """Tell whether somebody changed the number of replicas since the sets were last scaled."""
        wanted = str(deployment["spec"].get("replicas", 1))
        active = (item for item in sets if item["spec"].get("replicas", 0))
        return any(meta.annotations(item).get(rollout.DESIRED, wanted) != wanted for item in active)

    def _ensure_new(self, deployment: Object, sets: list[Object], new: Object | None, *, create: bool = True) -> Object | None:
        """Return the ReplicaSet of the present template, made if need be, with the right revision."""
        revision = rollout.next_revision(sets, new)
        if new is None:
            if not create:
                return None
            new = self._create_new(deployment, sets, revision)
        else:
            changed = rollout.annotated(new, deployment, revision)
            if changed is not None:
                new = self._replace(sets, new, self.client.update(changed))
            deploymentstatus.note_set(deployment, new, self.clock.now(), created=False)
        self._note_revision(deployment, new)
        return new

    @staticmethod
    def _note_revision(deployment: Object, new: Object) -> None:
        """Note the revision in the Deployment, which is changed; it is stored with the status."""
        notes, revision = meta.annotations(deployment), meta.annotations(new).get(REVISION, "")
        if notes.get(REVISION) != revision:
            deployment["metadata"]["annotations"] = {**notes, REVISION: revision}

    def _create_new(self, deployment: Object, sets: list[Object], revision: int) -> Object:
        collisions = (deployment.get("status") or {}).get("collisionCount")
        hashed = podcontrol.template_hash(deployment["spec"]["template"], collisions)
        others = sum(item["spec"].get("replicas", 0) for item in sets)
        wanted = rollout.new_set(deployment, hashed, revision, rollout.replicas_of_new(deployment, others, 0))
        try:
            new = self.client.create(wanted)
        except errors.AlreadyExists:
            self._count_collision(deployment, collisions)
            raise
        except errors.StatusError as error:
            if not podcontrol.is_terminating(error):
                text = f'Failed to create new replica set "{meta.name(wanted)}": {error}'
                self.recorder.event(deployment, "Warning", "ReplicaSetCreateError", text)
                deploymentstatus.report_failure(self.client, deployment, meta.name(wanted), error, self.clock.now())
            raise
        sets.append(new)
        deploymentstatus.note_set(deployment, new, self.clock.now(), created=True)
        self._scaled_event(deployment, new, 0)
        return new

    def _count_collision(self, deployment: Object, collisions: int | None) -> None:
        status = {**(deployment.get("status") or {}), "collisionCount": (collisions or 0) + 1}
        self.client.update_status({**deployment, "status": status})

    def _scaled_event(self, deployment: Object, item: Object, former: int) -> None:
        replicas = item["spec"].get("replicas", 0)
        if replicas == former:
            return
        direction = "up" if replicas > former else "down"
        text = f"Scaled {direction} replica set {meta.name(item)} from {former} to {replicas}"
        self.recorder.event(deployment, "Normal", "ScalingReplicaSet", text)

    def _scale(self, deployment: Object, sets: list[Object], item: Object, replicas: int) -> Object:
        """Scale one set; the annotations that proportional scaling needs go with it."""
        former = item["spec"].get("replicas", 0)
        notes = rollout.scale_notes(deployment)
        if former == replicas and all(meta.annotations(item).get(name) == value for name, value in notes.items()):
            return item
        changed = meta.clone(item)
        changed["spec"]["replicas"] = replicas
        changed["metadata"]["annotations"] = {**meta.annotations(item), **notes}
        changed = self._replace(sets, item, self.client.update(changed))
        self._scaled_event(deployment, changed, former)
        return changed

    @staticmethod
    def _replace(sets: list[Object], old: Object, new: Object) -> Object:
        sets[:] = [new if meta.uid(item) == meta.uid(old) else item for item in sets]
        return new

    def _scale_all(self, deployment: Object, sets: list[Object], new: Object | None) -> None:
        """Follow a change of spec.replicas: one active set gets it, several share it in proportion."""
        for item, replicas in rollout.scaled(deployment, sets, new):
            self._scale(deployment, sets, item, replicas)

    def _recreate(self, deployment: Object, sets: list[Object], new: Object | None) -> Object | None:
        """Stop all old pods, and only then make new ones."""
        old = [item for item in sets if new is None or meta.uid(item) != meta.uid(new)]
        busy = [item for item in old if item["spec"].get("replicas", 0)]
        for item in busy:
            self._scale(deployment, sets, item, 0)
        if busy or self._old_pods_run(old):
            return new
        new = self._ensure_new(deployment, sets, new)
        return None if new is None else self._scale(deployment, sets, new, deployment["spec"].get("replicas", 1))

    def _old_pods_run(self, old: list[Object]) -> bool:
        for item in old:
            for pod in self.client.items("pods", meta.namespace(item), index=("owner", meta.uid(item))):
                if not meta.is_over(pod):
                    return True
        return False

    def _roll(self, deployment: Object, sets: list[Object], new: Object | None) -> None:
        """Scale the new set up as far as maxSurge allows, then old ones down as far as maxUnavailable allows."""
        if new is None:
            return
        others = sum(item["spec"].get("replicas", 0) for item in sets if meta.uid(item) != meta.uid(new))
        wanted = rollout.replicas_of_new(deployment, others, new["spec"].get("replicas", 0))
        if wanted != new["spec"].get("replicas", 0):
            self._scale(deployment, sets, new, wanted)
            return
        for item, replicas in rollout.shrunk(deployment, sets, new):
            self._scale(deployment, sets, item, replicas)

    def _clean_up(self, deployment: Object, sets: list[Object], new: Object | None) -> None:
        """Delete empty old sets beyond spec.revisionHistoryLimit."""
        limit = deployment["spec"].get("revisionHistoryLimit", 10)
        old = [item for item in sets if (new is None or meta.uid(item) != meta.uid(new)) and not meta.is_deleting(item)]
        old.sort(key=rollout.revision_of)
        for item in old[: max(len(old) - limit, 0)]:
            status = item.get("status") or {}
            if status.get("replicas") or item["spec"].get("replicas") or item["metadata"].get("generation", 0) > status.get("observedGeneration", 0):
                continue
            self.client.delete(_REPLICA_SETS, meta.name(item), meta.namespace(item))
            sets.remove(item)


def _selector(deployment: Object) -> selectors.Selector:
    return selectors.from_object(deployment["spec"].get("selector"))
