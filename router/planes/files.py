"""Our own data files: templates and pages. In a checkout they stand at the top; in a wheel below the package."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_ROOTS = (_PACKAGE / "_data", _PACKAGE.parent)


@cache
def data_text(folder: str, name: str) -> str:
    """The text of ``folder/name`` (``templates/nginx``, ``nginx/pages``). FileNotFoundError is a fault of the installation."""
    for root in _ROOTS:
        file = root / folder / name
        if file.is_file():
            return file.read_text("utf-8")
    raise FileNotFoundError(f"{folder}/{name} is not part of this installation")
