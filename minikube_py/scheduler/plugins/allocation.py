"""How full nodes get: the sums behind NodeResourcesFit's and NodeResourcesBalancedAllocation's scores."""

from collections.abc import Callable, Sequence
from typing import Any

from minikube_py.machinery.podresources import Requests
from minikube_py.scheduler import scoring
from minikube_py.scheduler.framework import MAX_NODE_SCORE
from minikube_py.scheduler.nodeinfo import NodeInfo

DEFAULT_WEIGHTS = (("cpu", 1), ("memory", 1))
_MAX_SHAPE_SCORE = 10  # as users write it in a shape: 0 to 10


def weights(configured: Any) -> tuple[tuple[str, int], ...]:
    """Return (resource, weight) of a scoringStrategy's resources."""
    if not configured:
        return DEFAULT_WEIGHTS
    return tuple((item["name"], int(item.get("weight") or 1)) for item in configured)


def shape(configured: Any) -> list[tuple[int, int]]:
    """Return (utilization, score from 0 to 100) of a requestedToCapacityRatio's shape."""
    return [(int(point["utilization"]), int(point["score"]) * MAX_NODE_SCORE // _MAX_SHAPE_SCORE) for point in configured or ()]


def usage(asked: Requests, node: NodeInfo, name: str, *, actual: bool = False) -> tuple[int, int]:
    """Return (requested with the pod, allocatable); cpu and memory with defaults unless `actual`."""
    if name == "cpu":
        return (node.cpu + asked.cpu if actual else node.nz_cpu + asked.nz_cpu), node.alloc_cpu
    if name == "memory":
        return (node.memory + asked.memory if actual else node.nz_memory + asked.nz_memory), node.alloc_memory
    if name == "ephemeral-storage":
        return node.ephemeral + asked.ephemeral, node.alloc_ephemeral
    wanted = (asked.scalars or {}).get(name, 0)
    # An extended resource that the pod does not ask for does not count.
    return (node.scalars.get(name, 0) + wanted, node.alloc_scalars.get(name, 0)) if wanted else (0, 0)


def least_allocated_default(cpu: int, memory: int, nodes: Sequence[NodeInfo]) -> list[int]:
    """Return the default strategy's scores, without a call for each node."""
    scores = []
    for node in nodes:
        total = count = 0
        has = node.alloc_cpu
        if has:
            count = 1
            left = has - node.nz_cpu - cpu
            if left > 0:
                total = left * 100 // has
        has = node.alloc_memory
        if has:
            count += 1
            left = has - node.nz_memory - memory
            if left > 0:
                total += left * 100 // has
        scores.append(total // count if count else 0)
    return scores


def least(requested: int, has: int) -> int:
    """Return 100 for an empty node, 0 for a full one."""
    return (has - requested) * MAX_NODE_SCORE // has if requested <= has else 0


def most(requested: int, has: int) -> int:
    """Return 0 for an empty node, 100 for a full one."""
    return min(requested, has) * MAX_NODE_SCORE // has


def weighted(asked: Requests, nodes: Sequence[NodeInfo], resources: Sequence[tuple[str, int]], one: Callable[[int, int], int]) -> list[int]:
    """Return the weighted mean of each resource's score."""
    scores = []
    for node in nodes:
        total = weight_sum = 0
        for name, weight in resources:
            requested, has = usage(asked, node, name)
            if has:
                total += one(requested, has) * weight
                weight_sum += weight
        scores.append(total // weight_sum if weight_sum else 0)
    return scores


def ratio(asked: Requests, nodes: Sequence[NodeInfo], resources: Sequence[tuple[str, int]], points: list[tuple[int, int]]) -> list[int]:
    """Return RequestedToCapacityRatio's scores."""
    scores = []
    for node in nodes:
        total = weight_sum = 0
        for name, weight in resources:
            requested, has = usage(asked, node, name)
            if not has:
                continue
            full = 100 if requested > has else requested * 100 // has
            score = scoring.broken_linear(points, full) if points else 0
            if score > 0:
                total += score * weight
                weight_sum += weight
        scores.append(int(total / weight_sum + 0.5) if weight_sum else 0)  # math.Round, not to even
    return scores


def balanced(asked: Requests, nodes: Sequence[NodeInfo], resources: Sequence[tuple[str, int]]) -> list[int]:
    """Return 100 where all resources are used in the same proportion; less the more they differ."""
    if tuple(resources) == DEFAULT_WEIGHTS:
        return _balanced_default(asked.cpu, asked.memory, nodes)
    scores = []
    for node in nodes:
        parts = [min(requested / has, 1.0) for requested, has in (usage(asked, node, name, actual=True) for name, _ in resources) if has]
        deviation = 0.0
        if len(parts) == 2:
            deviation = abs(parts[0] - parts[1]) / 2
        elif len(parts) > 2:
            mean = sum(parts) / len(parts)
            deviation = (sum((part - mean) ** 2 for part in parts) / len(parts)) ** 0.5
        scores.append(int((1 - deviation) * MAX_NODE_SCORE))
    return scores


def _balanced_default(cpu: int, memory: int, nodes: Sequence[NodeInfo]) -> list[int]:
    scores = []
    for node in nodes:
        has_cpu, has_memory = node.alloc_cpu, node.alloc_memory
        if not has_cpu or not has_memory:
            scores.append(MAX_NODE_SCORE)
            continue
        one, other = (node.cpu + cpu) / has_cpu, (node.memory + memory) / has_memory
        difference = (one if one < 1.0 else 1.0) - (other if other < 1.0 else 1.0)
        scores.append(int((1 - (difference if difference >= 0 else -difference) / 2) * 100))
    return scores
