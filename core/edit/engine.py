"""The engine: one request in, one result out; owns the loaded model and the caches."""

from collections.abc import Callable

import numpy as np

from core.edit.progress import Cancel, EditResult, FindResult, ModelInfo, Progress
from core.edit.request import EditRequest

OnProgress = Callable[[Progress], None]
