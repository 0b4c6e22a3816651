"""What others verify service account tokens by."""

from minikube_py.cluster.pki import ISSUER, Keys
from minikube_py.kits import jwt
from minikube_py.kits.clock import SystemClock
from tests.apiserver.http import world
from tests.apiserver.http.world import Site

CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/openid/v1/jwks"


def test_discovery_and_keys() -> None:
    async def scene(site: Site) -> None:
        keys = Keys("", SystemClock())
        site.place.server.reader.trusted = lambda: keys
        found = await site.ask("GET", CONFIGURATION)
        assert (found.code, found.headers["Content-Type"], found.headers["Cache-Control"]) == (200, "application/json", "public, max-age=3600")
        assert found.json == {
            "issuer": ISSUER, "jwks_uri": f"https://{site.root.removeprefix('http://')}{KEYS}", "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
        }  # fmt: skip
        page = await site.ask("GET", KEYS)
        assert (page.code, page.headers["Content-Type"]) == (200, "application/jwk-set+json")
        assert page.json == {"keys": [jwt.public(key) for key in keys.token_keys().values()]}
        assert [key["kid"] for key in page.json["keys"]] == list(keys.token_keys())
        for path in ("/openid/v1", "/openid/v1/jwks/x", "/.well-known", "/.well-known/x"):
            assert (await site.ask("GET", path)).code == 404, path
        assert {CONFIGURATION, KEYS} <= set((await site.ask("GET", "/")).json["paths"])
        for user, code in (("", 403), ("jane", 403), ("wrong", 401)):
            assert (await site.ask("GET", KEYS, user=user)).code == code
        assert (await site.ask("POST", KEYS)).code == 405

    world.play(scene)


def test_without_keys_there_is_nothing() -> None:
    async def scene(site: Site) -> None:
        assert ((await site.ask("GET", CONFIGURATION)).code, (await site.ask("GET", KEYS)).code) == (404, 404)

    world.play(scene)
