"""``python -m router`` and ``tidegate``."""

from router.cli import main

if __name__ == "__main__":
    main()
