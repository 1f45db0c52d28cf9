"""Catch hooks of no-code services: the cards *Zapier* and *Make*, and what both send."""
