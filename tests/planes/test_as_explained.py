"""What `explain` says of a request is what every plane does with it: the same hundreds of requests for all."""

import random
import ssl
from collections.abc import Iterator

import pytest

from router.table.explain import Explanation, Request, explain
from tests.support.clients import Answer, Client, request, tls_context
from tests.support.planes import Running

pytestmark = pytest.mark.plane
COUNT = 500
HOSTS = [
    "plain.test", "PLAIN.Test", "plain.test.", "plain.test:8080", "plain.test.:1", "paths.test", "x.wild.test", "X.WILD.test:9", "x.y.wild.test",
    "wild.test", ".wild.test", "fallback.test", "fallback.test:80", "closed.test", "closedall.test", "secure.test", "Secure.test:8080", "resting.test",
    "resting-secure.test", "ingress.test", "nobody.test", "unknown.test", "default", "x.volatile", "plain.test.evil", "127.0.0.1", "[::1]:80", "-", "_", "..",
]  # fmt: skip
ELEMENTS = [
    "", "", "api", "api", "v2", "deep", "er", "exact", "exact", "Case", "case", "CASE", "a%2Fb", "a%2fb", "d", "e", "a", "b", "slash", "anyhost",
    "apix", "%61pi", "api%20", "a;x=1", "...", ".x", "x|y[z]", "é", "a+b", "a'(b)*!", "~", "$host", "%24{x}", "\\", '"q"', "{}", "^`", "<>", ":80",
]  # fmt: skip
WRONG = [".", "..", "%2e", "%2E.", "%", "%4", "%zz", "%00", "%0a", "%1F", "%7f", "%7F"]
QUERIES = ["", "", "", "?", "?x=1", "?a=%2F&b", "??", "?x=/../y", "?%zz", "?a#", "?{}|"]
FORWARDED = [
    ("X-Forwarded-For", ["192.0.2.1", "192.0.2.1, 10.0.0.1", "192.0.2.1,203.0.113.5", "2001:db8::7", "junk", "192.0.2.1, junk, 10.0.0.1", "10.1.1.1, 10.2.2.2",
        "2001:db8:9::1, 2001:db8:1::2", ""]),
    ("X-Forwarded-Proto", ["https", "http", "HTTPS", "ftp", "https, http", ""]),
    ("X-Forwarded-Host", ["other.test", "other.test:99", ""]),
    ("X-Forwarded-Port", ["443", "0", "x", "999999", "1;2", ""]),
    ("X-Request-Id", ["abc.DEF_1-2", "bad id", "x" * 129, "x" * 128, ""]),
]  # fmt: skip


def made_up(seed: int) -> Iterator[Request]:
    """Requests from the words above, most of them good."""
    rng = random.Random(seed)
    for _ in range(COUNT):
        elements = rng.choices(ELEMENTS, k=rng.randint(1, 4))
        if rng.random() < 0.1:
            elements.insert(rng.randint(0, len(elements)), rng.choice(WRONG))
        known = [(name.lower(), rng.choice(values)) for name, values in FORWARDED if rng.random() < 0.3]
        yield Request(
            scheme=rng.choice(["http", "http", "https"]),
            host=rng.choice(HOSTS),
            path="/" + "/".join(elements) + rng.choice(QUERIES),
            method=rng.choice(["GET", "GET", "POST", "HEAD"]),
            headers=tuple(known),
        )


class Asker:
    """Keeps one connection a scheme, as clients do."""

    def __init__(self, running: Running) -> None:
        self.running, self.clients = running, dict[str, Client]()

    def ask(self, asked: Request) -> Answer:
        ports: dict[str, tuple[int, ssl.SSLContext | None]] = {
            "http": (self.running.http, None), "https": (self.running.https, tls_context("http/1.1")),
        }  # fmt: skip
        port, tls = ports[asked.scheme]
        data = request(
            asked.host, asked.path.encode().decode("latin-1"), *(f"{n}: {v}" for n, v in asked.headers), method=asked.method,
            body=b"abc" if asked.method == "POST" else None, close=False,
        )  # fmt: skip
        client = self.clients.get(asked.scheme) or Client(port, tls=tls)
        answer = client.ask(data)
        if "close" in answer.header("connection") or answer.status == 400:
            client.__exit__()
            self.clients.pop(asked.scheme, None)
        else:
            self.clients[asked.scheme] = client
        return answer

    def close(self) -> None:
        for client in self.clients.values():
            client.__exit__()


def differences(running: Running, seed: int) -> list[str]:
    asker = Asker(running)
    found, routed = [], []
    for asked in made_up(seed):
        said = explain(running.table, asked)
        answer = asker.ask(asked)
        found += [
            f"{asked.scheme} {asked.method} {asked.host} {asked.path} {asked.headers}: {why}" for why in compare(said, answer)
        ]
        if answer.status != 400:
            routed.append((asked, said, answer.header("x-request-id")))
    asker.close()
    running.line(request_id=routed[-1][2])
    lines = {line["request_id"]: line for line in running.lines()}
    for asked, said, identity in routed:
        if identity != dict(asked.headers).get("x-request-id"):  # several requests may say the same
            found += [f"{asked.host} {asked.path} in the log: {why}" for why in compare_line(asked, said, lines[identity])]
    return found


def compare(said: Explanation, answer: Answer) -> Iterator[str]:
    if answer.status != (said.status or 200):
        yield f"{answer.status} instead of {said.status}"
        return
    if answer.header("location") != said.location:
        yield f"Location {answer.header('location')} instead of {said.location}"
    for name, value in said.answer:
        if answer.all(name) != [value]:
            yield f"{name} {answer.all(name)} instead of {value}"
    if said.status or said.request.method == "HEAD":
        return
    if answer.seen["target"] != said.url.encode().decode("latin-1"):
        yield f"{answer.seen['target']} instead of {said.url}"
    for name, value in said.upstream:
        came = ", ".join(answer.upstream(name))
        if came != value and not (value.startswith("<") and len(came) == (32 if "hex" in value else 16)):
            yield f"the backend sees {name}: {came} instead of {value}"


def compare_line(asked: Request, said: Explanation, line: dict[str, object]) -> Iterator[str]:
    origin = said.route.origin if said.route else None
    wanted = [origin.dialect, origin.object.kind, origin.object.namespace, origin.object.name] if origin else [""] * 4
    for name, value in zip(("dialect", "kind", "namespace", "name"), wanted, strict=True):
        if line[name] != value:
            yield f"{name} {line[name]} instead of {value}"
    client = said.client
    status = said.status or 200
    for name, right in (
        ("client", client),
        ("status", status),
        ("host", asked.host),
        ("path", asked.path),
        ("method", asked.method),
    ):
        if line[name] != right:
            yield f"{name} {line[name]} instead of {right}"


def test_what_explain_says_happens(plane: Running) -> None:
    assert differences(plane, seed=1) == []


def test_what_explain_says_happens_behind_a_trusted_proxy(trusting: Running) -> None:
    assert differences(trusting, seed=2) == []


def test_what_explain_says_happens_with_a_default_for_everything(dual: Running) -> None:
    assert differences(dual, seed=3) == []
