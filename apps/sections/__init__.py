"""Parts of the explorer's page."""
