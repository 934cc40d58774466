"""The only rooms that know diffusers and transformers."""

import os

from core.models.deferred import defer

# Both libraries talk on stderr while they load; what matters is said by our own errors.
for _name in ("TRANSFORMERS_VERBOSITY", "DIFFUSERS_VERBOSITY"):
    os.environ.setdefault(_name, "error")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

defer()  # before either is imported
