"""The functions of the streamed design; `handlers` has a module for each."""
