"""Look for what pip can't bring: the system libraries Qt loads, a font, and the tools of the window tests.

    python3 packaging/check_system.py install|run|test

As root on Debian and its relatives it installs what is missing; otherwise it prints the one line that does.
Exits with 1 when something needed is missing. Standard library only: it runs before there is a virtual
environment.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

VENV = "python3-venv"
FONT = "fonts-dejavu-core"
# What Qt's xcb platform plugin loads, and the Debian package that brings it. The offscreen platform works
# without them, so only a real window shows what is missing, by aborting.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
# Keyboard focus needs a window manager, and the window tests press real keys.
# exiftool reads the metadata of exported files, apart from the program that wrote them.
TOOLS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox", "exiftool": "libimage-exiftool-perl"}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


def main(purpose: str) -> int:
    """Check for "install", "run" or "test", each including the ones before. Returns the exit status."""
    if not sys.platform.startswith("linux"):
        return 0
    if missing(purpose) and can_install():
        install(missing(purpose))
    packages = missing(purpose)
    if not packages:
        return 0
    print(f"Something the system must bring is missing: {' '.join(packages)}.", file=sys.stderr)
    print(
        f"Install everything at once:\n\n    sudo apt install {' '.join(wanted(purpose))}\n", file=sys.stderr
    )
    if set(packages) <= set(TOOLS.values()) and os.environ.get("CI") != "true":
        print("Going on without: the tests that need them will be skipped.", file=sys.stderr)
        return 0
    return 1


def wanted(purpose: str) -> list[str]:
    """All Debian packages that the purpose needs."""
    packages = [VENV]
    if purpose in ("run", "test"):
        packages += [*LIBRARIES.values(), FONT]
    if purpose == "test":
        packages += TOOLS.values()
    return packages


def missing(purpose: str) -> list[str]:
    """Those of `wanted` that are not there, found by what they bring, so that any distribution will do."""
    there = {VENV: importlib.util.find_spec("ensurepip") is not None, FONT: has_font()}
    there |= {package: loads(library) for library, package in LIBRARIES.items()}
    there |= {package: shutil.which(tool) is not None for tool, package in TOOLS.items()}
    return [package for package in wanted(purpose) if not there[package]]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font() -> bool:
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(next(folder.rglob("*.[to]tf"), None) for folder in folders)


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> None:
    """Install Debian packages without asking anything; a failure shows in the next `missing`."""
    print(f"Installing {' '.join(packages)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "--quiet", *command], env=quiet, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    if sys.argv[1:] not in (["install"], ["run"], ["test"]):
        sys.exit("usage: check_system.py install|run|test")
    sys.exit(main(sys.argv[1]))
