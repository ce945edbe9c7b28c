"""Part 1, codecs: records to tokens and back, one module per column kind."""
