"""The plan by which emulators go wrong: which requests are hit, and which pass."""

from tests.emulators.faults import Fault, FaultPlan


def test_a_fault_hits_after_those_it_skips_and_as_often_as_it_says():
    plan = FaultPlan()
    plan.set(Fault("refuse", skip=2, times=1))
    assert [plan.strike() is not None for _ in range(5)] == [False, False, True, False, False]
    assert plan.hits == 1


def test_a_fault_without_a_number_hits_all_until_it_is_cleared():
    plan = FaultPlan()
    plan.set(Fault("stall"))
    assert all(plan.strike() for _ in range(3))
    plan.clear()
    assert plan.strike() is None


async def test_a_stream_under_way_is_told_of_a_new_fault():
    plan = FaultPlan()
    changed = plan.changed
    plan.set(Fault("cut"))
    assert changed.is_set()
    assert plan.standing == Fault("cut")
