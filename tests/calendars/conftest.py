from tests.support.caldav_servers import radicale, server, xandikos  # noqa: F401  fixtures
from tests.support.database import database, postgres, sqlite_or_postgresql  # noqa: F401  fixtures
from tests.support.diaries import account, google, hurried, patient  # noqa: F401  fixtures
