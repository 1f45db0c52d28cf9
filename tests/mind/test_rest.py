"""A model that fails is left alone for a while, longer each time, and tried again."""

import pytest

from engine.mind.rest import FAILURES, FIRST_REST_S, LONGEST_QUOTA_REST_S, LONGEST_REST_S, Rest
from engine.provider_problem import ProblemKind, ProviderProblem

BUSY = ProviderProblem(ProblemKind.BUSY, "busy")
WRONG_KEY = ProviderProblem(ProblemKind.WRONG_KEY, "wrong")


def fail(rest: Rest, times: int, now: float = 0.0) -> float:
    return [rest.failed(BUSY, None, now) for _ in range(times)][-1]


def test_one_bad_answer_is_chance_three_in_a_row_are_a_state():
    rest = Rest()
    assert fail(rest, FAILURES - 1) == 0.0
    assert not rest.resting(0.0)
    assert rest.failed(BUSY, None, 0.0) == FIRST_REST_S
    assert rest.resting(FIRST_REST_S - 0.1)
    assert not rest.resting(FIRST_REST_S)


def test_a_success_between_makes_all_good():
    rest = Rest()
    fail(rest, FAILURES - 1)
    rest.succeeded()
    assert fail(rest, FAILURES - 1) == 0.0


def test_after_its_rest_one_failure_is_enough_and_the_next_rest_is_longer_up_to_a_limit():
    rest, now, rests = Rest(), 0.0, []
    fail(rest, FAILURES)
    for _ in range(7):
        now = rest.until
        rests.append(rest.failed(BUSY, None, now))
    assert rests[:2] == [2 * FIRST_REST_S, 4 * FIRST_REST_S]
    assert rests[-1] == LONGEST_REST_S
    rest.succeeded()
    assert fail(rest, FAILURES, now) == FIRST_REST_S


def test_a_wrong_key_is_not_tried_again_at_every_turn():
    assert Rest().failed(WRONG_KEY, None, 10.0) == LONGEST_REST_S


@pytest.mark.parametrize(("said", "rests"), [(17.0, 17.0), (0.0, 0.0), (99_999.0, LONGEST_QUOTA_REST_S)])
def test_the_provider_says_when_to_come_back(said: float, rests: float):
    assert Rest().failed(ProviderProblem(ProblemKind.QUOTA, "quota"), said, 5.0) == rests
