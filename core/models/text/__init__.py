"""Prompts as tokens and embeddings: CLIP, language models, textual inversions."""
