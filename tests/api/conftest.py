from tests.support.database import postgres, sqlite_or_postgresql  # noqa: F401  fixtures
