"""How long the explorer takes to answer, in a real browser: the actions, the clock in the page, where time goes."""
