"""Workloads as transcripts: rolling out, scaling, order, one pod on each node, and Jobs at their times."""

from collections.abc import Callable, Iterator

import pytest

from minikube_py import testing
from minikube_py.testing import FakeClock
from tests.behaviour.transcripts import Session

STATEFUL_SET = """
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}, annotations: {kctl.dev/dryrun-start-delay: 5s}}
    spec: {containers: [{name: main, image: "postgres:17"}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
DAEMON_SET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: main, image: "agent:1"}]}
"""
CRON_JOB = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "*/5 * * * *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: main, image: "tick:1"}]}
"""
NEW_IMAGE = """'{"spec":{"template":{"spec":{"containers":[{"name":"nginx","image":"nginx:1.28"}]}}}}'"""
ON_EDGE = """'{"spec":{"template":{"spec":{"nodeSelector":{"role":"edge"}}}}}'"""


@pytest.fixture
def session() -> Iterator[Callable[..., Session]]:
    """Make clusters, and close them in the end."""
    made: list[Session] = []

    def make(nodes: int = 1) -> Session:
        clock = FakeClock()
        made.append(Session(testing.new_cluster(nodes=nodes, clock=clock), clock))
        return made[-1]

    yield make
    for each in made:
        each.cluster.close()


def test_a_deployment_rolls_out_scales_and_goes(session: Callable[..., Session]) -> None:
    kctl = session()
    kctl.says("create deployment web --image=nginx:1.27 --replicas=3", "deployment.apps/web created\n")
    kctl.pass_time(60)
    kctl.says("get deployments,replicasets,pods", """
NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/web   3/3     3            3           60s

NAME                             DESIRED   CURRENT   READY   AGE
replicaset.apps/web-6dbd5bf94d   3         3         3       60s

NAME                       READY   STATUS    RESTARTS   AGE
pod/web-6dbd5bf94d-xxxxx   1/1     Running   0          60s
pod/web-6dbd5bf94d-xxxxx   1/1     Running   0          60s
pod/web-6dbd5bf94d-xxxxx   1/1     Running   0          60s
""")  # fmt: skip
    kctl.says(f"patch deployment web -p {NEW_IMAGE}", "deployment.apps/web patched\n")
    kctl.pass_time(30)
    kctl.says("get deployments,pods", """
NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/web   3/3     3            3           90s

NAME                       READY   STATUS    RESTARTS   AGE
pod/web-8445bb745f-xxxxx   1/1     Running   0          30s
pod/web-8445bb745f-xxxxx   1/1     Running   0          30s
pod/web-8445bb745f-xxxxx   1/1     Running   0          30s
""")  # fmt: skip
    kctl.says("get rs -o wide", """
NAME             DESIRED   CURRENT   READY   AGE   CONTAINERS   IMAGES       SELECTOR
web-6dbd5bf94d   0         0         0       90s   nginx        nginx:1.27   app=web,pod-template-hash=6dbd5bf94d
web-8445bb745f   3         3         3       30s   nginx        nginx:1.28   app=web,pod-template-hash=8445bb745f
""")  # fmt: skip
    kctl.says("scale deployment web --replicas=5", "deployment.apps/web scaled\n")
    kctl.says("get deployment web", "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    5/5     5            5           90s\n")
    kctl.says("scale deployment/web --replicas=1", "deployment.apps/web scaled\n")
    kctl.says("get pods", "NAME                   READY   STATUS    RESTARTS   AGE\nweb-8445bb745f-xxxxx   1/1     Running   0          30s\n")
    assert kctl("describe deployment web").partition("OldReplicaSets:")[2] == """  web-6dbd5bf94d (0/0 replicas created)
NewReplicaSet:   web-8445bb745f (1/1 replicas created)
Events:
  Type    Reason             Age   From                   Message
  ----    ------             ----  ----                   -------
  Normal  ScalingReplicaSet  90s   deployment-controller  Scaled up replica set web-6dbd5bf94d from 0 to 3
  Normal  ScalingReplicaSet  30s   deployment-controller  Scaled up replica set web-8445bb745f from 0 to 1
  Normal  ScalingReplicaSet  30s   deployment-controller  Scaled down replica set web-6dbd5bf94d from 3 to 2
  Normal  ScalingReplicaSet  30s   deployment-controller  Scaled up replica set web-8445bb745f from 1 to 2
  Normal  ScalingReplicaSet  30s   deployment-controller  Scaled down replica set web-6dbd5bf94d from 2 to 1
  Normal  ScalingReplicaSet  30s   deployment-controller  Scaled up replica set web-8445bb745f from 2 to 3
  Normal  ScalingReplicaSet  30s   deployment-controller  Scaled down replica set web-6dbd5bf94d from 1 to 0
  Normal  ScalingReplicaSet  0s    deployment-controller  Scaled up replica set web-8445bb745f from 3 to 5
  Normal  ScalingReplicaSet  0s    deployment-controller  Scaled down replica set web-8445bb745f from 5 to 1
"""
    kctl.says("delete deployment web", 'deployment.apps "web" deleted\n')
    kctl.says("get all", """
NAME                 TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
service/kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP   90s
""")  # fmt: skip


def test_an_image_that_cannot_be_pulled_stops_a_rollout(session: Callable[..., Session]) -> None:
    """The old pods stay but for the quarter that may be missing."""
    kctl = session()
    kctl("create deployment web --image=nginx --replicas=4")
    broken = """'{"spec":{"template":{"metadata":{"annotations":{"kctl.dev/dryrun-image-pull-error":"*"}}}}}'"""
    kctl(f"patch deployment web -p {broken}")
    kctl.pass_time(1)
    kctl.says("get deployments,replicasets", """
NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/web   3/4     2            3           1s

NAME                             DESIRED   CURRENT   READY   AGE
replicaset.apps/web-589d67668b   2         2         0       1s
replicaset.apps/web-dcb456b9     3         3         3       1s
""")  # fmt: skip
    assert {line.split()[2] for line in kctl("get pods").splitlines()[1:]} == {"Running", "ImagePullBackOff"}
    kctl.pass_time(700)
    assert "  Progressing    False   ProgressDeadlineExceeded\n" in kctl("describe deployment web")


def test_a_stateful_set_keeps_its_order(session: Callable[..., Session]) -> None:
    kctl = session(nodes=3)
    kctl.says("apply -f -", "service/db created\nstatefulset.apps/db created\n", stdin=STATEFUL_SET)
    creating = "ContainerCreating"
    kctl.says("get pods", f"NAME   READY   STATUS              RESTARTS   AGE\ndb-0   0/1     {creating}   0          0s\n")
    kctl.pass_time(5)
    kctl.says("get pods", f"""
NAME   READY   STATUS              RESTARTS   AGE
db-0   1/1     Running             0          5s
db-1   0/1     {creating}   0          0s
""")  # fmt: skip
    kctl.pass_time(10)
    kctl.says("get statefulsets,pods", """
NAME                  READY   AGE
statefulset.apps/db   3/3     15s

NAME       READY   STATUS    RESTARTS   AGE
pod/db-0   1/1     Running   0          15s
pod/db-1   1/1     Running   0          10s
pod/db-2   1/1     Running   0          5s
""")  # fmt: skip
    claims = "get pvc -o custom-columns=NAME:.metadata.name,PHASE:.status.phase,CAPACITY:.status.capacity.storage,CLASS:.spec.storageClassName"
    bound = "NAME        PHASE   CAPACITY   CLASS\n" + "".join(f"data-db-{number}   Bound   1Gi        standard\n" for number in range(3))
    kctl.says(claims, bound)
    kctl.says("scale statefulset db --replicas=1", "statefulset.apps/db scaled\n")
    kctl.says("get pods -o name", "pod/db-0\n")
    kctl.says("delete statefulset db", 'statefulset.apps "db" deleted\n')
    kctl.says("get statefulsets,pods -o name", "")
    kctl.says(claims, bound)


def test_a_daemon_set_has_a_pod_on_each_node(session: Callable[..., Session]) -> None:
    kctl = session(nodes=3)
    kctl("apply -f -", stdin=DAEMON_SET)
    kctl.says("get daemonset", """
NAME    DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE
agent   3         3         3       3            3           <none>          0s
""")  # fmt: skip
    assert sorted(kctl("get pods -o jsonpath='{.items[*].spec.nodeName}'").split()) == ["minikube", "minikube-m02", "minikube-m03"]
    kctl.says("label node minikube-m02 role=edge", "node/minikube-m02 labeled\n")
    kctl.says(f"patch daemonset agent -p {ON_EDGE}", "daemonset.apps/agent patched\n")
    kctl.pass_time(5)
    kctl.says("get daemonset", """
NAME    DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE
agent   1         1         1       1            1           role=edge       5s
""")  # fmt: skip
    kctl.says("get pods -o jsonpath='{.items[*].spec.nodeName}'", "minikube-m02")
    kctl("label node minikube-m03 role=edge")
    assert sorted(kctl("get pods -o jsonpath='{.items[*].spec.nodeName}'").split()) == ["minikube-m02", "minikube-m03"]
    kctl("delete daemonset agent")
    kctl.says("get pods -o name", "")


def test_a_cron_job_has_run_while_nobody_looked(session: Callable[..., Session]) -> None:
    """After an hour there were twelve Jobs, of which the last three are kept, each as old as if the cluster had been up."""
    kctl = session()
    kctl("apply -f -", stdin=CRON_JOB)
    kctl.pass_time(3610)
    kctl.says("get cronjobs,jobs,pods", """
NAME                 SCHEDULE      TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE
cronjob.batch/tick   */5 * * * *   <none>     False     0        10s             60m

NAME                      STATUS     COMPLETIONS   DURATION   AGE
job.batch/tick-29453810   Complete   1/1           0s         10m
job.batch/tick-29453815   Complete   1/1           0s         5m10s
job.batch/tick-29453820   Complete   1/1           0s         10s

NAME                      READY   STATUS      RESTARTS   AGE
pod/tick-29453810-xxxxx   0/1     Completed   0          10m
pod/tick-29453815-xxxxx   0/1     Completed   0          5m10s
pod/tick-29453820-xxxxx   0/1     Completed   0          10s
""")  # fmt: skip
    created = [line for line in kctl("get events --field-selector involvedObject.kind=CronJob").splitlines() if "Created job" in line]
    assert [line.split()[0] for line in created] == ["55m", "50m", "45m", "40m", "35m", "30m", "25m", "20m", "15m", "10s"]
    assert created[-1].endswith("(combined from similar events): Created job tick-29453820")  # from ten of a kind on they are one event
