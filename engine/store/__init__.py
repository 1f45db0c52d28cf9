"""What must outlive a process: tables, migrations and queries, on SQLite or PostgreSQL.

One concept a module (leads, consents, flows, calls, journal, ...): typed records in and out. Query functions take a
transaction of `Database.begin()` or `.read()` first, so that callers decide what is committed together.
"""

from engine.store.database import Database, DatabaseDown

__all__ = ["Database", "DatabaseDown"]
