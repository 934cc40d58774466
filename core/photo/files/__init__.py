"""Pictures and masks as files: read whatever they hold, written whole or not at all."""
