"""kctl describe: what it finds; how things are described is tested with the describers."""

import re

from tests.cli.commands.web import MANIFEST, Web

MISSING = 'Error from server (NotFound): pods "x" not found\n'


def names(text: str) -> list[str]:
    """Return what the descriptions in a text are of."""
    return [line.split()[1] for line in text.splitlines() if line.startswith("Name: ")]


def test_one_object(web: Web) -> None:
    text = web("describe deployment web")
    assert text.startswith("Name:                   web\nNamespace:              default\n")
    assert "\nEvents:\n" in text
    assert text == web("describe deploy/web") == web("describe -f -", MANIFEST)


def test_events_are_left_out_on_request(web: Web) -> None:
    assert "Events:" not in web("describe deployment web --show-events=false")


def test_several_are_separated_by_two_empty_lines(web: Web) -> None:
    one, two = web("describe deploy/web"), web("describe svc/kubernetes")
    assert web("describe deploy/web svc/kubernetes") == f"{one}\n\n{two}"
    assert web("describe deploy,svc") == f"{one}\n\n{two}"


def test_all_of_a_type_and_those_with_a_label(web: Web) -> None:
    assert names(web("describe pods")) == web.pods
    assert names(web("describe pods -l app=web")) == web.pods
    assert names(web("describe services -A")) == ["kubernetes", "kube-dns"]


def test_prefixes(web: Web) -> None:
    assert names(web("describe pod we")) == web.pods
    one = web(f"describe pod {web.pods[0]}")
    assert web(f"describe pod {web.pods[0][:-1]}") == one + "\n"
    assert "\nEvents:" not in web(f"describe pod {web.pods[0][:-1]} --show-events=false")


def lists(web: Web, words: str) -> list[str]:
    """Return which lists a command asks for, and in chunks of how many."""
    code, _, logged = web.result(f"{words} -v=6")
    assert code == 0
    return [f"{kind} {''.join(re.findall(r'limit=(-?[0-9]+)', query))}" for kind, query in re.findall(r'/([a-z]+)\?([^"]+)"', logged)]


def test_lists_are_read_in_chunks(web: Web) -> None:
    assert lists(web, "describe deployment") == ["deployments 500", "replicasets 500", "events 500"]
    assert lists(web, "describe deployment/web --chunk-size=7") == ["replicasets 7", "events 7"]
    assert lists(web, "describe service/kubernetes --chunk-size=7") == ["endpointslices ", "events 7"]
    assert lists(web, "describe pods -l app=web --show-events=false --chunk-size=3") == ["pods 3"]
    assert lists(web, "describe pods -l app=web --show-events=false --chunk-size=2") == ["pods 2", "pods 2"]
    assert lists(web, "describe pod we --show-events=false --chunk-size=1000") == ["pods 1000"]
    assert names(web("describe pods -l app=web --chunk-size=1")) == names(web("describe pods -l app=web --chunk-size=0")) == web.pods


def test_not_found(web: Web) -> None:
    assert web.result("describe pod x") == (1, "", MISSING)
    assert web.result("describe pods/x") == (1, "", MISSING)
    assert web.result("describe pod x y") == (1, "", MISSING + MISSING.replace('"x"', '"y"'))


def test_what_is_found_is_described_before_the_errors(web: Web) -> None:
    found = web("describe svc kubernetes")
    assert web.result("describe svc/kubernetes pod/x pod/y") == (1, found, MISSING + MISSING.replace('"x"', '"y"'))


def test_nothing_there(web: Web) -> None:
    assert web.result("describe jobs") == (0, "", "No resources found in default namespace.\n")
    assert web.result("describe jobs -A") == (0, "", "No resources found\n")


def test_refusals(web: Web) -> None:
    nothing = 'error: You must specify the type of resource to describe. Use "kctl api-resources" for a complete list of supported resources.\n'
    assert web.result("describe") == (1, "", nothing)
    assert web.result("describe nosuch x") == (1, "", "error: the server doesn't have a resource type \"nosuch\"\n")
    assert web.result("describe pod a -l b=c") == (1, "", "error: name cannot be provided when a selector is specified\n")
    assert web.result("describe -f /nowhere.yaml") == (1, "", 'error: the path "/nowhere.yaml" does not exist\n')
