"""The connection to Vonage's SMS API: what it is tested by, where its secret goes, what its answers mean."""

import pytest

from engine.sdk import Connection, Permanent, Transient
from nodes.aftercall.vonage_sms import VONAGE_SMS, Unsure, account, judge, refused, sender_problem, trusted
from tests.emulators.vonage_sms import VonageSmsEmulator


async def test_testing_the_connection_signs_in_and_sends_nothing(vonage: VonageSmsEmulator) -> None:
    assert VONAGE_SMS.test is not None
    told = await VONAGE_SMS.test(Connection("texts", "vonage_sms", vonage.connection()))
    assert told == "Vonage let Leadline in; the account has 10.00 euros left. No text was sent."
    assert vonage.asked == ["GET /account/get-balance"]


@pytest.mark.parametrize(
    ("changed", "credit", "kind", "words"),
    [
        ({"api_secret": "wrong"}, 10.0, Permanent, "API key and secret"),
        ({}, 0.0, Permanent, "no credit left"),
        ({"host": "127.0.0.1:9"}, 10.0, Transient, "could not be reached"),
    ],
)
async def test_what_is_wrong_with_the_connection_shows_when_it_is_tested(
    vonage: VonageSmsEmulator, changed: dict[str, str], credit: float, kind: type[Exception], words: str
) -> None:
    vonage.credit = credit
    assert VONAGE_SMS.test is not None
    with pytest.raises(kind, match=words):
        await VONAGE_SMS.test(Connection("texts", "vonage_sms", vonage.connection(**changed)))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"api_key": ""}, "is missing"), ({"sender": ""}, "sender must be"), ({"sender": "A name too long"}, "sender"),
        ({"sender": "a;b"}, "sender"), ({"host": "evil.example"}, "neither Vonage's"),
        ({"host": "nexmo.com.evil.example"}, "neither Vonage's"), ({"ca_file": "/nowhere"}, "certificate file"),
    ],
)  # fmt: skip
def test_a_connection_that_cannot_work_says_which_field(changed: dict[str, str], words: str) -> None:
    given = {"api_key": "k", "api_secret": "s", "sender": "+14155550100"} | changed
    with pytest.raises(Permanent, match=words):
        account(Connection("texts", "vonage_sms", given))


def test_a_connection_of_another_kind_is_refused() -> None:
    with pytest.raises(Permanent, match="needs vonage_sms"):
        account(Connection("crm", "webhook", {}))


@pytest.mark.parametrize("host", ["rest.nexmo.com", "api-eu.vonage.com", "127.0.0.1:8443", "localhost", "[::1]:8443"])
def test_the_secret_goes_to_vonage_and_to_this_machine(host: str) -> None:
    assert trusted(host)


@pytest.mark.parametrize("host", ["evil.example/rest.nexmo.com", "nexmo.com@evil.example", "10.0.0.1", "xnexmo.com"])
def test_the_secret_goes_nowhere_else(host: str) -> None:
    assert not trusted(host)


def test_only_the_usa_and_canada_refuse_names() -> None:
    assert sender_problem("Harborline", "+14155550123")
    assert not sender_problem("Harborline", "+447700900123")
    assert not sender_problem("14155550100", "+14155550123")


@pytest.mark.parametrize("answer", [None, "", [], {}, {"messages": None}, {"messages": []}, {"messages": [1]}])
def test_an_answer_of_no_known_shape_leaves_it_unknown(answer: object) -> None:
    with pytest.raises(Unsure):
        judge(answer)


def test_a_status_nobody_knows_is_for_a_person() -> None:
    assert isinstance(refused(""), Permanent)
