"""A training as a job of its own that writes a run folder, on one device or many."""
