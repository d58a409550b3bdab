"""What a network gets right and what it costs: IoU, boundary F, errors, inference, counts, benchmarks."""
