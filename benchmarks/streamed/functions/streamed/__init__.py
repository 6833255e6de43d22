"""The functions of the streamed design."""
