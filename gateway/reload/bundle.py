"""The files of a rule set as the one value that the journal keeps under its hash."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rules.model.canonical import canonical_bytes


def pack(files: Mapping[str, bytes]) -> bytes:
    """Names and texts of a configuration's files, canonical."""
    return canonical_bytes({name: data.decode() for name, data in files.items()})


def unpack(body: bytes) -> dict[str, bytes]:
    """The inverse of `pack`; raises ValueError for anything else."""
    plain = json.loads(body)
    if not isinstance(plain, dict) or not all(isinstance(text, str) for text in plain.values()):
        raise ValueError("no rule set")
    return {name: text.encode() for name, text in plain.items()}
