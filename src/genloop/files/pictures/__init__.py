"""Pictures in and out: folders, archives and arrays of them, decoding, geometry, duplicates, writing with a label."""
