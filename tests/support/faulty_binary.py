"""A wrapper around a real plane's program whose own test refuses bundles that hold a marker: what no check of ours foresees."""

from pathlib import Path

SCRIPT = """\
#!/bin/sh
# The plane's own test runs in the bundle's folder; everything else goes through.
case " $* " in
  *" -t "*|*" -c -f haproxy.cfg "*)
    if found=$(grep -rlE '{marker}' . 2>/dev/null); then
      [ "$(echo "$found" | wc -l)" -ge {files} ] && {{ echo "[emerg] {said}" >&2; exit {code}; }}
    fi ;;
esac
exec {real} "$@"
"""


def faulty(
    folder: Path, real: str, marker: str, said: str = "invalid value by order of the test", code: int = 1, files: int = 1
) -> Path:
    """The wrapper's path. ``marker``: an extended regular expression; ``files``: how many files must hold it."""
    path = folder / f"faulty-{Path(real).name}"
    path.write_text(SCRIPT.format(marker=marker, said=said, code=code, files=files, real=real))
    path.chmod(0o755)
    return path
