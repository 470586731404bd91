"""How hard hypothesis tries: `DOORWARD_HYPOTHESIS=long` for a longer run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

LONG = os.environ.get("DOORWARD_HYPOTHESIS") == "long"


def examples(short: int, **more: int) -> settings:
    """Settings for `short` examples, fifty times as many in a long run."""
    return settings(
        max_examples=short * 50 if LONG else short,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        **more,  # type: ignore[arg-type]
    )
