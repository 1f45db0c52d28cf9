"""The card that asks a web service in the middle of a call, against a server on loopback."""

import json
from ipaddress import ip_address

import pytest
from pydantic import ValidationError

from engine.sdk import Connection, Json, Permanent, Step, Transient
from engine.sdk.testbench import Bench, card
from nodes.connect.addresses import Address, Guarded
from nodes.connect.http import HttpRequest
from nodes.connect.http.place import HTTP_API, place_of
from tests.support.http import Answer, Door

GOLD = json.dumps({"customer": {"tier": "gold", "since": 2019}}).encode()
TAKES: list[Json] = [{"path": "customer.tier", "slot": "tier"}, {"path": "customer.since", "slot": "since"}]
LOOK_UP = card(HttpRequest, connection="crm", path="/customers?phone={phone}", takes=TAKES)
BOOK_IN = card(HttpRequest, connection="crm", method="POST", path="/tickets", body='{"zip": "{slot:zip}"}')


def crm(door: Door, **settings: str) -> Connection:
    given = {"base": door.url.removesuffix("/hooks"), "secret": "Bearer s3cret"}
    return Connection("crm", "http_api", given | settings)


def a_bench(door: Door, **settings: str) -> Bench:
    return Bench(slots={"tier": None, "since": None, "zip": "94110"}, connections={"crm": crm(door, **settings)})


def noted(bench: Bench) -> str:
    [acted] = bench.actions
    assert acted.name == "http_request"
    return str(acted.details["result"])


def said(step: Step) -> list[str]:
    return [line.text for line in step.lines]


async def test_the_answer_fills_the_things_to_find_out() -> None:
    async with Door([Answer(200, body=GOLD)]) as door:
        bench = a_bench(door)
        step = await bench.enter(LOOK_UP)
    assert step.exit == "ok"
    assert bench.slots == {"tier": "gold", "since": 2019, "zip": "94110"}
    assert (bench.evidence["tier"].source, bench.evidence["tier"].words) == ("rule", "crm: customer.tier")
    [asked] = door.requests
    assert (asked.method, asked.target) == ("GET", "/customers?phone=%2B14155550123")
    assert asked.headers["authorization"] == "Bearer s3cret"
    assert "idempotency-key" not in asked.headers
    assert bench.fillers == []
    assert noted(bench) == "answer 200"
    assert "4155550123" not in str(bench.actions)
    assert "s3cret" not in str(bench.actions)


async def test_a_slow_answer_is_covered_by_a_filler() -> None:
    async with Door([Answer(200, body=GOLD)]) as door:
        bench = a_bench(door)
        bench.pace = "slow"
        assert (await bench.enter(LOOK_UP)).exit == "ok"
    assert bench.fillers == ["One moment, I'm looking that up."]


async def test_a_value_that_does_not_fit_is_left_out_and_noted() -> None:
    async with Door([Answer(200, body=GOLD)]) as door:
        bench = a_bench(door)
        bench.misfits = ("since",)
        assert (await bench.enter(LOOK_UP)).exit == "ok"
    assert bench.slots["since"] is None
    assert bench.actions[0].details["left_out"] == "since"


async def test_not_found_has_its_own_way_out() -> None:
    async with Door([Answer(404, body=b"{}")]) as door:
        bench = a_bench(door)
        assert (await bench.enter(LOOK_UP)).exit == "not_found"


@pytest.mark.parametrize(
    ("answers", "note"),
    [
        ([Answer(401)], "does not accept the secret"),
        ([Answer(200, body=b"<html>Log in</html>")], "a web page came"),
        ([Answer(200, body=b'{"a": "' + b"x" * 300_000 + b'"}')], "longer than 256 KB"),
        ([Answer(302, {"location": "http://127.0.0.1:1/"})], "moved"),
        ([Answer(503), Answer(503)], "refused (answer 503)"),
    ],
)
async def test_what_goes_wrong_leaves_by_failed_with_a_note(answers: list[Answer], note: str) -> None:
    async with Door(answers) as door:
        bench = a_bench(door)
        step = await bench.enter(card(HttpRequest, **{**LOOK_UP.settings.model_dump(), "failed": "That did not work."}))
    assert step.exit == "failed"
    assert said(step) == ["That did not work."]
    assert note in noted(bench)
    assert bench.slots["tier"] is None


async def test_reading_is_tried_a_second_time() -> None:
    async with Door([Answer(503), Answer(200, body=GOLD)]) as door:
        assert (await a_bench(door).enter(LOOK_UP)).exit == "ok"
    assert len(door.requests) == 2


async def test_what_changes_something_is_repeated_under_one_key() -> None:
    async with Door([Answer(502), Answer(201)]) as door:
        assert (await a_bench(door).enter(BOOK_IN)).exit == "ok"
    first, second = door.requests
    assert json.loads(first.body) == {"zip": "94110"}
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.headers["idempotency-key"].startswith("call_bench:")


async def test_without_a_key_it_is_never_sent_twice() -> None:
    async with Door([Answer(502), Answer(201)]) as door:
        bench = a_bench(door)
        step = await bench.enter(card(HttpRequest, **{**BOOK_IN.settings.model_dump(), "idempotency_key": False}))
    assert step.exit == "failed"
    assert len(door.requests) == 1


async def test_retry_after_is_kept_inside_the_longest_wait() -> None:
    async with Door([Answer(429, {"retry-after": "60"}), Answer(200, body=GOLD)]) as door:
        bench = a_bench(door)
        step = await bench.enter(card(HttpRequest, **{**LOOK_UP.settings.model_dump(), "longest_s": 1}))
    assert step.exit == "failed"
    assert "no answer within 1 seconds" in noted(bench)
    assert len(door.requests) == 1


async def test_an_answer_that_takes_too_long_is_given_up() -> None:
    async with Door([Answer(200, body=GOLD, after_s=5.0)]) as door:
        bench = a_bench(door)
        step = await bench.enter(card(HttpRequest, **{**LOOK_UP.settings.model_dump(), "longest_s": 1}))
    assert step.exit == "failed"
    assert "no answer within 1 seconds" in noted(bench)


async def test_what_the_address_needs_must_be_known() -> None:
    async with Door([]) as door:
        bench = a_bench(door)
        step = await bench.enter(card(HttpRequest, connection="crm", path="/tiers/{slot:tier}"))
    assert step.exit == "failed"
    assert noted(bench) == "not asked: slot:tier is not known"
    assert door.requests == []


async def test_a_missing_connection_or_one_of_another_kind_fails_in_words() -> None:
    bench = Bench(slots={"tier": None, "since": None})
    assert (await bench.enter(LOOK_UP)).exit == "failed"
    assert "no connection 'crm'" in noted(bench)
    bench = Bench(slots={"tier": None, "since": None}, connections={"crm": Connection("crm", "webhook", {})})
    assert (await bench.enter(LOOK_UP)).exit == "failed"
    assert "not a web service" in noted(bench)


@pytest.mark.parametrize("inside", ["no", "yes"])
async def test_a_name_that_leads_into_the_own_network_is_refused_unless_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    async def at_home(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.1")]

    monkeypatch.setattr("nodes.connect.asking.Guarded", lambda reach: Guarded(reach, at_home))
    async with Door([Answer(200, body=GOLD)]) as door:
        port = door.url.split(":")[2].split("/")[0]
        scheme = "http" if inside == "yes" else "https"  # without a certificate only inside
        bench = a_bench(door, base=f"{scheme}://crm.example.com:{port}", inside=inside)
        step = await bench.enter(LOOK_UP)
    if inside == "yes":
        assert step.exit == "ok"
    else:
        assert step.exit == "failed"
        assert "is inside a private network" in noted(bench)
        assert "set “In your own network” of the connection 'crm' to yes" in noted(bench)
        assert door.requests == []


async def test_in_a_test_the_example_answer_stands_in_and_nothing_is_asked() -> None:
    async with Door([]) as door:
        bench = a_bench(door)
        bench.trying_out = True
        example = {**LOOK_UP.settings.model_dump(), "example_answer": GOLD.decode()}
        assert (await bench.enter(card(HttpRequest, **example))).exit == "ok"
        assert bench.slots["tier"] == "gold"
        assert noted(bench) == "the example answer"
        bench.actions.clear()
        assert (await bench.enter(LOOK_UP)).exit == "failed"
        assert "this is a test, and the card has no example answer" in noted(bench)
    assert door.requests == []


async def test_what_is_said_after_a_restart_sends_the_same_request_again() -> None:
    async with Door([Answer(201), Answer(201)]) as door:
        bench = a_bench(door)
        await bench.enter(BOOK_IN)
        assert (await bench.hear(BOOK_IN, "Hello?")).exit == "ok"
    assert len({each.headers["idempotency-key"] for each in door.requests}) == 1


async def test_without_a_key_nothing_is_sent_again_after_a_restart() -> None:
    async with Door([Answer(201)]) as door:
        bench = a_bench(door)
        once = card(HttpRequest, **{**BOOK_IN.settings.model_dump(), "idempotency_key": False})
        assert (await bench.hear(once, "Hello?")).exit == "failed"
    assert door.requests == []
    assert noted(bench) == "not sent again after a restart: it may have been done"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"path": "https://evil.example.com/x"}, "Write only what comes behind"),
        ({"path": "//evil.example.com/x"}, "Write only what comes behind"),
        ({"path": "/a b"}, "Write only what comes behind"),
        ({"method": "POST", "body": '{"zip": {slot:zip}}'}, "This is no JSON"),
        ({"method": "GET", "body": '{"zip": 1}'}, "GET only reads"),
        ({"headers": [{"name": "Host", "value": "x"}]}, "is set by Leadline"),
        ({"headers": [{"name": "X Y", "value": "x"}]}, "no name of a header"),
        ({"takes": [{"path": "a..b", "slot": "tier"}]}, "is no path"),
        ({"found_when": "a[x]"}, "is no path"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(settings: dict[str, Json], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        card(HttpRequest, **settings)


def test_what_it_needs_and_fills_is_declared() -> None:
    made = card(HttpRequest, path="/areas/{slot:zip}?p={phone}", takes=TAKES)
    assert made.slots_needed() == ("zip",)
    assert [str(each) for each in made.settings.takes] == ["tier", "since"]


async def visit(door: Door, **settings: str) -> str:
    assert HTTP_API.test is not None
    given = crm(door, **settings)
    assert HTTP_API.problems(given) == ()
    return await HTTP_API.test(given)


async def test_test_connection_reads_one_address_with_the_secret() -> None:
    async with Door([Answer(200, body=b"{}"), Answer(404)]) as door:
        assert await visit(door, check="/me") == "The service “crm” answered 200 and took the secret."
        assert "nothing is known of the secret" in await visit(door)
    assert [each.target for each in door.requests] == ["/me", "/"]
    assert door.requests[0].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(401), Permanent, "does not accept the secret"),
        (Answer(503), Transient, "answered 503"),
        (Answer(301), Permanent, "has moved"),
        (Answer(200, body=b"<!doctype html>"), Permanent, "web page"),
    ],
)
async def test_test_connection_tells_what_is_wrong(answer: Answer, kind: type[Exception], words: str) -> None:
    async with Door([answer]) as door:
        with pytest.raises(kind, match=words) as told:
            await visit(door)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base": "ftp://x"}, "no usable web address"),
        ({"base": "https://user:pw@x.example.com"}, "no usable web address"),
        ({"base": "http://api.example.com"}, "for all to read"),
        ({"base": "https://api.example.com", "header": "X Y"}, "no name of a header"),
        ({"base": "https://api.example.com", "secret": "a\nb"}, "sign that no header may hold"),
    ],
)
def test_a_connection_that_cannot_be_used_says_what_to_enter(settings: dict[str, str], words: str) -> None:
    given = Connection("crm", "http_api", settings)
    with pytest.raises(Permanent, match=words):
        place_of(given)
    assert words in " ".join(HTTP_API.problems(given))


def test_the_secret_is_never_shown() -> None:
    place = place_of(Connection("crm", "http_api", {"base": "https://api.example.com", "secret": "Bearer s3cret"}))
    assert "s3cret" not in repr(place)
