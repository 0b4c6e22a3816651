"""kctl top: the family of commands that show usage."""

from minikube_py.cli.command import Family

COMMAND = Family(
    "top",
    "Display resource (CPU/memory) usage",
    "[flags] [options]",
    {
        "node": ("top_node", "Display resource (CPU/memory) usage of nodes"),
        "pod": ("top_pod", "Display resource (CPU/memory) usage of pods"),
    },
    long="Show how much CPU and memory nodes and pods use, as the resource metrics API of the cluster (metrics.k8s.io) tells.",
    examples="""  # Usage of all nodes
  kctl top node

  # Usage of the pods of this namespace
  kctl top pod""",
    synonyms={"nodes": "node", "no": "node", "pods": "pod", "po": "pod"},
)
