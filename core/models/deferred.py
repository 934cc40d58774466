"""What diffusers and transformers import without need here, loaded when it is first touched.

For the few networks that this program draws with they import whole families of models, and a compiler. A
module of the table (`DEFERRED`) is first an empty stand-in; it becomes the real one, in place, when something
of it is asked for, by whomever. What a newer version no longer imports, or no longer has, is not deferred.

The manner is that of importlib.util.LazyLoader, which won't do: before Python 3.12 two threads may load a
module twice, and every `from … import`, and every module of a package, loads at once.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import FunctionType, ModuleType
from typing import Any

# Looked at by the import system, and by inspect in every module there is: reading them loads nothing.
QUIET = frozenset(
    {"__class__", "__name__", "__spec__", "__loader__", "__package__", "__path__", "__file__", "__cached__"}
)
LOADING = "deferred:"  # and the module's name: what the import system calls the loading of it


@dataclass
class _State:
    """How far a stand-in is.

    real    itself, from the moment that it loads; in the end perhaps what put itself into its place
    marked  what decorators were given meanwhile: their names and that
    """

    part: "Deferral"
    real: ModuleType | None = None
    marked: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])


class StandIn(ModuleType):
    """A module that is loaded by the first look into it, and is an ordinary one from then on."""

    def __getattribute__(self, name: str) -> Any:
        own = super().__getattribute__
        if name in QUIET:
            return own(name)
        state = _state(self)
        if state.real is None:
            if state.part.rooms and isinstance(own("__dict__").get(name), ModuleType):
                return own(name)
            if name in state.part.names:
                return state.part.names[name](self, name)
        real = load(self)
        return own(name) if real is self else getattr(real, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in QUIET and not isinstance(value, ModuleType):  # a package's modules, as they come
            load(self)
        ModuleType.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        load(self)
        ModuleType.__delattr__(self, name)


def load(module: ModuleType) -> ModuleType:
    """The real module. A look back at it, by the thread that loads it, sees what is there so far.

    Imported under another name, since the import system's locks alone notice two threads that wait for each
    other.
    """
    __import__(LOADING + module.__name__.replace(".", ":"))  # import_module gives up where two wait
    return _state(module).real or module


def calling(module: ModuleType, name: str) -> Callable[..., Any]:
    """A function or class, loaded when it is called."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(load(module), name)(*args, **kwargs)

    call.__module__, call.__name__, call.__qualname__ = module.__name__, name, name
    return call


def marking(module: ModuleType, name: str) -> Callable[[Any], Any]:
    """A decorator that hands back what it is given; the real one is told when it is loaded."""

    def mark(marked: Any) -> Any:
        state = _state(module)
        state.marked.append((name, marked))
        if state.real is not None:
            _tell(load(module), state)
        return marked

    return mark


def disabling(module: ModuleType, name: str) -> Callable[..., Any]:
    """A decorator, as @name or @name(…), that keeps the compiler in `module` from a function.

    As long as there is no compiler the function is called as it is.
    """

    def decorate(function: Any = None, *args: Any, **kwargs: Any) -> Any:
        if function is None:
            return lambda function: decorate(function, *args, **kwargs)
        real = cache(lambda: getattr(load(module), name)(function, *args, **kwargs))
        if not isinstance(function, FunctionType) or _state(module).real is not None:
            return real()

        @wraps(function)
        def kept(*given: Any, **named: Any) -> Any:
            return (function if _state(module).real is None else real())(*given, **named)

        return kept

    return decorate


@dataclass(frozen=True)
class Deferral:
    """A module that waits until it is touched, and why.

    rooms  a package that only gathers names: its modules are imported without it
    names  what others take from it, or use, as they are imported, and what that is until it is loaded
    """

    why: str
    rooms: bool = False
    names: Mapping[str, Callable[[ModuleType, str], Any]] = field(default_factory=dict[str, Any])


DEFERRED = {
    "torch._dynamo": Deferral(
        "a compiler, to be told what to leave alone",
        names={"allow_in_graph": marking, "assume_constant_result": marking, "disable": disabling},
    ),
    "torch._dynamo._trace_wrapped_higher_order_op": Deferral(
        "the same, for masks that are functions", names={"TransformGetItemToIndex": calling}
    ),
    "scipy.stats": Deferral("a distribution that some schedulers take their steps from"),
    "scipy.integrate": Deferral("the steps of another"),
    "scipy.optimize": Deferral(
        "a loss that detectors are trained by", names={"linear_sum_assignment": calling}
    ),
    "diffusers.hooks": Deferral("every kind of cache, for offloading", rooms=True),
    "diffusers.models.autoencoders": Deferral("every autoencoder, for one", rooms=True),
    "diffusers.models.transformers": Deferral("every transformer, for one", rooms=True),
    "diffusers.models.unets": Deferral("every U-Net, for one", rooms=True),
    "transformers.models": Deferral("a list of the names in every model's files, read anew", rooms=True),
}


ALONE = ("diffusers", "transformers.modeling_utils")  # they ask once, as they are imported


class DeferringFinder(MetaPathFinder):
    """Finds modules that are to wait, before the finders that would load them; and their loading."""

    def __init__(self, parts: Mapping[str, Deferral]) -> None:
        self._parts = parts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.startswith(LOADING):
            return ModuleSpec(
                fullname, _Loading(sys.modules[fullname.removeprefix(LOADING).replace(":", ".")])
            )
        if target is not None:  # importlib.reload
            return None
        if fullname in ALONE:
            _alone()
        if fullname in self._parts:
            return _later(PathFinder.find_spec(fullname, path), self._parts[fullname])
        if _load_package(fullname) and fullname in sys.modules:  # it came along
            return _There.spec(sys.modules[fullname])
        return None


class _Later(Loader):
    """Puts a stand-in where the real loader would have put the module."""

    def __init__(self, loader: Loader, part: Deferral) -> None:
        self._loader = loader
        self._part = part

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        module.__spec__.loader_state = _State(self._part)
        module.__class__ = StandIn


class _Loading(Loader):
    """The loading of a stand-in, as an import of its own."""

    def __init__(self, stand_in: ModuleType) -> None:
        self._stand_in = stand_in

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002
        return None

    def exec_module(self, module: ModuleType) -> None:  # noqa: ARG002
        real, spec = self._stand_in, self._stand_in.__spec__
        assert spec is not None
        assert spec.loader is not None
        _load_package(spec.name)
        state: _State = spec.loader_state
        state.real = real
        try:
            spec.loader.exec_module(real)
        except BaseException:
            state.real = None
            raise
        state.real = sys.modules.get(spec.name, real)
        _tell(state.real, state)
        if state.real is real:
            real.__class__ = ModuleType
            return
        package, _, last = spec.name.rpartition(".")
        setattr(sys.modules[package], last, state.real)


class _There(Loader):
    """Hands out a module that its package has brought along meanwhile, lest it be loaded a second time."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    @classmethod
    def spec(cls, module: ModuleType) -> ModuleSpec:
        """Until it is handed out the module has this spec, since that is the one importlib goes by."""
        module.__spec__ = ModuleSpec(module.__name__, cls(module))
        return module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def _alone() -> None:
    """Say that this torch can't spread tensors over several machines, as some can't: nobody here does.

    Both libraries import what does for every model, and with it a computer algebra for the tensors' shapes.
    """
    import torch.distributed

    torch.distributed.is_available = lambda: False


def _state(module: ModuleType) -> _State:
    assert module.__spec__ is not None
    return module.__spec__.loader_state


def _later(spec: ModuleSpec | None, part: Deferral) -> ModuleSpec | None:
    if spec is not None and spec.loader is not None:
        spec.loader = _Later(spec.loader, part)
    return spec


def _load_package(name: str) -> bool:
    """Load the package that a module is in, where that is a stand-in whose modules don't go without it."""
    package = sys.modules.get(name.rpartition(".")[0])
    if isinstance(package, StandIn) and not _state(package).part.rooms:
        load(package)
        return True
    return False


def _tell(module: ModuleType, state: _State) -> None:
    while state.marked:
        name, marked = state.marked.pop(0)
        getattr(module, name)(marked)


def defer() -> None:
    """From now on, import the modules of the table when they are touched."""
    if not any(isinstance(finder, DeferringFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, DeferringFinder(DEFERRED))
