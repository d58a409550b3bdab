"""Pages beside the explorer."""
