"""Shelf: cards that find a time in a calendar and book it."""
