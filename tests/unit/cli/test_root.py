"""The page that ``tidegate --help`` prints, and what happens to words it does not know."""

import subprocess
import sys

from router.cli.root import VERBS
from tests.unit.cli.conftest import Run


def test_help_lists_every_verb_and_the_exit_codes(run: Run) -> None:
    page = run("--help").stdout
    assert all(f"  {verb} " in page for verb in VERBS)
    assert "Exit codes: 0 fine, 1 findings or failure, 2 wrong usage." in page


def test_every_verb_has_a_page(run: Run) -> None:
    for verb in VERBS:
        result = run(verb, "--help")
        assert result.exit_code == 0
        assert result.stdout.startswith(f"Usage: tidegate {verb}")


def test_a_mistyped_verb_names_the_nearest(run: Run) -> None:
    result = run("rout")
    assert result.exit_code == 2
    assert "did you mean 'routes'?" in result.stderr


def test_help_does_not_load_what_only_some_verbs_need() -> None:
    heavy = ("kubernetes_asyncio", "aiohttp", "cryptography", "jinja2", "yaml", "watchfiles")
    code = "import sys; from router.cli.root import cli; cli(['--help'], standalone_mode=False); " + (
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr.strip() == "[]"
