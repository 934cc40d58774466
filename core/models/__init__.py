"""The only rooms that know diffusers and transformers."""
