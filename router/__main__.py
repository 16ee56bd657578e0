"""``python -m router`` and ``tidegate``."""

import gc

from router import cli


def main() -> None:
    """A command ends before cycles of references matter, and the collector would take a third of its time. ``run`` turns it on
    again when it serves (router.app)."""
    gc.disable()
    cli.main()


if __name__ == "__main__":
    main()
