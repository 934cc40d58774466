"""LoRA files and their relatives: read, found in a model's layers, fused into it and unfused again."""
