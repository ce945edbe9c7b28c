"""Reading and writing every format; profiling (kinds, keys, rules found); cleaning."""
