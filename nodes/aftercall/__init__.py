"""Shelf: cards behind the call, which tell other systems and people what came of it."""
