"""``python -m roundtrip_devtools``."""

from roundtrip_devtools.cli import main

# The guard is needed: a reloading server starts its workers by importing this module again.
if __name__ == "__main__":
    raise SystemExit(main())
