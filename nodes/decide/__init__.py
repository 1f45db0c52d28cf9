"""Shelf: quiet cards that decide, note and look up without a word."""
