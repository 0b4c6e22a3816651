"""Requests whose parts fit each other or do not: what hypothesis makes HTTP of."""

import json

from hypothesis import strategies as st

METHODS = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "FOO", "G E T", "GET\x00", "\xff", "A" * 5000]
)
PIECES = st.sampled_from(
    [
        "api",
        "apis",
        "v1",
        "apps",
        "namespaces",
        "default",
        "pods",
        "configmaps",
        "deployments",
        "a",
        "status",
        "scale",
        "log",
        "watch",
        "proxy",
        "..",
        ".",
        "",
        "%2e%2e",
        "%2F",
        "%00",
        "%",
        "%zz",
        "%ff%fe",
        "%c0%af",
        "%F0%9F%98%80",
        "é",
        "\x7f",
        "a" * 300,
        "*",
        "?",
        "openapi",
        "v3",
        "v2",
        "healthz",
        "metrics",
        "version",
        ";",
        "{x}",
        "metrics.k8s.io",
        "v1beta1",
        "nodes",
        "minikube",
        "eviction",
        "token",
        "serviceaccounts",
        "selfsubjectreviews",
        "authentication.k8s.io",
        "%ed%a0%80",
        "exec",
        "attach",
        "portforward",
        "services",
        "a:80",
        "https:a:x",
        "kubernetes:https",
        "http:minikube:",
        ".well-known",
        "openid-configuration",
        "openid",
        "jwks",
    ]
)
KNOWN = ["configmaps", "pods", "configmaps/a", "pods/a/log", "secrets", "services/a/status", "pods/a/proxy/x", "services/kubernetes:https/proxy/",
         "pods/a/exec", "pods/a/portforward"]  # fmt: skip
QUERIES = st.sampled_from(
    [
        "limit",
        "continue",
        "resourceVersion",
        "resourceVersionMatch",
        "labelSelector",
        "fieldSelector",
        "timeoutSeconds",
        "dryRun",
        "fieldManager",
        "force",
        "pretty",
        "fieldValidation",
        "propagationPolicy",
        "gracePeriodSeconds",
        "container",
        "tailLines",
        "sinceTime",
        "sinceSeconds",
        "command",
        "stdin",
        "stdout",
        "ports",
        "includeObject",
        "x",
    ]
)
VALUES = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "1",
        "true",
        "99999999999999999999999",
        "1e9",
        "NaN",
        "a=b",
        "a in (b",
        "!",
        "%00",
        "%ff",
        "%",
        "Exact",
        "All",
        "\xe9",
        "a" * 3000,
        "=,=",
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi8ifQ",
        "2026-13-01T00:00:00Z",
        "+5",
        "1_000",
    ]
) | st.text(max_size=5)
TYPES = st.sampled_from(
    [
        "application/json",
        "application/yaml",
        "application/vnd.kubernetes.protobuf",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
        "application/cbor",
        "text/plain",
        "",
        ";;;",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
    ]
)
HEADERS = st.sampled_from(
    [
        ("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1"),
        ("Accept", ";q=x,,*/"),
        ("Accept", "application/json;as=Nothing;v=v9;g=none"),
        ("Accept", "a" * 70_000),
        ("Accept-Encoding", "gzip;q=0"),
        ("Impersonate-User", ""),
        ("Impersonate-Group", "x"),
        ("Impersonate-Extra-%zz", "x"),
        ("Authorization", "Basic !!"),
        ("Host", ""),
        ("Audit-Id", "\x01"),
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "deflate"),
        ("Content-Encoding", "br"),
        ("Cookie", "a" * 9000),
        ("If-None-Match", "*"),
        ("Expect", "100-continue"),
        ("Expect", "200-ok"),
        ("Upgrade", "websocket"),
        ("Upgrade", "SPDY/3.1"),
        ("Connection", "Upgrade"),
        ("Range", "bytes=0-"),
        ("X-Stream-Protocol-Version", "v9"),
        ("User-Agent", "Mozilla/5.0"),
        ("X\xff", "y"),
        ("Content-Length", "5"),
        ("Transfer-Encoding", "gzip"),
        ("", "empty"),
        ("Sec-WebSocket-Key", "x"),
        ("Sec-WebSocket-Version", "99"),
        ("Sec-WebSocket-Protocol", "v5.channel.k8s.io"),
        ("Sec-WebSocket-Protocol", "v4.channel.k8s.io"),
        ("Sec-WebSocket-Protocol", "SPDY/3.1+portforward.k8s.io"),
        ("X-Forwarded-For", "\x01,,"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
FIELDS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "labels",
        "annotations",
        "managedFields",
        "finalizers",
        "ownerReferences",
        "spec",
        "data",
        "replicas",
        "selector",
        "template",
        "containers",
        "status",
        "items",
        "generateName",
        "resourceVersion",
        "op",
        "path",
        "value",
    ]
)
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5), max_leaves=12)
ODD = st.sampled_from(
    [
        b"{",
        b"[" * 100_000,
        b'{"a":' * 3000,
        b"\xff\xfe",
        b"\x00",
        b'{"kind":"ConfigMap","kind":"Pod"}',
        b"k8s\x00",
        b"k8s\x00\xff\xff\xff\xff\x0f",
        b"k8s\x00\x0a\x80",
        b"a: &a [*a]",
        b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
        b"--- !!python/object:os.system\n",
        b"1" * 5000,
        b"1e999999",
        b'"\\ud800"',
        b'{"metadata":{"name":"\\ud800"}}',
        b'[{"op":"move","from":"/a","path":"/a/b"}]',
        b'[{"op":"add","path":"/metadata/labels/~2","value":1}]',
        b"{}",
        b"null",
        b"[]",
    ]
)
BODIES = DOCUMENTS.map(lambda value: json.dumps(value).encode()) | ODD | st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: b"k8s\x00" + rest)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Return the bytes of one request, whose parts fit each other or do not."""
    path = "/" + "/".join(draw(st.lists(PIECES, max_size=8)))
    if draw(st.booleans()):
        path = "/api/v1/namespaces/default/" + draw(st.sampled_from(KNOWN))
    query = "&".join(f"{key}={value}" for key, value in draw(st.lists(st.tuples(QUERIES, VALUES), max_size=3)))
    line = f"{draw(METHODS)} {path}{'?' + query if query else ''} {draw(st.sampled_from(['HTTP/1.1'] * 8 + ['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '']))}"
    body = draw(st.just(b"") | BODIES)
    headers = [("Host", "x"), ("Connection", "close"), ("Content-Type", draw(TYPES)), *draw(st.lists(HEADERS, max_size=3))]
    if body:
        headers.append(("Content-Length", str(len(body))))
    text = line + "\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    return text.encode("utf-8", "replace") + body
