"""Calendars by name, whoever keeps them: our own database, or one of the services that people keep theirs at."""
