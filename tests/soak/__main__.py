"""`python -m tests.soak NAME [options]`: the long trials, each a module of this package with a `main`."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec


def main() -> int:
    """Hand over to the trial that is named."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if not name.isidentifier() or find_spec(f"tests.soak.{name}") is None:
        print("usage: python -m tests.soak kills|hostile|manners|month [--json]", file=sys.stderr)
        return 2
    return int(import_module(f"tests.soak.{name}").main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
