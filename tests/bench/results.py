"""Where figures go: docs/results/<name>.json with how they were made, and docs/results.md written from them.

Each bench owns one section of docs/results.md, between `<!-- bench:name -->` and `<!-- /bench:name -->`;
what stands outside the sections is written by hand and stays.
"""

import hashlib
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results"
PAGE = ROOT / "docs" / "results.md"
SCRATCH = ROOT / "build" / "bench"
LIBRARIES = ("torch", "diffusers", "transformers", "numpy", "scipy", "Pillow")

Figures = dict[str, Any]


def made(name: str, began: float, model: Path | None = None) -> Figures:
    """How figures were made: command, commit, weights, machine and versions. `began`: of time.time()."""
    arguments = shlex.join(sys.argv[1:])
    return {
        "command": f"make bench-{name}" + (f' ARGS="{arguments}"' if arguments else ""),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed_since": bool(_git("status", "--porcelain", "--", "core", "resources", "tests/bench")),
        "weights": weights(model) if model else None,
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "minutes": round((time.time() - began) / 60, 1),
        "machine": _machine(),
        "versions": {library: version(library) for library in LIBRARIES},
        "python": platform.python_version(),
    }


def weights(folder: Path) -> str:
    """The first digits of the SHA-256 over a model's weight files."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.safetensors")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def save(name: str, figures: Figures, *, published: bool) -> Path:
    """Write <name>.json into docs/results, or into build/bench while it is not to be published."""
    folder = RESULTS if published else SCRATCH
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load(name: str) -> Figures:
    """The published figures of a bench."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def publish(name: str, text: str) -> None:
    """Put Markdown into the bench's section of docs/results.md; a new section goes to the end."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else "# Results\n"
    PAGE.write_text(with_section(page, name, text), encoding="utf-8")


def with_section(page: str, name: str, text: str) -> str:
    """The page with this section's content replaced, and everything outside it left alone."""
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(page):
        return pattern.sub(lambda _: section, page)
    return f"{page.rstrip()}\n\n{section}\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def origin(figures: Figures) -> str:
    """One line that says how the figures of a section were made."""
    made_by, machine = figures["made"], figures["made"]["machine"]
    note = " with uncommitted changes" if made_by["changed_since"] else ""
    note += f", weights {made_by['weights']}" if made_by["weights"] else ""
    return (
        f"`{made_by['command']}`, commit {made_by['commit']}{note}, "
        f"{made_by['date']}, {made_by['minutes']:g} minutes on {machine['processor']} "
        f"({machine['cores']} cores), PyTorch {made_by['versions']['torch']}, "
        f"diffusers {made_by['versions']['diffusers']}."
    )


def _machine() -> dict[str, object]:
    return {"processor": _processor(), "cores": os.cpu_count(), "system": platform.platform(terse=True)}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
