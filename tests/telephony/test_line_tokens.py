"""Who may bring a caller back to a call, and who may not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.call.lines import APOLOGY, MOST_LINES, Lines
from engine.simulate.network.ncco_reader import JoinSocket, Say, read_ncco
from engine.telephony.line_tokens import LineTokens
from engine.telephony.ncco import HOLD_THE_LINE

TOKENS = LineTokens("the account's signature secret")
LINES = Lines(TOKENS, "https://leadline.example")
FROM = "+12025550100"


def test_a_token_is_good_for_its_call_and_its_line_in_every_process_of_the_account() -> None:
    token = TOKENS.token("call_1", 3)
    assert LineTokens("the account's signature secret").line("call_1", token) == 3
    assert TOKENS.line("call_2", token) is None
    assert LineTokens("another account's").line("call_1", token) is None
    assert "secret" not in repr(TOKENS) + token


def test_the_number_of_a_token_cannot_be_changed() -> None:
    proof = TOKENS.token("call_1", 3).partition(".")[2]
    assert TOKENS.line("call_1", f"4.{proof}") is None
    assert TOKENS.line("call_1", f"03.{proof}") == 3  # the same number, written otherwise


@given(st.text())
def test_no_guess_is_a_token(guess: str) -> None:
    assert TOKENS.line("call_1", guess) is None


def test_the_ncco_tries_again_with_a_sentence_between_and_ends_with_an_apology() -> None:
    steps = read_ncco(LINES.ncco("call_1", FROM, taken=0).write())
    sockets = [step for step in steps if isinstance(step, JoinSocket)]
    assert [TOKENS.line("call_1", str(step.headers["token"])) for step in sockets] == [1, 2, 3, 4, 5, 6]
    assert all(step.synchronous and step.uri == "wss://leadline.example/vonage/media" for step in sockets)
    said = [step.text for step in steps if isinstance(step, Say)]
    assert said == [*HOLD_THE_LINE, APOLOGY]
    # Never two tries without a word between them: the caller is not left in silence.
    assert [isinstance(step, JoinSocket) for step in steps] == [True, False] * 6


def test_a_dropped_line_is_brought_back_and_one_that_was_refused_is_not() -> None:
    def headers(line: int) -> dict[str, str]:
        return {"call_id": "call_1", "token": TOKENS.token("call_1", line)}

    fresh = LINES.after_a_drop("call_1", FROM, 2, headers(2))
    assert fresh is not None
    [first, *_] = read_ncco(fresh.write())
    assert isinstance(first, JoinSocket)
    assert LINES.number("call_1", {k: str(v) for k, v in first.headers.items()}) == 3
    # Line 3 was never taken: a fresh NCCO would only lead to the same refusal.
    assert LINES.after_a_drop("call_1", FROM, 2, headers(3)) is None


def test_a_call_whose_line_drops_for_ever_ends_with_an_apology() -> None:
    assert read_ncco(LINES.ncco("call_1", FROM, taken=MOST_LINES).write()) == [Say(APOLOGY)]
