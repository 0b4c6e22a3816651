import pytest

from minikube_py.machinery import selectors

LABELS = {"app": "web", "tier": "front", "weight": "5"}


@pytest.mark.parametrize(
    ("text", "shown", "matches"),
    [
        ("app=web", "app=web", True),
        ("app==web", "app==web", True),
        ("app!=web", "app!=web", False),
        ("other!=web", "other!=web", True),
        ("tier in (back,front)", "tier in (back,front)", True),
        ("tier notin (front, back)", "tier notin (back,front)", False),
        ("missing notin (x)", "missing notin (x)", True),
        ("app", "app", True),
        ("!app", "!app", False),
        ("! missing , app = web", "app=web,!missing", True),
        ("weight>4", "weight>4", True),
        ("weight<5", "weight<5", False),
        ("app>1", "app>1", False),
        ("app in ()", "app in ()", False),
        ("in in (in)", "in in (in)", False),
        ("tier in (,,front)", "tier in (,front)", True),
        ("a=", "a=", False),
        ("", "", True),
    ],
)
def test_parse(text: str, shown: str, matches: bool) -> None:
    selector = selectors.parse(text)
    assert (str(selector), selector.matches(LABELS)) == (shown, matches)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a in (x y)", "unable to parse requirement: found 'y', expected: ',' or ')'"),
        ("a in (,,)", "unable to parse requirement: found ')', expected: ',', or identifier"),
        ("a in", "unable to parse requirement: found '' expected: '('"),
        ("a in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("!=a", "found '!=', expected: !, identifier, or 'end of string'"),
        ("x>a", "unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer"),
    ],
)
def test_parse_errors(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        selectors.parse(text)
    assert str(caught.value) == message


def test_bad_keys_and_values_are_told_with_their_path() -> None:
    with pytest.raises(ValueError) as caught:
        selectors.parse("a/b/c=1")
    assert str(caught.value).startswith('unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name must consist of')
    with pytest.raises(ValueError) as caught:
        selectors.parse("a=-x")
    assert str(caught.value).startswith('unable to parse requirement: values[0][a]: Invalid value: "-x": a valid label must be')


def test_exact_pairs() -> None:
    assert selectors.parse("a=b,c in (d),e in (f,g),!h").exact_pairs() == [("a", "b"), ("c", "d")]


def test_from_object() -> None:
    selector = selectors.from_object(
        {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}, {"key": "x", "operator": "DoesNotExist"}]}
    )
    assert str(selector) == "app=web,tier in (front),!x"
    assert selector.matches(LABELS)
    assert selectors.from_object(None) == selectors.NOTHING
    assert not selectors.NOTHING.matches({})
    assert selectors.from_object({}).empty and selectors.from_object({}).matches(None)


def test_from_object_errors() -> None:
    with pytest.raises(ValueError, match='^"Near" is not a valid label selector operator$'):
        selectors.from_object({"matchExpressions": [{"key": "a", "operator": "Near"}]})
    with pytest.raises(ValueError) as caught:
        selectors.from_object({"matchExpressions": [{"key": "a", "operator": "In"}]})
    assert str(caught.value) == "values: Invalid value: []string{}: for 'in', 'notin' operators, values set can't be empty"


def test_node_expressions_know_greater_and_less() -> None:
    selector = selectors.from_node_expressions([{"key": "weight", "operator": "Gt", "values": ["4"]}])
    assert selector.matches(LABELS) and not selector.matches({"weight": "4"})


def test_selectors_as_go_prints_them() -> None:
    terms = [{"key": "b", "operator": "NotIn", "values": ["v1", "v0"]}, {"key": "a", "operator": "Exists"}]
    assert selectors.go_text(None) == "nil"
    assert selectors.go_text({"matchLabels": {"zone": "", "app": "x"}, "matchExpressions": terms}) == (
        "&LabelSelector{MatchLabels:map[string]string{app: x,zone: ,},MatchExpressions:[]LabelSelectorRequirement{"
        "LabelSelectorRequirement{Key:b,Operator:NotIn,Values:[v1 v0],},LabelSelectorRequirement{Key:a,Operator:Exists,Values:[],},},}"
    )
