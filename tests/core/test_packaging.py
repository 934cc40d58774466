"""What is written down twice agrees: dependencies and pins, commands and desktop entry, versions."""

import configparser
import re
import runpy
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from itertools import chain
from pathlib import Path

from editor.__main__ import LIBRARIES
from resources import icon_file

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_every_dependency_is_pinned():
    wanted = list(chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()))
    pins = {
        _name(line) for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line
    }
    assert {_name(requirement) for requirement in wanted} - {PROJECT["name"]} <= pins


def test_pins_hold_on_every_platform():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []


def test_the_desktop_entry_starts_the_installed_command():
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(ROOT / "packaging" / "palimpsest.desktop", encoding="utf-8")
    fields = entry["Desktop Entry"]
    assert fields["Exec"].split()[0] in PROJECT["scripts"]
    assert fields["Icon"] == icon_file().stem
    assert icon_file().is_file()
    assert icon_file().with_suffix(".svg").is_file()


def test_the_newest_release_is_this_version():
    tree = ElementTree.parse(ROOT / "packaging" / "palimpsest.metainfo.xml")
    release = tree.find("releases/release")
    assert release is not None
    assert release.get("version") == PROJECT["version"]
    assert f"[{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_system_check_refuses_a_purpose_it_does_not_know():
    script = ROOT / "packaging" / "check_system.py"
    run = subprocess.run([sys.executable, script, "party"], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "install|run|test" in run.stderr


def test_command_and_system_check_name_the_same_libraries():
    check = runpy.run_path(str(ROOT / "packaging" / "check_system.py"))
    assert ["python3-venv", *LIBRARIES.split()] == check["wanted"]("run")


def test_packaging_does_not_shadow_the_library_of_that_name():
    assert not (ROOT / "packaging" / "__init__.py").exists()


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-").replace(".", "-")
