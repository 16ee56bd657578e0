"""The architecture is a test: import direction, a test per module, banned calls, sizes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(p for p in (ROOT / "router").rglob("*.py") if "__pycache__" not in p.parts)
TESTED_ELSEWHERE = {
    "router/__main__.py": "tests/unit/cli/test_main.py runs it as a program",
    "router/app.py": "run as a program in tests/flow/test_gateway.py",
    "router/planes/plane.py": "protocols only",
    "router/controllers/measures.py": "tests/unit/controllers/test_admin.py and test_start.py read them",
    "router/controllers/alone.py": "run as a program in tests/cluster/test_daemon.py and test_diurnal.py",
    "router/controllers/kit/world.py": "what controllers are given, in tests/unit/controllers/daemon/test_run.py",
    "router/controllers/daemon/doing.py": "tests/unit/controllers/daemon/test_run.py does through it",
    "router/controllers/daemon/kinds.py": "a list of kinds, followed in tests/unit/controllers/daemon/test_run.py",
    "router/controllers/diurnal/doing.py": "tests/unit/controllers/diurnal/test_run.py does through it",
    "router/controllers/diurnal/seeing.py": "tests/unit/controllers/diurnal/test_run.py sees through it",
    "router/controllers/diurnal/scales.py": "tests/unit/controllers/diurnal/test_run.py scales through it",
    "router/controllers/diurnal/kinds.py": "a list of kinds, followed in tests/unit/controllers/diurnal/test_run.py",
    "router/planes/bare.py": "what it is for is tested in tests/properties/test_read_back.py",
    "router/planes/nginx/allowed.py": "data, held against every rendered line in tests/properties/test_read_back.py",
    "router/planes/nginx/expected.py": "every line and word is changed in tests/properties/test_read_back.py",
    "router/planes/haproxy/allowed.py": "data, held against every rendered line in tests/properties/test_read_back.py",
    "router/planes/haproxy/expected.py": "every line and word is changed in tests/properties/test_read_back.py",
    "router/sources/kubernetes/transport.py": "protocols only",
    "router/sources/source.py": "a protocol only",
    "router/dialects/service/reading.py": "tests/unit/dialects/service/test_apps.py and test_shut.py read through it",
    "router/sources/directory/sheets.py": "tests/unit/sources/directory/test_source.py reads through it",
    "router/table/binding.py": "tests/unit/test_incremental.py and tests/unit/table/test_build.py bind through it",
    "router/table/resolving.py": "tests/unit/table/test_backends.py resolves through it",
    "router/table/said.py": "tests/unit/test_incremental.py gathers through it",
    "router/table/streams.py": "tests/unit/table/test_build.py has its streams",
    "router/table/virtual.py": "tests/unit/table/test_build.py has its hosts",
    "router/controllers/diurnal/entries.py": "tests/unit/controllers/diurnal/test_reading.py has every field and mistake",
    "router/controllers/diurnal/fields.py": "tests/unit/controllers/diurnal/test_reading.py reads through it",
    "router/controllers/diurnal/outcome.py": "tests/unit/controllers/diurnal/test_decide.py has every state",
    "router/controllers/diurnal/types.py": "types only",
    "router/facts/core.py": "types only, decoded in tests/unit/facts/test_decode.py",
    "router/controllers/daemon/types.py": "types only, filled in tests/unit/controllers/daemon",
    "router/facts/pods.py": "types only, decoded in tests/unit/controllers/daemon/test_manifests.py",
    "router/facts/scheduling.py": "types only, asked in tests/unit/facts/test_matching.py",
    "router/facts/discovery.py": "types only, decoded in tests/unit/facts/test_decode.py",
    "router/facts/meta.py": "types only, decoded in tests/unit/facts/test_decode.py",
    "router/facts/networking.py": "types only, decoded in tests/unit/facts/test_decode.py",
    "router/facts/snapshot.py": "types only",
    "router/table/routes.py": "types only, built in tests/unit/table/test_build.py",
    "router/table/types.py": "types only, built in tests/unit/table/test_build.py",
    "router/table/claims.py": "types only, made in tests/unit/dialects",
}
LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_run_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_banned_call_and_no_lint() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "ruff", "check", "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_types_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary"], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", [m for m in MODULES if m.name != "__init__.py"], ids=relative)
def test_every_module_has_its_test(module: Path) -> None:
    name = relative(module)
    if name in TESTED_ELSEWHERE:
        return
    inner = module.relative_to(ROOT / "router")
    wanted = ROOT / "tests" / "unit" / inner.parent / f"test_{module.name}"
    assert wanted.exists(), f"{name} has no {relative(wanted)}; add one, or a line in TESTED_ELSEWHERE that says where"


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_sizes_stay_readable(module: Path) -> None:
    name, text = relative(module), module.read_text()
    lines = text.count("\n")
    assert lines <= 300 or name in LONG_MODULES, f"{name} has {lines} lines (300): split it, or give a reason in LONG_MODULES"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            where = f"{name}:{node.name}"
            assert length <= 60 or where in LONG_FUNCTIONS, f"{where} has {length} lines (60): split it"


def test_every_module_says_what_it_is() -> None:
    silent = [relative(m) for m in MODULES if m.read_text().strip() and not ast.get_docstring(ast.parse(m.read_text()))]
    assert not silent, f"no module docstring: {silent}"


def test_exceptions_to_the_rules_still_exist() -> None:
    names = {relative(m) for m in MODULES}
    gone = [n for n in (*TESTED_ELSEWHERE, *LONG_MODULES, *(f.split(":")[0] for f in LONG_FUNCTIONS)) if n not in names]
    assert not gone, f"listed as exceptions, but gone: {gone}"
