"""Trying a draft out: what the Test page and the editor share."""
