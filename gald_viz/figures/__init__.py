"""Results in, plotly figures out: they draw, never compute and never show."""
