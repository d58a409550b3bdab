"""See what a segmentation network does with context: probes, analysis, pictures, views, commands."""
