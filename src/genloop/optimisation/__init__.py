"""What makes the next output better: `train` moves weights, `refine` moves one output."""
