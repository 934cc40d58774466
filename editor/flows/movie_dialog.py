"""The dialog of a movie: where it goes, the frames as they come, and the file they go to."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.edit.progress import Cancel
from core.edit.request import EditRequest
from core.errors import CoreError
from core.movie.film import Step
from core.movie.make import Movie, make
from core.movie.request import Interpolation, MovieRequest, Pacing, Steady
from core.movie.writer import ENDINGS, check_output
from editor.jobs import Jobs, Works
from editor.statusbar import clock
from editor.widgets.player import Player
from editor.widgets.seed import LARGEST, SeedEntry

if TYPE_CHECKING:
    from collections.abc import Callable

PROMPTS = 128  # pixels: five prompts are seen at once
SHOWN = 512  # pixels a side of a frame in the dialog
SIDE = 512  # of a movie from the model alone, at first


class MovieDialog(QDialog):
    """picture: what all frames are edits of, None for a movie from the model alone; mask: what may change."""

    def __init__(
        self,
        request: EditRequest,
        picture: np.ndarray | None,
        mask: np.ndarray | None,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Movie"))
        self.resize(960, 640)
        self._edit, self._picture, self._mask, self._jobs = request, picture, mask, jobs
        self._movie: MovieRequest | None = None
        self._running = self._stopped = False
        self._evaluations = 0
        self._build()
        self._arrange()
        self._bind()
        self._judge()

    def _build(self) -> None:
        first = [self._edit.reference, self._edit.query]
        self.prompts = QPlainTextEdit("\n".join(filter(str.strip, first)))
        self.prompts.setPlaceholderText(self.tr("a tree in spring\na tree in summer\na tree in autumn"))
        self.prompts.setTabChangesFocus(True)
        self.prompts.setFixedHeight(PROMPTS)
        self._name(self.prompts, self.tr("Prompts"), self.tr("One prompt a line, in the movie's order"))
        self.seconds = QDoubleSpinBox(minimum=0.1, maximum=600, value=2, decimals=1, suffix=self.tr(" s"))
        self._name(self.seconds, self.tr("Seconds"), self.tr("From one prompt to the next"))
        self.fps = QSpinBox(minimum=1, maximum=60, value=12)
        self._name(self.fps, self.tr("Frames a second"), self.tr("Frame rate of the movie"))
        self.side = QSpinBox(minimum=64, maximum=2048, value=SIDE, suffix=self.tr(" px"))
        self._name(self.side, self.tr("Size"), self.tr("Side of the picture that the model draws alone"))
        self.steady = self._choice(self.tr("Every frame from"), self.tr(
            "The same encoded picture at one ratio, or chained: the last picture of one way starts the next,"
            " with the colours held to those of the first frame"),
            ((self.tr("the same picture"), Steady.FIXED), (self.tr("the way before"), Steady.CHAINED)),
        )  # fmt: skip
        self.text = self._choice(self.tr("Text"), self.tr("Interpolation of the text embedding"), (
            (self.tr("straight (linear)"), Interpolation.LINEAR),
            (self.tr("round (spherical)"), Interpolation.SPHERICAL),
        ))  # fmt: skip
        self.pacing = self._choice(self.tr("Spacing"), self.tr(
            "At equal steps of the text, or bisected where neighbouring frames differ most"),
            ((self.tr("at equal steps"), Pacing.EVEN), (self.tr("where the picture changes"), Pacing.CHANGE)),
        )  # fmt: skip
        self.to_seed = SeedEntry()
        self.to_seed.setPlaceholderText(self.tr("none: the noise stays"))
        self._name(self.to_seed, self.tr("Second seed"), self.tr(
            "The noise turns from the edit's seed to this one over the movie: spherical interpolation of the"
            " noise. An edit that keeps its form needs some variation to show it."
        ))  # fmt: skip
        self.file = QLineEdit(str(Path.home() / "movie.mp4"))
        endings = " ".join(ENDINGS)
        self._name(self.file, self.tr("File"), self.tr(
            "{endings}, or a name without an ending for a folder of numbered PNGs"
        ).format(endings=endings))  # fmt: skip
        self.browse = QPushButton(self.tr("Browse…"))
        self.browse.setToolTip(self.tr("Choose the place in the system's dialog"))
        self.player = Player()
        self.says = QLabel(wordWrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedHeight(4)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.make = QPushButton(self.tr("Make Movie"))
        self.make.setToolTip(self.tr("Draw every frame and write the file; what was begun before goes on"))
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setToolTip(self.tr("Stop after this evaluation of the model; finished frames stay"))
        self.closing = QPushButton(self.tr("Close"))
        self.closing.setToolTip(self.tr("Close (Esc)"))
        self.make.setDefault(True)

    def _name(self, control: QWidget, name: str, tip: str) -> None:
        control.setAccessibleName(name)
        control.setToolTip(tip)

    def _choice(self, name: str, tip: str, values: tuple[tuple[str, object], ...]) -> QComboBox:
        box = QComboBox()
        for text, value in values:
            box.addItem(text, value)
        self._name(box, name, tip)
        return box

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.file, 1)
        place.addWidget(self.browse)
        controls = [self.prompts, self.seconds, self.fps, self.steady, self.text, self.pacing, self.to_seed]
        for control in controls if self._picture is not None else [*controls, self.side]:
            form.addRow(control.accessibleName(), control)
        form.addRow(self.file.accessibleName(), place)
        across = QHBoxLayout()
        across.setSpacing(16)
        left = QVBoxLayout()
        left.addLayout(form)
        left.addStretch(1)
        across.addLayout(left, 2)
        across.addWidget(self.player, 3)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.closing, self.stop, self.make):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(across, 1)
        column.addWidget(self.says)
        column.addWidget(self.bar)
        column.addLayout(buttons)

    def _bind(self) -> None:
        for changed in (
            self.prompts.textChanged, self.file.textChanged, self.to_seed.textChanged,
            *(spin.valueChanged for spin in (self.seconds, self.fps, self.side)),
            *(box.currentIndexChanged for box in (self.steady, self.text, self.pacing)),
        ):  # fmt: skip
            changed.connect(self._judge)
        self.to_seed.stepped.connect(self._step_seed)
        self.browse.clicked.connect(self._browse)
        self.make.clicked.connect(self._make)
        self.stop.clicked.connect(self._stop)
        self.closing.clicked.connect(self.reject)
        self._jobs.told.connect(self._told)
        self._jobs.ended.connect(self._ended)

    @property
    def path(self) -> Path:
        return Path(self.file.text().strip()).expanduser().absolute()

    def _judge(self) -> None:
        """Say what the movie would be, or why it can't be."""
        try:
            self._movie = self._wanted()
            check_output(self.path)
        except CoreError as error:
            self._movie = None
            self.says.setText(str(error))
        except ValueError as error:
            self._movie = None
            self.says.setText(f"{str(error)[0].upper()}{str(error)[1:]}.")
        else:
            text = self.tr("{frames} frames, {seconds:g} seconds.")
            movie = self._movie
            self.says.setText(text.format(frames=movie.frames, seconds=round(movie.frames / movie.fps, 1)))
        self._show_buttons()

    def _wanted(self) -> MovieRequest:
        """The movie as it is set. ValueError for what can't be."""
        prompts = tuple(line.strip() for line in self.prompts.toPlainText().splitlines() if line.strip())
        alone = self._picture is None
        return MovieRequest(
            self._edit.with_(reference=prompts[0] if prompts else "", query=""),
            prompts,
            self.seconds.value(),
            self.fps.value(),
            Interpolation(self.text.currentData()),
            Steady(self.steady.currentData()),
            Pacing(self.pacing.currentData()),
            to_seed=int(self.to_seed.text()) if self.to_seed.text() else None,
            size=(self.side.value(), self.side.value()) if alone else None,
        )

    def _show_buttons(self) -> None:
        self.make.setEnabled(self._movie is not None and not self._running)
        self.stop.setEnabled(self._running and not self._stopped)
        for control in (self.prompts, self.seconds, self.fps, self.side, self.steady, self.text, self.pacing,
                        self.to_seed, self.file, self.browse):  # fmt: skip
            control.setEnabled(not self._running)

    def _make(self) -> None:
        movie, picture, mask, path = self._movie, self._picture, self._mask, self.path
        if movie is None:
            return
        self.player.clear(movie.fps)
        self.bar.setRange(0, movie.frames)
        self.bar.setValue(0)
        self._running, self._stopped = True, False

        def work(engine: Works, tell: "Callable[[object], None]", cancel: Cancel) -> None:
            tell(make(movie, engine, picture, mask, path, on_step=tell, cancel=cancel))

        self.says.setText(self.tr("Starting…"))
        self._show_buttons()
        self._jobs.series(work)

    def _told(self, news: object) -> None:
        if isinstance(news, Step):
            self._follow(news)
        elif isinstance(news, Movie):
            text = self.tr("Written: {name}. {frames} frames, {evaluations} evaluations of the model.")
            self.says.setText(text.format(
                name=news.output.name, frames=len(news.places), evaluations=f"{news.evaluations.total:,}"
            ))  # fmt: skip
            self.player.play.setChecked(True)

    def _follow(self, step: Step) -> None:
        if step.frame is not None:
            self.player.add(step.frame.place, _shown(step.frame.pixels))
        elif step.progress is not None and step.progress.preview is not None and not self.player.count:
            self.player.preview(step.progress.preview)
        self.bar.setValue(step.done)
        text = self.tr("{done} of {total} frames").format(done=step.done, total=step.total)
        if step.seconds_left is not None:
            text += self.tr(" · {time} left").format(time=clock(step.seconds_left))
        self.says.setText(text + self.tr(" · {n} evaluations").format(n=f"{step.evaluations:,}"))

    def _ended(self, error: CoreError | None) -> None:
        if not self._running:
            return
        self._running = False
        if error is not None:
            self.says.setText(str(error))
        elif self._stopped:
            self.says.setText(self.tr("Stopped. Finished frames are kept: Make Movie goes on from there."))
        self._show_buttons()

    def _stop(self) -> None:
        self._stopped = True
        self._jobs.stop()
        self._show_buttons()

    def _step_seed(self, step: int) -> None:
        """↑ and ↓ begin at the edit's own seed."""
        seed = int(self.to_seed.text() or self._edit.seed) + step
        self.to_seed.setText(str(min(LARGEST, max(0, seed))))

    def _browse(self) -> None:
        kinds = " ".join(f"*{ending}" for ending in ENDINGS)
        name, _ = QFileDialog.getSaveFileName(
            self, self.windowTitle(), str(self.path), self.tr("Movies ({kinds})").format(kinds=kinds)
        )
        if name:
            self.file.setText(name)

    def reject(self) -> None:
        if self._running:
            self._stop()
        super().reject()

    def done(self, result: int) -> None:
        """However it ends: nothing the worker still says belongs to it."""
        self.player.play.setChecked(False)
        self._jobs.told.disconnect(self._told)
        self._jobs.ended.disconnect(self._ended)
        super().done(result)
        self.deleteLater()


def _shown(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(pixels)
    image.thumbnail((SHOWN, SHOWN))
    return np.asarray(image)
