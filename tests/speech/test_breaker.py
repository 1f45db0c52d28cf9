"""When a service that failed is asked again: with time as an argument."""

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.breaker import LASTING_REST_S, LONGEST_REST_S, REST_S, Breaker

BUSY = ProviderProblem(ProblemKind.BUSY, "It is busy.")
QUOTA = ProviderProblem(ProblemKind.QUOTA, "Too much.")
KEY = ProviderProblem(ProblemKind.WRONG_KEY, "Wrong.")


def test_a_failure_now_and_then_stops_nobody():
    breaker = Breaker()
    for now in (0.0, 20.0, 40.0, 60.0):
        breaker.failed(now, BUSY)
        assert breaker.allows(now)


def test_three_failures_in_half_a_minute_give_it_a_rest():
    breaker = Breaker()
    for now in (0.0, 5.0, 10.0):
        breaker.failed(now, BUSY)
    assert not breaker.allows(10.0 + REST_S - 0.1)
    assert breaker.allows(10.0 + REST_S)


def test_success_forgets_the_failures_before():
    breaker = Breaker()
    breaker.failed(0.0, BUSY)
    breaker.failed(1.0, BUSY)
    breaker.worked(2.0)
    breaker.failed(3.0, BUSY)
    assert breaker.allows(3.0)


def test_a_failed_trial_doubles_the_rest_up_to_the_longest_and_a_good_one_ends_it():
    breaker, now, rests = Breaker(), 0.0, []
    breaker.failed(now, QUOTA)
    for _ in range(6):
        begun = now
        while not breaker.allows(now):
            now += 1.0
        rests.append(now - begun)
        breaker.failed(now, BUSY)
    assert rests == [REST_S, 2 * REST_S, 4 * REST_S, 8 * REST_S, 240.0, 240.0]
    assert max(rests) == LONGEST_REST_S
    now += LONGEST_REST_S
    breaker.worked(now)
    breaker.failed(now, BUSY)
    assert breaker.allows(now)


def test_a_wrong_key_is_not_tried_with_every_sentence():
    breaker = Breaker()
    breaker.failed(0.0, KEY)
    assert not breaker.allows(LASTING_REST_S - 1)
    assert breaker.allows(LASTING_REST_S)


def test_requests_that_were_under_way_when_the_rest_began_do_not_lengthen_it():
    breaker = Breaker()
    breaker.failed(0.0, QUOTA)
    breaker.failed(1.0, QUOTA)
    breaker.worked(1.5)
    assert not breaker.allows(2.0)
    assert breaker.allows(REST_S)
