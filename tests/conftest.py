"""What holds for every test: properties are judged by what they find, never by the time it takes."""

from __future__ import annotations

import os

from hypothesis import settings

# The suite judges a change, so the same examples each time; `make fuzz` is what goes looking for new ones.
settings.register_profile("short", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=5_000)
settings.load_profile("long" if os.environ.get("DOORWARD_HYPOTHESIS") == "long" else "short")
