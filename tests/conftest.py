"""Puts the repository root on the path, so that tests can share `tests.support`, and says how properties are tried."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# Read when gRPC is loaded. Its handlers want the child of a fork to use gRPC again; ours only become another program,
# and now and then died in the handlers first.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# A busy machine makes any example slow; how fast something is, is told by bench/, never by a test.
settings.register_profile("leadline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leadline")
