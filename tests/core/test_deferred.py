"""What is imported when it is touched: stand-ins that nobody can tell from the modules they become."""

import builtins
import importlib
import inspect
import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from core.models.deferred import (
    DEFERRED,
    Deferral,
    DeferringFinder,
    StandIn,
    calling,
    defer,
    disabling,
    marking,
)

ROOT = Path(__file__).parents[2]
HEAVY = (  # modules that are loaded only with what stands in for them
    "torch._dynamo.utils",
    "scipy.stats._stats_py",
    "scipy.optimize._optimize",
    "scipy.integrate._ode",
    "diffusers.models.transformers.transformer_flux",
    "diffusers.models.autoencoders.autoencoder_tiny",
    "diffusers.models.unets.unet_1d",
    "diffusers.hooks.first_block_cache",
    "torch.distributed.tensor",
    "sympy",
)
EDIT = """
import json, sys
from core.models import deferred
import numpy as np
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.photo.photo import Photo

def drawn():
    engine = Engine()
    engine.load("starter", "cpu")
    pixels = np.random.default_rng(3).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    request = EditRequest(photo="", reference="a horse", query="a zebra", steps=2, find=MaskRequest(draws=1))
    return engine.run(request, Photo(pixels), None).pixels

first = drawn()
said = {"loaded": sorted(sys.modules)}
"""
TOUCH = """
said["stood"] = [name for name in deferred.DEFERRED if type(sys.modules.get(name)) is deferred.StandIn]
said["lacks"] = []
for name in said["stood"]:
    held = sys.modules[name]
    said["lacks"] += [] if dir(held) else [name]
    assert type(sys.modules[name]) is not deferred.StandIn, name
    assert held.__spec__.loader.get_code(name) is not None
import torch, scipy.stats
from diffusers.models import attention_processor
from diffusers import FluxTransformer2DModel, UNet1DModel  # noqa: F401
assert torch._dynamo.trace_rules._allowed_callable_ids.__contains__(id(attention_processor.Attention))
assert torch.compile(lambda x: x + 1, backend="eager")(torch.ones(2)).tolist() == [2, 2]
assert 0.49 < scipy.stats.beta.ppf(0.5, 2, 2) < 0.51
said["then"] = sorted(sys.modules)
said["same"] = bool((drawn() == first).all())
"""


def child(code: str) -> dict[str, object]:
    """What a fresh interpreter has put together as `said`."""
    script = f"{code}\nprint(json.dumps(said))"
    run = [sys.executable, "-W", "error::ImportWarning", "-c", script]
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_an_edit_loads_none_of_it_and_draws_the_same_and_each_loads_when_touched():
    said = child(EDIT + TOUCH)
    assert set(said["stood"]) == set(DEFERRED), "the list has names that an edit no longer imports"
    assert not set(HEAVY) & set(said["loaded"])
    assert set(HEAVY) <= set(said["then"])
    assert len(said["loaded"]) < 0.8 * len(said["then"])
    assert said["same"]
    assert said["lacks"] == []


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Writes modules where they are found, and defers some: put({name: code}, {name: Deferral})."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(modules: dict[str, str], parts: dict[str, Deferral]) -> None:
        packages = {name.rpartition(".")[0] for name in modules}
        for name, code in modules.items():
            file = tmp_path / name.replace(".", "/")
            file = file / "__init__.py" if name in packages else file.with_suffix(".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code)
        importlib.invalidate_caches()
        monkeypatch.setattr(sys, "meta_path", [DeferringFinder(parts), *sys.meta_path])
        # PySide, which pytest-qt brings, looks into every module that is imported
        monkeypatch.setattr(builtins, "__import__", vars(builtins).get("__orig_import__", __import__))

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_look_loads_the_module_in_its_place(put):
    put({"later": "made = object()\ndef f(): return made\n"}, {"later": Deferral("")})
    import later

    held = sys.modules["later"]
    assert type(later) is StandIn
    assert isinstance(later, ModuleType)
    assert "made" not in ModuleType.__getattribute__(later, "__dict__")
    assert later.f() is later.made
    assert type(later) is ModuleType
    assert held is later is sys.modules["later"]
    assert inspect.getsource(later).startswith("made =")
    assert pickle.loads(pickle.dumps(later.f)) is later.f


def test_inspection_of_every_module_loads_none(put):
    put({"later": "raise AssertionError\n"}, {"later": Deferral("")})
    import later

    inspect.modulesbyfile.clear()
    inspect._filesbymodname.clear()
    assert inspect.getmodule(eval("lambda: 0", {})) is None
    assert inspect.getmodule(test_a_look_loads_the_module_in_its_place) is not None
    assert type(later) is StandIn


@pytest.mark.parametrize(
    "look", ["dir(later)", "vars(later)", "later.made", "from later import made", "hasattr(later, 'x')"]
)
def test_every_kind_of_look_loads(put, look):
    put({"later": "made = 1\n"}, {"later": Deferral("")})
    import later

    exec(look, {"later": later})
    assert type(later) is ModuleType


def test_what_is_set_before_it_loads_stays(put):
    put({"later": "made = 1\n"}, {"later": Deferral("")})
    import later

    later.made = 2
    assert later.made == 2
    importlib.reload(later)
    assert later.made == 1


def test_a_module_that_fails_to_load_is_tried_again(put, tmp_path):
    put({"later": "raise ValueError('not yet')\n"}, {"later": Deferral("")})
    import later

    for _ in range(2):
        with pytest.raises(ValueError, match="not yet"):
            later.made  # noqa: B018
    (tmp_path / "later.py").write_text("made = 1  # and longer, so that it is read anew\n")
    assert later.made == 1


def test_two_threads_load_it_once_and_neither_sees_half_of_it(put):
    counted = "builtins.loads = getattr(builtins, 'loads', 0) + 1\n"
    code = f"import time, builtins\nearly = 1\n{counted}time.sleep(0.2)\nlate = 2\n"
    put({"later": code}, {"later": Deferral("")})
    import later

    seen = []
    threads = [threading.Thread(target=lambda: seen.append(later.early + later.late)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [3] * 4
    assert builtins.loads == 1
    del builtins.loads


def test_two_threads_that_wait_for_each_other_come_through(put):
    slow = "import time\ntime.sleep(0.2)\n"
    put(
        {"later": slow + "import other\nmade = 1\n", "other": slow + "import later\nmade = later.made\n"},
        {"later": Deferral("")},
    )
    import later

    failed = []

    def attempt(work) -> None:
        try:
            work()
        except (ImportError, AttributeError) as error:  # as of plain modules in a circle
            failed.append(error)

    works = [lambda: later.made, lambda: importlib.import_module("other")]
    threads = [threading.Thread(target=attempt, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert later.made == 1


def test_a_package_of_names_lets_its_modules_be_imported_without_it(put):
    modules = {"room": "from room.large import a\n", "room.small": "b = 1\n", "room.large": "a = 2\n"}
    put(modules, {"room": Deferral("", rooms=True)})
    from room.small import b

    assert b == 1
    import room

    assert room.small.b == 1
    assert "room.large" not in sys.modules
    assert type(room) is StandIn
    from room import a

    assert a == 2
    assert room.small is sys.modules["room.small"]


def test_a_module_of_a_package_comes_after_the_package_and_once(put):
    modules = {"whole": "from whole.part import a\n", "whole.part": "a = object()\n"}
    put(modules, {"whole": Deferral("")})
    import whole

    assert type(whole) is StandIn
    from whole.part import a

    assert a is whole.a is sys.modules["whole.part"].a
    assert sys.modules["whole.part"].__spec__.origin.endswith("part.py")
    assert importlib.reload(sys.modules["whole.part"]).a is not a


def test_a_package_that_puts_another_module_into_its_place(put):
    code = (
        "import sys, types\nother = types.ModuleType(__name__)\n"
        "other.made = 1\nsys.modules[__name__] = other\n"
    )
    put({"top": "", "top.lazy": code, "top.lazy.x": ""}, {"top.lazy": Deferral("", rooms=True)})
    import top.lazy

    held = top.lazy
    assert held.made == 1
    assert top.lazy is sys.modules["top.lazy"]
    assert top.lazy is not held
    assert held.made == 1


def test_names_that_others_take_stand_in_until_it_loads(put):
    code = (
        "told = []\n"
        "def mark(it):\n    told.append(it)\n    return it\n"
        "def keep(it=None, *, why=None):\n"
        "    told.append((it.__name__, why))\n    return lambda *given: ('kept', *given)\n"
        "def double(x):\n    return 2 * x\n"
    )
    names = {"mark": marking, "keep": disabling, "double": calling}
    put({"later": code}, {"later": Deferral("", names=names)})
    import later
    from later import double, keep, mark

    class Marked:
        pass

    @keep(why="so")
    def plain(x):
        """As it is."""
        return x

    assert mark(Marked) is Marked
    assert plain(3) == 3
    assert plain.__doc__ == "As it is."
    assert type(later) is StandIn
    assert double(4) == 8
    assert type(later) is ModuleType
    assert later.told == [Marked]
    assert plain(3) == plain(3) == ("kept", 3)
    assert later.told == [Marked, ("plain", "so")]
    mark(int)
    assert later.told[-1] is int


def test_it_is_put_in_once():
    defer()
    defer()
    assert sum(isinstance(finder, DeferringFinder) for finder in sys.meta_path) == 1
