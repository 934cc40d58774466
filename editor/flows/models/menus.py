"""The menus of models and devices: in the menu bar and, with all that can be done, in the status bar."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QToolButton

from core.edit.request import DEVICES
from core.errors import CoreError
from editor.actions import MODEL
from editor.flows.models.models import Models
from editor.qactions import Actions
from editor.settings import Store
from editor.statusbar import StatusBar
from editor.tasks import Tasks
from resources import STARTER


@dataclass(frozen=True)
class ModelLine:
    """A line of the menu: a name, why it can't be used or "", and once looked up what it is and needs."""

    name: str
    problem: str = ""
    facts: str = ""


def _look(given: list[Path]) -> dict[str, ModelLine]:
    """What lies on this machine, by what a request names it by. It reads many files."""
    from core.models.catalog import catalog
    from core.models.memory.machine import size

    return {
        entry.model: ModelLine(
            entry.name,
            entry.problem,
            f"{entry.family}, {size(entry.bytes)}\n{entry.needs}" if entry.needs else "",
        )
        for entry in catalog(given)
    }


class ModelMenus(QObject):
    """Fills the menus when they are about to show."""

    def __init__(
        self,
        models: Models,
        tasks: Tasks,
        store: Store,
        status: StatusBar,
        actions: Actions,
        failed: Callable[[CoreError], object],
    ) -> None:
        super().__init__(models)
        self._models, self._tasks, self._store = models, tasks, store
        self._actions, self._failed = actions, failed
        self._found: dict[str, ModelLine] = {}  # when it was looked last
        for menu, fill in (
            (actions.submenus["models"], partial(self._fill_models, all_=False)),
            (self._menu_of(status.model), partial(self._fill_models, all_=True)),
            (self._menu_of(status.device), self._fill_devices),
        ):
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(partial(fill, menu))

    @staticmethod
    def _menu_of(button: QToolButton) -> QMenu:
        menu = QMenu(button)
        button.setMenu(menu)
        return menu

    def _fill_models(self, menu: QMenu, *, all_: bool) -> None:
        """What is known, at once; what else lies on this machine is added when it has been looked for."""
        folders = [name for name in self._store.settings.folders if os.path.exists(name)]  # noqa: PTH110 - any name
        known = {name: ModelLine(self._models.name(name)) for name in (STARTER, *folders)}
        self._show(menu, {**known, **self._found}, all_=all_)
        given = [Path(name) for name in folders]
        self._tasks.start(lambda: _look(given), partial(self._take, menu, all_), self._failed)

    def _take(self, menu: QMenu, all_: bool, found: dict[str, ModelLine]) -> None:
        starter = replace(found[STARTER], name=self._models.name(STARTER))
        self._found = {**found, STARTER: starter}
        if menu.isVisible() or not menu.isEmpty():
            self._show(menu, self._found, all_=all_)

    def _show(self, menu: QMenu, lines: dict[str, ModelLine], *, all_: bool) -> None:
        """lines: by what a request names each model by;  all_: with what else can be done."""
        menu.clear()
        chosen, device = self._models.asked
        for model, line in lines.items():
            action = menu.addAction(line.name, partial(self._models.choose, model, device))
            action.setData(model)
            action.setCheckable(True)
            action.setChecked(model == chosen)
            action.setEnabled(not line.problem)
            tip = self.tr("The small model that comes with the program") if model == STARTER else model
            action.setToolTip("\n".join(filter(None, (tip, line.facts, line.problem))))
        if all_:
            menu.addSeparator()
            self._actions.add_to(menu, MODEL)
            menu.addMenu(self._actions.submenus["vaes"])

    def _fill_devices(self, menu: QMenu) -> None:
        menu.clear()
        names = {
            "auto": self.tr("Auto: the best there is"),
            "cpu": self.tr("CPU: the processor"),
            "cuda": self.tr("CUDA: an NVIDIA graphics card"),
            "mps": self.tr("MPS: Apple's graphics"),
        }
        model, chosen = self._models.asked
        for device in DEVICES:
            action = menu.addAction(names[device], partial(self._models.choose, model, device))
            action.setCheckable(True)
            action.setChecked(device == chosen)
            action.setEnabled(device in ("auto", *self._models.devices))
