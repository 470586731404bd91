"""The daemon as `doorward run` starts it, with the options only tests set. Run by `tests.whole.daemon`."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from gateway.app import SNAPSHOT_EVERY, Options
from gateway.cli.run import start


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--secrets", type=Path, required=True)
    parser.add_argument("--snapshot-every", type=int, default=SNAPSHOT_EVERY)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    start(given.config, Options(given.state, snapshot_every=given.snapshot_every), given.secrets)


if __name__ == "__main__":
    main()
