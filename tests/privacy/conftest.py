from tests.support.database import database, postgres, sqlite_or_postgresql  # noqa: F401  fixtures
