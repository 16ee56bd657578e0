"""The command line: one module a verb. Imports what a verb needs only when it runs, so that ``--help`` is quick."""

from router.cli.root import main

__all__ = ["main"]
