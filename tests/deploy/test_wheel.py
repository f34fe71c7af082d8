"""Promises of the wheel: pip and uv install it, and what the program needs beside its code travels in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # From a copy: a build leaves nothing in the source tree.
    source = folder / "source"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True)
    return next(folder.glob("monitor-*.whl"))


def test_it_holds_watchlists_lexicons_weights_and_the_example_configuration(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("_shipped/watchlists/qaani.yaml", "_shipped/watchlists/feeds/iraq-iran.yaml",
                   "_shipped/deploy/monitor.yaml", "alerts/templates/signal.txt"):  # fmt: skip
        assert f"monitor/{needed}" in names
    assert any(name.endswith(".onnx") for name in names)
    assert not [name for name in names if name.startswith(("tests/", ".ci/"))]


def test_pip_and_uv_install_it_and_its_command_answers(wheel: Path, tmp_path: Path) -> None:
    by_pip, by_uv = tmp_path / "by-pip", tmp_path / "by-uv"
    for folder in (by_pip, by_uv):
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([by_pip / "bin/python", "-m", "pip", "install", "-q", "--no-deps", str(wheel), "uv"], check=True)
    uv = [by_pip / "bin/uv", "pip", "install", "-q", "--no-deps", "--offline", "--python", by_uv / "bin/python"]
    subprocess.run([*uv, str(wheel)], check=True)
    for folder in (by_pip, by_uv):  # the help page needs no other package, which shows that the command is in place
        said = subprocess.run([folder / "bin/monitor", "--help"], capture_output=True, text=True, check=True, cwd="/")
        assert "monitor demo" in said.stdout
