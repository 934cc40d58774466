"""Write docs/parameters.md from the table of an edit's parameters: python docs/parameters.py"""

from pathlib import Path
from typing import Any

from core.edit.parameter import Parameter
from core.edit.parameters import PARAMETERS, named
from core.models.catalog import STARTER
from core.models.ways import row_of, shown, ways_of

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Parameters of an edit

Made from the table in core/edit/parameters.py by `python docs/parameters.py`. An option's name is the name
on the command line (`--steps 20`) and that of an axis of a grid (`--x steps=10,20`).

A model's card may say what an edit with it begins with, instead of the default; the starter's says {starter}.

| option | what it is | values | default | has an effect |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page, Markdown."""
    own = (f"`--{row_of(field).name} {shown(value)}`" for field, value in ways_of(STARTER).starts.items())
    head = HEAD.format(starter=", ".join(own))
    return head + "".join(f"| {' | '.join(_cells(row))} |\n" for row in PARAMETERS)


def _cells(row: Parameter) -> tuple[str, ...]:
    return f"`--{row.name}`", row.tip, _values(row), _written(row.default), _where(row)


def _values(row: Parameter) -> str:
    if row.values:
        return ", ".join(f"`{value}`" for value in row.values)
    if row.bounds is not None:
        return str(row.bounds)
    return row.metavar.strip('"').replace("|", ", ").replace("TEXT", "text")


def _where(row: Parameter) -> str:
    needs = []
    for field, values in row.needs:
        decider = named(field)
        assert decider is not None
        needs.append(f"`--{decider.name}` {', '.join(str(value) or 'left out' for value in values)}")
    return "; ".join(needs) or "always"


def _written(value: Any) -> str:
    match value:
        case None | "" | ():
            return "–"
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
