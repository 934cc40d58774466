"""The documents name files that exist, link to what is there, and sum up what their tables say."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *DECISIONS]
OURS = ("core", "editor", "resources", "packaging", "tests", "docs", ".ci")
KNOWN = {
    "/" + path.relative_to(ROOT).as_posix()
    for found in (ROOT.glob("*"), *((ROOT / top).rglob("*") for top in OURS))
    for path in found
}

_NAMED = re.compile(r"(?<![\w/.<])(?:[\w.]+/)*[a-z_]\w*(?:\.(?:py|md|toml|json|txt)\b|/(?![\w/]))")
_NOT_OURS = re.compile(r"NAME|^\.venv/|^utils\.py$")  # to be filled in, made, or forbidden


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_in_the_prose_exists(page: str):
    prose = re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert sorted(named for named in named_in(prose) if not is_the_end_of_a_path(named)) == []


def test_every_path_in_the_trees_stands_where_it_is_drawn():
    blocks = (ROOT / "ARCHITECTURE.md").read_text("utf-8").split("```")[1::2]
    trees = [block.strip().splitlines() for block in blocks if re.match(r"\s*\w+/\s", block)]
    assert [tree[0] for tree in trees] == ["core/", "editor/", "resources/"]
    assert [wrong for tree in trees for wrong in misplaced(tree)] == []


def test_a_tree_is_read_by_its_indentation():
    lines = ["core/   no Qt", "  photo/   pixels", "    region.py   cut; gone.py", "  errors.py   CoreError"]
    assert list(misplaced(lines)) == ["gone.py in core/photo/"]
    assert list(misplaced(["core/", "  region.py    region"])) == ["region.py in core/"]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_every_file_that_a_decision_names_exists(page: Path):
    named = {found for found in re.findall(r"`([^`\s]+\.\w+)`", page.read_text("utf-8")) if "/" in found}
    assert [path for path in named if not is_the_end_of_a_path(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    broken = list[str]()
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_a_decision_bears_the_number_of_its_file_and_no_other_does():
    numbers = [page.name[:3] for page in DECISIONS]
    titles = [page.read_text("utf-8").split(maxsplit=2)[1] for page in DECISIONS]
    assert titles == numbers
    assert len(set(numbers)) == len(numbers)


def test_the_table_of_results_says_what_the_sections_say():
    page = (ROOT / "docs" / "results.md").read_text("utf-8")
    sections = {anchor_of(part.splitlines()[0]): numbers(part) for part in page.split("\n## ")[1:]}
    rows = [line for line in page.split("\n## ")[0].splitlines() if re.search(r"\(#[\w-]+\) \|$", line)]
    wrong = [
        (figure, row)
        for row in rows
        for _, reached, against, aim, *_, section in [row.rsplit("|", 7)[1:-1]]
        for figure in numbers(f"{reached} {against} {aim}")
        if not any(says(sections[anchor], figure) for anchor in re.findall(r"\(#([\w-]+)\)", section))
    ]
    assert len(rows) > 20
    assert wrong == []


def named_in(text: str) -> set[str]:
    """Files and folders as prose names them: core/cli.py, jobs.py, tests/flow/."""
    return {found for found in _NAMED.findall(text) if not _NOT_OURS.search(found)}


def is_the_end_of_a_path(name: str) -> bool:
    return any(path.endswith("/" + name.strip("/")) for path in KNOWN)


def misplaced(tree: list[str]) -> Iterator[str]:
    """What a drawn tree names and is neither in its line's folder nor beside it, nor a path from the root."""
    folders = [""]  # those that the line stands in, outermost first
    for line in tree:
        depth = (len(line) - len(line.lstrip())) // 2
        beside, first = folders[depth], line.split()[0]
        own = beside + first if first.endswith("/") else beside
        folders[depth + 1 :] = [own]
        for named in _NAMED.findall(line):
            places = (own, beside, "") if "/" in named.rstrip("/") else (own, beside)
            if not {f"/{place}{named}".rstrip("/") for place in places} & KNOWN:
                yield f"{named} in {own}"


def anchors(page: Path) -> set[str]:
    return {anchor_of(line) for line in page.read_text("utf-8").splitlines() if line.startswith("#")}


def anchor_of(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("figure", ["4.5", "35", "35.3", "9.0"])
def test_a_figure_is_said_by_the_number_that_it_was_rounded_from(figure: str):
    assert says({"4.47", "35.3", "9.0"}, figure)


@pytest.mark.parametrize("figure", ["4.4", "4.470", "36", "9.00"])
def test_a_figure_that_none_was_rounded_to_is_not_said(figure: str):
    assert not says({"4.47", "35.3", "9.0"}, figure)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def says(section: set[str], figure: str) -> bool:
    """Whether one of the numbers is the figure, or is when it is rounded to as many decimals."""
    step = Decimal(1).scaleb(-len(figure.partition(".")[2]))
    return any(
        len(one.partition(".")[2]) >= len(figure.partition(".")[2])
        and Decimal(one).quantize(step, ROUND_HALF_UP) == Decimal(figure)
        for one in section
    )
