"""The dialog of a movie: its settings, the frames as they come, and what was noticed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.edit.progress import Cancel
from core.edit.protocol import Edits
from core.edit.request import EditRequest
from core.errors import CoreError
from core.movie.film import Frame, Step
from core.movie.make import Movie, check, make
from core.movie.request import MovieRequest
from core.movie.writer import Look, loses
from core.photo.photo import Photo, Size
from core.photo.space import SRGB
from editor.flows.hint import Hint
from editor.flows.latest import Latest
from editor.flows.movie_form import MovieForm
from editor.flows.thumbs import small
from editor.jobs import Jobs
from editor.statusbar import clock
from editor.widgets.player import Player

SHOWN = 512  # pixels a side of a frame in the dialog


class MovieDialog(QDialog):
    """photo: what all frames are edits of, None for a movie from the model alone; mask: what may change."""

    def __init__(
        self,
        request: EditRequest,
        photo: Photo | None,
        mask: np.ndarray | None,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Movie"))
        self.resize(960, 640)
        self._photo, self._mask, self._jobs = photo, mask, jobs
        self._look = Look() if photo is None else Look(photo.profile, photo.alpha)
        self._movie: MovieRequest | None = None
        self._news = Latest()
        self._running = self._stopped = False
        self.form = MovieForm(request, alone=photo is None)
        self._build()
        self._arrange()
        self._bind()
        self._judge()

    def _build(self) -> None:
        self.player = Player()
        self.empty = Hint(self.player.picture, self.tr("The frames appear here"))
        self.says = QLabel(wordWrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedHeight(4)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.make = QPushButton(self.tr("Make Movie"))
        self.make.setToolTip(self.tr("Draw every frame and write the file; what was begun before goes on"))
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setToolTip(self.tr("Stop after this evaluation of the model; finished frames stay"))
        self.closing = QPushButton(self.tr("Close"))
        self.closing.setToolTip(self.tr("Stop what runs, then close (Esc)"))
        self.make.setDefault(True)

    def _arrange(self) -> None:
        across = QHBoxLayout()
        across.setSpacing(16)
        left = QVBoxLayout()
        left.addWidget(self.form)
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
        self.form.changed.connect(self._judge)
        self.make.clicked.connect(self._make)
        self.stop.clicked.connect(self._stop)
        self.closing.clicked.connect(self.reject)
        self._jobs.told.connect(self._told)
        self._jobs.ended.connect(self._ended)

    def _judge(self) -> None:
        """Say what the movie would be, or why it can't be."""
        self._movie = None
        try:
            movie = self.form.movie()
            check(movie, self.form.path, self._size(movie))
        except CoreError as error:
            self.says.setText(str(error))
        except ValueError as error:
            self.says.setText(f"{str(error)[0].upper()}{str(error)[1:]}.")
        else:
            self._movie = movie
            text = self.tr("{frames} frames, {seconds:g} seconds.")
            said = text.format(frames=movie.frames, seconds=round(movie.frames / movie.fps, 1))
            told = [said, *loses(self.form.path, self._look)]
            if self.form.path.is_file():
                told.append(self.tr("A file of this name is there and will be replaced."))
            self.says.setText("\n".join(told))
        self._show_buttons()

    def _size(self, movie: MovieRequest) -> Size | None:
        return movie.size if self._photo is None else (self._photo.width, self._photo.height)

    def _show_buttons(self) -> None:
        self.make.setEnabled(self._movie is not None and not self._running)
        self.make.setText(self.tr("Replace") if self.form.path.is_file() else self.tr("Make Movie"))
        self.stop.setEnabled(self._running and not self._stopped)
        self.form.setEnabled(not self._running)

    def _make(self) -> None:
        movie = self._movie
        if movie is None:
            return
        self.empty.hide()
        self.player.clear(movie.fps)
        self.bar.setRange(0, movie.frames)
        self.bar.setValue(0)
        self._running, self._stopped = True, False
        self.says.setText(self.tr("Starting…"))
        self._show_buttons()
        self._news = Latest()
        self._jobs.series(self._work(movie, self._news))

    def _work(
        self, movie: MovieRequest, news: Latest
    ) -> "Callable[[Edits, Callable[[object], None], Cancel], None]":
        """What the worker's thread does: frames and previews come out of it small and in sRGB."""
        photo, mask, path = self._photo, self._mask, self.form.path

        def work(engine: Edits, tell: Callable[[object], None], cancel: Cancel) -> None:
            space = SRGB if photo is None else photo.space

            def follow(step: Step) -> None:
                if step.frame is not None:
                    frame = replace(step.frame, pixels=small(step.frame.pixels, SHOWN, space))
                    news.put(frame.place, frame, tell)
                elif step.progress is not None and step.progress.preview is not None:
                    news.put("preview", small(step.progress.preview, SHOWN, SRGB), tell)
                news.put("step", replace(step, frame=None, progress=None), tell)

            news.put("movie", make(movie, engine, photo, mask, path, follow, cancel), tell)

        return work

    def _told(self, ringing: object) -> None:
        if ringing is not self._news:
            return
        for news in self._news.take():
            if isinstance(news, Frame):
                self.player.add(news.place, news.pixels)
            elif isinstance(news, np.ndarray):
                if not self.player.count:
                    self.player.preview(news)
            elif isinstance(news, Step):
                self._follow(news)
            elif isinstance(news, Movie):
                self._finish(news)

    def _follow(self, step: Step) -> None:
        self.bar.setValue(step.done)
        text = self.tr("{done} of {total} frames").format(done=step.done, total=step.total)
        if step.seconds_left is not None:
            text += self.tr(" · {time} left").format(time=clock(step.seconds_left))
        self.says.setText(text + self.tr(" · {n} evaluations").format(n=f"{step.evaluations:,}"))

    def _finish(self, movie: Movie) -> None:
        text = self.tr("Written: {name}. {frames} frames, {evaluations} evaluations of the model.")
        said = text.format(
            name=movie.output.name, frames=len(movie.places), evaluations=f"{movie.evaluations.total:,}"
        )
        self.says.setText("\n".join([said, *movie.notices]))
        self._stopped = False  # asked for too late
        self.player.play.setChecked(True)

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

    def reject(self) -> None:
        """The first Escape stops what runs, as in the window; the next one closes."""
        if self._running and not self._stopped:
            self._stop()
            self.says.setText(self.tr("Stopping…"))
        else:
            super().reject()

    def done(self, result: int) -> None:
        """However it ends: nothing the worker still says belongs to it."""
        self.player.play.setChecked(False)
        self._jobs.told.disconnect(self._told)
        self._jobs.ended.disconnect(self._ended)
        super().done(result)
        self.deleteLater()
