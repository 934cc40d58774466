"""Pictures in and out: opened, exported, copied, pasted; the question before work is lost."""
