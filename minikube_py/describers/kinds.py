"""Which module describes which kind: "module", or "module:function". All other kinds go to the generic describer."""

GENERIC = "generic"

DESCRIBERS = {
    ("", "Node"): "node",
    ("", "Pod"): "pod",
    ("", "ReplicationController"): "replicaset:describe_replication_controller",
    ("apps", "Deployment"): "deployment",
    ("apps", "ReplicaSet"): "replicaset",
}
