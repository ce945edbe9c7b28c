"""Where and how long code runs: the wall-time budget, interruption and progress."""
