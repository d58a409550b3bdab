"""Browser components and controls of the explorer."""
