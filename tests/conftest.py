"""Puts the repository root on the path, so that tests can share `tests.support`, and says how properties are tried."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# A busy machine makes any example slow; how fast something is, is told by bench/, never by a test.
settings.register_profile("leadline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leadline")
