"""Shelf: cards that hand the lead on to a later call or to a person."""
