"""Part 3: measures that tell made rows from real ones, each a `Score` with range, direction and interval."""
