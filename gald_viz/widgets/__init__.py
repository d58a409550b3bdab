"""The views and the training watcher as Jupyter widgets."""
