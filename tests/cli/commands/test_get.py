"""kctl get, as transcripts."""

import json

import pytest

from tests.cli.commands.web import MANIFEST, Web

MISSING = 'Error from server (NotFound): pods "x" not found\n'


def test_a_table(web: Web) -> None:
    assert web("get pods") == web.table()
    assert web("get po") == web.table()
    assert web("get pods.v1.") == web.table()
    assert web(f"get pod {web.pods[0]} {web.pods[1]} {web.pods[2]}") == web.table()
    assert web(f"get pod/{web.pods[0]} po/{web.pods[1]} pods/{web.pods[2]}") == web.table()
    assert web("get pods --chunk-size=1") == web.table()
    assert web("-n default get pods") == web("get pods -n default") == web("get --namespace default pods") == web.table()


def test_the_same_object_twice_is_shown_twice(web: Web) -> None:
    assert web("get svc kubernetes kubernetes -o name") == "service/kubernetes\nservice/kubernetes\n"


def test_wide(web: Web) -> None:
    address = web(f"get pod {web.pods[0]} -o jsonpath={{.status.podIP}}")
    assert web(f"get pod {web.pods[0]} -o wide") == (
        "NAME                   READY   STATUS    RESTARTS   AGE   IP           NODE       NOMINATED NODE   READINESS GATES\n"
        f"{web.pods[0]}   2/2     Running   0          0s    {address}   minikube   <none>           <none>\n"
    )


def test_several_resources(web: Web) -> None:
    expected = """NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/web   3/3     3            3           0s

NAME                 TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
service/kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP   0s
"""
    assert web("get deploy,svc") == expected
    assert web("get deploy/web svc/kubernetes") == expected
    assert web("get deploy,jobs,svc") == expected
    assert web("get deploy,svc --no-headers") == (
        "deployment.apps/web   3/3   3     3     0s\nservice/kubernetes   ClusterIP   10.96.0.1   <none>   443/TCP   0s\n"
    )


def test_all(web: Web) -> None:
    assert web("get all") == f"""NAME                       READY   STATUS    RESTARTS   AGE
pod/{web.pods[0]}   2/2     Running   0          0s
pod/{web.pods[1]}   2/2     Running   0          0s
pod/{web.pods[2]}   2/2     Running   0          0s

NAME                 TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
service/kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP   0s

NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/web   3/3     3            3           0s

NAME                             DESIRED   CURRENT   READY   AGE
replicaset.apps/{web.pods[0][:-6]}   3         3         3       0s
"""


def test_columns_of_labels(web: Web) -> None:
    assert web(f"get pod {web.pods[0]} -L app,example.com/tier --show-labels") == (
        "NAME                   READY   STATUS    RESTARTS   AGE   APP   TIER   LABELS\n"
        f"{web.pods[0]}   2/2     Running   0          0s    web          app=web,pod-template-hash={web.pods[0].split('-')[1]}\n"
    )


def test_all_namespaces(web: Web) -> None:
    assert web("get svc -A") == """NAMESPACE     NAME         TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)                  AGE
default       kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP                  0s
kube-system   kube-dns     ClusterIP   10.96.0.10   <none>        53/UDP,53/TCP,9153/TCP   0s
"""
    assert web("get nodes -A") == "NAME       STATUS   ROLES           AGE   VERSION\nminikube   Ready    control-plane   0s    v1.33.1\n"
    assert web("get node minikube -A -o name") == "node/minikube\n"


def test_kinds_in_front_of_names(web: Web) -> None:
    assert web("get svc --show-kind --no-headers") == "service/kubernetes   ClusterIP   10.96.0.1   <none>   443/TCP   0s\n"


def test_names(web: Web) -> None:
    assert web("get pods -o name") == "".join(f"pod/{name}\n" for name in web.pods)
    assert web("get deploy web -o name") == "deployment.apps/web\n"
    assert web("get deploy,svc -o name") == "deployment.apps/web\nservice/kubernetes\n"


def test_objects(web: Web) -> None:
    assert json.loads(web("get deploy web -o json"))["kind"] == "Deployment"
    listed = json.loads(web("get pods -o json"))
    assert (listed["apiVersion"], listed["kind"], listed["metadata"]) == ("v1", "List", {"resourceVersion": ""})
    assert [(item["kind"], item["metadata"]["name"]) for item in listed["items"]] == [("Pod", name) for name in web.pods]
    assert web("get deploy web -o jsonpath={.spec.replicas}") == "3"
    assert web("get pods -o custom-columns=NAME:.metadata.name,PHASE:.status.phase") == (
        "NAME                   PHASE\n" + "".join(f"{name}   Running\n" for name in web.pods)
    )
    assert web("get svc kubernetes -o go-template={{.spec.clusterIP}}") == "10.96.0.1"
    assert web("get jobs -o yaml") == 'apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: ""\n'


def test_managed_fields_are_shown_on_request_only(web: Web) -> None:
    assert "managedFields" not in json.loads(web("get svc kubernetes -o json"))["metadata"]
    assert "managedFields" in json.loads(web("get svc kubernetes -o json --show-managed-fields"))["metadata"]


def test_without_the_servers_tables(web: Web) -> None:
    assert web("get svc --server-print=false") == "NAME         AGE\nkubernetes   0s\n"
    assert web("get deploy,svc --server-print=false") == (
        "NAME                  AGE\ndeployment.apps/web   0s\n\nNAME                 AGE\nservice/kubernetes   0s\n"
    )


def test_sorting(web: Web) -> None:
    assert web("get pods --sort-by=.metadata.name") == web.table()
    assert web("get svc -A --sort-by=.spec.ports[0].port -o name") == "service/kube-dns\nservice/kubernetes\n"
    assert web.result("get pods --sort-by=.nope") == (0, "", "No resources found in default namespace.\n")
    assert web.result("get pods,svc --sort-by=.nope") == (1, "", "error: couldn't find any field with path \"{.nope}\" in the list of objects\n")
    assert web.result("get pods --sort-by=.nope -o name")[0] == 1


def test_nothing_there(web: Web) -> None:
    assert web.result("get pods -l app=none") == (0, "", "No resources found in default namespace.\n")
    assert web.result("get pods -n nowhere") == (0, "", "No resources found in nowhere namespace.\n")
    assert web.result("get pods,jobs -A -l app=none") == (0, "", "No resources found\n")
    assert web.result("get nodes -l app=none") == (0, "", "No resources found\n")
    assert web.result("get nodes,pods -l app=none") == (0, "", "No resources found\n")
    assert web.result("get pods -l app=none --ignore-not-found") == (0, "", "")
    assert web.result("get pods -l app=none -o name") == (0, "", "")


def test_not_found(web: Web) -> None:
    assert web.result("get pod x") == (1, "", MISSING)
    assert web.result("get pod x -o json") == (1, "", MISSING)
    assert web.result("get pod x y") == (1, "", MISSING + MISSING.replace("x", "y"))
    assert web.result("get deploy x") == (1, "", 'Error from server (NotFound): deployments.apps "x" not found\n')
    assert web.result("get svc/kubernetes pod/x -o name") == (1, "service/kubernetes\n", MISSING)
    assert web.result("get svc,pods x") == (1, "", MISSING.replace("pods", "services") + MISSING)


def test_an_empty_list_is_printed_before_the_errors(web: Web) -> None:
    code, out, err = web.result("get pods x y -o json")
    assert (code, json.loads(out)) == (1, {"apiVersion": "v1", "items": [], "kind": "List", "metadata": {"resourceVersion": ""}})
    assert err == MISSING + MISSING.replace("x", "y")


def test_ignoring_what_is_not_found(web: Web) -> None:
    assert web.result("get pod x --ignore-not-found") == (0, "", "")
    assert web.result("get pod x --ignore-not-found -o json") == (0, "", "")
    assert web.result("get svc/kubernetes pod/x --ignore-not-found -o name") == (0, "service/kubernetes\n", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("get nosuch", "error: the server doesn't have a resource type \"nosuch\""),
        ("get nosuch.apps", "error: the server doesn't have a resource type \"nosuch\""),
        ("get pods,nosuch", "error: the server doesn't have a resource type \"nosuch\""),
        ("get pods,", "error: the server doesn't have a resource type \"\""),
        ("get all x", "error: you must specify only one resource"),
        ("get pods/a b", "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
                         "(e.g. 'kctl get resource/<resource_name>' instead of 'kctl get resource resource/<resource_name>'"),
        ("get pods/a/b", "error: arguments in resource/name form may not have more than one slash"),
        ("get pods/", "error: arguments in resource/name form must have a single resource and name"),
        ("get /a", "error: arguments in resource/name form must have a single resource and name"),
        ("get po,svc/a", "error: arguments in resource/name form must have a single resource and name"),
        ("get pods a -l b=c", "error: name cannot be provided when a selector is specified"),
        ("get pods/a -l b=c", "error: selectors and the all flag cannot be used when passing resource/name arguments"),
        ("get pods a -A", "error: a resource cannot be retrieved by name across all namespaces"),
        ("get pods ..", "error: invalid resource name \"..\": [may not be '..']"),
        ("get pods a%b", "error: invalid resource name \"a%b\": [may not contain '%']"),
        ("get deploy --subresource=scale", "error: subresource cannot be used when bulk resources are specified"),
        ("get pods -o foo", 'error: unable to match a printer suitable for the output format "foo", allowed formats are: custom-columns,'
                            "custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,"
                            "templatefile,wide,yaml"),
        ("get pods --show-labels -o yaml", "error: --show-labels option cannot be used with yaml printer"),
        ("get pods --output-watch-events", "error: --output-watch-events option can only be used with --watch or --watch-only"),
        ("get --raw version", 'error: --raw must be a valid URL path: parse "version": invalid URI for request'),
        ("get -k . -f x", "error: only one of -f or -k can be specified"),
        ("get pods --field-selector=foo=bar", 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", '
                                              'field selector "foo=bar": field label not supported: foo'),
        ("get pods -l 'a b'", 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "a b", field selector "": '
                              "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("get pods --as-group=x", "error: requesting uid, groups or user-extra for minikube without impersonating a user"),
        ("get pods --token=x", "error: --token: the cluster \"minikube\" is one of this machine; there is no server that would ask for it"),
        ("get pods --context=x", "Error in configuration: context was not found for specified context: x"),
        ("get pods --cluster=x", 'error: no server found for cluster "x"'),
        ("get pods --user=x", 'error: auth info "x" does not exist'),
    ],
)  # fmt: skip
def test_refusals(web: Web, line: str, message: str) -> None:
    assert web.result(line) == (1, "", message + "\n")


def test_nothing_asked_for(web: Web) -> None:
    assert web.result("get") == (
        1,
        "",
        'You must specify the type of resource to get. Use "kctl api-resources" for a complete list of supported resources.\n\n'
        'error: Required resource not specified.\nUse "kctl explain <resource>" for a detailed description of that resource (e.g. kctl explain pods).\n'
        "See 'kctl get -h' for help and examples\n",
    )


def test_files(web: Web) -> None:
    assert web("get -f - -o name", MANIFEST) == "deployment.apps/web\n"
    assert web("get -f -", MANIFEST) == "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    3/3     3            3           0s\n"


def test_who_may_not_read(web: Web) -> None:
    assert web.result("get pods --as=jane") == (
        1, "", 'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"\n'
    )  # fmt: skip
