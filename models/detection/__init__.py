"""Detectors: Faster and Mask R-CNN with a feature pyramid and a block of GA and LD."""
