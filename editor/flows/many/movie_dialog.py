"""The dialog of a movie: its settings, the frames as they come, and what was noticed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.document.composite import Composite
from core.edit.progress import Cancel
from core.edit.protocol import SeriesEngine
from core.edit.request import EditRequest
from core.errors import CoreError
from core.movie.film import Frame, MovieStep
from core.movie.make import Movie, check, make
from core.movie.request import MovieRequest
from core.movie.writer import Look, loses
from core.photo.masks.boxed import BoxedMask
from core.photo.rect import Size
from core.photo.space import SRGB
from editor.flows.many.many_dialog import SeriesDialog
from editor.flows.many.movie_form import MovieForm
from editor.flows.many.thumbs import small
from editor.jobs import Jobs
from editor.mailbox import Mailbox
from editor.statusbar import clock
from editor.widgets.hint import Hint
from editor.widgets.player import Player
from editor.widgets.scrolled import Scrolled
from editor.worker import Work

SHOWN = 512  # pixels a side of a frame in the dialog


class MovieDialog(SeriesDialog):
    """picture: what all frames are edits of, None for a movie from the model alone; mask: what may change."""

    def __init__(
        self,
        request: EditRequest,
        picture: Composite | None,
        mask: BoxedMask | None,
        jobs: Jobs,
        parent: QWidget | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        """folder: where the file is proposed, the user's own when None."""
        super().__init__(self.tr("Movie"), QSize(960, 640), jobs, parent)
        self._picture, self._mask = picture, mask
        self._photo = photo = None if picture is None else picture.original
        self._look = Look() if photo is None else Look(photo.profile, photo.alpha)
        self._movie: MovieRequest | None = None
        self.form = MovieForm(request, alone=photo is None, folder=folder or Path.home())
        self._build()
        self._arrange()
        self._bind()
        self._judge()

    def _build(self) -> None:
        self.player = Player()
        self.empty = Hint(self.player.picture, self.tr("The frames appear here"))
        self._name_buttons(
            (
                self.tr("Make Movie"),
                self.tr("Draw every frame and write the file; what was begun before goes on"),
            ),
            self.tr("Stop after this evaluation of the model; finished frames stay"),
            self.tr("Stop what runs, then close (Esc)"),
        )

    def _arrange(self) -> None:
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(Scrolled(self.form), 2)
        across.addWidget(self.player, 3)
        self._lay_out((across, 1))

    def _bind(self) -> None:
        self.form.changed.connect(self._judge)

    def follow(self, request: EditRequest, picture: Composite | None, mask: BoxedMask | None) -> None:
        """What the next movie is made of; one that is under way has its own."""
        if (picture is None) is (self._picture is None):
            self._picture, self._mask = picture, mask
            self._photo = photo = None if picture is None else picture.original
            self._look = Look() if photo is None else Look(photo.profile, photo.alpha)
        self.form.edit = request
        if not self.running:
            self._judge()

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
        return movie.size if self._photo is None else self._photo.size

    def _show_buttons(self) -> None:
        self.start.setEnabled(self._movie is not None and not self.running)
        self.start.setText(self.tr("Replace") if self.form.path.is_file() else self.tr("Make Movie"))
        self.stop.setEnabled(self.running and not self._stopped)
        self.form.setEnabled(not self.running)

    def begin(self) -> None:
        """Make the movie as it is set."""
        movie = self._movie
        if movie is None:
            return
        self.empty.hide()
        self.player.clear(movie.fps)
        self._begin(movie.frames)
        self._run(lambda news: self._work(movie, news))

    def _work(self, movie: MovieRequest, news: Mailbox[object]) -> Work:
        """What the worker's thread does: frames and previews come out of it small and in sRGB."""
        picture, mask, path = self._picture, self._mask, self.form.path

        def work(engine: SeriesEngine, tell: Callable[[object], None], cancel: Cancel) -> None:
            photo = None if picture is None else picture.photo()
            space = SRGB if photo is None else photo.space

            def follow(step: MovieStep) -> None:
                if step.frame is not None:
                    frame = replace(step.frame, pixels=small(step.frame.pixels, SHOWN, space))
                    news.put(frame, tell, frame.place)
                elif step.progress is not None and step.progress.preview is not None:
                    news.put(small(step.progress.preview, SHOWN, SRGB), tell, "preview")
                news.put(replace(step, frame=None, progress=None), tell, "step")

            news.put(make(movie, engine, photo, mask, path, follow, cancel), tell, "movie")

        return work

    def _take(self, news: object) -> None:
        if isinstance(news, Frame):
            self.player.add(news.place, news.pixels)
        elif isinstance(news, np.ndarray):
            if not self.player.count:
                self.player.preview(news)
        elif isinstance(news, MovieStep):
            self._follow(news)
        elif isinstance(news, Movie):
            self._written(news)

    def _follow(self, step: MovieStep) -> None:
        self.bar.setValue(step.done)
        text = self.tr("{done} of {total} frames").format(done=step.done, total=step.total)
        if step.seconds_left is not None:
            text += self.tr(" · {time} left").format(time=clock(step.seconds_left))
        self.says.setText(text + self.tr(" · {n} evaluations").format(n=f"{step.evaluations:,}"))

    def _written(self, movie: Movie) -> None:
        text = self.tr("Written: {name}. {frames} frames, {evaluations} evaluations of the model.")
        said = text.format(
            name=movie.output.name, frames=len(movie.places), evaluations=f"{movie.evaluations.total:,}"
        )
        self.says.setText("\n".join([said, *movie.notices]))
        self._stopped = False  # asked for too late
        self.player.play.setChecked(True)

    def _finish(self, error: CoreError | None) -> None:
        if error is not None:
            self.says.setText(str(error))
        elif self._stopped:
            self.says.setText(self.tr("Stopped. Finished frames are kept: Make Movie goes on from there."))

    def done(self, result: int) -> None:
        self.player.play.setChecked(False)
        super().done(result)
