"""Local attention over a dilated k x k window, without unfolding the keys and values (GALDv2, eq. 6-8)."""

from models.distribution.local_attention.operators import local_aggregate, local_attention, local_scores, local_softmax

__all__ = ["local_aggregate", "local_attention", "local_scores", "local_softmax"]
