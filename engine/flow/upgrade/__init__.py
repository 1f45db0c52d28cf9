"""Brings flow documents of older formats to today's, one step a version. Each step is a module of its own,
`v1_to_v2.py`, with one pure function `upgrade(document) -> (document, changes)`; register it in `STEPS`."""

from engine.flow.upgrade.ladder import STEPS, Step, UpgradeBroken, Upgraded, upgrade

__all__ = ["STEPS", "Step", "UpgradeBroken", "Upgraded", "upgrade"]
